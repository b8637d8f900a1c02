package inside

import (
	"encoding/binary"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"atoll/arch/layout"
	"atoll/arch/shim"
	"atoll/arch/sv39"
)

// Instructions as in user_riscv64_test.go.
func csrr(rd, csr uint32) uint32 { return csr<<20 | 2<<12 | rd<<7 | 0x73 }
func csrw(csr, rs uint32) uint32 { return csr<<20 | rs<<15 | 1<<12 | 0x73 }
func fsd(f, rs, at uint32) uint32 {
	return at>>5<<25 | f<<20 | rs<<15 | 3<<12 | at&0x1f<<7 | 0x27
}
func sdAt(x, rs, at uint32) uint32 {
	return at>>5<<25 | x<<20 | rs<<15 | 3<<12 | at&0x1f<<7 | 0x23
}
func lrd(rd, rs uint32) uint32       { return 0x2<<27 | rs<<15 | 3<<12 | rd<<7 | 0x2f }
func scd(rd, rs2, rs1 uint32) uint32 { return 0x3<<27 | rs2<<20 | rs1<<15 | 3<<12 | rd<<7 | 0x2f }
func amoadd(rd, rs2, rs1 uint32) uint32 {
	return rs2<<20 | rs1<<15 | 3<<12 | rd<<7 | 0x2f
}

// wildAddresses are places all over the address space: what the kernel maps, the
// beginning, middle and end of each gigapage, the edges of Sv39, and single bits.
func wildAddresses() []uint64 {
	var all []uint64
	for giga := range uint64(256 + 2) {
		for _, in := range []uint64{0, 8, layout.GigaPage / 2, layout.GigaPage - 8} {
			all = append(all, giga*layout.GigaPage+in)
		}
	}
	for bit := range uint64(64) {
		all = append(all, 1<<bit&^7, ^uint64(0)<<bit&^7, (1<<bit-1)&^7)
	}
	for _, m := range leaves(nil) {
		all = append(all, m.va, m.va+m.pages/2*layout.PageSize, m.end()-8)
	}
	for off := uint64(0); off < 8*layout.PageSize; off += layout.PageSize {
		all = append(all, layout.CoreArea+off, layout.TableWindow+off, layout.PlanBase+off, layout.CrashPage+off)
	}
	return all
}

// TestHostileAddresses lets a program read, write, change and run what is at addresses all
// over the address space. But for its two pages each ends its run, and nothing has come of
// it.
func TestHostileAddresses(t *testing.T) {
	row := shim.Row()
	// Something in the window of RAM, as channels and the user pool are.
	pool := thePlan().Cores[row.Core].User
	at := windowOf(pool.Base + 64*layout.PageSize)
	if err := shim.Map(at, pool.Base+64*layout.PageSize, layout.PageSize, layout.R|layout.X); err != nil {
		t.Fatal(err)
	}
	defer shim.Unmap(at, layout.PageSize)
	ops := []struct {
		what string
		code uint32
	}{
		{"read", ld(11, 10)}, {"written", sd(11, 10)}, {"run", jr(10)},
		{"reserved", lrd(11, 10)}, {"added to", amoadd(11, 12, 10)},
	}
	var code []uint32
	for _, op := range ops {
		code = append(code, op.code, ecall)
	}
	s := newSpace(t, code...)
	const untouched = 0x5555_aaaa_5555_aaaa
	for _, va := range append(wildAddresses(), at) {
		if page := va &^ (layout.PageSize - 1); page == userCode || page == userData {
			continue
		}
		for i, op := range ops {
			u := s.user(userCode + 8*uint64(i))
			u.X[10], u.X[11], u.X[12] = va, untouched, 1
			run(u)
			// Access faults (5, 7) are as good as page faults.
			switch u.Cause {
			case shim.CauseFetchFault, shim.CauseLoadFault, shim.CauseStoreFault, 1, 5, 7:
			default:
				t.Errorf("%#x could be %s: cause %d", va, op.what, u.Cause)
			}
			if u.X[11] != untouched {
				t.Errorf("%#x could be %s: it has brought %#x", va, op.what, u.X[11])
			}
		}
	}
}

// userCSRs are the registers that U-mode may read (and, of floating point, write):
// everything else is an illegal instruction.
var userCSRs = map[uint32]bool{
	0x001: true, 0x002: true, 0x003: true, // fflags, frm, fcsr
	0xc00: true, 0xc01: true, 0xc02: true, // cycle, time, instret: read-only
}

// TestHostileRegisters reads and writes each control and status register that there can
// be.
func TestHostileRegisters(t *testing.T) {
	s := newSpace(t)
	const each = layout.PageSize / 16 // registers tried by one page of code
	for first := uint32(0); first < 4096; first += each {
		var code []uint32
		for csr := first; csr < first+each; csr++ {
			code = append(code, csrr(11, csr), ecall, csrw(csr, 12), ecall)
		}
		s.write(code)
		for csr := first; csr < first+each; csr++ {
			for write := range uint64(2) {
				may := userCSRs[csr] && (write == 0 || csr < 0xc00)
				u := s.user(userCode + uint64(csr-first)*16 + write*8)
				u.X[12] = ^uint64(0)
				run(u)
				if ok := u.Cause == shim.CauseUserCall; ok != may || !ok && u.Cause != shim.CauseIllegal {
					t.Errorf("register %#x, write=%v: cause %d", csr, write == 1, u.Cause)
				}
			}
		}
	}
}

// TestHostilePrivileged executes what is for more privileged modes, with all registers
// that they can name.
func TestHostilePrivileged(t *testing.T) {
	for _, c := range []struct {
		what string
		op   uint32
	}{
		{"uret", 0x0020_0073}, {"sret", 0x1020_0073}, {"mret", 0x3020_0073}, {"dret", 0x7b20_0073}, {"mnret", 0x7020_0073},
		{"sfence.vma", 0x1200_0073}, {"sfence.vma a0", 0x1205_0073}, {"sfence.vma a0, a1", 0x12b5_0073},
		{"sinval.vma", 0x16b5_0073}, {"sfence.w.inval", 0x1800_0073}, {"sfence.inval.ir", 0x1810_0073},
		{"hfence.vvma", 0x2200_0073}, {"hfence.gvma", 0x6200_0073}, {"hlv.d", 0x6c05_45f3}, {"hsv.d", 0x6eb5_4073},
		{"wfi", 0x1050_0073},
		{"cbo.inval", 0x0005_200f},
	} {
		u := newSpace(t, c.op, ecall).user(userCode)
		u.X[10], u.X[11] = layout.LinkBase, layout.LinkBase
		if run(u); u.Cause != shim.CauseIllegal {
			t.Errorf("%s: cause %d", c.what, u.Cause)
		}
	}
}

// TestHostileCode runs random instructions with registers full of the kernel's addresses,
// each for a moment. The kernel goes on.
func TestHostileCode(t *testing.T) {
	s := newSpace(t)
	r := rand.New(rand.NewPCG(1, 2))
	wild := wildAddresses()
	causes := map[uint64]int{}
	code := make([]uint32, layout.PageSize/4)
	for range 60 {
		for i := range code {
			code[i] = r.Uint32()
			if i%2 == 0 {
				code[i] |= 3 // of 32 bits
			}
			if i%5 == 0 { // of the system, floating point, atomic and memory opcodes
				code[i] = code[i]&^0x7f | []uint32{0x73, 0x53, 0x2f, 0x03, 0x23, 0x07, 0x27, 0x57}[r.IntN(8)]
			}
		}
		s.write(code)
		for range 200 {
			u := s.user(userCode + uint64(r.IntN(len(code)))*4)
			for i := range u.X {
				u.X[i] = wild[r.IntN(len(wild))] + uint64(r.IntN(3))
			}
			end := shim.Now() + shim.Ticks(50*time.Microsecond)
			for u.Cause = 0; shim.Now() < end && (u.Cause == 0 || u.Cause == shim.CauseStopped); {
				runOnce(u, end)
			}
			causes[u.Cause]++
		}
	}
	runtime.GC()
	if causes[shim.CauseIllegal] == 0 || causes[shim.CauseLoadFault] == 0 || causes[shim.CauseStoreFault] == 0 {
		t.Errorf("so often each cause: %v", causes)
	}
}

// TestHostileCalls makes calls with registers that the kernel uses for itself full of
// lies, and the floating-point unit in a mode that no instruction can take. The kernel
// computes, collects and faults as ever, and the program finds its registers.
func TestHostileCalls(t *testing.T) {
	s := newSpace(t, csrw(3, 12), ecall, lrd(14, 13), ecall, scd(15, 14, 13), ecall)
	core := uint64(layout.CoreArea)
	for _, lie := range []uint64{^uint64(0), 0, 1, 1 << 63, core, core + 8, layout.LinkBase, layout.TableWindow, layout.HeapBase, layout.UserEnd - 8} {
		u := s.user(userCode)
		for i := range u.X {
			u.X[i] = lie
		}
		u.X[12] = 7<<5 | 0x1f // a rounding mode that there is not, all flags
		if run(u); u.Cause != shim.CauseUserCall || u.PC != userCode+4 {
			t.Fatalf("registers full of %#x: cause %d", lie, u.Cause)
		}
		before := computed
		compute(1)
		if want := before*1.0000001 + 1; computed != want {
			t.Errorf("the kernel computes %v, want %v", computed, want)
		}
		runtime.GC()
		if _, faulted := fault(func() { *(*uint64)(shim.At(userData + 1<<20)) = 1 }); !faulted {
			t.Error("the kernel has written where nothing is")
		}
		for i, v := range u.X {
			if i > 0 && i != 12 && v != lie {
				t.Errorf("registers full of %#x: X%d is %#x", lie, i, v)
			}
		}
	}
	// A reservation does not outlive a trap.
	u := s.user(userCode + 8)
	u.X[13], u.X[15] = userData, 77
	run(u)
	u.PC = userCode + 16
	if run(u); u.X[15] == 0 || u.X[15] == 77 {
		t.Errorf("a store for a reservation from before a trap answers %d", u.X[15])
	}
}

// TestHostileLeaks fills all registers in one program, and looks in another, which begins,
// what it finds.
func TestHostileLeaks(t *testing.T) {
	var fill, look []uint32
	for f := range uint32(32) { // fld f, 0(a0)
		fill = append(fill, 10<<15|3<<12|f<<7|0x07)
	}
	fill = append(fill, csrw(3, 12), ecall)
	for x := range uint32(32) {
		look = append(look, sdAt(x, 10, 8*x), fsd(x, 10, 256+8*x))
	}
	look = append(look, csrr(11, 3), sdAt(11, 10, 512), ecall)
	one := newSpace(t, fill...)
	two := buildSpace(t, one.next, look...)
	const mark = 0xdead_0000_beef_0001
	one.see(one.data, func(page []byte) { binary.LittleEndian.PutUint64(page, mark) })
	var full, fresh shim.User
	for range 3 {
		full.Reset()
		full.Root, full.PC, full.X = one.root, userCode, [32]uint64{10: userData, 12: 0x7f}
		run(&full)
		if f, fcsr := full.FP(); full.Cause != shim.CauseUserCall || f[17] != mark || fcsr != 0x7f {
			t.Fatalf("cause %d, F17 %#x, fcsr %#x", full.Cause, f[17], fcsr)
		}
		fresh.Reset()
		fresh.Root, fresh.PC, fresh.X = two.root, userCode, [32]uint64{10: userData}
		run(&fresh)
		if fresh.Cause != shim.CauseUserCall {
			t.Fatalf("cause %d", fresh.Cause)
		}
		two.see(two.data, func(page []byte) {
			for i := range 65 {
				v := binary.LittleEndian.Uint64(page[8*i:])
				if v != 0 && i != 10 {
					t.Errorf("register %d (from 32 on floating-point ones) is %#x when a program begins", i, v)
				}
			}
		})
	}
}

// TestHostileStatus checks what the kernel keeps off for itself and for programs: its own
// loads and stores do not reach their memory (SUM), and what may only be run cannot be read
// (MXR).
func TestHostileStatus(t *testing.T) {
	s := newSpace(t, ld(11, 10), ecall)
	u := s.user(userCode)
	u.X[10] = userData
	if run(u); u.Cause != shim.CauseUserCall { // after it the kernel has the program's pages mapped, too
		t.Errorf("reading a page of data: cause %d", u.Cause)
	}
	if _, faulted := fault(func() { *(*uint64)(shim.At(userData)) = 1 }); !faulted {
		t.Error("the kernel has written a program's memory by the program's address")
	}
	const only = 0x3_0000
	s.set(s.l0, sv39.Index(only, 0), sv39.Leaf(s.text, layout.X, true, false))
	shim.FlushUser()
	u = s.user(userCode)
	u.X[10] = only
	if run(u); u.Cause != shim.CauseLoadFault {
		t.Errorf("reading what may only be run: cause %d", u.Cause)
	}
}

// TestEndVector runs vector instructions, on a hart that has them: the kernel saves no vector
// registers, so that nobody may use them.
func TestEndVector(t *testing.T) {
	u := newSpace(t, 0x0c00_7057|11<<7, ecall).user(userCode) // vsetvli a1, zero, e8, m1
	if run(u); u.Cause != shim.CauseIllegal {
		t.Errorf("a program has set up vectors of %d bytes: cause %d", u.X[11], u.Cause)
	}
	for csr := uint32(0x008); csr < 0x010; csr++ { // vstart, vxsat, vxrm, vcsr
		u := newSpace(t, csrr(11, csr), ecall).user(userCode)
		if run(u); u.Cause != shim.CauseIllegal {
			t.Errorf("a program has read vector register %#x: cause %d", csr, u.Cause)
		}
	}
}
