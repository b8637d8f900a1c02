package linux

import (
	"testing"

	"atoll/arch/layout"
	"atoll/kernel/vspace"
)

// What a space had is given back in short steps, several between two runs, but one when somebody is to be woken.
// Sabotages: in reclaimSome, do not ask Due, or do one step.
func TestReclaimGivesWay(t *testing.T) {
	w := newWorld(t)
	w.s.loop = w.loop
	space, err := vspace.New(w.s.store)
	if err != nil {
		t.Fatal(err)
	}
	const pages, at = 10 * spaceStep, 0x40_0000
	space.Set(at, pages*layout.PageSize, layout.R|layout.W)
	for i := range uint64(pages) {
		if err := space.Fault(at+i*layout.PageSize, layout.W); err != nil {
			t.Fatal(err)
		}
	}
	w.s.endSpace(space)
	given := func() uint64 {
		before, _ := w.s.store.Pages()
		if !w.s.reclaimSome() {
			t.Fatal("all is given back at once")
		}
		after, _ := w.s.store.Pages()
		return before - after
	}
	if n := given(); n != spaceSteps*spaceStep {
		t.Errorf("%d pages are given back between two runs", n)
	}
	w.loop.Do(func() {})
	if n := given(); n != spaceStep {
		t.Errorf("%d pages are given back while somebody waits", n)
	}
}
