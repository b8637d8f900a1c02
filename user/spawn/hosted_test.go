package spawn

import (
	"slices"
	"testing"

	"atoll/arch/layout"
	"atoll/arch/shim"
	"atoll/kernel/capability"
	"atoll/kernel/capability/memtest"
	"atoll/monitor/spans"
)

// sayings are what a host has said to homes.
type sayings struct{ list []spans.Msg }

func (s *sayings) Send(_ int, list ...spans.Msg)       { s.list = append(s.list, list...) }
func (s *sayings) Shoot(uint64, *spans.Shoot, func())  {}
func (s *sayings) Living() uint64                      { return 0b11 }
func (s *sayings) Prepare(core int, done func(r bool)) {}

// last returns what was said last, and forgets all.
func (s *sayings) last() (m spans.Msg) {
	if n := len(s.list); n > 0 {
		m = s.list[n-1]
	}
	s.list = nil
	return m
}

// A host runs guests of RAM that it has been lent, and says of all others that it does not; it puts pages into
// their replica, drops what it is told to, and takes no page that is older. When the RAM is taken back
// nothing is left. Sabotages: in openGuest, compare no size, or no home; in page, do not look at seen; in Shoot,
// do not look at the home; in unlend, end nothing; in end, give no domain back; in
// recalled, come whatever the state is; in comes, leave wanted as it is; in romOf,
// leave out the rounding, or let it be written; in open, leave out SetROM.
func TestHosted(t *testing.T) {
	const home, program, space, name = 4, 9, 2, 77
	const base, size, va = memtest.Base + hostPages*layout.PageSize, 16 * layout.PageSize, 0x40_0000
	h := newHost()
	const archive = base + size
	l, err := newLand(h, nil, romOf(archive+8, 3*layout.PageSize))
	if err != nil {
		t.Fatal(err)
	}
	defer l.loop.Stop()
	out := &sayings{}
	var free uint64
	e := spanEnd{l}
	tell := func(from int, k spans.Kind, w ...uint64) {
		m := spans.Msg{Kind: k, Guest: name}
		copy(m.W[:], w)
		e.Take(from, &m)
	}
	enter := func() {
		var u shim.User
		u.PC, u.X[5] = 0x1234, 99
		for _, m := range spans.Pack(spans.Enter, name, &u, 0, spans.All(&u)) {
			e.Take(home, &m)
		}
	}
	l.wait(func() {
		l.openSpans()
		l.carrier = out
		free, _ = l.ram.Left()
		slot, _ := l.ram.Slot()
		is := capability.Cap{Type: capability.RAM, Rights: capability.Read | capability.Write, Base: base, Size: size}
		if e := l.db.PlantCopy(slot, is); e != capability.OK {
			t.Error(e)
			return
		}
		l.takeHosted(is, slot, home, program)
		for _, bad := range [][]uint64{{program, space, base, size * 2}, {program + 1, space, base, size}, {program, space, base + layout.PageSize, size}} {
			tell(home, spans.Open, bad...)
		}
		tell(home+1, spans.Open, program, space, base, size)
		if enter(); out.last().Kind != spans.Refused || len(l.guests) != 0 {
			t.Errorf("a guest of no RAM is there")
		}
		tell(home, spans.Open, program, space, base, size)
		enter()
		g := l.guests[guestID{home, name}]
		if g == nil || g.state != guestRuns || g.PC != 0x1234 || g.X[5] != 99 {
			t.Errorf("the guest does not run: %+v", g)
			return
		}
		fault := func() {
			g.state, g.Cause, g.Value = guestRuns, shim.CauseStoreFault, va+8
			g.Trap(l.loop)
		}
		if fault(); out.last() != (spans.Msg{Kind: spans.Pull, Guest: name, W: [spans.Words]uint64{va + 8, uint64(layout.W)}}) || g.state != guestPulls {
			t.Error("it does not pull")
		}
		tell(home, spans.Page, va, base, uint64(layout.R|layout.W), 3)
		if !g.in.Has(va, layout.W) || g.state != guestRuns {
			t.Error("it does not have the page")
		}
		if g.Cause, g.Value = shim.CauseLoadFault, va; g.Trap(l.loop) != &g.Dispatcher {
			t.Error("it pulls what it has")
		}
		shoot := spans.Shoot{Program: program, Space: space, Number: 5, Lo: va, Hi: va + layout.PageSize}
		if e.Shoot(home+1, &shoot); !g.in.Has(va, layout.R) {
			t.Error("another core has a page dropped")
		}
		if e.Shoot(home, &shoot); g.in.Has(va, layout.R) {
			t.Error("the page is there yet")
		}
		fault()
		if tell(home, spans.Page, va, base, uint64(layout.R|layout.W), 4); g.in.Has(va, layout.R) || g.state != guestRuns {
			t.Error("it takes a page that is older than a shootdown")
		}
		fault()
		if tell(home, spans.Page, va, archive+3*layout.PageSize, uint64(layout.R|layout.X), 5); !g.in.Has(va, layout.X) {
			t.Error("it does not take a page of the archive")
		}
		fault()
		full := func(m spans.Msg) bool { return m.Kind == spans.Full }
		if tell(home, spans.Page, va, archive, uint64(layout.R|layout.W), 5); !slices.ContainsFunc(out.list, full) {
			t.Error("it takes a page of the archive to write it")
		}
		enter()
		fault()
		out.last()
		if tell(home, spans.Recall); g.state != guestPulls || len(out.list) != 0 {
			t.Error("it comes without the page that it waits for")
		}
		if tell(home, spans.Page, va, 0, 0, 9); g.state != guestAway || g.Cause != shim.CauseStoreFault || out.last().Kind != spans.Came {
			t.Error("it does not come when there is no page")
		}
		enter()
		if !g.Picked(l.loop) || g.state != guestRuns {
			t.Error("it does not run")
		}
		g.PC += 4
		if tell(home, spans.Recall); g.state != guestAway || g.Cause != shim.CauseInterrupt || out.last().Kind != spans.Came {
			t.Error("it does not come when it is recalled")
		}
		if tell(home, spans.Recall); len(out.list) != 0 {
			t.Error("it comes twice")
		}
		enter()
		g.Cause, g.X[9] = shim.CauseUserCall, 7
		if g.Trap(l.loop); g.state != guestAway || len(out.list) != int(spans.OfCall) || out.last().Kind != spans.Came {
			t.Error("a call does not come, or not in two messages")
		}
		if tell(home, spans.Want); len(out.list) != int(spans.Integers) || out.last().Kind != spans.Rest {
			t.Error("the rest of the registers does not come")
		}
		var u shim.User
		u.PC, u.X[10] = 0x1238, 5
		for _, m := range spans.Pack(spans.Enter, name, &u, 0, spans.OfAnswer) {
			e.Take(home, &m)
		}
		if g.state != guestRuns || g.PC != 0x1238 || g.X[10] != 5 || g.X[9] != 7 {
			t.Errorf("it does not go on with the answer: %+v", g.User)
		}
		if tell(home, spans.Want); len(out.list) != 0 {
			t.Error("who runs sends registers")
		}
		g.PC += 4
		tell(home, spans.Recall)
		out.last()
		enter()
		if tell(home, spans.Recall); !g.Picked(l.loop) || len(out.list) != 0 {
			t.Error("it comes before it has run")
		}
		if g.Picked(l.loop) || g.state != guestAway || out.last().Kind != spans.Came {
			t.Error("it does not come when it has had a turn")
		}
		enter()
		if !g.Picked(l.loop) || !g.Picked(l.loop) {
			t.Error("it comes again, though nobody has recalled it")
		}
		g.PC += 4
		tell(home, spans.Recall)
		out.last()
		if now, _ := l.ram.Left(); now == free {
			t.Error("the replica takes no memory")
		}
		l.db.Delete(slot)
		l.unlend()
		if len(l.guests)+len(l.hosted) != 0 {
			t.Errorf("%d guests and %d programs are left", len(l.guests), len(l.hosted))
		}
	})
	for range 100 {
		l.wait(func() {})
	}
	l.wait(func() {
		if now, _ := l.ram.Left(); now != free {
			t.Errorf("%d bytes are free, %d were before", now, free)
		}
		if kinds := slices.Clone(out.list); len(kinds) != 0 {
			t.Errorf("it says %v in the end", kinds)
		}
	})
}
