package domain

import (
	"testing"

	"atoll/arch/layout"
	"atoll/arch/shim"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/kernel/capability/memtest"
	"atoll/kernel/dispatch"
)

// memory is a machine's memory for tests.
type memory struct {
	*memtest.Memory
	reclaimed uint64 // bytes
}

func (m *memory) Slot(r capability.Ref) *capability.Slot {
	return memtest.At[capability.Slot](m.Memory, uint64(r))
}
func (m *memory) Reaches(base, size uint64) bool {
	return base >= memtest.Base && base+size <= m.End()
}
func (*memory) Create(capability.Cap)      {}
func (*memory) Destroy(capability.Cap)     {}
func (m *memory) Reclaim(c capability.Cap) { m.reclaimed += c.Size }

// hart is one on which no time passes but by the tests.
type hart struct {
	now  uint64
	root uint64
}

func (h *hart) Run(u *shim.User, until uint64, stop *uint32) { u.Cause = shim.CauseStopped }
func (h *hart) UseRoot(pa uint64)                            { h.root = pa }
func (h *hart) Now() uint64                                  { return h.now }
func (h *hart) Wait(uint64)                                  {}
func (h *hart) Kick()                                        {}

// world is a core with one caller, whose root CNode is laid out as a program's.
type world struct {
	t testing.TB
	*Core
	mem  *memory
	hart *hart
	p    *Caller
}

// Where things lie in a world: the kernel's slots, the caller's root CNode, its RAM.
const (
	kernelPage = memtest.Base
	rootBase   = kernelPage + layout.PageSize
	rootSize   = abi.RootSlots * capability.SlotSize
	ramBase    = rootBase + rootSize
	ramPages   = 256
)

func kernelSlot(i uint64) capability.Ref {
	return capability.Ref(kernelPage + i*capability.SlotSize)
}

// slot returns the slot in the caller's root CNode at an address.
func slot(a capability.Address) capability.Ref {
	return capability.Ref(rootBase + uint64(a>>16)*capability.SlotSize)
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, mem: &memory{Memory: memtest.New((ramBase-memtest.Base)/layout.PageSize + ramPages)}, hart: &hart{now: 1}, p: &Caller{}}
	w.Core = New(w.mem, dispatch.New(w.hart, dispatch.NewScheduler(1000)), 7)
	w.plant(kernelSlot(1), capability.Cap{Type: capability.CNode, Rights: capability.AllRights, Base: rootBase, Size: rootSize})
	w.plant(slot(abi.SlotRAM), capability.Cap{Type: capability.RAM, Rights: capability.AllRights, Base: ramBase, Size: ramPages * layout.PageSize})
	if e := w.db.Copy(slot(abi.SlotRoot), kernelSlot(1)); e != capability.OK {
		t.Fatal(e)
	}
	w.Admit(w.p, kernelSlot(1), kernelSlot(2))
	return w
}

func (w *world) plant(r capability.Ref, c capability.Cap) {
	w.t.Helper()
	if e := w.db.Plant(r, c); e != capability.OK {
		w.t.Fatal(e)
	}
}

// call makes a native call and returns the error.
func (w *world) call(number uint64, args ...uint64) abi.Error {
	for i := range w.p.X {
		w.p.X[i] = ^uint64(i)
	}
	w.p.X[regA7] = number
	copy(w.p.X[regA0:regA7], args)
	w.Call(w.p)
	return abi.Error(w.p.X[regA0])
}

// want makes a native call that is to end so.
func (w *world) want(e abi.Error, number uint64, args ...uint64) {
	w.t.Helper()
	if got := w.call(number, args...); got != e {
		w.t.Fatalf("%s%#x: %v, want %v", Name(number), args, got, e)
	}
}

// Addresses in the caller's root CNode for tests.
func at(i uint64) uint64 { return uint64(abi.SlotFree) + i<<16 }
