package aplic

import (
	"slices"
	"testing"

	"atoll/drivers/reg/regtest"
)

const sources = 96

func rig(t *testing.T, messages bool) (*chip, *Domain) {
	t.Helper()
	c := newChip(messages)
	d, err := NewDomain(regtest.New(c), sources, messages)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Reset(); err != nil {
		t.Fatal(err)
	}
	return c, d
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// With wires a hart claims what was routed to it, lowest number first, and a
// level-sensitive source until its device is content.
func TestWires(t *testing.T) {
	c, d := rig(t, false)
	x, err := d.IDC(3)
	must(t, err, d.Route(33, LevelHigh, 3, 0), d.Route(10, RisingEdge, 3, 0), d.Route(96, LevelLow, 5, 0))
	x.Open()
	if c.external(3) || c.best(5) != 96 {
		t.Error("an active-low wire that is low is not pending, or another is")
	}
	c.setWire(33, true)
	c.setWire(10, true)
	if !c.external(3) {
		t.Fatal("no interrupt")
	}
	var got []uint32
	for s, ok := x.Claim(); ok && len(got) < 5; s, ok = x.Claim() {
		got = append(got, s)
		c.setWire(33, len(got) < 3) // content after the third claim in all
	}
	if !slices.Equal(got, []uint32{10, 33, 33}) || c.external(3) {
		t.Errorf("claimed %v", got)
	}
	must(t, d.Mask(33))
	c.setWire(33, true)
	if x.Close(); c.external(3) || c.best(3) != 0 {
		t.Error("a masked source interrupts")
	}
	if len(c.stray) > 0 {
		t.Errorf("stray stores %#x", c.stray)
	}
}

// With messages a source sends one when its wire becomes active, none while it stays
// so, and one more after its device was served if that wants service again.
// Sabotage: leave the look at d.active out of again, or the store.
func TestMessages(t *testing.T) {
	for _, careless := range []bool{false, true} {
		c, d := rig(t, true)
		c.careless = careless
		must(t, d.Route(10, LevelHigh, 5, 7))
		const message = 5<<18 | 7
		c.setWire(10, true)
		if !slices.Equal(c.sent, []uint32{message}) {
			t.Fatalf("sent %#x", c.sent)
		}
		must(t, d.Again(10))
		if len(c.sent) != 2 {
			t.Error("a wire that is still active does not send again")
		}
		c.setWire(10, false)
		must(t, d.Again(10))
		if len(c.sent) != 2 {
			t.Error("a wire that is not active sends")
		}
		c.setWire(10, true)
		if len(c.sent) != 3 {
			t.Error("the next time nothing is sent")
		}
		if _, err := d.IDC(0); err != ErrDelivery {
			t.Errorf("a control of a domain without wires: %v", err)
		}
		must(t, d.Route(11, RisingEdge, 1, 9))
		c.setWire(11, true)
		must(t, d.Again(11))
		if len(c.sent) != 4 || c.sent[3] != 1<<18|9 {
			t.Errorf("an edge sends %#x", c.sent)
		}
	}
}

// A route to a hart, for a source whose wire is active already: it must not be lost,
// and nothing goes to the former hart.
func TestSuccessor(t *testing.T) {
	c, d := rig(t, true)
	must(t, d.Route(10, LevelHigh, 0, 7))
	c.setWire(10, true)
	c.sent = nil // the former owner died with it
	e, err := NewDomain(regtest.New(c), sources, true)
	must(t, err, e.Start(), e.Route(10, LevelHigh, 2, 7))
	if !slices.Equal(c.sent, []uint32{2<<18 | 7}) {
		t.Errorf("sent %#x", c.sent)
	}
}

// Nothing that a caller or the chip can say makes the driver write what does not exist.
func TestRefused(t *testing.T) {
	c, d := rig(t, false)
	c.delegated[12] = false
	for source, want := range map[uint32]error{0: ErrSource, 97: ErrSource, 1 << 30: ErrSource, 12: ErrSource, 13: nil} {
		if err := d.Route(source, LevelHigh, 0, 0); err != want {
			t.Errorf("Route(%d) = %v, want %v", source, err, want)
		}
	}
	if d.Mask(0) != ErrSource || d.Again(97) != ErrSource {
		t.Error("sources that do not exist are accepted")
	}
	if _, err := NewDomain(regtest.New(c), MaxSource+1, false); err != ErrSize {
		t.Errorf("too many sources: %v", err)
	}
	e, _ := NewDomain(regtest.New(c), sources, true)
	if err := e.Reset(); err != ErrDelivery {
		t.Errorf("messages from a domain with wires only: %v", err)
	}
	f, _ := NewDomain(regtest.New(regtest.Constant(^uint64(0))), sources, false)
	if err := f.Reset(); err != ErrBigEndian {
		t.Errorf("a domain that is all ones: %v", err)
	}
	x, _ := f.IDC(0)
	if _, ok := x.Claim(); ok || x.Bogus() != 1 {
		t.Error("a source that does not exist is claimed")
	}
	if len(c.stray) > 0 {
		t.Errorf("stray stores %#x", c.stray)
	}
}

// What was routed before a reset interrupts nobody after it.
// Sabotage: in Reset, leave out the loop over the sources.
func TestReset(t *testing.T) {
	c, d := rig(t, false)
	must(t, d.Route(10, LevelHigh, 0, 0), d.Reset())
	x, _ := d.IDC(0)
	x.Open()
	c.setWire(10, true)
	if c.external(0) || c.mode[10] != Inactive {
		t.Error("a source of before the reset interrupts")
	}
}
