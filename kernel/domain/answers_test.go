package domain

import (
	"testing"

	"atoll/arch/layout"
	"atoll/arch/shim"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/kernel/dispatch"
)

// asker is a caller that sleeps for good when its call has ended, and says so.
type asker struct {
	Caller
	ran func()
}

func (a *asker) Trap(l *dispatch.Loop) *dispatch.Dispatcher {
	a.ran()
	l.Sleep(&a.Dispatcher, dispatch.Forever)
	return nil
}

func (a *asker) Alarm(*dispatch.Loop) {}

// court is a world in which many wait for the answer of one native.
type court struct {
	*world
	server *party
	askers []*asker
	left   []int // how many waited when one of them ran
}

const manyAskers = 3*desertBudget + 5

func newCourt(t *testing.T) *court {
	w := &court{world: newWorld(t)}
	w.server = w.party(nil)
	box := w.make(capability.Endpoint, 1)
	w.want(abi.OK, abi.CallCopy, box, w.server.cnode|6)
	w.start(w.server)
	w.hart.any = func(u *shim.User) { u.Cause = shim.CauseUserCall }
	for range manyAskers {
		a := &asker{ran: func() { w.left = append(w.left, w.waiting()) }}
		a.Handler = a
		w.Admit(&a.Caller, kernelSlot(1), kernelSlot(2))
		w.askers = append(w.askers, a)
		reply := w.make(capability.Endpoint, 1)
		ecall(&a.User, abi.CallExchange, box, reply)
		a.X[regUntil], a.X[regGives], a.X[regSlot] = abi.Forever, 0, 0
		w.Call(&a.Caller)
		n := &w.server.Caller
		ecall(&n.User, abi.CallReceive, own(6))
		n.X[regUntil], n.X[regGives], n.X[regSlot] = 0, 0, 0
		if w.Call(n); abi.Error(n.X[regA0]) != abi.OK {
			t.Fatal(abi.Error(n.X[regA0]))
		}
	}
	if w.waiting() != manyAskers {
		t.Fatalf("%d wait of %d", w.waiting(), manyAskers)
	}
	return w
}

// waiting returns how many wait.
func (w *court) waiting() (n int) {
	for _, a := range w.askers {
		if a.Waits() {
			n++
		}
	}
	return n
}

// told lets the loop run until nothing is left to do: all have been told, and some of them
// have run before the last were.
func (w *court) told() {
	w.t.Helper()
	w.loop.Run()
	for _, a := range w.askers {
		if e := abi.Error(a.X[regA0]); a.Waits() || e != abi.ErrPeerDead {
			w.t.Errorf("waits: %v, %v", a.Waits(), e)
		}
	}
	if len(w.left) != manyAskers || w.left[0] < desertBudget {
		w.t.Errorf("%d have run, the first while %d waited", len(w.left), w.left[0])
	}
}

// Many who wait for the answer of one that stops are told in steps, others run meanwhile; it
// begins anew when all have been told. Sabotages: in quit, have no budget; in start, do not
// look for callers.
func TestStopInSteps(t *testing.T) {
	w := newCourt(t)
	w.want(abi.OK, abi.CallStop, w.server.self)
	w.want(abi.ErrAgain, abi.CallStart, w.server.self, codeVA, stackVA, 5)
	w.told()
	w.want(abi.OK, abi.CallStart, w.server.self, codeVA, stackVA, 5)
}

// So are those who wait for one that has ended, and its memory is its own until then.
// Sabotages: in cleanOne, do not Settle; in destroy, leave out the chore.
func TestEndOfServerInSteps(t *testing.T) {
	w := newCourt(t)
	pa := w.server.name
	for e := abi.ErrAgain; e == abi.ErrAgain; {
		e = w.call(abi.CallRevoke, w.server.self)
	}
	if e := w.db.Delete(slot(capability.Address(w.server.self))); e != capability.OK {
		t.Fatal(e)
	}
	again := capability.Made{Offset: pa - ramBase, Type: capability.Frame, Size: layout.PageSize, Count: 1, CNode: slot(abi.SlotRoot), First: 250}
	if e := w.db.Retype(slot(abi.SlotRAM), again); e != capability.ErrInUse {
		t.Errorf("the memory of one of whom some wait becomes a frame: %v", e)
	}
	w.told()
	if e := w.db.Retype(slot(abi.SlotRAM), again); e != capability.OK {
		t.Error(e)
	}
}

// And those who wait for a process; a new one does not take the place of its before all have
// been told. Sabotage: in join, do not look for callers.
func TestEndOfProcessInSteps(t *testing.T) {
	w := newCourt(t)
	// The native's callers become a process's.
	p := &Caller{}
	w.Admit(p, kernelSlot(9), kernelSlot(2))
	for _, a := range w.askers {
		w.dependOn(&a.Caller, p)
	}
	w.want(abi.OK, abi.CallStop, w.server.self)
	was := p.answerer()
	w.Dismiss(p)
	next := &Caller{}
	if w.Admit(next, kernelSlot(10), kernelSlot(2)); next.answerer() == was {
		t.Error("a process has the name of one of whom some wait")
	}
	w.told()
	if w.Admit(p, kernelSlot(11), kernelSlot(2)); p.answerer() != was {
		t.Error("a place is lost")
	}
}
