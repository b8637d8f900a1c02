package blk

import (
	"encoding/binary"
	"errors"
	"time"

	"atoll/drivers/dma"
	"atoll/drivers/virtio"
)

// Types of requests (5.2.6).
const (
	typeRead  = 0
	typeWrite = 1
	typeFlush = 4
	typeID    = 8

	idBytes = 20 // of the answer to typeID
)

// Parts of a slot, each in cache lines of its own.
const (
	headerBytes = 16
	atStatus    = dma.Line
	atData      = 2 * dma.Line
)

// Values of the status (5.2.6); pending is not one.
const (
	statusOK      = 0
	statusIOError = 1
	statusUnsupp  = 2
	pending       = 0xff
)

// errLie says that the device has given a request back in a way that cannot be.
var errLie = errors.New("the disk does not say how a request has ended")

// slot is memory for one request. It belongs to the request, or is unused.
type slot struct {
	mem, header, status, data dma.Buffer
	expect                    uint32 // bytes that the device writes
	done                      chan error
	kept                      bool // the device has it, for ever
}

func newSlot(w *dma.Window) (*slot, error) {
	mem, err := w.Take(atData+MaxBytes, dma.Line)
	return &slot{mem: mem, done: make(chan error, 1)}, err
}

// prepare writes a request into the slot and returns its chain.
func (s *slot) prepare(chain []virtio.Segment, typ uint32, sector uint64, data []byte, size int, part uint32) []virtio.Segment {
	s.header, s.status = s.mem.Part(0, headerBytes), s.mem.Part(atStatus, 1)
	s.data = s.mem.Part(atData, size)
	binary.LittleEndian.PutUint32(s.header.Bytes, typ)
	binary.LittleEndian.PutUint32(s.header.Bytes[4:], 0)
	binary.LittleEndian.PutUint64(s.header.Bytes[8:], sector)
	s.status.Bytes[0] = pending
	s.expect = 1
	if typ == typeWrite {
		copy(s.data.Bytes, data)
	} else {
		s.expect += uint32(size)
	}
	s.mem.ForDevice()
	chain = append(chain, virtio.Segment{Addr: s.header.Addr, Len: headerBytes})
	for at := uint32(0); at < uint32(size); at += part {
		n := min(part, uint32(size)-at)
		chain = append(chain, virtio.Segment{Addr: s.data.Addr + uint64(at), Len: n, Write: typ != typeWrite})
	}
	return append(chain, virtio.Segment{Addr: s.status.Addr, Len: 1, Write: true})
}

// result says how the request has ended, of which the device has written so many bytes.
func (s *slot) result(written uint32, legacy bool) error {
	s.mem.ForCPU()
	switch s.status.Bytes[0] {
	case statusOK:
		if written < s.expect && !legacy { // a legacy device need not count (2.7.8.2)
			return errLie
		}
		return nil
	case statusIOError:
		return ErrIO
	case statusUnsupp:
		return ErrSupport
	}
	return errLie
}

// end tells who waits.
func (s *slot) end(err error) { s.done <- err }

// How often a request looks at the ring by itself.
const (
	gapWithInterrupt = 20 * time.Millisecond
	gapPolled        = 200 * time.Microsecond
)

// check says whether there are such sectors.
func (d *Disk) check(sector uint64, bytes int) error {
	n := uint64(bytes)
	if n%Sector != 0 || sector > d.Sectors || n/Sector > d.Sectors-sector {
		return ErrRange
	}
	return nil
}

// Read reads whole sectors. It waits within the bound for each MaxBytes.
func (d *Disk) Read(sector uint64, into []byte, bound time.Duration) error {
	if err := d.check(sector, len(into)); err != nil {
		return err
	}
	return d.each(sector, into, func(sector uint64, part []byte) error {
		return d.request(typeRead, sector, part, len(part), bound)
	})
}

// Write writes whole sectors. It waits within the bound for each MaxBytes. With an error
// any of the sectors may be written, in part, or not.
func (d *Disk) Write(sector uint64, data []byte, bound time.Duration) error {
	if d.ReadOnly {
		return ErrReadOnly
	}
	if err := d.check(sector, len(data)); err != nil {
		return err
	}
	return d.each(sector, data, func(sector uint64, part []byte) error {
		return d.request(typeWrite, sector, part, len(part), bound)
	})
}

// each cuts a long transfer into requests.
func (d *Disk) each(sector uint64, data []byte, do func(sector uint64, part []byte) error) error {
	for len(data) > 0 {
		n := min(len(data), d.most)
		if err := do(sector, data[:n]); err != nil {
			return err
		}
		sector, data = sector+uint64(n/Sector), data[n:]
	}
	return nil
}

// Flush waits until all writes that were done before it are on the medium.
func (d *Disk) Flush(bound time.Duration) error {
	if !d.Flushes {
		return nil
	}
	return d.request(typeFlush, 0, nil, 0, bound)
}

// Measure returns how many sectors there are, and whether they can only be read.
func (d *Disk) Measure() (sectors uint64, readOnly bool, err error) {
	return d.Sectors, d.ReadOnly, d.Err()
}

// Identify returns the disk's serial number. It is input.
func (d *Disk) Identify(bound time.Duration) ([idBytes]byte, error) {
	var id [idBytes]byte
	err := d.request(typeID, 0, id[:], idBytes, bound)
	return id, err
}

// request makes one request and waits for it. What is read comes into data.
func (d *Disk) request(typ uint32, sector uint64, data []byte, size int, bound time.Duration) error {
	if err := d.Err(); err != nil {
		return err
	}
	until := time.Now().Add(bound)
	deadline := time.NewTimer(bound)
	defer deadline.Stop()
	var s *slot
	select {
	case s = <-d.unused:
	case <-deadline.C:
		return ErrBusy
	}
	var room [maxSegments + 2]virtio.Segment
	chain := s.prepare(room[:0], typ, sector, data, size, d.part)
	err := d.submit(s, chain)
	for ; err == virtio.ErrFull && time.Now().Before(until); err = d.submit(s, chain) {
		time.Sleep(gapPolled) // others have the descriptors
		d.look()
	}
	if err == virtio.ErrFull {
		err = ErrBusy
	}
	if err == nil {
		err = d.wait(s, deadline)
	}
	if err == nil && typ != typeWrite {
		copy(data, s.data.Bytes)
	}
	d.mu.Lock()
	if d.stats.Requests++; err != nil {
		d.stats.Errors++
	}
	d.mu.Unlock()
	if !s.kept {
		d.unused <- s
	}
	return err
}

// submit gives a request to the device.
func (d *Disk) submit(s *slot, chain []virtio.Segment) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fault != nil {
		return d.fault
	}
	head, err := d.queue.Submit(chain...)
	if err != nil {
		return err
	}
	d.flying[head] = s
	d.queue.Notify()
	return nil
}

// wait waits for a request that the device has. It always ends with the slot's end, for
// a request that has no more time ends with the reset of the device.
func (d *Disk) wait(s *slot, deadline *time.Timer) error {
	gap := gapWithInterrupt
	if d.Polled {
		gap = gapPolled
	}
	look := time.NewTimer(gap)
	defer look.Stop()
	for {
		select {
		case err := <-s.done:
			return err
		case <-look.C:
			d.look()
			look.Reset(gap)
		case <-deadline.C:
			d.expire(s)
			return <-s.done
		}
	}
}

// Err says why the disk is not used any more, nil if it is.
func (d *Disk) Err() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.fault
}

// look looks at the ring without an interrupt.
func (d *Disk) look() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stats.Polled += uint64(d.collect())
	if len(d.flying) > 0 && d.dev.NeedsReset() {
		d.restart(ErrUnknown)
	}
}

// expire resets the device, unless it has ended the request after all.
func (d *Disk) expire(s *slot) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.collect()
	for _, other := range d.flying {
		if other == s {
			d.restart(ErrBusy)
			return
		}
	}
}
