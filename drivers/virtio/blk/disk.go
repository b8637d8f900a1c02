package blk

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"atoll/drivers/dma"
	"atoll/drivers/virtio"
)

const (
	// Sector is the unit of addresses, in bytes, whatever the block size is (5.2.4).
	Sector = 512
	// MaxBytes bounds one request; longer reads and writes are several.
	MaxBytes = 16 << 10

	slots       = 8  // requests at the device at most
	maxSegments = 16 // parts of a request's data
)

// Features of the device (5.2.3).
const (
	featureSizeMax   = 1 << 1
	featureSegMax    = 1 << 2
	featureReadOnly  = 1 << 5
	featureBlockSize = 1 << 6
	featureFlush     = 1 << 9
	features         = featureSizeMax | featureSegMax | featureReadOnly | featureBlockSize | featureFlush
)

// Offsets in the configuration (5.2.4).
const (
	configCapacity  = 0
	configSizeMax   = 8
	configSegMax    = 12
	configBlockSize = 20
)

// Errors of requests.
var (
	ErrIO       = errors.New("the disk reports an error of its medium")
	ErrSupport  = errors.New("the disk does not support the request")
	ErrReadOnly = errors.New("the disk is read-only")
	ErrRange    = errors.New("the disk has no such sectors")
	ErrBusy     = errors.New("the disk is busy for too long")
	// ErrUnknown says that what was asked may be done, in part, or not.
	ErrUnknown = errors.New("the disk was reset: what became of the request is not known")
)

// Info is what a disk says of itself.
type Info struct {
	Sectors   uint64
	BlockSize uint32 // bytes that the medium writes at once
	ReadOnly  bool
	Flushes   bool // it has a cache, which Flush writes back
	Legacy    bool
	Polled    bool // it has no interrupt
}

// Stats counts what has happened.
type Stats struct {
	Requests, Errors uint64 // ended, and of those not with OK
	Interrupts       uint64
	Polled           uint64 // requests that a look without an interrupt has ended
	Resets           uint64 // because of what it did, or did not
}

// Disk is a block device.
type Disk struct {
	Info   // does not change
	limits // neither
	dev    *virtio.Device
	window *dma.Window
	all    [slots]*slot
	unused chan *slot

	naming sync.Once
	name   string

	mu     sync.Mutex
	queue  *virtio.Queue
	flying map[uint16]*slot // by the chain's head
	fault  error            // the disk is not used any more
	stats  Stats
}

// limits are what the device says of requests.
type limits struct {
	part uint32 // most bytes in one part of a chain
	most int    // most bytes in one request
}

// New resets the device and brings it up, with its interrupt or without. If it fails
// with virtio.ErrStuck the device may still write to memory that an earlier driver has
// given to it.
func New(dev *virtio.Device, w *dma.Window, interrupt bool) (*Disk, error) {
	d := &Disk{dev: dev, window: w, unused: make(chan *slot, slots), flying: map[uint16]*slot{}}
	var err error
	if d.Info, d.limits, err = d.bringUp(!interrupt); err != nil {
		return nil, err
	}
	for i := range d.all {
		s, err := newSlot(w)
		if err != nil {
			d.drop()
			return nil, err
		}
		d.all[i] = s
		d.unused <- s
	}
	return d, nil
}

// drop gives up a device that has had no request yet, and so lets itself be reset.
func (d *Disk) drop() {
	d.dev.Reset()
	for _, s := range d.all {
		if s != nil {
			d.window.Give(s.mem)
		}
	}
}

// bringUp resets the device and starts it (3.1.1, 5.2.5).
func (d *Disk) bringUp(polled bool) (info Info, l limits, err error) {
	if err = d.dev.Negotiate(features); err != nil {
		return info, l, err
	}
	q, err := d.dev.OpenQueue(0, slots*(maxSegments+2), d.window)
	if err != nil {
		return info, l, err
	}
	info, l = d.read(q.Size())
	info.Polled = polled
	if l.most <= 0 {
		err = fmt.Errorf("a disk with requests of %d bytes, in parts of %d, is of no use", l.most, l.part)
		return info, l, errors.Join(err, d.dev.Reset())
	}
	q.Interrupts(!polled)
	d.queue = q
	d.dev.Start()
	return info, l, nil
}

// read reads the configuration. It is input.
func (d *Disk) read(queue int) (info Info, l limits) {
	has := func(bit uint64) bool { return d.dev.Features&bit != 0 }
	info = Info{
		Sectors: d.dev.Config64(configCapacity), BlockSize: Sector,
		Legacy: d.dev.Legacy, ReadOnly: has(featureReadOnly), Flushes: has(featureFlush),
	}
	if has(featureBlockSize) {
		info.BlockSize = d.dev.Config32(configBlockSize)
	}
	l.part = MaxBytes
	if has(featureSizeMax) {
		l.part = min(l.part, d.dev.Config32(configSizeMax))
	}
	parts := min(maxSegments, queue-2) // beside header and status
	if has(featureSegMax) {
		parts = min(parts, int(min(d.dev.Config32(configSegMax), maxSegments)))
	}
	l.most = min(MaxBytes, parts*int(l.part)) / Sector * Sector
	return info, l
}

// Stats returns the counters.
func (d *Disk) Stats() Stats {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.stats
}

// Interrupt serves the device's interrupt. It is for the event loop.
func (d *Disk) Interrupt() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dev.Acknowledge() {
		d.stats.Interrupts++
		d.collect()
	}
}

// collect ends the requests that the device has used, with the lock held, and returns
// how many.
func (d *Disk) collect() (n int) {
	if d.fault != nil {
		return 0
	}
	for ; ; n++ {
		head, written, ok, err := d.queue.Next()
		if err != nil {
			d.restart(err)
			return n
		}
		if !ok {
			return n
		}
		s := d.flying[head]
		delete(d.flying, head)
		if err := s.result(written, d.Legacy); errors.Is(err, errLie) {
			s.end(err)
			d.restart(err)
			return n
		} else {
			s.end(err)
		}
	}
}

// restart resets the device and brings it up again, with the lock held.
func (d *Disk) restart(why error) {
	d.stats.Resets++
	if d.reset() != nil {
		return
	}
	info, l, err := d.bringUp(d.Polled)
	if err == nil && (info != d.Info || l != d.limits) {
		err = errors.Join(errors.New("the disk has become another one"), d.reset())
	}
	if err != nil {
		d.fault = fmt.Errorf("%w, after: %w", err, why)
	}
}

// reset resets the device and ends the requests that it had.
func (d *Disk) reset() error {
	err := d.dev.Reset()
	if err != nil {
		d.fault = err
	}
	for head, s := range d.flying {
		delete(d.flying, head)
		s.kept = err != nil // for ever: the device may still use it
		s.end(ErrUnknown)
	}
	return err
}

// Name returns the disk's serial number, as far as it is printable; "" if it has none, or
// does not say within the bound. It asks once.
func (d *Disk) Name(bound time.Duration) string {
	d.naming.Do(func() {
		id, err := d.Identify(bound)
		for _, c := range id {
			if err != nil || c <= ' ' || c > '~' {
				break
			}
			d.name += string(rune(c))
		}
	})
	return d.name
}
