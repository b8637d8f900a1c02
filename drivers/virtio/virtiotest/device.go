// Package virtiotest is a virtio device in software, for tests of drivers: registers of
// both versions, and the device's side of split virtqueues, written from VIRTIO 1.2
// without a look at package virtio. It is strict: what a driver must not do it reports. It
// can be told to lie.
//
// Not safe for concurrent use, unless Lock is used around all that is done with it.
package virtiotest

import (
	"encoding/binary"
	"sync"

	"atoll/drivers/dma"
)

// Base is the address of the memory that the device reaches: above 4 GiB.
const Base = 0x3_8000_0000

// Device is the model behind a regtest.Block. Set its fields before it is used.
type Device struct {
	sync.Mutex
	Legacy   bool
	ID       uint32
	Offered  uint64 // features; VERSION_1 is added where it must be
	QueueMax uint32
	Config   []byte
	// Serve does what a chain asks for and returns how many bytes it has written.
	Serve func(queue uint32, c *Chain) uint32
	// Lazy devices leave chains in the ring until Work is called.
	Lazy bool
	// Stuck devices cannot be reset.
	Stuck bool
	// Lie, unless nil, may change a used entry, and says how far idx goes on.
	Lie func(id, length *uint32) (step uint16)
	// Report is told of each thing that a driver must not do.
	Report func(format string, args ...any)

	Memory   []byte
	Features uint64
	Status   uint32
	Resets   int
	Notified int
	Written  []uint32 // values of the status register that were written

	driverSel, featureSel, queueSel, guestPage uint32
	generation                                 uint32
	interrupt                                  uint32
	queues                                     [4]queue
}

// queue is one virtqueue, as the driver has described it.
type queue struct {
	num, align, pfn      uint32
	desc, driver, device uint64
	ready                bool
	seen, used           uint16
}

// Chain is what the driver has made available.
type Chain struct {
	Head  uint16
	Read  [][]byte // parts that the device reads
	Write [][]byte // and that it writes
}

// New makes a device, and the window of memory that it reaches.
func New(id uint32, legacy bool, report func(format string, args ...any)) (*Device, *dma.Window) {
	d := &Device{ID: id, Legacy: legacy, QueueMax: 64, Report: report, Memory: make([]byte, 1<<18)}
	return d, dma.NewWindow(d.Memory, Base, nil)
}

// Load implements regtest.Model.
func (d *Device) Load(off uintptr, width int) uint64 {
	if off >= 0x100 {
		var b [8]byte
		if at := int(off - 0x100); at < len(d.Config) {
			copy(b[:], d.Config[at:])
		}
		return binary.LittleEndian.Uint64(b[:])
	}
	if width != 4 {
		d.Report("a load of %d bytes at %#x", width, off)
	}
	q := &d.queues[d.queueSel%4]
	switch off {
	case 0x000:
		return 0x74726976
	case 0x004:
		return map[bool]uint64{true: 1, false: 2}[d.Legacy]
	case 0x008:
		return uint64(d.ID)
	case 0x00c:
		return 0x554d4551
	case 0x010:
		offered := d.Offered
		if !d.Legacy {
			offered |= 1 << 32
		}
		return offered >> (32 * d.featureSel) & (1<<32 - 1)
	case 0x034:
		if d.queueSel >= 4 {
			return 0
		}
		return uint64(d.QueueMax)
	case 0x040:
		d.only(true, off)
		return uint64(q.pfn)
	case 0x044:
		d.only(false, off)
		return map[bool]uint64{true: 1}[q.ready]
	case 0x060:
		return uint64(d.interrupt)
	case 0x070:
		return uint64(d.Status)
	case 0x0fc:
		d.only(false, off)
		return uint64(d.generation)
	}
	d.Report("a load of register %#x", off)
	return 0
}

// only reports a register that the other version has.
func (d *Device) only(legacy bool, off uintptr) {
	if d.Legacy != legacy {
		d.Report("register %#x is not of this version", off)
	}
}

// Store implements regtest.Model.
func (d *Device) Store(off uintptr, width int, v uint64) {
	if width != 4 {
		d.Report("a store of %d bytes at %#x", width, off)
	}
	w := uint32(v)
	q := &d.queues[d.queueSel%4]
	half := func(p *uint64, shift uint) { *p = *p&^(0xffff_ffff<<shift) | uint64(w)<<shift }
	switch off {
	case 0x014:
		d.featureSel = w
	case 0x020:
		half(&d.Features, uint(32*d.driverSel))
		if d.Status != 3 {
			d.Report("features are written in status %#x", d.Status)
		}
	case 0x024:
		d.driverSel = w
	case 0x028:
		d.only(true, off)
		d.guestPage = w
	case 0x030:
		d.queueSel = w
	case 0x038:
		if q.num = w; w == 0 || w > d.QueueMax || w&(w-1) != 0 {
			d.Report("a queue of %d", w)
		}
	case 0x03c:
		d.only(true, off)
		q.align = w
	case 0x040:
		d.only(true, off)
		q.pfn, q.ready = w, w != 0
		q.desc = uint64(w) * uint64(d.guestPage)
		q.driver = q.desc + 16*uint64(q.num)
		a := uint64(q.align)
		q.device = (q.driver + 6 + 2*uint64(q.num) + a - 1) / a * a
	case 0x044:
		d.only(false, off)
		q.ready = w == 1
	case 0x050:
		d.notify(w)
	case 0x064:
		d.interrupt &^= w
	case 0x070:
		d.setStatus(w)
	case 0x080:
		half(&q.desc, 0)
	case 0x084:
		half(&q.desc, 32)
	case 0x090:
		half(&q.driver, 0)
	case 0x094:
		half(&q.driver, 32)
	case 0x0a0:
		half(&q.device, 0)
	case 0x0a4:
		half(&q.device, 32)
	default:
		d.Report("a store to register %#x", off)
	}
}

func (d *Device) setStatus(w uint32) {
	d.Written = append(d.Written, w)
	switch {
	case w == 0:
		d.Resets++
		if d.Stuck && d.Status&4 != 0 {
			return
		}
		d.Status, d.Features, d.interrupt = 0, 0, 0
		d.queues = [4]queue{}
	case w&d.Status != d.Status:
		d.Report("the status goes from %#x to %#x", d.Status, w)
	default:
		d.Status = w
	}
}

func (d *Device) notify(index uint32) {
	d.Notified++
	if d.Status&4 == 0 || index >= 4 {
		d.Report("queue %d is notified in status %#x", index, d.Status)
		return
	}
	if !d.Lazy {
		d.Work(index, -1)
	}
}

// at returns n bytes of memory at an address of the driver's.
func (d *Device) at(addr, n uint64) []byte {
	if addr < Base || addr-Base > uint64(len(d.Memory)) || n > uint64(len(d.Memory))-(addr-Base) {
		d.Report("%d bytes at %#x are outside of the window", n, addr)
		return make([]byte, n)
	}
	return d.Memory[addr-Base:][:n]
}

// Available returns how many chains of a queue wait to be served.
func (d *Device) Available(index uint32) int {
	q := &d.queues[index]
	if !q.ready {
		return 0
	}
	return int(binary.LittleEndian.Uint16(d.at(q.driver+2, 2)) - q.seen)
}

// Work serves up to most chains of a queue, all if that is negative.
func (d *Device) Work(index uint32, most int) {
	q := &d.queues[index]
	for n := d.Available(index); n > 0 && most != 0; n, most = n-1, most-1 {
		c := d.Peek(index, q.seen)
		q.seen++
		d.use(q, uint32(c.Head), d.Serve(index, c))
	}
}

// Peek reads the chain in a place of the available ring.
func (d *Device) Peek(index uint32, place uint16) *Chain {
	q := &d.queues[index]
	num := uint64(q.num)
	c := &Chain{Head: binary.LittleEndian.Uint16(d.at(q.driver+4+2*(uint64(place)%num), 2))}
	next := c.Head
	for n := uint64(0); ; n++ {
		if n == num || uint64(next) >= num {
			d.Report("chain %d of queue %d goes in circles, or to descriptor %d", c.Head, index, next)
			return c
		}
		e := d.at(q.desc+16*uint64(next), 16)
		part := d.at(binary.LittleEndian.Uint64(e), uint64(binary.LittleEndian.Uint32(e[8:])))
		switch flags := binary.LittleEndian.Uint16(e[12:]); {
		case flags&2 != 0:
			c.Write = append(c.Write, part)
		case len(c.Write) > 0:
			d.Report("chain %d has a part to read behind one to write", c.Head)
		default:
			c.Read = append(c.Read, part)
		}
		if binary.LittleEndian.Uint16(e[12:])&1 == 0 {
			return c
		}
		next = binary.LittleEndian.Uint16(e[14:])
	}
}

// use gives a chain back.
func (d *Device) use(q *queue, id, length uint32) {
	step := uint16(1)
	if d.Lie != nil {
		step = d.Lie(&id, &length)
	}
	e := d.at(q.device+4+8*uint64(q.used%uint16(q.num)), 8)
	binary.LittleEndian.PutUint32(e, id)
	binary.LittleEndian.PutUint32(e[4:], length)
	q.used += step
	binary.LittleEndian.PutUint16(d.at(q.device+2, 2), q.used)
	if binary.LittleEndian.Uint16(d.at(q.driver, 2))&1 == 0 {
		d.interrupt |= 1
	}
}

// Interrupting reports whether the device raises its interrupt.
func (d *Device) Interrupting() bool { return d.interrupt != 0 }

// Tell sets the used flags of a queue: 1 asks not to be notified.
func (d *Device) Tell(index uint32, flags uint16) {
	binary.LittleEndian.PutUint16(d.at(d.queues[index].device, 2), flags)
}

// Waiting returns the chains of a queue that wait to be served, without serving them.
func (d *Device) Waiting(index uint32) (list []*Chain) {
	for i := range d.Available(index) {
		list = append(list, d.Peek(index, d.queues[index].seen+uint16(i)))
	}
	return list
}
