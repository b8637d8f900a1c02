package inside

import (
	"runtime"
	"slices"
	"testing"
	"time"
	"unsafe"

	"atoll/arch/layout"
	"atoll/arch/shim"
	"atoll/arch/sv39"
)

// Where a user program of these tests has its code and its data.
const (
	userCode = 0x1_0000
	userData = 0x2_0000
)

// Instructions (Unprivileged ISA, instruction listings), by what they are made of.
const (
	ecall  = 0x0000_0073
	ebreak = 0x0010_0073
	toSelf = 0x0000_006f // j .
)

func addi(rd, rs, imm uint32) uint32 { return imm<<20 | rs<<15 | rd<<7 | 0x13 }
func ld(rd, rs uint32) uint32        { return rs<<15 | 3<<12 | rd<<7 | 0x03 }
func sd(rs2, rs1 uint32) uint32      { return rs2<<20 | rs1<<15 | 3<<12 | 0x23 }
func jr(rs uint32) uint32            { return rs<<15 | 0x67 }
func fadd(rd, a, b uint32) uint32    { return 1<<25 | b<<20 | a<<15 | rd<<7 | 0x53 }

// space is an address space of U-mode with one page of code and one of data.
type space struct {
	t    *testing.T
	root uint64
	next uint64 // page of the user pool
	text uint64 // physical addresses of the two pages
	data uint64
	l0   uint64 // of the table in which they are
}

// windowOf is where the instance maps a page of its user pool for the test.
func windowOf(pa uint64) uint64 {
	row := shim.Row()
	return layout.WindowBase + pa - row.WindowPA
}

// page takes a page; nobody else uses the pool in these tests.
func (s *space) page() uint64 {
	s.next += layout.PageSize
	return s.next - layout.PageSize
}

// newSpace builds the address space with this code, in the first pages of the pool.
func newSpace(t *testing.T, code ...uint32) *space {
	t.Helper()
	return buildSpace(t, thePlan().Cores[shim.Row().Core].User.Base, code...)
}

func buildSpace(t *testing.T, next uint64, code ...uint32) *space {
	t.Helper()
	s := &space{t: t, next: next}
	s.root = s.page()
	shim.LeaveRoot(s.root) // it may be that of a space before
	t.Cleanup(func() { shim.LeaveRoot(s.root) })
	l1, l0 := s.page(), s.page()
	s.text, s.data, s.l0 = s.page(), s.page(), l0
	for i, table := range []uint64{s.root, l1, l0} {
		if err := shim.NewTable(table, i == 0); err != nil {
			t.Fatal(err)
		}
	}
	s.set(s.root, 0, sv39.Branch(l1))
	s.set(l1, 0, sv39.Branch(l0))
	s.set(l0, sv39.Index(userCode, 0), sv39.Leaf(s.text, layout.R|layout.X, true, false))
	s.set(l0, sv39.Index(userData, 0), sv39.Leaf(s.data, layout.R|layout.W, true, false))
	s.write(code)
	return s
}

// user returns one that begins at an address in the space.
func (s *space) user(pc uint64) *shim.User { return &shim.User{Root: s.root, PC: pc} }

// see lets the test look at a page, and write to it.
func (s *space) see(pa uint64, f func(page []byte)) {
	s.t.Helper()
	at := windowOf(pa)
	if err := shim.Map(at, pa, layout.PageSize, layout.R|layout.W); err != nil {
		s.t.Fatal(err)
	}
	f(shim.Bytes(at, layout.PageSize))
	if err := shim.Unmap(at, layout.PageSize); err != nil {
		s.t.Fatal(err)
	}
}

// write writes the page of code anew.
func (s *space) write(code []uint32) {
	s.t.Helper()
	s.see(s.text, func(page []byte) {
		copy(unsafe.Slice((*uint32)(unsafe.Pointer(&page[0])), len(code)), code)
	})
	shim.SyncCode()
}

func (s *space) set(table, index, entry uint64) {
	s.t.Helper()
	if err := shim.SetEntry(table, index, entry); err != nil {
		s.t.Fatal(err)
	}
}

// runOnce runs until a trap, or a time.
func runOnce(u *shim.User, until uint64) {
	shim.RunUser(u, until, func() *shim.User { return nil })
}

// run runs until something but an interrupt ends it.
func run(u *shim.User) {
	shim.RunUser(u, shim.Forever, func() *shim.User {
		if u.Cause&shim.CauseInterrupt != 0 {
			return u
		}
		return nil
	})
}

// TestUserRegisters counts up every register in U-mode, over many calls between which
// the kernel does other things.
func TestUserRegisters(t *testing.T) {
	var code []uint32
	for x := range uint32(32) {
		code = append(code, addi(x, x, x+1))
	}
	code = append(code, ecall, toSelf)
	u, in := newSpace(t, code...).user(userCode), pattern(1)
	for i := range u.X {
		u.X[i] = in.X[i]
	}
	const rounds = 200
	for n := range uint64(rounds) {
		u.PC = userCode
		run(u)
		if u.Cause != shim.CauseUserCall || u.PC != userCode+32*4 {
			t.Fatalf("round %d ended with cause %d at %#x", n, u.Cause, u.PC)
		}
		runtime.Gosched()
		if n%50 == 0 {
			runtime.GC()
		}
	}
	for i := uint64(1); i < 32; i++ {
		if want := in.X[i] + rounds*(i+1); u.X[i] != want {
			t.Errorf("X%d is %#x, want %#x", i, u.X[i], want)
		}
	}
}

// TestUserFP holds the floating-point registers of two programs that take turns, while
// the kernel computes with its own.
func TestUserFP(t *testing.T) {
	s := newSpace(t, fadd(1, 1, 2), ecall, toSelf)
	var users [2]*shim.User
	for i := range users {
		users[i] = s.user(userCode)
		f := [32]uint64{}
		for r := range f {
			f[r] = pattern(uint64(i)).F[r]
		}
		f[1], f[2] = 0, 0x3ff0_0000_0000_0000 // 0.0, 1.0
		users[i].SetFP(&f, uint64(i+1)<<5)
	}
	for n := range 50 {
		for _, u := range users {
			// Twice, so that the registers are also still there, and are not if the
			// kernel has used them in between.
			for range 2 {
				u.PC = userCode
				run(u)
				if n%3 == 0 {
					compute(n)
				}
			}
		}
	}
	for i, u := range users {
		f, fcsr := u.FP()
		if f[1] != 0x4059_0000_0000_0000 { // 100.0
			t.Errorf("program %d: F1 is %#x after a hundred additions", i, f[1])
		}
		for r := 3; r < 32; r++ {
			if f[r] != pattern(uint64(i)).F[r] {
				t.Errorf("program %d: F%d has changed", i, r)
			}
		}
		if fcsr>>5 != uint64(i+1) {
			t.Errorf("program %d: the rounding mode is %d", i, fcsr>>5)
		}
	}
	u := users[1] // which ran last
	u.PC = userCode
	run(u)
	u.Reset()
	u.Root, u.PC = s.root, userCode
	run(u)
	if f, _ := u.FP(); f[5] != 0 {
		t.Errorf("a program that begins finds F5 = %#x of another", f[5])
	}
}

var computed float64

// compute uses floating-point registers; in a function of its own, since a variable
// that lives on would be loaded in every round.
//
//go:noinline
func compute(n int) { computed = computed*1.0000001 + float64(n) }

// TestUserFaults lets a program do what it may not. Each ends its run with the cause that
// the specification gives, and the kernel goes on.
func TestUserFaults(t *testing.T) {
	secret := new(uint64)
	*secret = 42
	kernel := uint64(uintptr(unsafe.Pointer(secret)))
	for _, c := range []struct {
		what  string
		op    uint32
		a0    uint64
		cause uint64
		value uint64
	}{
		{"reads the kernel's heap", ld(11, 10), kernel, shim.CauseLoadFault, kernel},
		{"writes the kernel's heap", sd(11, 10), kernel, shim.CauseStoreFault, kernel},
		{"reads the core area", ld(11, 10), layout.CoreArea, shim.CauseLoadFault, layout.CoreArea},
		{"reads the plan", ld(11, 10), layout.PlanBase, shim.CauseLoadFault, layout.PlanBase},
		{"writes the table window", sd(11, 10), layout.TableWindow, shim.CauseStoreFault, layout.TableWindow},
		{"jumps into the kernel", jr(10), layout.LinkBase + 0x1000, shim.CauseFetchFault, layout.LinkBase + 0x1000},
		{"writes its own code", sd(11, 10), userCode, shim.CauseStoreFault, userCode},
		{"runs its own data", jr(10), userData, shim.CauseFetchFault, userData},
		{"reads where nothing is", ld(11, 10), 0x3f_0000_0000, shim.CauseLoadFault, 0x3f_0000_0000},
		{"reads beyond Sv39", ld(11, 10), 1 << 50, shim.CauseLoadFault, 1 << 50},
		{"reads sstatus", 0x1000_2573, 0, shim.CauseIllegal, 0},
		{"writes satp", 0x1805_1073, 0, shim.CauseIllegal, 0},
		{"executes sret", 0x1020_0073, 0, shim.CauseIllegal, 0},
		{"executes wfi", 0x1050_0073, 0, shim.CauseIllegal, 0},
		{"executes sfence.vma", 0x1200_0073, 0, shim.CauseIllegal, 0},
		{"executes nothing", 0, 0, shim.CauseIllegal, 0},
		{"stops for a debugger", ebreak, 0, shim.CauseBreakpoint, 0},
	} {
		u := newSpace(t, c.op, ecall, toSelf).user(userCode)
		u.X[10] = c.a0
		u.X[2], u.X[4], u.X[27] = 8, layout.CoreArea+1, 3 // no stack, and lies for the kernel
		run(u)
		// Of the others hardware need not tell a value.
		if u.Cause != c.cause || c.cause >= shim.CauseFetchFault && u.Value != c.value {
			t.Errorf("%s: cause %d, value %#x; want %d, %#x", c.what, u.Cause, u.Value, c.cause, c.value)
		}
	}
	if *secret != 42 {
		t.Error("a program has written the kernel's heap")
	}
}

// TestUserSpin lets a program spin, while goroutines of the same thread's world want to
// run, collect and sleep.
func TestUserSpin(t *testing.T) {
	u := newSpace(t, toSelf).user(userCode)
	stop := make(chan struct{})
	go func() {
		for range 10 {
			time.Sleep(2 * time.Millisecond)
			runtime.GC()
		}
		close(stop)
	}()
	runs, begin, before := uint64(0), time.Now(), shim.ReadStats()
	for running := true; running && time.Since(begin) < patience; {
		for range 20 { // without a call, which would let interrupts in
			runs++
			if runOnce(u, shim.Forever); u.Cause&shim.CauseInterrupt == 0 || u.PC != userCode {
				t.Fatalf("it ended with cause %#x at %#x", u.Cause, u.PC)
			}
		}
		select {
		case <-stop:
			running = false
		default:
		}
	}
	select {
	case <-stop:
	default:
		t.Errorf("after %d runs the others have not come through", runs)
	}
	if traps := shim.ReadStats().Traps - before.Traps; traps < runs {
		t.Errorf("interrupts have ended %d runs, the kernel has taken %d", runs, traps)
	}
}

// TestUserTime lets a program spin until a time that comes before it runs, or hardly after,
// so that the run is over at once; without one of its own it would last until the Go runtime's monitor
// looks, up to 10 ms. If it is stopped before it does not run at all.
func TestUserTime(t *testing.T) {
	u := newSpace(t, toSelf).user(userCode)
	const runs = 400
	var took [runs]time.Duration
	for i := range took {
		begin := time.Now()
		if runOnce(u, shim.Now()+shim.Ticks(2*time.Microsecond)); u.Cause&shim.CauseInterrupt == 0 {
			t.Fatalf("cause %#x", u.Cause)
		}
		took[i] = time.Since(begin)
	}
	// Half of them: a busy host lets some take longer, a run without a time all.
	if slices.Sort(took[:]); took[runs/2] > 2*time.Millisecond {
		t.Errorf("of %d runs that were over as they began half took %v or more", runs, took[runs/2])
	}
	*shim.UserStop() = 1
	defer func() { *shim.UserStop() = 0 }()
	if runOnce(u, shim.Forever); u.Cause != shim.CauseStopped || u.PC != userCode {
		t.Errorf("it was to stop, and ended with cause %#x", u.Cause)
	}
}

// TestUserSpaces lets one program run in two address spaces in turn. Each has its own
// memory at the same address.
func TestUserSpaces(t *testing.T) {
	code := []uint32{ld(11, 10), addi(11, 11, 1), sd(11, 10), ecall, toSelf}
	one := newSpace(t, code...)
	two := buildSpace(t, one.next, code...)
	var first [2]uint64
	for n := range uint64(20) {
		for i, s := range []*space{one, two} {
			u := s.user(userCode)
			u.X[10] = userData
			run(u)
			if n == 0 { // whatever the pages held
				first[i] = u.X[11]
			}
			if u.Cause != shim.CauseUserCall || u.X[11] != first[i]+n {
				t.Fatalf("round %d, space %d: cause %d, value %d", n, i, u.Cause, u.X[11])
			}
		}
	}
	u := &shim.User{PC: userCode}
	if run(u); u.Cause != shim.CauseFetchFault || u.Value != userCode {
		t.Errorf("without an address space of its own a program ran on: cause %d at %#x", u.Cause, u.Value)
	}
}

// TestUserTables checks that what cannot be a table of U-mode, or its entry, is refused.
func TestUserTables(t *testing.T) {
	s := newSpace(t, ecall)
	for _, c := range []struct{ table, index, entry uint64 }{
		{s.root, 512, 0},
		{s.root + 8, 0, 0},
		{0, 0, 0},
		{s.root, 1, sv39.Leaf(s.root, layout.R, false, false)},
		{s.root, 1, sv39.Leaf(s.root, layout.R, true, true)},
	} {
		if err := shim.SetEntry(c.table, c.index, c.entry); err == nil {
			t.Errorf("entry %d of the table at %#x took %#x", c.index, c.table, c.entry)
		}
	}
	if err := shim.NewTable(s.root+1, false); err == nil {
		t.Error("half a page became a table")
	}
}
