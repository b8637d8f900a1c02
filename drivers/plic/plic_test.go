package plic

import (
	"testing"

	"atoll/drivers/reg/regtest"
)

const sources, contexts = 96, 8

// rig is a controller with its owner and some contexts.
func rig(t *testing.T) (*chip, *Owner, func(context uint32) *Context) {
	t.Helper()
	c := newChip()
	o, err := NewOwner(regtest.New(c), sources, contexts)
	if err != nil {
		t.Fatal(err)
	}
	return c, o, func(context uint32) *Context {
		x, err := NewContext(regtest.New(page{c, context}), sources)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestClaimAndComplete(t *testing.T) {
	c, o, context := rig(t)
	x := context(3)
	must(t, o.SetPriority(10, 1), o.SetPriority(33, 2), o.SetPriority(34, 2), o.SetPriority(96, 7))
	must(t, o.Enable(10, 3), o.Enable(33, 3), o.Enable(34, 3), o.Enable(96, 5))
	for _, s := range []int{10, 33, 34, 96} {
		c.setLevel(s, true)
	}
	if p, err := o.Pending(33); err != nil || !p {
		t.Errorf("Pending(33) = %v, %v before its claim", p, err)
	}
	for _, want := range []uint32{33, 34, 10} { // by priority, then by number
		if !c.external(3) {
			t.Errorf("no external interrupt with %d pending", want)
		}
		if s, ok := x.Claim(); !ok || s != want {
			t.Fatalf("Claim = %d, %v, want %d", s, ok, want)
		}
		if p, _ := o.Pending(want); p {
			t.Errorf("source %d is pending while it is served", want)
		}
	}
	if s, ok := x.Claim(); ok || s != 0 {
		t.Errorf("Claim = %d, %v, want none: 96 is another context's", s, ok)
	}
	c.setLevel(33, false)
	must(t, x.Complete(33), x.Complete(10))
	if s, ok := x.Claim(); !ok || s != 10 {
		t.Errorf("Claim = %d, %v, want 10 again: its line is still up", s, ok)
	}
}

func TestThreshold(t *testing.T) {
	c, o, context := rig(t)
	x := context(1)
	must(t, o.SetPriority(5, 3), o.Enable(5, 1))
	c.setLevel(5, true)
	for threshold, want := range map[uint32]bool{0: true, 2: true, 3: false, 7: false} {
		if x.SetThreshold(threshold); c.external(1) != want {
			t.Errorf("threshold %d: interrupt %v, want %v", threshold, !want, want)
		}
	}
}

// A core dies between claim and completion; its successor follows the order of
// the package doc.
func TestSuccessorCompletesForTheDead(t *testing.T) {
	c, o, context := rig(t)
	dead, heir := context(1), context(3)
	must(t, o.SetPriority(7, 1), o.Enable(7, 1))
	c.setLevel(7, true)
	if s, _ := dead.Claim(); s != 7 {
		t.Fatalf("Claim = %d, want 7", s)
	}
	must(t, o.DisableAll(1))
	must(t, heir.Complete(7)) // too early: the controller ignores it
	must(t, o.Enable(7, 3))
	if _, ok := heir.Claim(); ok {
		t.Fatal("the source came back without a completion that counts")
	}
	must(t, heir.Complete(7))
	if s, ok := heir.Claim(); !ok || s != 7 {
		t.Errorf("Claim = %d, %v after the missing completion, want 7", s, ok)
	}
}

func TestEnableTouchesOneBit(t *testing.T) {
	c, o, _ := rig(t)
	for s := uint32(1); s <= sources; s++ {
		must(t, o.Enable(s, 2))
	}
	must(t, o.Disable(32, 2), o.Disable(96, 2))
	if got, want := c.enable[2], [32]uint32{0xffff_fffe, 0xffff_fffe, 0xffff_ffff, 0}; *got != want {
		t.Errorf("enable words %x, want %x", *got, want)
	}
	if c.enable[1] != nil && *c.enable[1] != [32]uint32{} || c.enable[3] != nil && *c.enable[3] != [32]uint32{} {
		t.Error("a neighbour's enable bits changed")
	}
	must(t, o.DisableAll(2))
	if *c.enable[2] != [32]uint32{} {
		t.Errorf("enable words after DisableAll: %x", *c.enable[2])
	}
}

func TestBadArgumentsTouchNothing(t *testing.T) {
	c := newChip()
	b := regtest.New(c)
	o, err := NewOwner(b, sources, contexts)
	must(t, err)
	xb := regtest.New(page{c, 0})
	x, err := NewContext(xb, sources)
	must(t, err)
	for _, s := range []uint32{0, sources + 1, 1024, ^uint32(0)} {
		_, perr := o.Pending(s)
		for i, err := range []error{o.SetPriority(s, 1), o.Enable(s, 0), o.Disable(s, 0), perr, x.Complete(s)} {
			if err != ErrSource {
				t.Errorf("source %d, call %d: %v, want ErrSource", s, i, err)
			}
		}
	}
	for _, k := range []uint32{contexts, ^uint32(0)} {
		for i, err := range []error{o.Enable(1, k), o.Disable(1, k), o.DisableAll(k)} {
			if err != ErrContext {
				t.Errorf("context %d, call %d: %v, want ErrContext", k, i, err)
			}
		}
	}
	if len(b.Log)+len(xb.Log) != 0 {
		t.Errorf("bad arguments reached the chip: %v %v", b.Log, xb.Log)
	}
}

func TestLimits(t *testing.T) {
	if _, err := NewOwner(nil, MaxSources+1, 1); err != ErrSize {
		t.Errorf("too many sources: %v", err)
	}
	if _, err := NewOwner(nil, 1, MaxContexts+1); err != ErrSize {
		t.Errorf("too many contexts: %v", err)
	}
	if _, err := NewContext(nil, MaxSources+1); err != ErrSize {
		t.Errorf("too many sources for a context: %v", err)
	}
	c := newChip()
	o, err := NewOwner(regtest.New(c), MaxSources, MaxContexts)
	must(t, err, o.SetPriority(MaxSources, 7), o.Enable(MaxSources, MaxContexts-1), o.DisableAll(MaxContexts-1))
	if len(c.stray) != 0 {
		t.Errorf("stores to nowhere: %#x", c.stray)
	}
}

func TestContextsIn(t *testing.T) {
	for size, want := range map[uint64]uint32{
		0: 0, 0x1000: 0, 0x2000: 0, 0x207f: 0, 0x2080: 1, 0x3000: 32, OwnerSize: MaxContexts, ^uint64(0): MaxContexts,
	} {
		if got := ContextsIn(size); got != want {
			t.Errorf("ContextsIn(%#x) = %d, want %d", size, got, want)
		}
	}
}

func TestPriorityThatTheChipLacks(t *testing.T) {
	_, o, _ := rig(t)
	if err := o.SetPriority(1, 8); err != ErrPriority {
		t.Errorf("priority 8 of 0-7: %v, want ErrPriority", err)
	}
	if err := o.SetPriority(1, 7); err != nil {
		t.Errorf("priority 7: %v", err)
	}
}

// A controller that names sources it does not have is not believed.
func TestBogusClaim(t *testing.T) {
	for _, v := range []uint32{sources + 1, ^uint32(0)} {
		x, err := NewContext(regtest.New(regtest.Constant(v)), sources)
		must(t, err)
		if s, ok := x.Claim(); ok || s != 0 || x.Bogus() != 1 {
			t.Errorf("Claim of %d = %d, %v, bogus %d", v, s, ok, x.Bogus())
		}
	}
}

func TestInterruptPathDoesNotAllocate(t *testing.T) {
	x, err := NewContext(quiet{}, sources)
	must(t, err)
	if n := testing.AllocsPerRun(100, func() {
		s, _ := x.Claim()
		if x.Complete(s) != nil || x.Complete(0) != ErrSource {
			t.Error("wrong answer")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// quiet is a block that logs nothing and always has source 4.
type quiet struct{}

func (quiet) Read8(uintptr) uint8     { return 4 }
func (quiet) Read32(uintptr) uint32   { return 4 }
func (quiet) Write8(uintptr, uint8)   {}
func (quiet) Write32(uintptr, uint32) {}
