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
	t         testing.TB
	live      map[uint64]capability.Type // objects, by their addresses
	dead      map[uint64]bool            // dispatchers that have ended, and are to be left alone
	reclaimed uint64                     // bytes
}

func newMemory(t testing.TB, pages int) *memory {
	return &memory{Memory: memtest.New(pages), t: t, live: map[uint64]capability.Type{}, dead: map[uint64]bool{}}
}

func (m *memory) Origin() (*capability.Slot, capability.Ref) {
	return memtest.At[capability.Slot](m.Memory, memtest.Origin), memtest.Origin
}
func (m *memory) Reaches(base, size uint64) bool {
	return base >= memtest.Base && base+size <= m.End()
}
func (m *memory) Create(c capability.Cap) {
	switch c.Type {
	case capability.RAM, capability.Frame, capability.DevFrame:
		return
	}
	m.live[c.Base] = c.Type
}
func (m *memory) Destroy(c capability.Cap) {
	delete(m.live, c.Base)
}

func (m *memory) Settle(c capability.Cap) (more bool) {
	if c.Type == capability.Dispatcher {
		m.dead[c.Base] = true
		for at := c.Base; at < c.Base+layout.PageSize; at += 8 {
			*m.Word(at) = poison
		}
	}
	return false
}

// poison is in the memory of dispatchers that have ended.
const poison = 0x6666_6666_6666_6666

// Clear checks that nobody has used the memory of one that has ended.
func (m *memory) Clear(base, size uint64) {
	m.t.Helper()
	for d := range m.dead {
		if d < base || d >= base+size {
			continue
		}
		for at := d; at < d+layout.PageSize; at += 8 {
			if *m.Word(at) != poison {
				m.t.Errorf("byte %d of a dispatcher that has ended was written: %#x", at-d, *m.Word(at))
			}
		}
		delete(m.dead, d)
	}
	m.Memory.Clear(base, size)
}
func (m *memory) Reclaim(c capability.Cap) { m.reclaimed += c.Size }

// hart is one on which a tick passes with each run. What runs is Go code of the test's.
type hart struct {
	t     testing.TB
	now   uint64
	root  uint64
	core  *Core
	mem   *memory
	codes map[*shim.User]func(*shim.User)

	any    func(*shim.User) // code of whoever has none in codes
	partly bool             // the next interrupt comes before the turn is over
	idle   func() bool      // does something when nobody runs; false: nothing
	stop   uint32
}

// interrupted as the cause of a run is that its turn has ended.
const interrupted = shim.CauseInterrupt | 5

func (h *hart) Run(u *shim.User, until uint64, serve func() *shim.User) {
	for ; u != nil; u = serve() {
		h.once(u, until)
	}
}

func (h *hart) Stop() *uint32 { return &h.stop }

func (h *hart) once(u *shim.User, until uint64) {
	if h.core == nil || h.stop != 0 || until <= h.now { // no core: one that only keeps time
		u.Cause = shim.CauseStopped
		return
	}
	h.root = u.Root
	h.check(u)
	h.now++
	u.Cause = shim.CauseUserCall
	if code := h.codes[u]; code != nil {
		code(u)
	} else {
		h.any(u)
	}
	if u.Cause == interrupted && !h.partly {
		h.now = until
	}
	h.partly = false
}

// check checks that what runs is a dispatcher that there is, in an address space that
// there is.
func (h *hart) check(u *shim.User) {
	h.t.Helper()
	if h.codes[u] == nil && h.any == nil {
		h.t.Fatal("what is no dispatcher of the test's runs")
	}
	for pa, t := range h.mem.live {
		if t == capability.Dispatcher && u == &h.core.native(pa).User {
			if h.mem.live[h.root] != capability.VNodeL2 {
				h.t.Fatalf("a dispatcher runs in the space %#x, which is %v", h.root, h.mem.live[h.root])
			}
			return
		}
	}
	for _, p := range h.core.callers {
		if p != nil && u == &p.User {
			return
		}
	}
	h.t.Fatal("a dispatcher that has ended runs")
}

func (h *hart) GiveWay() {}

func (h *hart) Leave(root uint64) {
	if h.root == root {
		h.root = 0
	}
}
func (h *hart) Now() uint64 { return h.now }
func (h *hart) Kick()       {}
func (h *hart) Wait(until uint64) {
	if until == dispatch.Forever {
		if h.idle != nil && h.idle() {
			return
		}
		h.core.loop.Stop() // nobody will ever wake
		return
	}
	h.now = max(h.now, until)
}

// world is a core with one caller, whose root CNode is laid out as a program's.
type world struct {
	t testing.TB
	*Core
	mem  *memory
	hart *hart
	p    *Caller
	used uint64 // bytes of the RAM
	slot uint64 // the first that is empty, from at(0) on
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
	w := &world{t: t, mem: newMemory(t, (ramBase-memtest.Base)/layout.PageSize+ramPages), hart: &hart{t: t, now: 1, codes: map[*shim.User]func(*shim.User){}}, p: &Caller{}}
	w.Core = New(w.mem, dispatch.New(w.hart, dispatch.NewScheduler(1000)), 7)
	w.hart.core, w.hart.mem = w.Core, w.mem
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

// make makes an object of the RAM and returns the address of its capability.
func (w *world) make(t capability.Type, pages uint64) uint64 {
	w.t.Helper()
	a := at(w.slot)
	w.want(abi.OK, abi.CallRetype, uint64(abi.SlotRAM), w.used, uint64(t), pages*layout.PageSize, 1, uint64(abi.SlotRoot), a>>16)
	w.used += pages * layout.PageSize
	w.slot++
	return a
}

// party is a native of a test, and what it is made of: addresses in the caller's table.
type party struct {
	*native
	self, table, frame, cnode uint64
	f                         *abi.Frame
}

// Where parties have their code, the frame and the upcalls.
const (
	codeVA, frameVA, entryVA, stackVA = 0x1_0000, 0x2_0000, 0x3_0000, 0x4_0000
)

// party makes a native that is run by upcalls. In slot 1 of its table it finds itself, in 2
// its root table, in 3 the table, in 4 its frame, in 5 the RAM that all is made of.
func (w *world) party(code func(*shim.User)) *party {
	w.t.Helper()
	p := &party{
		self: w.make(capability.Dispatcher, 2), table: w.make(capability.VNodeL2, 2),
		frame: w.make(capability.Frame, 1), cnode: w.make(capability.CNode, 1),
	}
	for i, a := range []uint64{p.self, p.table, p.cnode, p.frame, uint64(abi.SlotRAM)} {
		w.want(abi.OK, abi.CallCopy, a, p.cnode|uint64(i+1))
	}
	w.want(abi.OK, abi.CallConfigure, p.self, p.cnode, p.table, p.frame, frameVA)
	w.want(abi.OK, abi.CallIdentify, p.self)
	p.native = w.native(w.p.X[regA0+2])
	p.f = p.shared()
	p.f.Entry, p.f.Stack = entryVA, stackVA
	w.hart.codes[&p.User] = code
	return p
}

// own is the address of a slot of a party's own table.
func own(i uint64) uint64 { return i << 16 }

// start starts a party.
func (w *world) start(p *party) {
	w.t.Helper()
	w.want(abi.OK, abi.CallStart, p.self, codeVA, stackVA, 5)
}

// ecall makes the run end with a native call.
func ecall(u *shim.User, number uint64, args ...uint64) {
	u.Cause = shim.CauseUserCall
	u.X[regA7] = number
	copy(u.X[regA0:regA7], append(args, 0, 0, 0, 0, 0, 0, 0)[:7])
}
