package capops

import (
	"fmt"
	"slices"
	"strings"

	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

const cores = 3

// pool is the memory of a core in these tests.
func pool(core int) Range { return Range{uint64(core+1) << 20, 1 << 20} }

// frameOf and ramOf are capabilities of a core's memory that the core has at first; partOf is
// what can be made of that RAM.
func frameOf(core int) capability.Cap {
	return capability.Cap{Type: capability.Frame, Rights: capability.Read | capability.Write, Base: pool(core).Base, Size: 4096}
}

func ramOf(core int) capability.Cap {
	return capability.Cap{Type: capability.RAM, Rights: capability.Read | capability.Write, Base: pool(core).Base + 8192, Size: 8192}
}

func partOf(ram capability.Cap) capability.Cap {
	ram.Type, ram.Size = capability.Frame, 4096
	return ram
}

// deed is what a core does, if and when it has the capability.
type deed struct {
	core    int
	what    Kind // Pass, Revoke, Retype, or Dropped: delete all copies here
	cap     capability.Cap
	to      int
	channel uint64
}

func (d deed) String() string {
	return fmt.Sprintf("%v %v at %#x to %d", d.what, d.cap.Type, d.cap.Base, d.to)
}

// machine is cores and what is under way between them. Nodes are shared between states, and
// not changed when they are.
type machine struct {
	nodes  [cores]*Node // nil = dead
	hashes [cores]uint64
	lives  [cores]uint32
	knows  [cores][cores]uint32 // the life of another of which a core has learned,
	mourns [cores][cores]bool   // or that it is over
	open   [cores]bool          // it has its memory to itself
	pipes  [cores][cores][]Msg
	begun  uint32
	kills  int
	births int
	deeds  []deed
	failed string
}

// newMachine is one in which all cores know each other and have a frame and RAM.
func newMachine(deeds []deed) *machine {
	m := &machine{deeds: deeds}
	for c := range cores {
		m.lives[c] = 1
		m.give(c)
		for o := range cores {
			m.knows[c][o] = 1
			m.nodes[c].Up(o)
		}
		m.open[c] = true
		m.rehash(c)
	}
	return m
}

func newNode(core int) *Node {
	s := &model{}
	var pools []Range
	for c := range cores {
		pools = append(pools, pool(c))
	}
	s.node = New(Config{Self: core, Pools: pools, Store: s})
	return s.node
}

// give gives a core its memory.
func (m *machine) give(c int) {
	if m.nodes[c] == nil {
		m.nodes[c] = newNode(c)
	}
	m.store(c).copies = append(m.store(c).copies, frameOf(c), ramOf(c))
}

func (m *machine) store(c int) *model { return m.nodes[c].cfg.Store.(*model) }

func (m *machine) rehash(c int) {
	var b image
	if m.nodes[c] != nil {
		b.node(m.nodes[c])
	}
	m.hashes[c] = b.hash()
}

func (m *machine) hash() uint64 {
	var b image
	for c := range cores {
		b.word(m.hashes[c], uint64(m.lives[c]))
		b.flag(m.nodes[c] != nil)
		b.flag(m.open[c])
		for o := range cores {
			b.word(uint64(m.knows[c][o]), uint64(len(m.pipes[c][o])))
			b.flag(m.mourns[c][o])
			for i := range m.pipes[c][o] {
				b.msg(&m.pipes[c][o][i])
			}
		}
	}
	b.word(uint64(m.begun), uint64(m.kills), uint64(m.births))
	return b.hash()
}

func (m *machine) fail(format string, a ...any) {
	if m.failed == "" {
		m.failed = fmt.Sprintf(format, a...)
	}
}

// step runs f on a copy of a core's node, sends what comes of it, and judges that.
func (m *machine) step(c int, f func(n *Node)) {
	n := m.nodes[c].clone()
	m.nodes[c] = n
	m.store(c).ended = func(number uint32, e abi.Error) {
		if e == abi.OK && n.Owner(m.deeds[number-1].cap) == c {
			m.answered(c, c, number)
		}
	}
	f(n)
	m.store(c).ended = nil
	for _, o := range n.Outs() {
		if o.Kind == Answer && o.Error == 0 {
			m.answered(c, o.To, o.Op)
		}
		if m.nodes[o.To] != nil && m.knows[c][o.To] == m.lives[o.To] {
			m.pipes[c][o.To] = append(slices.Clip(m.pipes[c][o.To]), o.Msg)
		}
	}
	n.Clear()
	m.judge(c)
	m.store(c).results = nil
	m.rehash(c)
}

// may reports whether a deed can begin.
func (m *machine) may(d deed) bool {
	if m.nodes[d.core] == nil {
		return false
	}
	s := m.store(d.core)
	return slices.ContainsFunc(s.copies, func(c capability.Cap) bool { return same(c, d.cap) }) && !(d.what == Retype && s.isFrozen(d.cap))
}

func (m *machine) do(i int) {
	d := m.deeds[i]
	m.begun |= 1 << i
	m.step(d.core, func(n *Node) {
		s, number := n.cfg.Store.(*model), uint32(i+1)
		a := asked{number: number, cap: d.cap}
		if d.what == Retype {
			a.made = partOf(d.cap)
		}
		if d.what != Dropped {
			s.asked = append(s.asked, a)
		}
		switch d.what {
		case Pass:
			n.Pass(number, d.cap, d.to, d.channel)
		case Revoke:
			n.Revoke(number, d.cap)
		case Retype:
			n.Retype(number, d.cap, a.made.Base, a.made.Base+a.made.Size)
		case Dropped:
			s.drop(d.cap)
		}
	})
}

// die ends a core.
func (m *machine) die(c int) {
	m.nodes[c], m.hashes[c], m.open[c] = nil, 0, false
	for o := range cores {
		m.pipes[o][c] = nil
		m.knows[c][o], m.mourns[c][o] = 0, false
	}
	for i, d := range m.deeds {
		if d.core == c {
			m.begun |= 1 << i
		}
	}
}

// judge looks for what must never be, after a step of a core.
func (m *machine) judge(c int) {
	n, s := m.nodes[c], m.store(c)
	if s.wrong != "" || n.Dropped != 0 {
		m.fail("core %d: %q, %d messages were nonsense", c, s.wrong, n.Dropped)
	}
	for o := range cores {
		if m.nodes[o] == nil {
			continue
		}
		for _, x := range m.store(o).copies {
			m.known(o, x)
		}
	}
}

// known checks that an owner knows who has a capability, and that no two objects share memory.
func (m *machine) known(core int, x capability.Cap) {
	owner := m.nodes[core].Owner(x)
	if owner != core && m.nodes[owner] != nil && m.open[owner] && !slices.ContainsFunc(m.nodes[owner].loans, func(l loan) bool {
		return meet(l.cap, x) && l.holder(core) >= 0
	}) {
		m.fail("core %d has a %v of core %d, which does not know it", core, x.Type, owner)
	}
	if x.Type == capability.RAM || m.nodes[owner] == nil || !m.open[owner] {
		return
	}
	for o := range cores {
		if m.nodes[o] == nil {
			continue
		}
		for _, y := range m.store(o).copies {
			if y.Type != capability.RAM && meet(x, y) && !same(x, y) {
				m.fail("cores %d and %d have made two objects of the same memory", core, o)
			}
		}
	}
}

// answered looks at what an owner says is done. Who has asked for it may begin more before
// it hears of that.
func (m *machine) answered(owner, core int, number uint32) {
	if d := m.deeds[number-1]; d.what == Revoke && d.core == core {
		m.revoked(owner, d)
	}
}

// revoked checks that a revoke that is said to be done is.
func (m *machine) revoked(owner int, d deed) {
	for o := range cores {
		if m.nodes[o] == nil {
			continue
		}
		left := 0
		for _, x := range m.store(o).copies {
			if under(x, d.cap) {
				left++
			}
		}
		if left > 0 && o != d.core || left > 1 {
			m.fail("core %d has %d capabilities that core %d has revoked", o, left, d.core)
		}
		for _, p := range m.pipes[owner][o] {
			if p.Kind == Give && under(p.cap(), d.cap) {
				m.fail("a capability that core %d has revoked is on its way to core %d", d.core, o)
			}
		}
	}
}

// end judges a state in which nothing goes on.
func (m *machine) end() {
	for c, n := range m.nodes {
		if n == nil {
			continue
		}
		s := m.store(c)
		if len(n.ops)+len(n.gives)+len(n.marks)+len(n.requests)+len(s.frozen)+len(s.wipes)+len(s.asked) != 0 {
			m.fail("core %d waits for ever: %d operations, %d gives, %d marks, %d requests, %d frozen", c, len(n.ops), len(n.gives), len(n.marks), len(n.requests), len(s.frozen))
		}
		if len(s.anchors) != len(n.loans) {
			m.fail("core %d has %d anchors and %d loans", c, len(s.anchors), len(n.loans))
		}
		for _, l := range n.loans {
			for _, h := range l.holders {
				if m.nodes[h.core] == nil || !m.store(h.core).Holds(l.cap) {
					m.fail("core %d has lent core %d a %v which that does not have", c, h.core, l.cap.Type)
				}
			}
		}
		for _, x := range s.copies {
			if o := n.Owner(x); m.nodes[o] == nil {
				m.fail("core %d has a %v of core %d, which is dead", c, x.Type, o)
			}
		}
		for _, h := range n.held {
			if !s.Holds(h.cap) || h.lost {
				m.fail("core %d has no %v and does not say so", c, h.cap.Type)
			}
		}
	}
}

func (m *machine) String() string {
	var b strings.Builder
	for c, n := range m.nodes {
		if n != nil {
			fmt.Fprintf(&b, "core %d.%d: loans %v, gives %v, held %v, marks %v, requests %v, copies %v\n", c, m.lives[c], n.loans, n.gives, n.held, n.marks, n.requests, m.store(c).copies)
			for _, o := range n.ops {
				fmt.Fprintf(&b, "  %v %+v\n", o.kind, *o)
			}
		}
	}
	return b.String()
}
