package agree_test

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"strings"

	"atoll/monitor/agree"
	"atoll/monitor/replica"
)

// world is a machine of real nodes with real replicas, of which a seed says what
// happens next: which message arrives, who dies, comes back or begins an operation.
// Messages to all go straight or by a tree whose inner cores pass them on.
type world struct {
	r      *rand.Rand
	cores  []core
	pipes  map[[2]int]*pipe
	trees  bool
	slow   int // a core that seldom takes anything, -1 = none
	ops    map[opID]*result
	gone   map[uint32]bool // numbers whose deletion has begun
	log    []string
	failed string
	steps  int
	hot    int     // steps since a view was installed that are still of interest
	down   *packet // the multicast that is being taken: replies to it go up its tree
}

type core struct {
	life  uint32
	alive bool
	node  *agree.Node
	table *replica.Table
	lives []known // of the others
}

type known struct {
	life  uint32
	state int // 0 unknown, 1 up, 2 dead
}

// pipe is a channel from one core to another.
type pipe struct {
	queue []packet
}

// packet is a message on its way, and by which tree.
type packet struct {
	msg  agree.Msg
	root int // whose multicast it is, or whom the reply is for
	tree bool
	view agree.View // of the tree
}

const window = 4

func newWorld(seed uint64) *world {
	r := rand.New(rand.NewPCG(seed, 0xa9ee))
	w := &world{r: r, cores: make([]core, 3+r.IntN(10)), pipes: map[[2]int]*pipe{}, trees: r.IntN(2) == 0, slow: -1, ops: map[opID]*result{}, gone: map[uint32]bool{}}
	for a := range w.cores {
		for b := range w.cores {
			w.pipes[[2]int{a, b}] = &pipe{}
		}
	}
	for c := range w.cores {
		w.birth(c)
	}
	return w
}

func (w *world) fail(format string, a ...any) {
	if w.failed == "" {
		w.failed = fmt.Sprintf(format, a...)
	}
}

func (w *world) note(format string, a ...any) {
	w.log = append(w.log, fmt.Sprintf(format, a...))
}

func (w *world) birth(c int) {
	k := &w.cores[c]
	k.life++
	k.alive = true
	k.table = replica.NewTable(64)
	k.lives = make([]known, len(w.cores))
	k.node = agree.New(agree.Config{Self: c, Cores: len(w.cores), Life: k.life, Window: window, Batch: !w.trees, State: k.table,
		Reborn: func(core int, life uint32) bool { return w.cores[core].alive && w.cores[core].life > life }})
	for to := range w.cores {
		if w.cores[to].lives != nil && w.cores[to].lives[c].state != 1 {
			w.pipes[[2]int{c, to}].queue = nil
		}
	}
	w.note("birth of %d.%d", c, k.life)
	w.flush(c)
}

func (w *world) death(c int) {
	w.note("death of %d.%d", c, w.cores[c].life)
	w.cores[c].alive = false
	for from := range w.cores {
		w.pipes[[2]int{from, c}].queue = nil
		if q := w.pipes[[2]int{c, from}]; len(q.queue) > 0 {
			q.queue = q.queue[:w.r.IntN(len(q.queue)+1)] // the last ones never left
		}
	}
}

// push sends from a core to another, unless that life is over.
func (w *world) push(from, to int, p packet) {
	if k := w.cores[from].lives[to]; w.cores[to].alive && k.state == 1 && k.life == w.cores[to].life {
		q := w.pipes[[2]int{from, to}]
		q.queue = append(q.queue, p)
	}
}

func (w *world) flush(c int) {
	k := &w.cores[c]
	for _, o := range k.node.Outs() {
		p := packet{msg: o.Msg, root: c}
		if w.trees && !o.Direct && bits.OnesCount64(o.To) > 1 {
			p.tree, p.view = true, *k.node.View()
			for _, to := range children(&p.view, c, c) {
				w.push(c, to, p)
			}
			continue
		}
		if o.Msg.Kind == agree.Reply && w.down != nil {
			p.tree, p.root, p.view = true, w.down.root, w.down.view
			w.up(c, p)
			continue
		}
		for s := o.To; s != 0; s &= s - 1 {
			w.push(c, bits.TrailingZeros64(s), p)
		}
	}
	for _, e := range k.node.Events() {
		w.event(c, e)
	}
	k.node.Clear()
	if k.node.Dropped() != 0 {
		w.fail("core %d took a message for nonsense", c)
	}
}

// take has a core take the next message of a pipe.
func (w *world) take(from, to int) {
	q := w.pipes[[2]int{from, to}]
	k := &w.cores[to]
	p := q.queue[0]
	q.queue = q.queue[1:]
	if p.tree && p.msg.Kind == agree.Reply {
		if to != p.root {
			w.up(to, p)
			return
		}
		k.node.Gathered(p.msg.Mask, &p.msg)
		w.flush(to)
		return
	}
	if p.tree {
		for _, next := range children(&p.view, p.root, to) {
			w.push(to, next, p)
		}
	}
	if p.root != from && k.lives[p.root].state != 1 {
		return // passed on by another, of a life that is over
	}
	before := k.node.Dropped()
	k.node.Step(p.root, &p.msg)
	if k.node.Dropped() != before {
		w.note("core %d dropped %+v of %d from %d, tree %v; view %d", to, p.msg, p.root, from, p.tree, k.node.View().Number)
	}
	if p.tree {
		w.down = &p
	}
	w.flush(to)
	w.down = nil
}

// meet has a core learn of another's life or death, if there is something to learn.
func (w *world) meet(c, other int) bool {
	k, o := &w.cores[c], &w.cores[other]
	l := &k.lives[other]
	q := w.pipes[[2]int{other, c}]
	switch {
	case !o.alive && *l != (known{o.life, 2}), l.state == 1 && l.life < o.life:
		if l.state == 1 {
			for len(q.queue) > 0 {
				w.take(other, c)
			}
		} else {
			l.life = o.life
		}
		l.state = 2
		q.queue = nil
		k.node.Dead(other, l.life)
		if w.trees {
			k.node.Repeat(^uint64(0))
		}
	case o.alive && l.state != 1 && l.life < o.life && !(o.lives[c].state == 1 && o.lives[c].life < k.life):
		*l = known{o.life, 1}
		k.node.Up(other, o.life)
	default:
		return false
	}
	w.flush(c)
	return true
}

// step does one thing, and reports whether there was anything to do.
func (w *world) step() bool {
	w.steps++
	n := len(w.cores)
	start := w.r.IntN(n * n)
	for i := range n * n {
		at := (start + i) % (n * n)
		from, to := at/n, at%n
		if from == to || !w.cores[to].alive || to == w.slow && w.r.IntN(20) > 0 {
			continue
		}
		if w.r.IntN(3) == 0 && w.meet(to, from) {
			return true
		}
		l := w.cores[to].lives[from]
		if len(w.pipes[[2]int{from, to}].queue) > 0 && l.state == 1 {
			w.take(from, to)
			return true
		}
	}
	return false
}

// settle lets all that is under way end.
func (w *world) settle() {
	w.slow = -1
	for idle := 0; idle < 60 && w.failed == ""; {
		if w.step() {
			idle = 0
		} else {
			idle++
		}
		if w.steps > 2e6 {
			w.fail("it never ends")
		}
	}
}

func (w *world) alive() (list []int) {
	for c := range w.cores {
		if w.cores[c].alive {
			list = append(list, c)
		}
	}
	return list
}

func (w *world) String() string { return strings.Join(w.log, "\n") }
