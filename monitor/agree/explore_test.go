//go:build !riscv64

package agree

import (
	"math/bits"
	"testing"

	"atoll/monitor/explore"
)

const most = 4 // cores of a search

// script is an operation that a core begins as soon as the search lets it.
type script struct {
	core     int
	twoPhase bool
	key      uint64
}

// machine is the state of a search: real nodes, and what is under way between them.
// Nodes and messages are shared between states and never changed.
type machine struct {
	nodes  [most]*Node // nil = dead
	hashes [most]uint64
	lives  [most]uint32
	pipes  [most][most][]packet // from, to
	begun  uint32               // scripts that have begun, by index
	over   uint32               // and finished, or were refused, or died
	seqs   [8]uint32            // numbers of the scripts that have begun
	good   uint64               // bits of operations that were acknowledged as committed
	kills  int                  // deaths that may still come
	births int                  // restarts
}

// packet is a message on its way, straight or along a chain: the tree of as many levels
// as there may be, in which each core passes on what it takes.
type packet struct {
	Msg
	chain   bool
	root    int    // whose multicast it is, or whom a reply is for
	members uint64 // of the chain, in their order from the root
}

// neighbour is the next core of a chain, or with step -1 the one before.
func (p *packet) neighbour(core, step int) int {
	for {
		core = (core + step + most) % most
		if p.members>>core&1 != 0 {
			return core
		}
	}
}

// search looks at all orders in which messages arrive, operations begin, one core
// dies and comes back, and each learns of it.
type search struct {
	explore.Search[*machine, move]
	t       *testing.T
	cores   int
	window  int
	chains  bool // multicasts, and the replies to them, go along a chain
	scripts []script
	image   image
	outs    []Out
	events  []Event
	now     *machine // in which a step is taken
	down    *packet  // the multicast that is being taken, whose replies go back along its chain
}

// newNode returns a core's node, not yet linked.
func (x *search) newNode(core int, life uint32) *Node {
	return New(Config{Self: core, Cores: x.cores, Life: life, Window: x.window, Batch: !x.chains, State: &ledger{}, Reborn: x.reborn})
}

// reborn is firmware's word.
func (x *search) reborn(core int, life uint32) bool {
	return x.now.nodes[core] != nil && x.now.lives[core] > life
}

// step runs f on a copy of a core's node and sends what comes of it.
func (x *search) step(m *machine, core int, f func(n *Node)) {
	n := m.nodes[core].clone()
	n.outs, n.events = x.outs[:0], x.events[:0]
	x.now = m
	f(n)
	x.outs, x.events = n.outs, n.events
	m.nodes[core] = n
	x.flush(m, core)
	n.outs, n.events = nil, nil
	m.hashes[core] = x.image.hashOf(func() { x.image.node(n) })
}

func (x *search) flush(m *machine, core int) {
	n := m.nodes[core]
	for _, o := range n.Outs() {
		switch p := (packet{Msg: o.Msg, root: core}); {
		case x.chains && o.Msg.Kind == Reply && x.down != nil:
			p.chain, p.root, p.members = true, x.down.root, x.down.members
			x.push(m, core, p.neighbour(core, -1), p)
		case x.chains && !o.Direct && bits.OnesCount64(o.To) > 1:
			p.chain, p.members = true, n.view.Members
			x.push(m, core, p.neighbour(core, 1), p)
		default:
			for s := o.To; s != 0; s &= s - 1 {
				x.push(m, core, bits.TrailingZeros64(s), p)
			}
		}
	}
	for _, e := range n.Events() {
		x.event(m, core, e)
	}
	x.check(m, core)
}

// push sends from a core to another, unless that life is over.
func (x *search) push(m *machine, core, to int, p packet) {
	if m.nodes[to] == nil || m.nodes[core].lives[to].number != m.lives[to] {
		return
	}
	pipe := m.pipes[core][to]
	if n := len(pipe); n > 0 && p.chain && p.Kind == Reply {
		if l := &pipe[n-1]; l.chain && l.Kind == Reply && l.root == p.root && l.View == p.View && l.Seq == p.Seq && l.Flag == p.Flag {
			p.Mask |= l.Mask // the replies to one operation go on as one
			p.Data[1] |= l.Data[1]
			pipe = pipe[:n-1]
		}
	}
	m.pipes[core][to] = append(pipe[:len(pipe):len(pipe)], p)
}

// pass takes a packet of a chain, and passes it on.
func (x *search) pass(m *machine, core, from int, p *packet) {
	if p.Kind == Reply {
		if core != p.root {
			x.push(m, core, p.neighbour(core, -1), *p)
			return
		}
		x.step(m, core, func(n *Node) { n.Gathered(p.Mask, &p.Msg) })
		return
	}
	if to := p.neighbour(core, 1); to != p.root {
		x.push(m, core, to, *p)
	}
	if p.root != from && m.nodes[core].lives[p.root].state != up {
		return // passed on by another, of a life that is over
	}
	x.down = p
	x.step(m, core, func(n *Node) { n.Step(p.root, &p.Msg) })
	x.down = nil
}

// successors calls next with each state that may follow.
func (x *search) successors(m *machine, next func(move, *machine)) {
	for c, n := range m.nodes[:x.cores] {
		if n == nil {
			x.restart(m, c, next)
			continue
		}
		if m.kills > 0 {
			s := *m
			s.kills--
			s.nodes[c], s.hashes[c] = nil, 0
			for i, op := range x.scripts {
				if op.core == c {
					s.begun, s.over = s.begun|1<<i, s.over|1<<i
				}
			}
			for from := range x.cores {
				s.pipes[from][c] = nil
			}
			next(move{what: dies, core: c, other: int(s.lives[c])}, &s)
		}
		x.begin(m, c, next)
		for other := range x.cores {
			if other != c {
				x.meet(m, c, other, next)
			}
		}
	}
}

func (x *search) restart(m *machine, c int, next func(move, *machine)) {
	if m.births == 0 {
		return
	}
	s := *m
	s.births--
	s.lives[c]++
	s.nodes[c] = x.newNode(c, s.lives[c])
	for to := range x.cores {
		if m.nodes[to] != nil && m.nodes[to].lives[c].state != up {
			s.pipes[c][to] = nil
		}
	}
	s.hashes[c] = x.image.hashOf(func() { x.image.node(s.nodes[c]) })
	next(move{what: comesBack, core: c, other: int(s.lives[c])}, &s)
}

func (x *search) begin(m *machine, c int, next func(move, *machine)) {
	n := m.nodes[c]
	if !n.Open() || n.busy == x.window {
		return
	}
	for i, op := range x.scripts {
		if op.core != c || m.begun>>i&1 != 0 {
			continue
		}
		s := *m
		s.begun |= 1 << i
		label := move{what: begins, core: c, other: i}
		x.Path = append(x.Path, label)
		x.step(&s, c, func(n *Node) {
			s.seqs[i] = n.nextSeq + 1 // it may end in this step
			_, err := n.begin(1, op.twoPhase, [Words]uint64{op.key, 1 << i})
			if err == ErrWindow {
				x.fail(m, "%v", err)
			}
			if err != nil {
				s.seqs[i] = 0
				s.over |= 1 << i
			}
		})
		x.Path = x.Path[:len(x.Path)-1]
		next(label, &s)
		return
	}
}

// meet is what core c can learn of another: a message, its death, its birth.
func (x *search) meet(m *machine, c, other int, next func(move, *machine)) {
	n := m.nodes[c]
	known := n.lives[other]
	if known == (life{m.lives[other], up}) && len(m.pipes[other][c]) > 0 || known.state == up && known.number < m.lives[other] && len(m.pipes[other][c]) > 0 {
		s := *m
		p := s.pipes[other][c][0]
		s.pipes[other][c] = s.pipes[other][c][1:]
		label := move{takes, c, other, p.Msg}
		x.Path = append(x.Path, label)
		if p.chain {
			x.pass(&s, c, other, &p)
		} else {
			x.step(&s, c, func(n *Node) { n.Step(other, &p.Msg) })
		}
		x.Path = x.Path[:len(x.Path)-1]
		next(label, &s)
	}
	switch {
	case m.nodes[other] == nil && known != (life{m.lives[other], down}), known.state == up && known.number < m.lives[other]:
		s := *m
		s.pipes[other][c] = nil
		number := known.number
		if known.state != up {
			number = m.lives[other]
		}
		x.learn(&s, move{what: mourns, core: c, other: other}, next, func(n *Node) {
			n.Dead(other, number)
			if x.chains {
				n.Repeat(^uint64(0))
			}
		})
	case m.nodes[other] != nil && known.state != up && known.number < m.lives[other] &&
		!(m.nodes[other].lives[c].state == up && m.nodes[other].lives[c].number < m.lives[c]):
		s := *m
		x.learn(&s, move{what: greets, core: c, other: other}, next, func(n *Node) { n.Up(other, m.lives[other]) })
	}
}

func (x *search) learn(s *machine, label move, next func(move, *machine), f func(*Node)) {
	x.Path = append(x.Path, label)
	x.step(s, label.core, f)
	x.Path = x.Path[:len(x.Path)-1]
	next(label, s)
}

// write is the image of all that is not a node.
func (x *search) write(m *machine) {
	b := &x.image
	for c := range x.cores {
		b.word(m.hashes[c], uint64(m.lives[c]))
		b.flag(m.nodes[c] != nil)
		for to := range x.cores {
			pipe := m.pipes[c][to]
			b.word(uint64(len(pipe)))
			for i := range pipe {
				b.msg(&pipe[i].Msg)
				b.flag(pipe[i].chain)
				b.word(uint64(pipe[i].root), pipe[i].members)
			}
		}
	}
	b.word(uint64(m.begun), uint64(m.over), m.good, uint64(m.kills), uint64(m.births))
	for i := range x.scripts {
		b.word(uint64(m.seqs[i]))
	}
}

// start is a machine of which some cores have come up, the first ones; the others had
// one life. With a view if founded.
func (x *search) start(founded bool, alive int) *machine {
	m := &machine{}
	for c := range x.cores {
		if m.lives[c] = 1; c >= alive {
			continue
		}
		m.nodes[c] = x.newNode(c, 1)
		m.hashes[c] = x.image.hashOf(func() { x.image.node(m.nodes[c]) })
	}
	if !founded {
		return m
	}
	for again := true; again; {
		again = false
		for c := range x.cores {
			for other := range x.cores {
				if m.nodes[c] == nil {
					continue
				}
				x.meetAll(m, c, other, &again)
			}
		}
	}
	for c, n := range m.nodes[:alive] {
		if !n.Open() {
			x.fail(m, "core %d has no view after the start", c)
		}
	}
	return m
}

func (x *search) meetAll(m *machine, c, other int, again *bool) {
	if c == other {
		return
	}
	var after *machine
	x.meet(m, c, other, func(_ move, s *machine) { after = s })
	if after != nil {
		*m, *again = *after, true
	}
}
