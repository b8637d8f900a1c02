package domain

import (
	"slices"
	"testing"

	"atoll/arch/layout"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/kernel/dispatch"
)

// runner is a monitor that notes what it is to run.
type runner struct {
	core     int
	share    uint64
	args     []string
	done     func(int, abi.Error)
	canceled int
}

func (r *runner) Run(core int, share uint64, args []string, done func(int, abi.Error)) func() {
	r.core, r.share, r.args, r.done = core, share, args, done
	return func() { r.canceled++ }
}

// A program is run with the arguments of a frame, and its status comes back; who gives up
// ends it; it is of the caller's share, and there is a bound of those that have not ended.
// Sabotages: in share, return 0; in leaveRun, leave out cancel; in ran, do not look at whether the caller has
// given up; in run, leave out maxRuns; in programArgs, leave out Reaches.
func TestRun(t *testing.T) {
	w := newBindingWorld(t)
	r := &runner{}
	w.SetPrograms(r)
	text := "name\x00one\x00\x00three\x00"
	w.in(func() {
		w.loop.Join(&w.p.Dispatcher, &dispatch.Group{Name: 9})
		w.want(abi.OK, abi.CallRetype, uint64(abi.SlotRAM), 16*layout.PageSize, uint64(capability.Frame), layout.PageSize, 1, uint64(abi.SlotRoot), at(1)>>16)
		is, _ := w.db.Identify(slot(capability.Address(at(1))))
		copy(w.Bytes(is.Base, layout.PageSize), text)
		n := uint64(len(text))
		w.want(refused(capability.ErrNoSuchCap), abi.CallRun, at(2), n, 0)
		w.want(refused(capability.ErrWrongType), abi.CallRun, uint64(abi.SlotRAM), n, 0)
		w.want(refused(capability.ErrRange), abi.CallRun, at(1), 0, 0)
		w.want(refused(capability.ErrRange), abi.CallRun, at(1), layout.PageSize+1, 0)
		w.want(abi.ErrProgram, abi.CallRun, at(1), n-1, 0)
		w.want(abi.ErrProgram, abi.CallRun, at(1), n, 1<<31)
		w.db.PlantShared(slot(capability.Address(at(3))), foreignBase)
		w.want(abi.ErrAddress, abi.CallRun, at(3), n, 0)
		w.begin(w.p, abi.Forever, abi.CallRun, at(1), n, 5)
	})
	w.waits(w.p)
	if want := []string{"name", "one", "", "three"}; !slices.Equal(r.args, want) || r.core != 5 || r.share != 9 {
		t.Errorf("core %d, share %d, arguments %q, want %q", r.core, r.share, r.args, want)
	}
	w.in(func() { r.done(7, abi.OK) })
	w.ended(w.p, abi.OK)
	w.once(func() {
		if status := w.p.X[regA0+1]; status != 7 || r.canceled != 0 {
			t.Errorf("status %d, canceled %d times", status, r.canceled)
		}
	})
	for i := range maxRuns {
		w.in(func() {
			w.begin(w.p, abi.Forever, abi.CallRun, at(1), 5, 0)
			w.Expire(w.p)
		})
		w.ended(w.p, abi.ErrTime)
		if r.canceled != i+1 {
			t.Fatalf("%d of %d are canceled", r.canceled, i+1)
		}
	}
	w.in(func() { w.want(abi.ErrNoMemory, abi.CallRun, at(1), 5, 0) })
	w.in(func() { r.done(0, abi.ErrProgram) }) // nobody waits for it
	w.in(func() { w.begin(w.p, abi.Forever, abi.CallRun, at(1), 5, 0) })
	w.in(func() { r.done(0, abi.ErrPeerDead) })
	w.ended(w.p, abi.ErrPeerDead)
}
