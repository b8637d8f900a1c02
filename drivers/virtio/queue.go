package virtio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"

	"atoll/arch/order"
	"atoll/drivers/dma"
)

// A split virtqueue (2.7) in one piece of memory, laid out as a legacy device wants it
// (2.7.2); a modern one is told where each part is.

const (
	pageSize  = 4096
	descBytes = 16
	usedBytes = 8

	// MaxQueue bounds the size of a queue: the device need not be asked for more.
	MaxQueue = 256

	flagNext  = 1 // VIRTQ_DESC_F_NEXT
	flagWrite = 2 // VIRTQ_DESC_F_WRITE

	flagNoInterrupt = 1 // VIRTQ_AVAIL_F_NO_INTERRUPT
	flagNoNotify    = 1 // VIRTQ_USED_F_NO_NOTIFY

	atFlags, atIdx, atRing = 0, 2, 4 // of both rings
)

// ErrFull says that a queue has no descriptors left for a chain.
var ErrFull = errors.New("the virtqueue is full")

// Segment is a part of a chain: memory that the device reads or, if Write is set, writes.
type Segment struct {
	Addr  uint64
	Len   uint32
	Write bool
}

// Queue is a virtqueue.
type Queue struct {
	d     *Device
	index uint32
	size  uint16
	mem   dma.Buffer
	owner *dma.Window
	// What the driver writes and the device reads, and the other way round.
	driver, desc, avail, used dma.Buffer

	unused  []uint16 // descriptors that are in no chain
	chains  []chain  // by their first descriptor
	links   []uint16 // next descriptor of a chain
	flying  int      // chains with the device
	nAvail  uint16   // chains ever made available
	nUsed   uint16   // used entries ever taken
	flags   uint16   // of the available ring
	fault   error
	notices uint64
}

// chain is what the driver remembers of a chain, by its first descriptor.
type chain struct {
	length uint16 // descriptors, 0 = not in flight
	most   uint64 // bytes that the device may write
}

// OpenQueue makes a queue of at most MaxQueue descriptors and tells the device of it
// (4.2.3.2). It is for between Negotiate and Start.
func (d *Device) OpenQueue(index, most uint32, w *dma.Window) (*Queue, error) {
	d.regs.Write32(regQueueSel, index)
	inUse := regQueueReady
	if d.Legacy {
		inUse = regQueuePFN
	}
	if d.regs.Read32(uintptr(inUse)) != 0 {
		return nil, fmt.Errorf("queue %d is in use after a reset", index)
	}
	size := min(d.regs.Read32(regQueueNumMax), most, MaxQueue)
	if size == 0 {
		return nil, fmt.Errorf("the device has no queue %d", index)
	}
	size = 1 << (bits.Len32(size) - 1) // a power of two (2.7)
	q := &Queue{d: d, index: index, size: uint16(size), owner: w}
	if err := q.layOut(); err != nil {
		return nil, err
	}
	d.regs.Write32(regQueueNum, size)
	if err := q.tell(); err != nil {
		w.Give(q.mem)
		return nil, err
	}
	d.queues = append(d.queues, q)
	return q, nil
}

// layOut takes memory and cuts it into the three parts.
func (q *Queue) layOut() error {
	n := int(q.size)
	availAt := descBytes * n
	usedAt := (availAt + atRing + 2*n + 2 + pageSize - 1) &^ (pageSize - 1)
	total := usedAt + atRing + usedBytes*n + 2
	mem, err := q.owner.Take(uint64(total), pageSize)
	if err != nil {
		return err
	}
	q.mem = mem
	q.driver = mem.Part(0, usedAt)
	q.desc = mem.Part(0, availAt)
	q.avail = mem.Part(availAt, usedAt-availAt)
	q.used = mem.Part(usedAt, len(mem.Bytes)-usedAt)
	mem.ForDevice() // zeros
	q.chains, q.links = make([]chain, n), make([]uint16, n)
	for i := n - 1; i >= 0; i-- {
		q.unused = append(q.unused, uint16(i))
	}
	return nil
}

// tell tells the device where the queue is.
func (q *Queue) tell() error {
	r := q.d.regs
	if q.d.Legacy {
		pfn := q.mem.Addr / pageSize
		if pfn>>32 != 0 {
			return fmt.Errorf("a legacy device cannot reach %#x", q.mem.Addr)
		}
		r.Write32(regQueueAlign, pageSize)
		r.Write32(regQueuePFN, uint32(pfn))
		return nil
	}
	for _, part := range []struct {
		reg  uintptr
		addr uint64
	}{{regQueueDesc, q.desc.Addr}, {regQueueDriver, q.avail.Addr}, {regQueueDevice, q.used.Addr}} {
		r.Write32(part.reg, uint32(part.addr))
		r.Write32(part.reg+4, uint32(part.addr>>32))
	}
	r.Write32(regQueueReady, 1)
	return nil
}

// free gives the memory back. The device has been reset.
func (q *Queue) free() {
	q.owner.Give(q.mem)
	q.fault = errors.New("the device has been reset")
}

// Size returns how many descriptors the queue has.
func (q *Queue) Size() int { return int(q.size) }

// InFlight returns how many chains the device has.
func (q *Queue) InFlight() int { return q.flying }

// Interrupts says whether the device is to raise an interrupt when it has used a chain
// (2.7.7). It is a hint.
func (q *Queue) Interrupts(on bool) {
	q.flags = flagNoInterrupt
	if on {
		q.flags = 0
	}
	q.avail.Store16(atFlags, q.flags)
	q.driver.ForDevice()
}

// Submit gives a chain to the device and returns its first descriptor, by which Next names
// it. What the device reads comes before what it writes (2.7.4.2). It fails with ErrFull,
// or with the queue's fault. The device need not look before Notify.
func (q *Queue) Submit(segments ...Segment) (head uint16, err error) {
	switch {
	case q.fault != nil:
		return 0, q.fault
	case len(segments) == 0 || len(segments) > int(q.size):
		return 0, fmt.Errorf("a chain of %d parts does not fit a queue of %d", len(segments), q.size)
	case len(segments) > len(q.unused):
		return 0, ErrFull
	}
	first := len(q.unused) - len(segments)
	taken := q.unused[first:]
	most := uint64(0)
	for i, s := range segments {
		if i > 0 && segments[i-1].Write && !s.Write || s.Len == 0 {
			return 0, errors.New("a chain is not parts to read and then parts to write")
		}
		if s.Write {
			most += uint64(s.Len)
		}
	}
	q.unused = q.unused[:first]
	for i, s := range segments { // A1
		flags, next := uint16(0), uint16(0)
		if s.Write {
			flags = flagWrite
		}
		if i+1 < len(segments) {
			flags, next = flags|flagNext, taken[i+1]
		}
		q.links[taken[i]] = next
		d := q.desc.Bytes[descBytes*int(taken[i]):][:descBytes]
		binary.LittleEndian.PutUint64(d, s.Addr)
		binary.LittleEndian.PutUint32(d[8:], s.Len)
		binary.LittleEndian.PutUint16(d[12:], flags)
		binary.LittleEndian.PutUint16(d[14:], next)
	}
	head = taken[0]
	q.chains[head] = chain{uint16(len(segments)), most}
	binary.LittleEndian.PutUint16(q.avail.Bytes[atRing+2*int(q.nAvail%q.size):], head)
	q.driver.ForDevice()
	q.nAvail++
	q.flying++
	q.avail.Store16(atIdx, q.nAvail) // A2, A3
	q.driver.ForDevice()
	return head, nil
}

// Notify tells the device that there are chains for it, unless it does not want to know.
func (q *Queue) Notify() {
	order.FenceFull() // A4
	q.used.ForCPU()
	if q.used.Load16(atFlags)&flagNoNotify == 0 { // A5
		q.notices++
		q.d.regs.Write32(regQueueNotify, q.index) // A6
	}
}

// Next takes a chain back that the device has used, with the number of bytes that it has written
// to it. ok is false if there is none. An error is the queue's fault: the device does
// what it must not, and is to be reset.
func (q *Queue) Next() (head uint16, written uint32, ok bool, err error) {
	if q.fault != nil {
		return 0, 0, false, q.fault
	}
	q.used.ForCPU()
	ready := q.used.Load16(atIdx) - q.nUsed // A7, A8
	if ready == 0 {
		return 0, 0, false, nil
	}
	if int(ready) > q.flying {
		return q.broken("says that it has used %d chains, and has %d", int(ready), q.flying)
	}
	at := atRing + usedBytes*int(q.nUsed%q.size) // A9
	id, n := q.used.Load32(at), q.used.Load32(at+4)
	if id >= uint32(q.size) || q.chains[id].length == 0 {
		return q.broken("gives back chain %d of a queue of %d, which it does not have", int(id), int(q.size))
	}
	c := q.chains[id]
	if uint64(n) > c.most {
		if !q.d.Legacy {
			return q.broken("says that it has written %d bytes where it may write %d", int(n), int(c.most))
		}
		n = uint32(min(c.most, 1<<32-1))
	}
	q.nUsed++
	q.flying--
	head = uint16(id)
	for i, at := 0, head; i < int(c.length); i, at = i+1, q.links[at] {
		q.unused = append(q.unused, at)
	}
	q.chains[head] = chain{}
	return head, n, true, nil
}

// broken notes the queue's fault.
func (q *Queue) broken(format string, a, b int) (uint16, uint32, bool, error) {
	q.fault = fmt.Errorf("the device "+format, a, b)
	return 0, 0, false, q.fault
}
