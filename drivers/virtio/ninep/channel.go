package ninep

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"atoll/drivers/dma"
	"atoll/drivers/virtio"
)

// MessageSize bounds a message, in bytes.
const MessageSize = 16 << 10

// Errors.
var (
	// ErrUnknown says that what was asked may be done, or not.
	ErrUnknown = errors.New("the 9P device was reset: what became of the request is not known")
	ErrSize    = fmt.Errorf("a message of 9P has at most %d bytes", MessageSize)
)

// Channel is a 9P device.
type Channel struct {
	dev    *virtio.Device
	window *dma.Window
	gap    time.Duration // between looks at the ring
	polled bool
	came   chan struct{} // an interrupt has

	one     sync.Mutex // one exchange at a time
	in, out dma.Buffer // of it

	mu    sync.Mutex
	queue *virtio.Queue
	life  uint64
	fault error // it is not used any more
}

// How often an exchange looks at the ring by itself.
const (
	gapWithInterrupt = 20 * time.Millisecond
	gapPolled        = 200 * time.Microsecond
)

// New resets the device and brings it up, with its interrupt or without. If it fails with virtio.ErrStuck
// the device may still write to memory that an earlier driver has given to it.
func New(dev *virtio.Device, w *dma.Window, interrupt bool) (*Channel, error) {
	c := &Channel{dev: dev, window: w, gap: gapWithInterrupt, polled: !interrupt, came: make(chan struct{}, 1)}
	if c.polled {
		c.gap = gapPolled
	}
	if err := c.bringUp(); err != nil {
		return nil, err
	}
	for _, b := range []*dma.Buffer{&c.out, &c.in} {
		var err error
		if *b, err = w.Take(MessageSize, dma.Line); err != nil {
			dev.Reset() // it has nothing to do that could hold it up
			if len(c.out.Bytes) > 0 {
				w.Give(c.out)
			}
			return nil, err
		}
	}
	return c, nil
}

// bringUp resets the device and starts it.
func (c *Channel) bringUp() error {
	if err := c.dev.Negotiate(0); err != nil {
		return err
	}
	q, err := c.dev.OpenQueue(0, 4, c.window)
	if err != nil {
		return err
	}
	q.Interrupts(!c.polled)
	c.queue = q
	c.life++
	c.dev.Start()
	return nil
}

// Life is how often the device has been brought up: in each life it knows nothing of the one before.
func (c *Channel) Life() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.life
}

// Err says why the device is not used any more, nil if it is.
func (c *Channel) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fault
}

// Interrupt serves the device's interrupt. It is for the event loop.
func (c *Channel) Interrupt() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dev.Acknowledge() {
		select {
		case c.came <- struct{}{}:
		default:
		}
	}
}

// Exchange sends a request and returns how long the reply is, which comes into reply. It waits within
// the bound, and for those who have asked before.
func (c *Channel) Exchange(request, reply []byte, bound time.Duration) (int, error) {
	if len(request) == 0 || len(request) > MessageSize {
		return 0, ErrSize
	}
	c.one.Lock()
	defer c.one.Unlock()
	if err := c.submit(request); err != nil {
		return 0, err
	}
	deadline := time.NewTimer(bound)
	defer deadline.Stop()
	look := time.NewTicker(c.gap)
	defer look.Stop()
	for late := false; ; {
		n, done, err := c.collect(late)
		if err != nil || done {
			return copy(reply, c.in.Bytes[:n]), err
		}
		select {
		case <-c.came:
		case <-look.C:
		case <-deadline.C:
			late = true
		}
	}
}

// submit gives a request to the device.
func (c *Channel) submit(request []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fault != nil {
		return c.fault
	}
	copy(c.out.Bytes, request)
	clear(c.in.Bytes)
	c.out.ForDevice()
	c.in.ForDevice()
	_, err := c.queue.Submit(
		virtio.Segment{Addr: c.out.Addr, Len: uint32(len(request))},
		virtio.Segment{Addr: c.in.Addr, Len: MessageSize, Write: true})
	if err != nil {
		return c.restart(err)
	}
	c.queue.Notify()
	return nil
}

// collect takes the reply, if there is one. If it is too late for one the device is reset.
func (c *Channel) collect(late bool) (n int, done bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, written, ok, err := c.queue.Next()
	switch {
	case err != nil:
		return 0, false, c.restart(err)
	case ok:
		c.in.ForCPU()
		return int(written), true, nil
	case late:
		return 0, false, c.restart(errors.New("it does not answer"))
	}
	return 0, false, nil
}

// restart resets the device and brings it up again, for a reason, with the lock held.
func (c *Channel) restart(why error) error {
	if err := c.bringUp(); err != nil {
		c.life++
		c.fault = fmt.Errorf("%w, after: %w", err, why) // stuck, it has the buffers for ever
	}
	return fmt.Errorf("%w: %w", ErrUnknown, why)
}
