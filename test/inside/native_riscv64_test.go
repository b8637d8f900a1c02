package inside

import (
	"testing"
	"time"
	"unsafe"

	"atoll/arch/layout"
	"atoll/arch/shim"
	"atoll/arch/sv39"
	"atoll/kernel"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/kernel/dispatch"
	"atoll/kernel/domain"
)

// natives is a CPU driver with native dispatchers whose code is a few instructions.
type natives struct {
	t    *testing.T
	mem  *kernel.Physical
	core *domain.Core
	base uint64        // of the memory: the root CNode of who makes them, then RAM
	p    domain.Caller // who makes them: no code of it runs
	used uint64        // bytes of the RAM
	slot uint64        // the first that is empty
}

// nativesSize is the memory of such a test.
const nativesSize = 1 << 20

func newNatives(t *testing.T) *natives {
	n := &natives{t: t, mem: &kernel.Physical{}, base: thePlan().Cores[shim.Row().Core].User.Base, slot: 3}
	if err := n.mem.Adopt(n.base, nativesSize); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.mem.Release(n.base, nativesSize) })
	loop := dispatch.New(dispatch.Hart(), dispatch.NewScheduler(shim.Ticks(time.Millisecond)))
	n.core = domain.New(n.mem, loop, 0x1234567)
	n.mem.Clear(n.base, layout.PageSize)
	for i, c := range []capability.Cap{
		{Type: capability.CNode, Rights: capability.AllRights, Base: n.base, Size: layout.PageSize},
		{Type: capability.RAM, Rights: capability.AllRights, Base: n.base + layout.PageSize, Size: nativesSize - layout.PageSize},
	} {
		if e := n.core.Database().Plant(n.ref(uint64(i+1)), c); e != capability.OK {
			t.Fatal(e)
		}
	}
	n.core.Admit(&n.p, n.ref(1), n.ref(0))
	return n
}

// ref returns a slot of the root CNode.
func (n *natives) ref(i uint64) capability.Ref {
	return capability.Ref(n.base + i*capability.SlotSize)
}

// call makes a native call for who makes the dispatchers.
func (n *natives) call(number uint64, args ...uint64) {
	n.t.Helper()
	n.p.X = [32]uint64{17: number}
	copy(n.p.X[10:17], args)
	n.core.Call(&n.p)
	if e := abi.Error(n.p.X[10]); e != abi.OK {
		n.t.Fatalf("%s%#x: %v", domain.Name(number), args, e)
	}
}

// make makes an object; it returns the address of its capability and its own.
func (n *natives) make(t capability.Type, pages uint64) (a, pa uint64) {
	n.t.Helper()
	a = n.slot << 16
	n.call(abi.CallRetype, 2<<16, n.used, uint64(t), pages*layout.PageSize, 1, 1<<16, n.slot)
	n.used += pages * layout.PageSize
	n.slot++
	return a, n.base + layout.PageSize + n.used - pages*layout.PageSize
}

// native is a native dispatcher of a test.
type native struct {
	self  uint64     // address of its capability
	frame *abi.Frame // in the page that it has at userData
	words []uint64   // of that page
}

// wordsAt is where in that page programs count: behind the Frame.
const wordsAt = 1536

// native makes a native in an address space of its own, with this code. In slot 1 of its table
// it finds itself.
func (n *natives) native(code []uint32) *native {
	n.t.Helper()
	self, _ := n.make(capability.Dispatcher, 2)
	cnode, _ := n.make(capability.CNode, 1)
	table, _ := n.make(capability.VNodeL2, 2)
	l1, _ := n.make(capability.VNodeL1, 2)
	l0, _ := n.make(capability.VNodeL0, 2)
	text, textPA := n.make(capability.Frame, 1)
	data, dataPA := n.make(capability.Frame, 1)
	n.call(abi.CallMap, l1, table, 0, 1, 0, 0)
	n.call(abi.CallMap, l0, l1, 0, 1, 0, 0)
	n.call(abi.CallMap, text, l0, sv39.Index(userCode, 0), 1, 0, uint64(capability.Read|capability.Execute))
	n.call(abi.CallMap, data, l0, sv39.Index(userData, 0), 1, 0, uint64(capability.Read|capability.Write))
	copy(unsafe.Slice((*uint32)(unsafe.Pointer(n.mem.Word(textPA))), len(code)), code)
	shim.SyncCode()
	n.call(abi.CallCopy, self, cnode|1)
	n.call(abi.CallConfigure, self, cnode, table, data, userData)
	page := n.mem.Word(dataPA)
	return &native{self, (*abi.Frame)(unsafe.Pointer(page)), unsafe.Slice(page, layout.PageSize/8)[wordsAt/8:]}
}

// start starts it where its code begins. Its a0 is the address of its frame.
func (n *natives) start(x *native) {
	n.t.Helper()
	n.call(abi.CallStart, x.self, userCode, 0, userData)
}

// until runs the loop until something holds, or patience ends.
func (n *natives) until(what string, holds func() bool) {
	n.t.Helper()
	loop, end := n.core.Loop(), time.Now().Add(patience)
	ok := false
	var look func() bool
	look = func() bool {
		ok = holds()
		if ok || time.Now().After(end) {
			loop.Stop()
			return false
		}
		return true
	}
	loop.Chore(look)
	loop.Run()
	if !ok {
		n.t.Errorf("it has not come to that: %s", what)
	}
	for done := false; !done; {
		done, _ = n.core.Database().Revoke(n.ref(2), 1000)
	}
	if c := n.core.Database().Count(); c != 2 {
		n.t.Errorf("%d capabilities are left, want 2", c)
	}
}

// More instructions. beq and j go so many bytes.
func ldAt(rd, rs, imm uint32) uint32 { return ld(rd, rs) | imm<<20 }
func beq(a, b, by uint32) uint32     { return by>>5&63<<25 | b<<20 | a<<15 | by>>1&15<<8 | 0x63 }
func jBack(by uint32) uint32         { return -by&0xffe<<20 | 0xff<<12 | 1<<20 | 1<<31 | 0x6f }
func fmvX(rd, rs uint32) uint32      { return 0xf200_0053 | rs<<15 | rd<<7 }
func fmvD(rd, rs uint32) uint32      { return 0xe200_0053 | rs<<15 | rd<<7 }
func fcvt(rd, rs uint32) uint32      { return 0xd220_0053 | rs<<15 | rd<<7 }

// nativeCall loads the number of a native call into a7, and calls.
func nativeCall(number uint64) []uint32 {
	return []uint32{1<<12 | 17<<7 | 0x37, addi(17, 17, uint32(number-abi.Base)), ecall} // lui a7, 1
}

// TestNativeYield lets two native dispatchers, in address spaces of their own, give the hart to
// each other. Each counts in its own page, at the same address.
func TestNativeYield(t *testing.T) {
	n := newNatives(t)
	code := []uint32{
		addi(9, 10, 0),
		ldAt(5, 9, wordsAt), addi(5, 5, 1), sdAt(5, 9, wordsAt),
		0x2<<12 | 10<<7 | 0x37,                    // lui a0, 2: slot 2, the other
		0 | 10<<15 | 4<<20 | 1<<12 | 10<<7 | 0x13, // slli a0, a0, 4
	}
	code = append(code, nativeCall(abi.CallYield)...)
	code = append(code, jBack(4*8))
	var both [2]*native
	for i := range both {
		both[i] = n.native(code)
	}
	for i, x := range both {
		x.frame.Disabled = 1
		cnode := x.self + 1<<16
		n.call(abi.CallCopy, both[1-i].self, cnode|2)
	}
	for _, x := range both {
		n.start(x)
	}
	n.until("each yields a thousand times, within a few turns", func() bool {
		return min(both[0].words[0], both[1].words[0]) > 1000
	})
	if d := both[0].words[0] - both[1].words[0]; d+200 > 400 {
		t.Errorf("one has had the hart %d times, the other %d", both[0].words[0], both[1].words[0])
	}
}

// upcalls is a program that is run by upcalls. It counts in a register, in a floating-point one
// and in memory, and reads where nothing is; its upcalls spoil the floating-point register, count
// faults, and go on behind those.
func upcalls() (code []uint32, entry uint64) {
	const faultPC, trapAt, enabledAt = 64 + 576, 64 + 576, 64
	code = []uint32{
		addi(9, 10, 0), addi(8, 0, 1), fcvt(2, 8), addi(20, 0, 0),
		addi(20, 20, 1), fadd(1, 1, 2),
		sdAt(20, 9, wordsAt), fmvD(7, 1), sdAt(7, 9, wordsAt+8),
		ld(5, 0), // faults
		jBack(4 * 6),
	}
	entry = userCode + 4*uint64(len(code))
	resume := nativeCall(abi.CallResume)
	code = append(code,
		fmvX(1, 0), addi(6, 0, uint32(abi.UpcallFault)), beq(11, 6, 4*(2+uint32(len(resume)))),
		addi(10, 0, enabledAt))
	code = append(code, resume...)
	code = append(code,
		ldAt(5, 10, faultPC), addi(5, 5, 4), sdAt(5, 10, faultPC), // behind it
		ldAt(5, 10, wordsAt+16), addi(5, 5, 1), sdAt(5, 10, wordsAt+16),
		sdAt(12, 10, wordsAt+24), sdAt(13, 10, wordsAt+32),
		addi(10, 0, trapAt))
	return append(code, resume...), entry
}

// TestNativeUpcalls lets a native dispatcher take faults and ends of its turns as upcalls, beside
// one that is disabled and is told of none. What is interrupted keeps all its registers.
func TestNativeUpcalls(t *testing.T) {
	n := newNatives(t)
	code, entry := upcalls()
	told := n.native(code)
	told.frame.Entry = entry
	spin := n.native([]uint32{addi(20, 20, 1), sdAt(20, 10, wordsAt), jBack(4 * 2)})
	spin.frame.Disabled, spin.frame.Entry = 1, 0x7000 // where nothing is
	n.start(told)
	n.start(spin)
	n.until("faults are told, and turns end", func() bool {
		return told.words[2] > 5000 && told.frame.Upcalls > told.words[2]+20 && spin.words[0] > 1000
	})
	w := told.words
	if w[3] != shim.CauseLoadFault || w[4] != 0 {
		t.Errorf("faults are told with cause %d at %#x", w[3], w[4])
	}
	if d := w[0] - w[2]; d > 2 {
		t.Errorf("it has counted %d and has had %d faults", w[0], w[2])
	}
	// It may have been interrupted between the two stores.
	if f := *(*float64)(unsafe.Pointer(&w[1])); float64(w[0])-f > 1 {
		t.Errorf("the register says %d, the floating-point one %g", w[0], f)
	}
	if spin.frame.Upcalls != 0 {
		t.Errorf("who is disabled has had %d upcalls", spin.frame.Upcalls)
	}
}
