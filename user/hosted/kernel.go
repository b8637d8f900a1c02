//go:build !riscv64

package hosted

import (
	"sync"
	"testing"

	"atoll/arch/ecall"
	"atoll/arch/layout"
	"atoll/arch/shim"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/kernel/capability/memtest"
	"atoll/kernel/dispatch"
	"atoll/kernel/domain"
)

// Kernel is a CPU driver in a test.
type Kernel struct {
	mu    sync.Mutex
	mem   *memory
	core  *domain.Core
	woken *sync.Cond       // some call that waited has ended
	idle  []*domain.Caller // dispatchers that are in no call
	free  uint64           // physical address of RAM that the memory server has not given
	given []capability.Cap
	// Lie, if there is one, stands between the user code and the kernel: serve serves the
	// call. A test of a program that is to find mistakes of the kernel's makes some here.
	Lie func(number uint64, r *ecall.Registers, serve func())
}

// Where things lie in memory: slots of the kernel's, then what the domain has.
const (
	kernelBase  = memtest.Base
	kernelSlots = capability.SlotsPerPage
	firstBase   = kernelBase + kernelSlots*capability.SlotSize
)

// Slots of the kernel's: its RAM, of which all else is made, and the domain's root CNode and
// root table.
const (
	allRAM = 1 + iota
	domainRoot
	domainSpace
	kernelsCNode
	serverEndpoint
	scratch // empty between two calls
)

// Boot makes a kernel with so many pages of RAM and has it serve the calls of the test, which
// must not run beside others of its process that do so.
func Boot(t testing.TB, pages int) *Kernel {
	k := &Kernel{mem: &memory{memtest.New(kernelSlots/capability.SlotsPerPage + pages)}}
	k.core = domain.New(k.mem, dispatch.New(noHart{}, dispatch.NewScheduler(1000)), 7)
	k.free = firstBase
	k.plant(t, allRAM, capability.Cap{Type: capability.RAM, Rights: capability.AllRights, Base: firstBase, Size: k.mem.End() - firstBase})
	k.plant(t, kernelsCNode, capability.Cap{Type: capability.CNode, Rights: capability.AllRights, Base: kernelBase, Size: firstBase - kernelBase})
	const rootSize = abi.RootSlots * capability.SlotSize
	k.make(t, domainRoot, capability.CNode, rootSize)
	k.make(t, serverEndpoint, capability.Endpoint, layout.PageSize)
	k.grant(t, slot(domainRoot), abi.SlotRoot)
	k.must(t, k.core.Database().Mint(k.slot(abi.SlotMemory), slot(serverEndpoint), capability.Write, 1))
	k.make(t, domainSpace, capability.VNodeL2, 2*layout.PageSize)
	k.make(t, scratch, capability.VNodeL1, 2*layout.PageSize)
	k.must(t, k.core.Database().Map(slot(scratch), capability.Place{VNode: slot(domainSpace), Index: abi.OwnBase / layout.GigaPage, Count: 1}))
	k.must(t, k.core.Database().Move(k.slot(abi.SlotTable), slot(scratch)))
	k.make(t, scratch, capability.RAM, abi.FirstRAM)
	k.must(t, k.core.Database().Move(k.slot(abi.SlotRAM), slot(scratch)))
	k.woken = sync.NewCond(&k.mu)
	k.must(t, k.core.Serve(slot(serverEndpoint), bank{k}))
	ecall.Kernel = k.call
	t.Cleanup(func() { ecall.Kernel = nil })
	return k
}

func slot(i uint64) capability.Ref { return capability.Ref(kernelBase + i*capability.SlotSize) }

// slot returns the slot of the domain's root CNode at an address.
func (k *Kernel) slot(a capability.Address) capability.Ref {
	r, _ := k.core.Database().Find(slot(domainRoot), a, capability.Write)
	return r
}

func (k *Kernel) must(t testing.TB, e capability.Error) {
	t.Helper()
	if e != capability.OK {
		t.Fatal(e)
	}
}

func (k *Kernel) plant(t testing.TB, i uint64, c capability.Cap) {
	t.Helper()
	k.must(t, k.core.Database().Plant(slot(i), c))
}

// make makes an object of the kernel's RAM.
func (k *Kernel) make(t testing.TB, i uint64, typ capability.Type, size uint64) {
	t.Helper()
	k.must(t, k.core.Database().Retype(slot(allRAM), capability.Made{
		Offset: k.free - firstBase, Type: typ, Size: size, Count: 1, CNode: slot(kernelsCNode), First: i,
	}))
	k.free += size
}

// grant copies a capability of the kernel's to the domain.
func (k *Kernel) grant(t testing.TB, src capability.Ref, dst capability.Address) {
	t.Helper()
	k.must(t, k.core.Database().Copy(k.slot(dst), src))
}

// Count returns how many capabilities there are.
func (k *Kernel) Count() uint64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	for k.core.Database().Clean(1000) {
	}
	return k.core.Database().Count()
}

// call serves a call of user code.
func (k *Kernel) call(number uint64, r *ecall.Registers) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.Lie != nil {
		k.Lie(number, r, func() { k.serve(number, r) })
		return
	}
	k.serve(number, r)
}

// Registers: a0, a7, t0.
const regA0, regA7, regT0 = 10, 17, 5

func (k *Kernel) serve(number uint64, r *ecall.Registers) {
	p := k.caller()
	copy(p.X[regA0:regA7], r[:])
	copy(p.X[regT0:regT0+3], r[ecall.T0:])
	p.X[regA7] = number
	for k.core.Call(p); p.Waits(); {
		k.woken.Wait()
	}
	copy(r[:ecall.T0], p.X[regA0:regA7])
	k.idle = append(k.idle, p)
}

// caller returns a dispatcher that is in no call. Which one makes a call makes no
// difference: they all have the table of the domain.
func (k *Kernel) caller() *domain.Caller {
	if n := len(k.idle); n > 0 {
		p := k.idle[n-1]
		k.idle = k.idle[:n-1]
		return p
	}
	p := &domain.Caller{Woken: k.woken.Broadcast}
	k.core.Admit(p, slot(domainRoot), slot(domainSpace))
	return p
}

// memory is that of the machine.
type memory struct{ *memtest.Memory }

func (m *memory) Origin() (*capability.Slot, capability.Ref) {
	return memtest.At[capability.Slot](m.Memory, memtest.Origin), memtest.Origin
}
func (m *memory) Reaches(base, size uint64) bool  { return base+size <= m.End() }
func (*memory) Create(capability.Cap)             {}
func (*memory) Destroy(capability.Cap)            {}
func (*memory) Settle(capability.Cap) (more bool) { return false }
func (*memory) Reclaim(capability.Cap)            {}

// noHart runs nothing: the test is the user code.
type noHart struct{}

func (noHart) Run(u *shim.User, until uint64, serve func() *shim.User) {
	u.Cause = shim.CauseStopped
	serve()
}
func (noHart) Stop() *uint32 { return new(uint32) }
func (noHart) GiveWay()      {}
func (noHart) Leave(uint64)  {}
func (noHart) Now() uint64   { return 1 }
func (noHart) Wait(uint64)   {}
func (noHart) Kick()         {}
