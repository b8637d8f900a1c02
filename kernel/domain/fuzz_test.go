package domain

import (
	"math/rand/v2"
	"testing"

	"atoll/arch/layout"
	"atoll/arch/shim"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/kernel/capability/memtest"
	"atoll/kernel/dispatch"
)

// chaos is a core whose callers make random calls: one in the Go heap, and natives that
// these calls have made.
type chaos struct {
	*Core
	t     testing.TB
	mem   *memory
	hart  *hart
	p     *Caller
	rnd   func(n int) int
	steps int // left
	count [len(calls)]int
	ok    [len(calls)]int // of those, calls that were not refused
	last  uint64
}

// Of a chaos, the kernel's slots: all memory but the kernel's page, that page as a CNode.
const (
	slotAll    = 4
	slotKernel = 5
	chaosPages = 160
)

func newChaos(t testing.TB, rnd func(n int) int) *chaos {
	x := &chaos{t: t, rnd: rnd, mem: newMemory(t, 1+chaosPages), p: &Caller{}}
	x.hart = &hart{t: t, now: 1, mem: x.mem, codes: map[*shim.User]func(*shim.User){}, any: x.act}
	x.Core = New(x.mem, dispatch.New(x.hart, dispatch.NewScheduler(40)), uint64(rnd(1<<30)))
	x.hart.core, x.hart.idle = x.Core, x.idle
	must := func(e capability.Error) {
		if e != capability.OK {
			t.Fatal(e)
		}
	}
	must(x.db.Plant(kernelSlot(slotKernel), capability.Cap{Type: capability.CNode, Rights: capability.AllRights, Base: kernelPage, Size: layout.PageSize}))
	must(x.db.Plant(kernelSlot(slotAll), capability.Cap{Type: capability.RAM, Rights: capability.AllRights, Base: kernelPage + layout.PageSize, Size: chaosPages * layout.PageSize}))
	x.p.Handler = x
	x.begin()
	return x
}

// begin gives the caller in the Go heap a table with what a program begins with.
func (x *chaos) begin() {
	x.revokeAll()
	in := func(t capability.Type, offset, pages uint64) {
		x.db.Retype(kernelSlot(slotAll), capability.Made{Offset: offset * layout.PageSize, Type: t, Size: pages * layout.PageSize, Count: 1, CNode: kernelSlot(slotKernel), First: 1})
	}
	const rootPages = rootSize / layout.PageSize
	in(capability.RAM, rootPages, chaosPages-rootPages)
	x.db.Move(kernelSlot(2), kernelSlot(1))
	in(capability.CNode, 0, rootPages)
	x.Admit(x.p, kernelSlot(1), kernelSlot(3))
	x.db.Copy(slot(abi.SlotRoot), kernelSlot(1))
	x.db.Move(slot(abi.SlotRAM), kernelSlot(2))
	for range 3 {
		x.party()
	}
	x.loop.Wake(&x.p.Dispatcher)
}

// revokeAll ends all domains.
func (x *chaos) revokeAll() {
	if x.p.name != 0 {
		x.Dismiss(x.p)
		x.loop.Sleep(&x.p.Dispatcher, dispatch.Forever)
	}
	for done := false; !done; {
		done, _ = x.db.Revoke(kernelSlot(slotAll), 100)
	}
	if n := x.db.Count(); n != 2 || len(x.mem.live) != 0 {
		x.t.Fatalf("%d capabilities are left, want 2; objects %v", n, x.mem.live)
	}
	if x.mem.reclaimed != 0 {
		x.t.Fatalf("%d bytes were reclaimed that the kernel has a capability to", x.mem.reclaimed)
	}
	x.mem.Clear(ramBase, (chaosPages-rootSize/layout.PageSize)*layout.PageSize)
}

// do makes a call for the caller in the Go heap, outside of the loop. What it answers does
// not matter.
func (x *chaos) do(number uint64, args ...uint64) {
	ecall(&x.p.User, number, args...)
	x.Call(x.p)
}

// party makes a native as well as it can.
func (x *chaos) party() {
	first := uint64(6 + x.rnd(60))
	for i, t := range []capability.Type{capability.Dispatcher, capability.VNodeL2, capability.Frame, capability.CNode, capability.Endpoint, capability.VNodeL0} {
		pages := uint64(2)
		if i > 1 && i < 5 {
			pages = 1
		}
		x.do(abi.CallRetype, uint64(abi.SlotRAM), uint64(x.rnd(60))*2*layout.PageSize, uint64(t), pages*layout.PageSize, 1, uint64(abi.SlotRoot), first+uint64(i))
	}
	a := func(i uint64) uint64 { return (first + i) << 16 }
	for i, src := range []uint64{a(0), a(1), a(2), a(3), a(4), uint64(abi.SlotRAM), a(5)} {
		x.do(abi.CallCopy, src, a(3)|uint64(i+1))
	}
	x.do(abi.CallConfigure, a(0), a(3), a(1), a(2), frameVA)
	x.do(abi.CallListen, a(4), a(0))
	x.do(abi.CallStart, a(0), codeVA, stackVA, 0)
}

// Trap makes the caller in the Go heap a caller.
func (x *chaos) Trap(*dispatch.Loop) *dispatch.Dispatcher {
	next := x.Call(x.p)
	x.note(&x.p.User)
	return next
}

// Alarm is told that its time has come.
func (x *chaos) Alarm(*dispatch.Loop) { x.Expire(x.p) }

// idle has the caller in the Go heap give up waiting.
func (x *chaos) idle() bool {
	if x.p.Waits() {
		x.Expire(x.p)
		return true
	}
	x.loop.Wake(&x.p.Dispatcher)
	return x.steps > 0
}

// note counts calls that were not refused.
func (x *chaos) note(u *shim.User) {
	if n := x.last - abi.Base; n < uint64(len(calls)) && u.X[regA0] == uint64(abi.OK) {
		x.ok[n]++
	}
}

// act is what a caller does in U-mode.
func (x *chaos) act(u *shim.User) {
	if x.steps--; x.steps <= 0 {
		u.Cause = interrupted
		x.loop.Stop()
		return
	}
	heap := u == &x.p.User
	x.note(u)
	x.last = 0
	switch k := x.rnd(24); {
	case k == 0:
		u.Cause, x.hart.partly = interrupted, x.rnd(2) == 0
	case k == 1 && !heap:
		u.Cause, u.Value = []uint64{shim.CauseLoadFault, shim.CauseIllegal, shim.CauseBreakpoint, 99}[x.rnd(4)], x.word()
	case k == 2 && heap && x.rnd(12) == 0:
		u.Cause = interrupted
		x.loop.Do(x.begin)
	case k == 3 && heap:
		u.Cause = interrupted
		x.loop.Do(x.party)
	case k < 7 && !heap:
		x.scribble(u)
		fallthrough
	default:
		u.X[regT0], u.X[regT0+1], u.X[regT0+2] = x.time(), x.gift(), x.empty()
		number := abi.Base + uint64(x.rnd(len(calls)))
		if x.rnd(50) == 0 {
			number = x.word()
		}
		if number == abi.CallRevoke && x.rnd(4) > 0 {
			number = abi.CallRetype // else there would hardly be anything
		}
		x.last = number
		if number-abi.Base < uint64(len(calls)) {
			x.count[number-abi.Base]++
		}
		ecall(u, number, x.args(number, heap)...)
	}
}

// scribble writes nonsense to the frame of who runs.
func (x *chaos) scribble(u *shim.User) {
	for pa, t := range x.mem.live {
		if t != capability.Dispatcher || &x.native(pa).User != u {
			continue
		}
		if f := x.native(pa).shared(); f != nil {
			f.Disabled, f.Pending = uint64(x.rnd(2)), x.word()
			f.Entry, f.Stack, f.CriticalFrom, f.CriticalTo = x.word(), x.word(), x.word(), x.word()
		}
		return
	}
}

// args are arguments of a call, most of them such as it wants.
func (x *chaos) args(number uint64, heap bool) []uint64 {
	ram, root, self, table, frame := own(6), own(4), own(1), own(2), own(3)
	if heap {
		ram, root, self, table, frame = uint64(abi.SlotRAM), uint64(abi.SlotRoot), x.address(), x.address(), x.address()
	}
	list := []uint64{x.address(), x.address(), x.word(), x.word(), x.word(), x.word(), x.word()}
	switch number {
	case abi.CallRetype:
		t := capability.Type(1 + x.rnd(int(capability.NumTypes)))
		pages := uint64(1 + x.rnd(2))
		if t == capability.Endpoint || t == capability.CNode {
			pages = 1
		} else if t >= capability.VNodeL2 && t <= capability.Dispatcher {
			pages = 2
		}
		list = []uint64{ram, uint64(x.rnd(128)) * layout.PageSize, uint64(t), pages * layout.PageSize, uint64(1 + x.rnd(3)), root, uint64(8 + x.rnd(55))}
	case abi.CallMap:
		list = []uint64{x.address(), table, uint64(x.rnd(8)), uint64(x.rnd(3)), 0, uint64(x.rnd(8))}
		if !heap && x.rnd(2) == 0 {
			list = []uint64{frame, own(7), uint64(x.rnd(512)), 1, 0, uint64(capability.Read)}
		}
	case abi.CallUnmap:
		list[0] = frame
	case abi.CallWait:
		list[0] = x.time()
	case abi.CallCopy, abi.CallMove, abi.CallMint:
		list[1], list[2], list[3] = x.empty(), uint64(x.rnd(8)), uint64(x.rnd(3))
	case abi.CallDelete, abi.CallRevoke:
		if x.rnd(4) > 0 {
			list[0] = uint64(8+x.rnd(60)) << 16
		}
		list[1] = uint64(x.rnd(2)) // of a revoke RevokeAll, or not
	case abi.CallConfigure:
		list[2], list[3] = table, frame
		for i := range 3 {
			if x.rnd(2) == 0 {
				list[i+1] = 0
			}
		}
	case abi.CallResume:
		list[0] = uint64(x.rnd(260) * 16)
	case abi.CallStart, abi.CallStop, abi.CallInspect, abi.CallWeight, abi.CallYield:
		if x.rnd(3) == 0 {
			list[0] = self
		}
		if number == abi.CallWeight {
			list[1] = uint64(x.rnd(20))
		}
	case abi.CallSend, abi.CallReceive, abi.CallExchange:
		if !heap && x.rnd(2) == 0 {
			list[0], list[1] = own(5), own(5)
		}
	}
	if i := x.rnd(40); i < len(list) {
		list[i] = x.word()
	}
	return list
}

func (x *chaos) gift() uint64 {
	if x.rnd(2) == 0 {
		return 0
	}
	return x.address()
}

func (x *chaos) time() uint64 {
	return []uint64{0, x.hart.now + uint64(x.rnd(200)), abi.Forever}[x.rnd(3)]
}

// address is that of a capability, perhaps; empty is that of an empty slot, perhaps.
func (x *chaos) address() uint64 {
	switch x.rnd(8) {
	case 0:
		return uint64(x.rnd(72))<<16 | uint64(x.rnd(8))
	case 1, 2, 3:
		return uint64(6+x.rnd(60)) << 16
	}
	return uint64(1+x.rnd(12)) << 16
}

func (x *chaos) empty() uint64 { return uint64(8+x.rnd(60)) << 16 }

func (x *chaos) word() uint64 {
	switch x.rnd(6) {
	case 0:
		return 0
	case 1:
		return uint64(x.rnd(256))
	case 2:
		return x.address()
	case 3:
		return uint64(x.rnd(64)) * layout.PageSize
	case 4:
		return memtest.Base + uint64(x.rnd(chaosPages))*layout.PageSize
	}
	return uint64(x.rnd(1<<31))<<33 | uint64(x.rnd(1<<31))
}

// run runs so many steps, and ends all.
func (x *chaos) run(steps int) {
	x.steps = steps
	x.loop.Run()
	x.revokeAll()
}

// TestRandomCalls has many callers make random calls, with what they have taken from each
// other at any time. The hart looks whether what runs is there, memory of what has ended is left
// alone, and at the end nothing is left. Sabotages: in finish, do not look whether the caller is
// there; in stop, leave out leave; in endEndpoint, leave out unhear.
func TestRandomCalls(t *testing.T) {
	var count, ok [len(calls)]int
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 3))
		x := newChaos(t, r.IntN)
		x.run(3000)
		for i := range count {
			count[i] += x.count[i]
			ok[i] += x.ok[i]
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	for i, c := range calls {
		if c.name != "" && count[i] < 100 {
			t.Errorf("%s was called %d times", c.name, count[i])
		}
		t.Logf("%-10s %6d calls, %6d not refused", c.name, count[i], ok[i])
	}
}

// FuzzCalls is the same with what a fuzzer thinks of.
func FuzzCalls(f *testing.F) {
	f.Add([]byte("make, start, call and revoke"))
	f.Fuzz(func(t *testing.T, in []byte) {
		i := 0
		x := newChaos(t, func(n int) int {
			if len(in) == 0 {
				return 0
			}
			v := int(in[i%len(in)]) + i/len(in)*7
			i++
			return v % n
		})
		x.run(200 + 4*len(in))
	})
}
