package domain

import (
	"testing"

	"atoll/arch/layout"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

// others is a monitor that notes what it is asked for. What lies above foreignBase is another
// core's.
type others struct {
	pass, revoke, retype, borrow uint32 // numbers
	bytes                        uint64
	low, high                    uint64
	core                         int
	end                          uint64
	of                           capability.Cap
	ended                        []capability.Cap
	free                         []capability.Ref // slots
	out                          int
}

func (o *others) Core() int                     { return 1 }
func (o *others) Foreign(c capability.Cap) bool { return c.Base >= foreignBase }
func (o *others) Pass(number uint32, c capability.Cap, core int, end uint64) {
	o.pass, o.of, o.core, o.end = number, c, core, end
}
func (o *others) Revoke(number uint32, c capability.Cap) { o.revoke, o.of = number, c }
func (o *others) Retype(number uint32, c capability.Cap, low, high uint64) {
	o.retype, o.of, o.low, o.high = number, c, low, high
}
func (o *others) Borrow(number uint32, bytes, align uint64) {
	o.borrow, o.bytes = number, bytes
}
func (o *others) Ended(c capability.Cap)  { o.ended = append(o.ended, c) }
func (o *others) Return(r capability.Ref) { o.free = append(o.free, r); o.out-- }
func (o *others) Slot() (capability.Ref, error) {
	r := o.free[0]
	o.free = o.free[1:]
	o.out++
	return r, nil
}

// passing is a world with a binding in slot at(1), its frame in at(2), and a frame in at(3).
func passing(t *testing.T) (*bindingWorld, *others) {
	w, o := newBindingWorld(t), &others{}
	for i := range uint64(20) {
		o.free = append(o.free, kernelSlot(20+i))
	}
	w.in(func() {
		w.SetRemote(o, o)
		w.begin(w.p, abi.Forever, abi.CallBind, aName[0], aName[1], aName[2], at(1), at(2))
	})
	w.ended(w.p, abi.OK)
	w.in(func() {
		w.want(abi.OK, abi.CallRetype, uint64(abi.SlotRAM), 16*layout.PageSize, uint64(capability.Frame), layout.PageSize, 1, uint64(abi.SlotRoot), at(3)>>16)
	})
	return w, o
}

// A frame is passed to the core of the other end, with the rights that were said, and its
// answer ends the call; what cannot be passed is refused. Who gives up is not woken.
// Sabotages: in pass, leave any case out; in Result, do not look at whether the caller has given up.
func TestPass(t *testing.T) {
	w, o := passing(t)
	read := uint64(capability.Read)
	w.in(func() {
		w.want(refused(capability.ErrNoSuchCap), abi.CallPass, at(1), at(9), read)
		w.want(refused(capability.ErrWrongType), abi.CallPass, at(3), at(3), read)
		w.want(refused(capability.ErrWrongType), abi.CallPass, at(1), uint64(abi.SlotRoot), read)
		w.want(refused(capability.ErrWrongType), abi.CallPass, at(1), at(2), read)
		w.want(refused(capability.ErrRights), abi.CallPass, at(1), at(3), 8)
		w.begin(w.p, 0, abi.CallPass, at(1), at(3), read)
	})
	w.ended(w.p, abi.ErrTime)
	w.in(func() { w.begin(w.p, abi.Forever, abi.CallPass, at(1), at(3), read) })
	w.waits(w.p)
	if o.core != 3 || o.end != w.m.links[0].frame+1 || o.of.Rights != capability.Read || o.of.Type != capability.Frame {
		t.Errorf("%+v", o)
	}
	w.in(func() { w.Result(o.pass, abi.ErrFull) })
	w.ended(w.p, abi.ErrFull)
	w.in(func() { w.begin(w.p, abi.Forever, abi.CallPass, at(1), at(3), read) })
	w.in(func() { w.Expire(w.p) })
	w.ended(w.p, abi.ErrTime)
	w.in(func() { w.Result(o.pass, abi.OK) })
	w.ended(w.p, abi.ErrTime)
}

// What comes waits at the end until it is collected, and wakes who waits there; enough is
// enough; what is revoked on the way has not come; what is left ends with the binding.
// Sabotages: in await, do not look at hasPassed; in hasPassed, do not look at the slot; in
// drop, leave out endPassed; in Deliver, leave out maxPassed.
func TestCollect(t *testing.T) {
	w, o := passing(t)
	end := w.m.links[0].frame
	theirs := func(i uint64) capability.Cap {
		return capability.Cap{Type: capability.Frame, Rights: capability.Read, Base: foreignBase + 1<<20 + i*layout.PageSize, Size: layout.PageSize}
	}
	deliver := func(i, end uint64, want abi.Error) {
		t.Helper()
		w.once(func() {
			if e := w.Deliver(theirs(i), end); e != want {
				t.Errorf("frame %d: %v, want %v", i, e, want)
			}
		})
	}
	w.in(func() {
		w.want(abi.ErrTime, abi.CallCollect, at(1), at(4))
		w.begin(w.p, abi.Forever, abi.CallAwait, at(1))
	})
	w.waits(w.p)
	deliver(0, end+1, abi.ErrPeerDead)
	w.in(func() { w.channels.jobs = append(w.channels.jobs, &job{}) })
	deliver(0, end+1, abi.ErrFull) // it may be that of who is about to be told that he has bound
	w.in(func() { w.channels.jobs = nil })
	deliver(0, end, abi.OK)
	w.ended(w.p, abi.OK)
	deliver(1, end, abi.OK)
	w.in(func() {
		w.want(abi.OK, abi.CallAwait, at(1))
		w.want(refused(capability.ErrNotEmpty), abi.CallCollect, at(1), at(3))
		w.db.RevokeShared(theirs(0).Base, 10)
		w.want(abi.OK, abi.CallCollect, at(1), at(4))
		if is, _ := w.db.Identify(slot(capability.Address(at(4)))); is != theirs(1) {
			t.Errorf("collected %+v", is)
		}
		w.want(abi.ErrTime, abi.CallCollect, at(1), at(5))
		w.want(abi.OK, abi.CallDelete, at(4))
	})
	if o.out != 0 || len(o.ended) != 2 {
		t.Errorf("%d slots are out, %v has ended", o.out, o.ended)
	}
	for i := range uint64(maxPassed) {
		deliver(i, end, abi.OK)
	}
	deliver(maxPassed, end, abi.ErrFull)
	w.in(func() { w.want(abi.OK, abi.CallDelete, at(1)) })
	if o.out != 0 || len(o.ended) < 2+maxPassed {
		t.Errorf("%d slots are out, %d frames have ended", o.out, len(o.ended))
	}
}

// A revoke waits for the other cores if they have anything of it, and leaves the capability for
// which it was asked, unless that has gone before; what they have nothing of takes no word.
// Sabotages: in revoke, do not look at Blocked; in Wipe, keep nothing; in isForeign, answer false;
// in truth, answer e; in keeps, do not look at what is there; in Asks, leave out the kernel.
func TestRevokeRemote(t *testing.T) {
	w, o := passing(t)
	var f capability.Cap
	w.in(func() {
		w.want(abi.OK, abi.CallCopy, at(3), at(4))
		w.want(abi.OK, abi.CallRevoke, at(3)) // nobody else has it
		f, _ = w.db.Identify(slot(capability.Address(at(3))))
		if e := w.Anchor(f); e != abi.OK || o.revoke != 0 {
			t.Errorf("%v, %d", e, o.revoke)
		}
		w.want(abi.OK, abi.CallCopy, at(3), at(4))
		w.begin(w.p, abi.Forever, abi.CallRevoke, at(3))
	})
	w.waits(w.p)
	wiped := false
	w.in(func() { w.Wipe(f, o.revoke, func() { wiped = true }) })
	w.in(func() {
		w.Release(f)
		w.Result(o.revoke, abi.OK)
	})
	w.ended(w.p, abi.OK)
	w.in(func() {
		w.want(abi.OK, abi.CallIdentify, at(3))
		w.want(refused(capability.ErrNoSuchCap), abi.CallIdentify, at(4))
	})
	if !wiped || o.of.Base != f.Base || o.out != 0 {
		t.Errorf("wiped: %v, %+v", wiped, o)
	}
	theirs := capability.Cap{Type: capability.Frame, Rights: capability.Read | capability.Write, Base: foreignBase + 1<<20, Size: layout.PageSize}
	w.in(func() {
		w.db.PlantCopy(slot(capability.Address(at(5))), theirs)
		w.begin(w.p, abi.Forever, abi.CallRevoke, at(5))
	})
	w.waits(w.p)
	w.in(func() { w.Result(o.revoke, abi.ErrPeerDead) })
	w.ended(w.p, abi.ErrPeerDead)
	w.in(func() { w.begin(w.p, abi.Forever, abi.CallRevoke, at(5)) })
	w.in(func() {
		may := w.Asks(o.revoke)
		w.db.Delete(slot(capability.Address(at(5)))) // somebody else's revoke, before
		w.db.Copy(slot(capability.Address(at(5))), slot(capability.Address(at(3))))
		if !may || w.Asks(o.revoke) {
			t.Error("it may ask who has lost the capability, or may not who has it")
		}
		w.Result(o.revoke, abi.OK)
	})
	w.ended(w.p, refused(capability.ErrNoSuchCap))
	called := false
	w.in(func() {
		w.Recall(f, func() { called = true })
		if !w.Asks(o.revoke) {
			t.Error("the kernel may not take back what it wants")
		}
		w.Result(o.revoke, abi.OK)
	})
	if !called {
		t.Error("the kernel is not told that it has back what it wants")
	}
}

// What is made of RAM that only this core has takes no word of others; of RAM of which others
// have copies, or of another core's, it is made with their permission, before they are told that
// it is, if it is still asked for. Of another core's come no objects of the kernel.
// Sabotages: in isShared, answer true, or false; in retype, do not look at Begun; in
// retypeRemote, leave any case out; in makeShared, make nothing, or do not look at what is asked
// for.
func TestRetypeRemote(t *testing.T) {
	w, o := passing(t)
	const page = layout.PageSize
	make := func(src, offset uint64, typ capability.Type, size, count, dst uint64) []uint64 {
		return []uint64{src, offset, uint64(typ), size, count, uint64(abi.SlotRoot), at(dst) >> 16}
	}
	there := func(dst uint64, want bool) {
		t.Helper()
		w.once(func() {
			if _, e := w.db.Identify(slot(capability.Address(at(dst)))); (e == capability.OK) != want {
				t.Errorf("slot %d: %v", dst, e)
			}
		})
	}
	w.in(func() {
		w.want(abi.OK, abi.CallRetype, make(uint64(abi.SlotRAM), 32*page, capability.RAM, 70*page, 1, 4)...)
	})
	w.in(func() { w.want(abi.OK, abi.CallRetype, make(at(4), 0, capability.Frame, page, 1, 5)...) })
	if o.retype != 0 {
		t.Error("others are asked about what they have nothing of")
	}
	lent, _ := w.db.Identify(slot(capability.Address(at(4))))
	asks := func(want abi.Error, args ...uint64) {
		t.Helper()
		w.in(func() { w.begin(w.p, abi.Forever, abi.CallRetype, args...) })
		w.waits(w.p)
		w.in(func() { w.Result(o.retype, want) })
	}
	w.once(func() {
		if e := w.Anchor(lent); e != abi.OK {
			t.Fatal(e)
		}
	})
	asks(abi.Error(capability.ErrInUse), make(at(4), 4*page, capability.Frame, page, 1, 6)...)
	w.ended(w.p, abi.Error(capability.ErrInUse))
	there(6, false)
	asks(abi.OK, make(at(4), 4*page, capability.Frame, 33*page, 2, 6)...)
	w.ended(w.p, abi.ErrAgain) // it is long
	if o.low != lent.Base+4*page || o.high != lent.Base+70*page || o.of.Base != lent.Base {
		t.Errorf("asked about %#x to %#x of %+v", o.low, o.high, o.of)
	}
	w.in(func() { w.want(abi.OK, abi.CallRetype, make(at(4), 4*page, capability.Frame, 33*page, 2, 6)...) }) // nobody is asked twice
	there(7, true)

	theirs := capability.Cap{Type: capability.RAM, Rights: capability.Read | capability.Write, Base: foreignBase + 2<<20, Size: 16 * page}
	w.in(func() {
		w.db.PlantCopy(slot(capability.Address(at(8))), theirs)
		w.want(refused(capability.ErrWrongType), abi.CallRetype, make(at(8), 0, capability.CNode, page, 1, 9)...)
		w.want(refused(capability.ErrTooMany), abi.CallRetype, make(at(8), 0, capability.RAM, page, 0, 9)...)
		w.want(refused(capability.ErrTooMany), abi.CallRetype, make(at(8), 0, capability.RAM, page, capability.MaxRetype+1, 9)...)
		w.want(refused(capability.ErrRange), abi.CallRetype, make(at(8), 15*page, capability.RAM, page, 2, 9)...)
		w.want(refused(capability.ErrRange), abi.CallRetype, make(at(8), ^uint64(0), capability.RAM, page, 1, 9)...)
		w.want(refused(capability.ErrRange), abi.CallRetype, make(at(8), 0, capability.RAM, 1<<63, 2, 9)...)
	})
	asks(abi.OK, make(at(8), 0, capability.RAM, 4*page, 2, 9)...)
	there(10, true)
	w.in(func() { w.begin(w.p, abi.Forever, abi.CallRetype, make(at(8), 8*page, capability.RAM, page, 1, 11)...) })
	w.in(func() { w.Expire(w.p); w.Result(o.retype, abi.OK) })
	there(11, false)
	w.in(func() { w.begin(w.p, abi.Forever, abi.CallRetype, make(at(8), 8*page, capability.RAM, page, 1, 11)...) })
	w.in(func() {
		w.db.Delete(slot(capability.Address(at(8))))
		w.db.Move(slot(capability.Address(at(8))), slot(capability.Address(at(10))))
		w.Result(o.retype, abi.OK)
	})
	w.ended(w.p, abi.Error(capability.ErrNoSuchCap))
	there(11, false)
}
