//go:build !riscv64

package agree

import (
	"fmt"
	"strings"
)

// move is one step of a path: what happens at core, and which other it is about.
type move struct {
	what        string
	core, other int
	msg         Msg
}

func (v move) String() string {
	text := fmt.Sprintf("core %d %s %d", v.core, v.what, v.other)
	if v.msg.Kind != 0 {
		text += fmt.Sprintf(": %v", v.msg)
	}
	return text
}

// of its own accord: such a step need not come.
func (v move) chance() bool { return v.what == dies || v.what == comesBack }

const (
	dies      = "dies, incarnation"
	comesBack = "comes back, incarnation"
	begins    = "begins operation"
	takes     = "takes a message from"
	mourns    = "learns of the death of"
	greets    = "learns of the life of"
)

func pathText(path []move) string {
	var b strings.Builder
	for _, v := range path {
		fmt.Fprintln(&b, v)
	}
	return b.String()
}

func (x *search) fail(m *machine, format string, a ...any) {
	x.t.Helper()
	var b strings.Builder
	for c, n := range m.nodes[:x.cores] {
		if n != nil {
			l := n.cfg.State.(*ledger)
			fmt.Fprintf(&b, "core %d.%d: view %d of %b, dead %b, busy %d, change %b, applied %b aborted %b locked %b, lives %v, dropped %d\n",
				c, n.cfg.Life, n.view.Number, n.view.Members, n.dead(), n.busy, n.change.joiners, l.applied, l.aborted, l.locked, n.lives[:x.cores], n.dropped)
		}
	}
	x.t.Fatalf("%s\nafter %d states, by these steps:\n%s\n%s", fmt.Sprintf(format, a...), x.States(), pathText(x.Path), b.String())
}

func (x *search) scriptOf(m *machine, core int, seq uint32) int {
	for i, s := range x.scripts {
		if s.core == core && m.seqs[i] == seq {
			return i
		}
	}
	x.fail(m, "core %d finishes %d, which nobody has begun", core, seq)
	return -1
}

func (x *search) event(m *machine, core int, e Event) {
	if e.Kind != Finished {
		return
	}
	i := x.scriptOf(m, core, e.Seq)
	m.over |= 1 << i
	n := m.nodes[core]
	for c, other := range m.nodes[:x.cores] {
		if other == nil || !n.view.Has(c, m.lives[c]) {
			continue
		}
		if l := other.cfg.State.(*ledger); (l.applied>>i&1 != 0) != e.Commit {
			x.fail(m, "operation %d is finished (committed: %v), but not at core %d", i, e.Commit, c)
		}
	}
	if e.Commit {
		m.good |= 1 << i
	}
}

// check looks for what must never be.
func (x *search) check(m *machine, core int) {
	n := m.nodes[core]
	l := n.cfg.State.(*ledger)
	if l.wrong != "" {
		x.fail(m, "core %d: %s", core, l.wrong)
	}
	if n.dropped != 0 {
		x.fail(m, "core %d took a message for nonsense", core)
	}
	for c, other := range m.nodes[:x.cores] {
		if other == nil || c == core {
			continue
		}
		o := other.cfg.State.(*ledger)
		if two := l.applied&o.aborted | l.aborted&o.applied; two != 0 {
			x.fail(m, "operations %b have two outcomes, at cores %d and %d", two, core, c)
		}
		if n.view.Number == other.view.Number && n.view.Number != 0 && n.view != other.view {
			x.fail(m, "cores %d and %d have installed different views of number %d", core, c, n.view.Number)
		}
	}
}

// end judges a state in which nothing more can happen of itself.
func (x *search) end(m *machine) {
	first := -1
	alive := uint64(0)
	for c, n := range m.nodes[:x.cores] {
		if n != nil {
			alive |= 1 << c
		}
	}
	for c, n := range m.nodes[:x.cores] {
		if n == nil {
			continue
		}
		if !n.Open() || n.busy != 0 || n.view.Members != alive {
			x.fail(m, "core %d waits for ever", c)
		}
		l := n.cfg.State.(*ledger)
		if l.locked != [4]uint64{} {
			x.fail(m, "core %d holds locks for ever", c)
		}
		if first < 0 {
			first = c
			if m.good&^l.applied != 0 {
				x.fail(m, "acknowledged operations are lost: %b of %b", m.good&^l.applied, m.good)
			}
		}
		if f := m.nodes[first].cfg.State.(*ledger); l.applied != f.applied || l.taken != f.taken || m.nodes[first].view != n.view {
			x.fail(m, "cores %d and %d differ", first, c)
		}
	}
	if m.begun != 1<<len(x.scripts)-1 || m.over != m.begun {
		x.fail(m, "operations begun %b, over %b", m.begun, m.over)
	}
}
