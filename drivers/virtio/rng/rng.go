// Package rng reads random bytes from a virtio entropy device (VIRTIO 1.2, section 5.4).
//
// Execution context: Read blocks, for a goroutine; one at a time. It polls: the device is
// asked a few times in a life, and an interrupt would be one more thing to hand over.
package rng

import (
	"errors"
	"time"

	"atoll/drivers/dma"
	"atoll/drivers/virtio"
)

// Most is how many bytes one Read returns at most.
const Most = 64

// RNG is an entropy device.
type RNG struct {
	dev    *virtio.Device
	queue  *virtio.Queue
	window *dma.Window
	buffer dma.Buffer
	fault  error
}

// New resets the device and brings it up. If that fails with virtio.ErrStuck the device
// may still write to memory that an earlier driver has given to it.
func New(dev *virtio.Device, w *dma.Window) (*RNG, error) {
	if err := dev.Negotiate(0); err != nil {
		return nil, err
	}
	q, err := dev.OpenQueue(0, 4, w)
	if err != nil {
		return nil, err
	}
	b, err := w.Take(Most, dma.Line)
	if err != nil {
		dev.Reset() // it has nothing to do that could hold it up
		return nil, err
	}
	q.Interrupts(false)
	dev.Start()
	return &RNG{dev: dev, queue: q, window: w, buffer: b}, nil
}

// pollGap is between two looks.
const pollGap = time.Millisecond

// Read returns some random bytes, at least one and at most Most. A device that has not
// answered within the bound, or lies, is reset and gives nothing more.
func (r *RNG) Read(bound time.Duration) ([]byte, error) {
	if r.fault != nil {
		return nil, r.fault
	}
	clear(r.buffer.Bytes)
	r.buffer.ForDevice()
	if _, err := r.queue.Submit(virtio.Segment{Addr: r.buffer.Addr, Len: Most, Write: true}); err != nil {
		return nil, r.end(err)
	}
	r.queue.Notify()
	for begin := time.Now(); ; time.Sleep(pollGap) {
		_, n, ok, err := r.queue.Next()
		switch {
		case err != nil:
			return nil, r.end(err)
		case ok && n == 0:
			return nil, r.end(errors.New("the device gives no byte"))
		case ok:
			r.buffer.ForCPU()
			return append([]byte(nil), r.buffer.Bytes[:n]...), nil
		case time.Since(begin) >= bound:
			return nil, r.end(errors.New("the device does not answer"))
		}
	}
}

// end resets the device, for a reason.
func (r *RNG) end(why error) error {
	r.fault = why
	if err := r.dev.Reset(); err != nil {
		r.fault = err // the buffer is its own for ever
		return err
	}
	r.window.Give(r.buffer)
	return why
}
