package grant

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"atoll/arch/layout"
	"atoll/boot/plan"
)

// net is a set of tables whose cores die, come back and learn of each other's deaths in
// any order; messages between two lives keep theirs, and one life reads all that an
// earlier one has sent before it links anew.
type net struct {
	t     testing.TB
	rand  *rand.Rand
	plan  *plan.Plan
	nodes []*node
	fail  bool // some mappings fail
	log   []string
}

// node is one core.
type node struct {
	net     *net
	core    int
	life    uint32
	running bool
	table   *Table
	linked  []uint32                   // by core: life that this end is linked with
	in      [][]Msg                    // by sender
	mapped  map[uint64]layout.Perm     // by frame
	takes   []*Held                    // what its takers have, and may release late
	waiting map[*Held]bool             // those whose frames must go
	own     map[*Memory]map[int]*Given // what it has made
	pending int                        // offers without an answer
}

const poolPages = 8

func newNet(t testing.TB, cores int, seed uint64) *net {
	n := &net{t: t, rand: rand.New(rand.NewPCG(seed, 7)), plan: &plan.Plan{NCores: uint32(cores)}}
	for core := range cores {
		n.plan.Cores[core].User = plan.Range{Base: 0x9000_0000 + uint64(core)<<20, Size: poolPages * layout.PageSize}
		n.nodes = append(n.nodes, &node{net: n, core: core, in: make([][]Msg, cores)})
	}
	for _, x := range n.nodes {
		x.birth()
	}
	return n
}

func (n *net) note(format string, a ...any) { n.log = append(n.log, fmt.Sprintf(format, a...)) }

func (n *net) fatal(format string, a ...any) {
	n.t.Helper()
	for _, l := range n.log[max(0, len(n.log)-60):] {
		n.t.Log(l)
	}
	n.t.Fatalf(format, a...)
}

// birth begins the next life.
func (x *node) birth() {
	x.life++
	x.running = true
	x.linked = make([]uint32, len(x.net.nodes))
	x.mapped = map[uint64]layout.Perm{}
	x.takes, x.waiting, x.own, x.pending = nil, map[*Held]bool{}, map[*Memory]map[int]*Given{}, 0
	x.table = New(x, x.net.plan, x.core, x.life)
	x.table.Take(ForBinding, x.take)
	x.table.Take(ForBroadcast, func(h *Held) Why { // goes at once
		return 0
	})
	x.net.note("core %d begins life %d", x.core, x.life)
}

// take is the taker of frames that are used for a while.
func (x *node) take(h *Held) Why {
	if h.Arg[0] == 1 {
		return NoSuchBind
	}
	x.takes = append(x.takes, h)
	h.Ended = func(error) {
		if x.waiting[h] {
			x.net.fatal("core %d is told twice to let go of %#x", x.core, h.PA)
		}
		x.waiting[h] = true
	}
	return 0
}

// let releases frames.
func (x *node) let(i int) {
	h := x.takes[i]
	x.takes = append(x.takes[:i], x.takes[i+1:]...)
	delete(x.waiting, h)
	x.table.Release(h)
}

func (x *node) Send(core int, m *Msg) error {
	if x.linked[core] == 0 {
		return errors.New("the channel is lost")
	}
	if peer := x.net.nodes[core]; peer.running && peer.life == x.linked[core] {
		peer.in[x.core] = append(peer.in[x.core], *m)
	}
	return nil
}

func (x *node) Life(core int) uint32  { return x.linked[core] }
func (x *node) Stopped(core int) bool { return !x.net.nodes[core].running }

func (x *node) MapFrames(pa, pages uint64, perm layout.Perm) ([]byte, error) {
	if x.net.fail && x.net.rand.IntN(8) == 0 {
		return nil, errors.New("no page left for a table")
	}
	own := x.net.plan.Cores[x.core].User.Contains(pa)
	for i := range pages {
		at := pa + i*layout.PageSize
		if _, ok := x.mapped[at]; ok {
			x.net.fatal("core %d maps %#x twice", x.core, at)
		}
		x.mapped[at] = perm
		for _, o := range x.net.nodes {
			if _, ok := o.mapped[at]; own && ok && o != x && o.running {
				x.net.fatal("core %d takes the frame at %#x, which core %d still maps", x.core, at, o.core)
			}
		}
	}
	if perm&layout.X != 0 {
		x.net.fatal("core %d maps %#x executable", x.core, pa)
	}
	return make([]byte, pages*layout.PageSize), nil
}

func (x *node) UnmapFrames(pa, pages uint64) {
	for i := range pages {
		if _, ok := x.mapped[pa+i*layout.PageSize]; !ok {
			x.net.fatal("core %d unmaps %#x, which it does not map", x.core, pa+i*layout.PageSize)
		}
		delete(x.mapped, pa+i*layout.PageSize)
	}
}

// deliver lets a core read up to so many messages of another.
func (x *node) deliver(from, most int) {
	for ; most > 0 && len(x.in[from]) > 0; most-- {
		m := x.in[from][0]
		x.in[from] = x.in[from][1:]
		x.net.note("core %d reads %+v of core %d", x.core, m, from)
		x.table.Receive(from, &m)
	}
}

// notice lets a core learn that another's life is over.
func (x *node) notice(core int) bool {
	life := x.linked[core]
	if peer := x.net.nodes[core]; life == 0 || peer.running && peer.life == life {
		return false
	}
	x.deliver(core, 1<<30) // drained first
	x.net.note("core %d buries life %d of core %d", x.core, life, core)
	x.linked[core] = 0
	x.table.Dead(core, life)
	return true
}

// link joins two cores of which neither has an open channel to the other.
func (n *net) link(a, b int) bool {
	x, y := n.nodes[a], n.nodes[b]
	if a == b || !x.running || !y.running || x.linked[b] != 0 || y.linked[a] != 0 {
		return false
	}
	x.linked[b], y.linked[a] = y.life, x.life
	x.in[b], y.in[a] = nil, nil
	x.table.Linked(b)
	y.table.Linked(a)
	return true
}

func (x *node) die() {
	x.running = false
	for core := range x.in {
		x.in[core] = nil
	}
	x.net.note("core %d dies", x.core)
}

// make makes memory.
func (x *node) make(pages uint64) {
	m, err := x.table.New(pages)
	if err == nil {
		x.own[m] = map[int]*Given{}
	}
	x.net.note("core %d makes %d pages: %v", x.core, pages, err)
}

// give grants some memory to a core.
func (x *node) give(m *Memory, core int, p Purpose, arg uint64) {
	answered := false
	rights := layout.R
	if x.net.rand.IntN(2) == 0 {
		rights |= layout.W
	}
	life := x.life
	g, err := x.table.Give(m, core, rights, p, [3]uint64{arg}, func(err error) {
		if answered || x.life != life {
			x.net.fatal("core %d hears twice of an offer", x.core)
		}
		answered = true
		x.pending--
	})
	if err != nil {
		return
	}
	if !answered {
		x.pending++
	}
	if held := x.own[m]; held != nil && held[core] == nil {
		held[core] = g
		g.Gone = func(error) { delete(x.own[m], core) }
	}
}

// settle delivers all there is, buries the dead and links who can be, until nothing
// moves.
func (n *net) settle() {
	for moved := true; moved; {
		moved = false
		for _, x := range n.nodes {
			if !x.running {
				continue
			}
			for core := range n.nodes {
				moved = x.notice(core) || n.link(x.core, core) || len(x.in[core]) > 0 || moved
				x.deliver(core, 1<<30)
			}
			for i := len(x.takes) - 1; i >= 0; i-- {
				if x.waiting[x.takes[i]] {
					x.let(i)
					moved = true
				}
			}
		}
	}
}
