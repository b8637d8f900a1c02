package capops

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"atoll/kernel/capability"
	"atoll/monitor/explore"
)

// move is one step of a path.
type move struct {
	what        string
	core, other int
	msg         Msg
	deed        deed
}

const (
	dies      = "dies"
	comesBack = "comes back"
	begins    = "begins to"
	takes     = "takes of core"
	wipes     = "wipes"
	mourns    = "learns of the death of core"
	greets    = "learns of the life of core"
	opens     = "has its memory to itself"
)

func (v move) String() string {
	text := fmt.Sprintf("core %d %s", v.core, v.what)
	switch v.what {
	case begins:
		text += fmt.Sprintf(" %v", v.deed)
	case takes:
		text += fmt.Sprintf(" %d: %v %+v", v.other, v.msg.Kind, v.msg)
	case mourns, greets:
		text += fmt.Sprintf(" %d", v.other)
	}
	return text
}

// chance says which steps need not come. What cores do they do sooner or later, if they can.
func (v move) chance() bool { return v.what == dies || v.what == comesBack }

// successors calls next with each state that can follow.
func (m *machine) successors(next func(move, *machine)) {
	to := func(v move, f func(s *machine)) {
		s := *m
		f(&s)
		next(v, &s)
	}
	for c, n := range m.nodes {
		switch {
		case n == nil && m.births > 0:
			to(move{what: comesBack, core: c}, func(s *machine) { s.comeBack(c) })
			continue
		case n == nil:
			continue
		case m.kills > 0:
			to(move{what: dies, core: c}, func(s *machine) { s.kills--; s.die(c) })
		}
		for i, d := range m.deeds {
			if d.core == c && m.begun>>i&1 == 0 && m.may(d) {
				to(move{what: begins, core: c, deed: d}, func(s *machine) { s.do(i) })
			}
		}
		if len(m.store(c).wipes) > 0 {
			to(move{what: wipes, core: c}, func(s *machine) { s.step(c, func(n *Node) { n.cfg.Store.(*model).wipe() }) })
		}
		if !m.open[c] && m.clear(c) {
			to(move{what: opens, core: c}, func(s *machine) { s.opens(c) })
		}
		for o := range cores {
			if o != c {
				m.meet(c, o, to)
			}
		}
	}
}

// comeBack begins another life of a core.
func (m *machine) comeBack(c int) {
	m.births--
	m.lives[c]++
	m.nodes[c] = newNode(c)
	for o := range cores {
		if m.mourns[o][c] || m.knows[o][c] != m.lives[c]-1 {
			m.pipes[c][o] = nil // of a life that nobody there has known
		}
	}
	m.rehash(c)
}

// clear reports whether nobody has anything of a core's earlier lives.
func (m *machine) clear(c int) bool {
	for o, n := range m.nodes {
		if o != c && n != nil && (m.knows[o][c] != m.lives[c] || !n.Clean(c)) {
			return false
		}
	}
	return true
}

func (m *machine) opens(c int) {
	for o, n := range m.nodes {
		if o == c || n == nil {
			continue
		}
		for _, x := range m.store(o).copies {
			if n.Owner(x) == c {
				m.fail("core %d has memory of an earlier life of core %d, which uses it again", o, c)
			}
		}
	}
	m.open[c] = true
	m.step(c, func(*Node) { m.give(c) })
}

// meet is what a core can learn of another: a message, its death, its life.
func (m *machine) meet(c, o int, to func(move, func(*machine))) {
	known, pipe := m.knows[c][o], m.pipes[o][c]
	current := known == m.lives[o] && !m.mourns[c][o] && m.nodes[o] != nil
	over := known != 0 && !m.mourns[c][o] && !current
	if known != 0 && !m.mourns[c][o] && len(pipe) > 0 {
		msg := pipe[0]
		to(move{what: takes, core: c, other: o, msg: msg}, func(s *machine) {
			s.pipes[o][c] = pipe[1:]
			s.step(c, func(n *Node) { n.Step(o, &msg) })
		})
	}
	switch {
	case over: // with any of the last messages lost
		to(move{what: mourns, core: c, other: o}, func(s *machine) {
			s.pipes[o][c] = nil
			s.mourns[c][o] = true
			s.step(c, func(n *Node) { n.Dead(o) })
		})
	case m.nodes[o] != nil && !current && m.pipeOpen(o, c):
		to(move{what: greets, core: c, other: o}, func(s *machine) {
			s.knows[c][o], s.mourns[c][o] = s.lives[o], false
			s.step(c, func(n *Node) { n.Up(o) })
		})
	}
}

// pipeOpen reports whether another core does not think of an earlier life of this one.
func (m *machine) pipeOpen(o, c int) bool {
	k := m.knows[o][c]
	return k == 0 || m.mourns[o][c] || k == m.lives[c]
}

// scenario is what may happen, in any order.
type scenario struct {
	name   string
	soak   bool // takes long
	kills  int
	births int
	deeds  []deed
	states int // that there must be at least
}

// search goes through a scenario.
func search(t *testing.T, s *scenario) {
	m := newMachine(s.deeds)
	m.kills, m.births = s.kills, s.births
	var x explore.Search[*machine, move]
	check := func(m *machine) {
		if m.failed != "" {
			var b strings.Builder
			for _, v := range x.Path {
				fmt.Fprintln(&b, v)
			}
			t.Fatalf("%s\nafter %d states, by these steps:\n%s\n%v", m.failed, x.States(), b.String(), m)
		}
	}
	x.Hash = func(m *machine) uint64 { check(m); return m.hash() }
	x.Next = (*machine).successors
	x.Chance = move.chance
	x.End = func(m *machine) { m.end(); check(m) }
	x.Visit(m)
	t.Logf("%d states, %d ends", x.States(), x.Ends)
	if x.States() < s.states || x.Ends == 0 {
		t.Errorf("the search is too small: %d states, want %d", x.States(), s.states)
	}
}

// Deeds.
func pass(core int, c capability.Cap, to int) deed {
	return deed{core: core, what: Pass, cap: c, to: to, channel: 1}
}
func revoke(core int, c capability.Cap) deed { return deed{core: core, what: Revoke, cap: c} }
func retype(core int, c capability.Cap) deed { return deed{core: core, what: Retype, cap: c} }
func drop(core int, c capability.Cap) deed   { return deed{core: core, what: Dropped, cap: c} }

var (
	f = frameOf(0)
	r = ramOf(0)
)

var scenarios = []scenario{
	{name: "in flight", kills: 1, deeds: []deed{pass(0, f, 1), pass(1, f, 2), revoke(0, f)}, states: 1000},
	{name: "revoke by a holder", kills: 1, deeds: []deed{pass(0, f, 1), pass(1, f, 2), revoke(1, f)}, states: 1000},
	{name: "two revokes", kills: 1, deeds: []deed{pass(0, f, 1), revoke(0, f), revoke(1, f)}, states: 650},
	{name: "two revokes at the owner", kills: 1, deeds: []deed{pass(0, f, 1), revoke(0, f), revoke(0, f)}, states: 900},
	{name: "two revokes at a holder", kills: 1, deeds: []deed{pass(0, f, 1), revoke(1, f), revoke(1, f)}, states: 850},
	{name: "two revokes of three", soak: true, kills: 1, deeds: []deed{pass(0, r, 1), pass(1, r, 2), revoke(1, r), revoke(1, r), drop(1, r)}, states: 1000},
	{name: "drop and pass", kills: 1, deeds: []deed{pass(0, f, 1), drop(1, f), pass(0, f, 1), drop(1, f)}, states: 600},
	{name: "owner drops", kills: 1, deeds: []deed{pass(0, f, 1), drop(0, f), pass(1, f, 2)}, states: 180},
	{name: "retype at two", kills: 1, deeds: []deed{pass(0, r, 1), retype(0, r), retype(1, r)}, states: 300},
	{name: "retype and pass on", kills: 1, deeds: []deed{pass(0, r, 1), retype(1, r), pass(1, partOf(r), 2)}, states: 160},
	{name: "retype and revoke", kills: 1, deeds: []deed{pass(0, r, 1), retype(1, r), revoke(0, r)}, states: 500},
	{name: "back to the owner", kills: 1, deeds: []deed{pass(0, r, 1), retype(1, r), pass(1, partOf(r), 0), retype(0, r)}, states: 450},
	{name: "owner's next life", kills: 1, births: 1, deeds: []deed{pass(0, f, 1), revoke(1, f), pass(1, f, 2)}, states: 7000},
	{name: "two owners", kills: 1, deeds: []deed{pass(0, f, 1), pass(1, frameOf(1), 0), revoke(0, f), revoke(1, frameOf(1))}, states: 5000},
	{name: "all at once", kills: 1, deeds: []deed{pass(0, r, 1), pass(1, r, 2), retype(1, r), pass(1, partOf(r), 2), revoke(0, r)}, states: 10000},
	{name: "two deaths", kills: 2, births: 1, deeds: []deed{pass(0, f, 1), pass(1, f, 2), revoke(2, f)}, states: 7000},
	{name: "all die", soak: true, kills: 3, births: 3, deeds: []deed{pass(0, f, 1), pass(1, f, 2), revoke(2, f)}, states: 100000},
	{name: "all at once, rejoin", soak: true, kills: 1, births: 1, deeds: []deed{pass(0, r, 1), pass(1, r, 2), retype(1, r), pass(1, partOf(r), 2), retype(2, r), revoke(0, r)}, states: 120000},
	{name: "nobody receives", kills: 1, deeds: []deed{{core: 0, what: Pass, cap: f, to: 1, channel: badChannel}, pass(0, f, 1), revoke(0, f)}, states: 1200},
}

// All orders of a few operations, deaths and a rejoin, with the real code. Each core learns
// of a death at any time, with any of the last messages lost.
// Sabotage: in onDropped, leave out the look at seq; in onPass, that at ops; in concerned,
// the loans; in onRequest, begin at once what meets another; in mournHolder or mournOwner, return
// at once; in Clean, return true; in onMark, do not look at Asks; in advance, do not
// look at why.
func TestExplore(t *testing.T) {
	for i := range scenarios {
		s := &scenarios[i]
		t.Run(s.name, func(t *testing.T) {
			if s.soak && os.Getenv("ATOLL_SOAK") == "" {
				t.Skip("runs with ATOLL_SOAK=1")
			}
			search(t, s)
		})
	}
}
