package replica

import (
	"atoll/boot/plan"
	"atoll/monitor/agree"
)

var _ agree.State = (*Replica)(nil)

// Replica is what one core has a copy of.
type Replica struct {
	Services *Table
	Cores    *Cores
	Devices  *Devices
}

// New returns the replica of a machine in which nobody has agreed on anything. All
// cores must make theirs of the same plan and for the same number of services.
func New(p *plan.Plan, services int, heirs func(device int) []int) *Replica {
	c := newCores(int(p.NCores))
	return &Replica{NewTable(services), c, newDevices(p, c, heirs)}
}

// Check says at the coordinator whether a one-phase operation may begin.
func (r *Replica) Check(op *agree.Op) bool {
	switch op.Type {
	case Delete:
		return r.Services.Check(op)
	case Note:
		return r.Cores.note(op, false)
	case Heirs:
		return r.Devices.mayRank(op)
	case Clear:
		return r.Devices.mayClear(op)
	}
	return false
}

// Do applies a one-phase operation.
func (r *Replica) Do(op *agree.Op) {
	switch op.Type {
	case Delete:
		r.Services.Do(op)
	case Note:
		r.Cores.note(op, true)
	case Heirs:
		r.Devices.rank(op)
	case Clear:
		r.Devices.clear(op)
	}
}

// Prepare says whether a two-phase operation may be done.
func (r *Replica) Prepare(op *agree.Op) bool {
	switch op.Type {
	case Put:
		return r.Services.Prepare(op)
	case Take:
		return r.Devices.prepare(op)
	}
	return false
}

// Commit does what was prepared.
func (r *Replica) Commit(op *agree.Op) {
	switch op.Type {
	case Put:
		r.Services.Commit(op)
	case Take:
		r.Devices.commit(op)
	}
}

// Abort gives up what was prepared.
func (r *Replica) Abort(op *agree.Op) {
	switch op.Type {
	case Put:
		r.Services.Abort(op)
	case Take:
		r.Devices.abort(op)
	}
}

// Install takes note of a new view.
func (r *Replica) Install(v *agree.View) {
	r.Cores.install(v)
	r.Services.Install(v)
	r.Devices.install(v)
}

// Reset makes the replica what New has made.
func (r *Replica) Reset() {
	r.Services.Reset()
	r.Cores.reset()
	r.Devices.reset()
}

// An item of a snapshot says in the last byte of its last word what it is of.
const (
	ofService uint64 = iota << 56
	ofCore
	ofHolder
	ofOrder
	ofMask uint64 = 0xff << 56
)

// Places of a snapshot: services from 0, then cores, holders and orders.
const (
	fromCores   = 1 << 24
	fromHolders = 2 << 24
	fromOrders  = 3 << 24
)

// Len is how many items a snapshot has.
func (r *Replica) Len() int { return r.Services.Len() + r.Cores.items() + r.Devices.items() }

// Next is one item after the other.
func (r *Replica) Next(at int, item *[agree.ItemWords]uint64) int {
	if at < fromCores {
		if next := r.Services.Next(at, item); next >= 0 {
			return next
		}
		at = fromCores
	}
	if at < fromHolders {
		if next := r.Cores.next(at-fromCores, item); next >= 0 {
			return fromCores + next
		}
		at = fromHolders
	}
	if at < fromOrders {
		if next := r.Devices.nextHolder(at-fromHolders, item); next >= 0 {
			return fromHolders + next
		}
		at = fromOrders
	}
	if next := r.Devices.nextOrder(at-fromOrders, item); next >= 0 {
		return fromOrders + next
	}
	return -1
}

// Add puts an item of a snapshot into the replica, which is as Reset has left it.
func (r *Replica) Add(item *[agree.ItemWords]uint64) bool {
	switch item[4] & ofMask {
	case ofService:
		return r.Services.Add(item)
	case ofCore:
		return r.Cores.add(item)
	case ofHolder:
		return r.Devices.addHolder(item)
	case ofOrder:
		return r.Devices.addOrder(item)
	}
	return false
}

// Equal reports whether two replicas are the same, apart from what is held for
// operations that are under way.
func (r *Replica) Equal(o *Replica) bool {
	if r.Services.Len() != o.Services.Len() || *r.Cores != *o.Cores || !r.Devices.equal(o.Devices) {
		return false
	}
	for e := range r.Services.All {
		if f, ok := o.Services.Lookup(e.Name); !ok || f != e {
			return false
		}
	}
	return true
}
