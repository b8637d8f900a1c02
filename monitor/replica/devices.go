package replica

import (
	"math/bits"

	"atoll/boot/plan"
	"atoll/monitor/agree"
)

// Operations on the table of devices.
const (
	// Take is two-phase: the coordinator becomes the holder of devices of which no
	// member of the view is.
	Take uint8 = 4 + iota
	// Clear is one-phase: a holder has reset devices, so that they reach no memory
	// of those who held them before.
	Clear
	// Heirs is one-phase, of the lowest member: part of the order in which cores
	// follow as holders of devices, as the knowledge base has it.
	Heirs
)

// TakeData is the words of a Take of a set of devices, ClearData of a Clear.
func TakeData(devices uint64) [agree.Words]uint64 { return [agree.Words]uint64{devices} }

// ClearData is documented with TakeData.
func ClearData(devices uint64) [agree.Words]uint64 { return [agree.Words]uint64{devices} }

// HeirsPart is how many cores one Heirs names.
const HeirsPart = 16

// HeirsData is the words of an Heirs: cores, up to HeirsPart, are those from place
// at on in the order of a set of devices. at is a multiple of HeirsPart.
func HeirsData(devices uint64, at int, cores []int) (w [agree.Words]uint64) {
	w[0], w[1] = devices, uint64(at)|uint64(len(cores))<<8
	for i, core := range cores {
		w[2+i/8] |= uint64(core) << (i % 8 * 8)
	}
	return w
}

// Holder is the life of a core that has a device.
type Holder struct {
	Core        uint8
	Incarnation uint32
}

// Device is what has been agreed on about a device.
type Device struct {
	Holder
	// Dirty are the cores that held it before and whose memory it may yet reach,
	// since no later holder has reset it.
	Dirty uint64
	// order are the cores in the order in which they follow as holders. agreed
	// counts those that come from Heirs; the others are those that New was given.
	order  [agree.MaxCores]uint8
	agreed uint8
}

// Devices are those of the plan, by their place there.
type Devices struct {
	cores *Cores
	first []Device // as the plan has it
	list  []Device
	taken []taking
	low   int // the lowest member, -1 = none
}

// taking is a Take that holds a device.
type taking struct {
	held bool
	core uint8
	seq  uint32
}

// newDevices returns the devices of a plan in the hands of their first owners. heirs
// gives the cores in the order in which they follow as holders.
func newDevices(p *plan.Plan, c *Cores, heirs func(device int) []int) *Devices {
	n := int(p.NDevices)
	d := &Devices{cores: c, first: make([]Device, n), list: make([]Device, n), taken: make([]taking, n), low: -1}
	for i := range n {
		d.first[i].Holder = Holder{uint8(p.Devices[i].Owner), 1}
		for at, core := range heirs(i) {
			d.first[i].order[at] = uint8(core)
		}
	}
	d.reset()
	return d
}

// Count is how many devices there are.
func (d *Devices) Count() int { return len(d.list) }

// Get returns what has been agreed on about a device.
func (d *Devices) Get(device int) Device { return d.list[device] }

// Held reports whether the holder of a device is a member of the view.
func (d *Devices) Held(device int) bool {
	h := d.list[device].Holder
	return d.cores.IsMember(int(h.Core), h.Incarnation)
}

// Heir calls the first core in a device's order that a function says yes to its
// heir, -1 = none.
func (d *Devices) Heir(device int, may func(core int) bool) int {
	for _, core := range d.list[device].order[:d.cores.n] {
		if may(int(core)) {
			return int(core)
		}
	}
	return -1
}

// Ranked reports whether the order of a device is the one that the knowledge base
// has told.
func (d *Devices) Ranked(device int) bool { return int(d.list[device].agreed) == d.cores.n }

// set returns a set of devices of an operation, false if it cannot be one.
func (d *Devices) set(w uint64) (uint64, bool) {
	return w, w != 0 && bits.Len64(w) <= len(d.list)
}

// prepare allows a Take of what no member has.
func (d *Devices) prepare(op *agree.Op) bool {
	set, ok := d.set(op.Data[0])
	if !ok || !d.cores.IsMember(int(op.Coord), op.Life) {
		return false
	}
	for s := set; s != 0; s &= s - 1 {
		if i := bits.TrailingZeros64(s); d.taken[i].held || d.Held(i) {
			return false
		}
	}
	for s := set; s != 0; s &= s - 1 {
		d.taken[bits.TrailingZeros64(s)] = taking{true, op.Coord, op.Seq}
	}
	return true
}

// end ends a Take, and calls f with each device that it holds.
func (d *Devices) end(op *agree.Op, f func(*Device)) {
	for i := range d.taken {
		if t := &d.taken[i]; *t == (taking{true, op.Coord, op.Seq}) {
			*t = taking{}
			f(&d.list[i])
		}
	}
}

func (d *Devices) commit(op *agree.Op) {
	d.end(op, func(v *Device) {
		v.Dirty |= 1 << v.Core
		v.Holder = Holder{op.Coord, op.Life}
	})
}

func (d *Devices) abort(op *agree.Op) { d.end(op, func(*Device) {}) }

// mayClear reports whether the coordinator holds all devices of a Clear.
func (d *Devices) mayClear(op *agree.Op) bool {
	set, ok := d.set(op.Data[0])
	for s := set; ok && s != 0; s &= s - 1 {
		ok = d.list[bits.TrailingZeros64(s)].Holder == Holder{op.Coord, op.Life}
	}
	return ok
}

func (d *Devices) clear(op *agree.Op) {
	if !d.mayClear(op) {
		return
	}
	for s := op.Data[0]; s != 0; s &= s - 1 {
		d.list[bits.TrailingZeros64(s)].Dirty = 0
	}
}

// mayRank reports whether an Heirs can be one: of the lowest member, with cores that
// there are, and each once in what is known of the order then.
func (d *Devices) mayRank(op *agree.Op) bool {
	_, ok := d.set(op.Data[0])
	at, count := int(op.Data[1]&0xff), int(op.Data[1]>>8)
	if !ok || int(op.Coord) != d.low || at%HeirsPart != 0 || op.Data[1]>>16 != 0 || at >= d.cores.n || count != min(d.cores.n-at, HeirsPart) {
		return false
	}
	seen := uint64(0)
	for i := range count {
		core := heirOf(op, i)
		if int(core) >= d.cores.n || seen>>core&1 != 0 {
			return false
		}
		seen |= 1 << core
	}
	return true
}

func heirOf(op *agree.Op, i int) uint8 { return uint8(op.Data[2+i/8] >> (i % 8 * 8)) }

// rank takes part of an order. The parts come in their order.
func (d *Devices) rank(op *agree.Op) {
	if !d.mayRank(op) {
		return
	}
	at, count := int(op.Data[1]&0xff), int(op.Data[1]>>8)
	for s := op.Data[0]; s != 0; s &= s - 1 {
		v := &d.list[bits.TrailingZeros64(s)]
		for i := range count {
			v.order[at+i] = heirOf(op, i)
		}
		v.agreed = uint8(at + count)
	}
}

// install takes note of who is a member. Who founds a view in a later life cannot know
// what devices did to its memory, for what was agreed on is lost.
func (d *Devices) install(v *agree.View) {
	d.low = bits.TrailingZeros64(v.Members)
	for core := range d.cores.n {
		if v.Members>>core&1 == 0 || v.Since[core] != v.Number {
			continue
		}
		if founded(v) && v.Life[core] > 1 {
			for i := range d.list {
				d.list[i].Dirty |= 1 << core
			}
		}
	}
}

// founded reports whether all members of a view are new.
func founded(v *agree.View) bool {
	for s := v.Members; s != 0; s &= s - 1 {
		if v.Since[bits.TrailingZeros64(s)] != v.Number {
			return false
		}
	}
	return true
}

func (d *Devices) reset() {
	copy(d.list, d.first)
	clear(d.taken)
	d.low = -1
}

// orderItems is how many items of a snapshot an order has: 24 cores each.
func (d *Devices) orderItems() int { return (d.cores.n + 23) / 24 }

// items is how many a snapshot has: a holder for each device, and each order.
func (d *Devices) items() int { return len(d.list) * (1 + d.orderItems()) }

func (d *Devices) nextHolder(at int, item *[agree.ItemWords]uint64) int {
	if at >= len(d.list) {
		return -1
	}
	v := &d.list[at]
	*item = [agree.ItemWords]uint64{uint64(at), uint64(v.Core) | uint64(v.Incarnation)<<32, v.Dirty, uint64(v.agreed), ofHolder}
	return at + 1
}

func (d *Devices) addHolder(item *[agree.ItemWords]uint64) bool {
	h := Holder{uint8(item[1]), uint32(item[1] >> 32)}
	if item[0] >= uint64(len(d.list)) || item[1]&0xffffffff >= uint64(d.cores.n) || h.Incarnation == 0 ||
		bits.Len64(item[2]) > d.cores.n || item[3] > uint64(d.cores.n) || item[4] != ofHolder {
		return false
	}
	v := &d.list[item[0]]
	v.Holder, v.Dirty, v.agreed = h, item[2], uint8(item[3])
	return true
}

func (d *Devices) nextOrder(at int, item *[agree.ItemWords]uint64) int {
	each := d.orderItems()
	if at >= len(d.list)*each {
		return -1
	}
	v, part := &d.list[at/each], at%each
	*item = [agree.ItemWords]uint64{0, 0, 0, uint64(at), ofOrder}
	for i := 0; i < 24 && part*24+i < d.cores.n; i++ {
		item[i/8] |= uint64(v.order[part*24+i]) << (i % 8 * 8)
	}
	return at + 1
}

func (d *Devices) addOrder(item *[agree.ItemWords]uint64) bool {
	each := d.orderItems()
	if item[3] >= uint64(len(d.list)*each) || item[4] != ofOrder {
		return false
	}
	v, part := &d.list[item[3]/uint64(each)], int(item[3])%each
	for i := 0; i < 24 && part*24+i < d.cores.n; i++ {
		core := uint8(item[i/8] >> (i % 8 * 8))
		if int(core) >= d.cores.n {
			return false
		}
		v.order[part*24+i] = core
	}
	return true
}

func (d *Devices) equal(o *Devices) bool {
	for i := range d.list {
		if d.list[i] != o.list[i] {
			return false
		}
	}
	return len(d.list) == len(o.list)
}

// SetOrder puts the cores of a device in another order, on this core alone: for tests.
func (d *Devices) SetOrder(device int, order []int) {
	for i, core := range order {
		d.list[device].order[i] = uint8(core)
	}
}
