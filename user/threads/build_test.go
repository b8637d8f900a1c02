//go:build !riscv64

package threads_test

import (
	"testing"

	"atoll/arch/layout"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/user/hosted"
	"atoll/user/memory"
	"atoll/user/slots"
	"atoll/user/sys"
	"atoll/user/threads"
)

// TestBuildRefused builds dispatchers of too little memory, and where addresses are in use:
// what had been made by then is given back.
// Sabotage: no Close in Build.
func TestBuildRefused(t *testing.T) {
	const n, page = 3, layout.PageSize
	k := hosted.Boot(t, 512)
	need := 2 + 1 + threads.FrameSize/page + (n+1)*threads.StackSize/page + 2
	try := func(a *memory.Arena, entry uint64) {
		t.Helper()
		free, slot, caps := a.Free(), slots.Own.Free(), k.Count()
		if b, err := threads.Build(a, entry, n, 0); err == nil {
			t.Fatalf("built %+v of %d pages", b, a.Free())
		}
		if a.Free() != free || slots.Own.Free() != slot || k.Count() != caps {
			t.Errorf("%d pages, %d slots, %d capabilities; before %d, %d, %d", a.Free(), slots.Own.Free(), k.Count(), free, slot, caps)
		}
	}
	for pages := uint64(1); pages < need; pages++ {
		a, err := memory.NewArena(pages * page)
		if err != nil {
			t.Fatal(err)
		}
		try(a, 500)
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
	a, err := memory.NewArena(2 * need * page)
	if err != nil {
		t.Fatal(err)
	}
	o, err := a.Make(capability.VNodeL0, 2*page)
	if err != nil {
		t.Fatal(err)
	}
	if err := sys.Map(o.Cap, sys.Place{Table: abi.SlotTable, Index: 500, Count: 1}); err != nil {
		t.Fatal(err)
	}
	try(a, 500)
	if _, err := threads.New(threads.Parts{}); err != threads.ErrParts {
		t.Errorf("a dispatcher of nothing: %v", err)
	}
}
