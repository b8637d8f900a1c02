package domain

import (
	"testing"

	"atoll/arch/layout"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

// broke is a bank that has nothing, and the books.
type broke struct {
	left
	limit    uint64
	who      uint32
	has      []capability.Cap
	lost     int
	returned []capability.Cap
}

func (b *broke) Take(uint32, uint64, uint64, capability.Ref) abi.Error { return abi.ErrNoMemory }
func (b *broke) Borrowed(who uint32, is capability.Cap) abi.Error {
	if is.Size > b.limit {
		return abi.ErrNoMemory
	}
	b.who, b.has = who, append(b.has, is)
	return abi.OK
}
func (b *broke) Lost(capability.Cap)        { b.lost++ }
func (b *broke) Returned(is capability.Cap) { b.returned = append(b.returned, is) }

// Who asks for RAM of any core, and whose core has none, waits for another's: that of the size it
// has asked for, which it may have. Nobody else gets any, nor does who has given up.
// Sabotages: in askMemory, do not borrow; in deliverRAM, leave any case out, or do not look at
// what Borrowed says; in borrowed, do not look at came.
func TestBorrow(t *testing.T) {
	w, o := passing(t)
	b := &broke{limit: 1 << 20}
	const page = layout.PageSize
	theirs := capability.Cap{Type: capability.RAM, Rights: capability.Read | capability.Write, Base: foreignBase + 2<<20, Size: 4 * page}
	asks := func(what, bytes uint64) {
		w.p.X[regGives], w.p.X[regSlot] = 0, at(6)
		copy(w.p.X[regWords:], []uint64{what, bytes, 0})
		w.begin(w.p, abi.Forever, abi.CallExchange, at(0), 0)
	}
	deliver := func(is capability.Cap, number uint32, want abi.Error) {
		t.Helper()
		w.once(func() {
			if e := w.Deliver(is, forBorrower|uint64(number)); e != want {
				t.Errorf("%+v for request %d: %v, want %v", is, number, e, want)
			}
		})
	}
	answered := func(want abi.Error, came bool) {
		t.Helper()
		w.ended(w.p, abi.OK)
		w.once(func() {
			if e := abi.Error(w.p.X[regWords]); e != want || (w.p.X[regA0+1] == abi.Came) != came {
				t.Errorf("answered %v, %#x; want %v", e, w.p.X[regA0+1], want)
			}
		})
	}
	w.in(func() {
		if e := w.Serve(slot(capability.Address(at(0))), b); e != capability.OK {
			t.Fatal(e)
		}
		asks(abi.MemoryTakeAny, 4*page)
	})
	answered(abi.ErrNoMemory, false) // without books there is nobody to ask
	w.in(func() {
		w.SetBooks(b)
		asks(abi.MemoryTake, 4*page)
	})
	answered(abi.ErrNoMemory, false)
	w.in(func() { asks(abi.MemoryTakeAny, 4*page) })
	w.waits(w.p)
	if o.borrow == 0 || o.bytes != 4*page {
		t.Fatalf("%+v", o)
	}
	small, frame, own := theirs, theirs, theirs
	small.Size, frame.Type, own.Base = page, capability.Frame, ramBase
	deliver(theirs, o.borrow+1, abi.ErrPeerDead)
	deliver(small, o.borrow, abi.Error(capability.ErrRange))
	deliver(frame, o.borrow, abi.Error(capability.ErrRange))
	deliver(own, o.borrow, abi.Error(capability.ErrRange))
	b.limit = page
	deliver(theirs, o.borrow, abi.ErrNoMemory)
	b.limit = 1 << 20
	deliver(theirs, o.borrow, abi.OK)
	deliver(theirs, o.borrow, abi.ErrPeerDead)
	w.in(func() { w.Result(o.borrow, abi.OK) })
	answered(abi.OK, true)
	w.in(func() {
		if is, _ := w.db.Identify(slot(capability.Address(at(6)))); is != theirs || len(b.has) != 1 {
			t.Errorf("it got %+v, the books have %+v", is, b.has)
		}
		lost := b.lost
		w.want(abi.OK, abi.CallDelete, at(6))
		if b.lost == lost {
			t.Error("the books do not learn that it is gone")
		}
		asks(abi.MemoryTakeAny, 4*page)
	})
	w.in(func() { w.Result(o.borrow, abi.OK) }) // and nothing has come
	answered(abi.ErrNoMemory, false)
	w.in(func() { asks(abi.MemoryTakeAny, 4*page) })
	w.in(func() { w.Expire(w.p) })
	w.ended(w.p, abi.ErrTime)
	deliver(theirs, o.borrow, abi.ErrPeerDead)
	w.in(func() { w.Result(o.borrow, abi.OK) })

	// The other side: what is lent is passed to who waits, and its end is told.
	done := abi.ErrBusy
	f, _ := w.db.Identify(slot(capability.Address(at(3))))
	w.in(func() {
		w.Lend(f, 2, 17, func(e abi.Error) { done = e })
		w.Anchor(f)
		w.Result(o.pass, abi.OK)
	})
	if o.core != 2 || o.end != forBorrower|17 || done != abi.OK || b.returned != nil {
		t.Errorf("%+v, %v, returned %v", o, done, b.returned)
	}
	w.in(func() { w.Release(f) })
	if len(b.returned) != 1 || b.returned[0].Base != f.Base {
		t.Errorf("returned: %+v", b.returned)
	}
}
