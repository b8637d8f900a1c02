package domain

import (
	"testing"

	"atoll/arch/layout"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

// device is a monitor with one source, 11, and that source; it belongs to the loop.
type device struct {
	t      *testing.T
	came   func()
	late   func() // what done is to be called by, if not at once
	later  bool
	taken  bool
	masked bool
	db     *capability.Database
}

const deviceBase, deviceSize = 0x10_1000, 2 * layout.PageSize

func (d *device) Take(source uint64, came func(), done func(Source, abi.Error)) {
	switch {
	case source != 11:
		done(nil, abi.ErrSource)
	case d.taken:
		done(nil, abi.ErrOwned)
	default:
		d.came, d.taken = came, true
		d.late = func() { done(d, abi.OK) }
		if !d.later {
			d.late()
		}
	}
}
func (d *device) Registers() (base, size uint64) { return deviceBase, deviceSize }
func (d *device) Again() {
	if !d.taken || !d.masked {
		d.t.Error("a source that does not wait is let through")
	}
	d.masked = false
}

// Drop is where nobody may have the registers any more.
func (d *device) Drop() {
	if !d.taken {
		d.t.Error("a source is dropped twice")
	}
	if more := d.db.RevokeDevice(deviceBase, deviceSize, 0); more {
		d.t.Error("a source is dropped while there are capabilities to the registers")
	}
	d.taken, d.masked = false, false
}

// interrupt interrupts, if the source is not masked.
func (d *device) interrupt() {
	if d.taken && !d.masked {
		d.masked = true
		d.came()
	}
}

func newDevice(t *testing.T) (*bindingWorld, *device) {
	w := newBindingWorld(t)
	d := &device{t: t, db: w.db}
	w.SetSources(d)
	w.in(func() {
		w.plant(slot(abi.SlotKernel), capability.Cap{Type: capability.Kernel, Rights: capability.AllRights, Base: 3, Size: 1})
	})
	return w, d
}

// takes takes the source into slots 1 and 2, which ends with an error.
func (w *bindingWorld) takes(want abi.Error, args ...uint64) {
	w.t.Helper()
	w.in(func() {
		w.begin(w.p, abi.Forever, abi.CallTakeIRQ, append([]uint64{uint64(abi.SlotKernel)}, args...)...)
	})
	w.ended(w.p, want)
}

// message sends or receives at the endpoint, without a capability.
func (w *bindingWorld) message(until, call uint64) {
	w.p.X[regGives], w.p.X[regSlot] = 0, 0
	w.begin(w.p, until, call, at(0))
}

// got receives a message about the source, with a badge, which says so many interrupts.
func (w *bindingWorld) got(badge, count uint64) {
	w.t.Helper()
	w.in(func() {
		w.message(0, abi.CallReceive)
		if x := w.p.X[regA0:]; abi.Error(x[0]) != abi.OK || x[1] != badge || x[2] != 11 || x[3] != count {
			w.t.Errorf("%v: message {%d, %d} with badge %d, want {11, %d} with badge %d", abi.Error(x[0]), x[2], x[3], x[1], count, badge)
		}
	})
}

// An interrupt is told once, and none comes before it has been acknowledged; it waits for a
// full endpoint, and for one at all. With the last capability the registers go, then the
// source. Sabotages: in ackIRQ, do not clear held; in take, leave out tellOwed; in tell, do
// not clear count; in destroy, leave out RevokeDevice; in Destroy of Core, leave out
// unbindIRQs.
func TestIRQ(t *testing.T) {
	w, d := newDevice(t)
	before := w.db.Count()
	w.takes(abi.OK, 11, at(1), at(2))
	w.takes(abi.ErrOwned, 11, at(3), at(4))
	w.in(func() {
		w.want(abi.OK, abi.CallMint, at(0), at(5), uint64(capability.Write), 9)
		w.want(abi.OK, abi.CallRetype, at(2), 0, uint64(capability.DevFrame), layout.PageSize, 2, uint64(abi.SlotRoot), at(6)>>16)
		w.want(abi.OK, abi.CallAckIRQ, at(1)) // of none
		d.interrupt()                         // nobody is told yet
		w.want(abi.OK, abi.CallBindIRQ, at(1), at(5))
		d.interrupt() // it is masked
	})
	w.got(9, 1)
	w.in(func() {
		w.message(0, abi.CallReceive)
		if e := abi.Error(w.p.X[regA0]); e != abi.ErrTime {
			t.Errorf("a second message: %v", e)
		}
		w.want(abi.OK, abi.CallAckIRQ, at(1))
		w.want(abi.OK, abi.CallAckIRQ, at(1))
		w.message(abi.Forever, abi.CallReceive)
	})
	w.waits(w.p)
	w.in(d.interrupt)
	w.ended(w.p, abi.OK)
	w.in(func() {
		for range abi.QueueLength {
			w.message(0, abi.CallSend)
		}
		for range 3 {
			w.want(abi.OK, abi.CallAckIRQ, at(1))
			w.loop.Do(d.interrupt)
		}
	})
	w.in(func() {
		w.want(abi.OK, abi.CallAckIRQ, at(1))
		d.interrupt()
	})
	w.in(func() {
		for range abi.QueueLength {
			w.message(0, abi.CallReceive)
		}
	})
	w.got(9, 2)
	w.in(func() {
		w.want(abi.OK, abi.CallDelete, at(5))
		w.want(abi.OK, abi.CallDelete, at(0)) // the endpoint ends
		w.want(abi.OK, abi.CallAckIRQ, at(1))
		d.interrupt()
	})
	w.in(func() {
		w.want(abi.OK, abi.CallRetype, uint64(abi.SlotRAM), 0, uint64(capability.Endpoint), layout.PageSize, 1, uint64(abi.SlotRoot), at(0)>>16)
		w.want(abi.OK, abi.CallBindIRQ, at(1), at(0))
	})
	w.got(0, 1)
	w.in(func() { w.want(abi.OK, abi.CallDelete, at(1)) })
	w.in(func() {
		if d.taken || w.db.Count() != before {
			t.Errorf("taken: %v, %d capabilities, want %d", d.taken, w.db.Count(), before)
		}
		d.came() // one that was on its way
	})
	w.takes(abi.OK, 11, at(1), 0)
}

// Who has not the capability to the core gets no source, and who gives up leaves none behind;
// what is refused takes none. Sabotages: in takeIRQ, look for no right; in took, do not Drop
// when nobody waits; in bindIRQ, do not look at service.
func TestIRQRefused(t *testing.T) {
	w, d := newDevice(t)
	kernel := uint64(abi.SlotKernel)
	w.in(func() {
		w.want(abi.OK, abi.CallMint, kernel, at(9), 0, 0)
		w.want(refused(capability.ErrRights), abi.CallTakeIRQ, at(9), 11, at(1), at(2))
		w.want(refused(capability.ErrWrongType), abi.CallTakeIRQ, uint64(abi.SlotRAM), 11, at(1), at(2))
		w.want(refused(capability.ErrNotEmpty), abi.CallTakeIRQ, kernel, 11, at(0), at(2))
		w.want(refused(capability.ErrNotEmpty), abi.CallTakeIRQ, kernel, 11, at(1), at(0))
		w.want(refused(capability.ErrNotEmpty), abi.CallTakeIRQ, kernel, 11, at(1), at(1))
		w.want(refused(capability.ErrNoSuchCap), abi.CallTakeIRQ, kernel, 11, 0, at(1))
		w.want(refused(capability.ErrWrongType), abi.CallAckIRQ, at(0))
		w.want(refused(capability.ErrWrongType), abi.CallBindIRQ, at(0), at(0))
		w.begin(w.p, 0, abi.CallTakeIRQ, kernel, 11, at(1), at(2))
	})
	w.ended(w.p, abi.ErrTime)
	w.takes(abi.ErrSource, 12, at(1), at(2))
	d.later = true
	w.in(func() {
		w.begin(w.p, abi.Forever, abi.CallTakeIRQ, kernel, 11, at(1), at(2))
		w.Expire(w.p)
	})
	w.ended(w.p, abi.ErrTime)
	w.in(func() { d.late() })
	w.once(func() {
		if d.taken || w.irqs[0] != nil {
			t.Error("a source that nobody waits for is kept")
		}
	})
	d.later = false
	w.takes(abi.OK, 11, at(1), at(2))
	w.in(func() {
		w.want(abi.OK, abi.CallMint, at(1), at(3), uint64(capability.Read), 0)
		w.want(refused(capability.ErrRights), abi.CallAckIRQ, at(3))
		w.want(abi.OK, abi.CallMint, at(0), at(4), uint64(capability.Read), 0)
		w.want(refused(capability.ErrRights), abi.CallBindIRQ, at(1), at(4))
		if e := w.Serve(slot(capability.Address(at(0))), left{}); e != capability.OK {
			t.Fatal(e)
		}
		w.want(refused(capability.ErrWrongType), abi.CallBindIRQ, at(1), at(0))
	})
}

// Who has copies of the frame of a device's registers cannot keep the source from being free by
// making more of them. Sabotages: in destroy, do not Freeze, or do not Thaw.
func TestSourceFreeBesideCopies(t *testing.T) {
	w, d := newDevice(t)
	w.takes(abi.OK, 11, at(1), at(2))
	if !w.beside(at(2), deviceBase, func() { w.want(abi.OK, abi.CallDelete, at(1)) }, func() bool { return !d.taken }) {
		t.Fatal("the source is not free")
	}
	w.takes(abi.OK, 11, at(1), at(2))
	w.in(func() {
		if e := w.call(abi.CallCopy, at(2), at(3)); e != abi.OK {
			t.Errorf("the next one's registers: %v", e)
		}
	})
}
