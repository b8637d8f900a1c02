package cost

import (
	"fmt"
	"math/bits"
	"slices"

	"atoll/monitor/agree"
	"atoll/monitor/replica"
)

// Costs of a message, in any one unit of time.
type Costs struct {
	Send    uint64 // of the sender's time
	Receive uint64 // of the receiver's
	Latency uint64 // from sent to there to be received
}

// Result is what one operation cost.
type Result struct {
	Decided  uint64 // time until the coordinator knows the outcome
	Finished uint64 // time until it knows that all have applied it
	Messages int
	// Hops is the longest chain of messages each of which waits for the one before.
	Hops int
	// Serial is how many sends and receives follow one another in the end: the time
	// if each cost 1 and the way nothing.
	Serial uint64
	// Busy is the time of the core that has most to do: with many operations in flight,
	// none of which saves another a message, one ends in every such time.
	Busy uint64
}

// Measure returns what an operation costs, alone in the machine. An error says that
// the tree is none, or that the operation did not end.
func Measure(c Costs, t Tree, twoPhase bool) (Result, error) {
	r, err := measure(c, t, twoPhase)
	if err != nil {
		return r, err
	}
	serial, err := measure(Costs{Send: 1, Receive: 1}, t, twoPhase)
	r.Serial = serial.Finished
	return r, err
}

// packet is a message on its way.
type packet struct {
	from, to int
	there    uint64 // when it can be received
	order    int    // of sending, for those at the same time
	hops     int
	msg      agree.Msg
}

// gather is what an inner core has of the replies of one phase.
type gather struct {
	left int // replies of its own and of its children that are missing
	hops int
	msg  agree.Msg
}

type machine struct {
	costs   Costs
	tree    Tree
	nodes   []*agree.Node
	free    []uint64 // when each core has time again
	busy    []uint64 // how much of its time each core has spent
	hops    []int    // behind what each core does now
	gathers []gather
	queue   []packet
	result  Result
	sent    int
}

func measure(c Costs, t Tree, twoPhase bool) (Result, error) {
	if !t.valid() || len(t) > agree.MaxCores {
		return Result{}, fmt.Errorf("%v is no tree of 1 to %d cores with root 0", t, agree.MaxCores)
	}
	m := &machine{tree: t, nodes: nodes(len(t))}
	name, err := replica.NameOf("service")
	if err == nil {
		_, err = m.nodes[0].BeginTwoPhase(replica.Put, replica.PutData(name, 1))
	}
	if err != nil {
		return Result{}, err
	}
	m.begin(c)
	if !twoPhase { // what was put is deleted
		if _, err := m.nodes[0].BeginOnePhase(replica.Delete, replica.DeleteData(name)); err != nil {
			return Result{}, err
		}
		m.begin(c)
	}
	if m.nodes[0].Pending() != 0 {
		return m.result, fmt.Errorf("an operation of %d cores did not end", len(t))
	}
	return m.result, nil
}

func never(int, uint32) bool { return false }

// nodes are in one view.
func nodes(cores int) []*agree.Node {
	list := make([]*agree.Node, cores)
	for c := range list {
		list[c] = agree.New(agree.Config{Self: c, Cores: cores, Life: 1, Window: 1, State: replica.NewTable(1), Reborn: never})
	}
	for c := range list {
		for other := range list {
			list[c].Up(other, 1)
		}
	}
	for c := len(list) - 1; c >= 0; c-- { // all report to core 0, which tells all
		n := list[c]
		for _, o := range n.Outs() {
			for s := o.To; s != 0; s &= s - 1 {
				list[bits.TrailingZeros64(s)].Step(c, &o.Msg)
			}
		}
		n.Clear()
	}
	for _, n := range list {
		n.Clear()
	}
	return list
}

// begin runs the operation that core 0 has begun to its end.
func (m *machine) begin(c Costs) {
	m.costs, m.result, m.sent = c, Result{}, 0
	m.free, m.busy, m.hops = make([]uint64, len(m.nodes)), make([]uint64, len(m.nodes)), make([]int, len(m.nodes))
	m.gathers = make([]gather, len(m.nodes))
	m.flush(0)
	for len(m.queue) > 0 {
		first := 0
		for i, p := range m.queue {
			if f := m.queue[first]; p.there < f.there || p.there == f.there && p.order < f.order {
				first = i
			}
		}
		p := m.queue[first]
		m.queue = append(m.queue[:first], m.queue[first+1:]...)
		m.receive(&p)
	}
	m.result.Messages, m.result.Busy = m.sent, slices.Max(m.busy)
}

func (m *machine) receive(p *packet) {
	m.free[p.to] = max(m.free[p.to], p.there) + m.costs.Receive
	m.busy[p.to] += m.costs.Receive
	m.hops[p.to] = p.hops
	switch {
	case p.msg.Kind != agree.Reply:
		for _, child := range m.tree.children(p.to) {
			m.send(p.to, child, &p.msg)
		}
		m.nodes[p.to].Step(0, &p.msg)
		m.flush(p.to)
	case p.to == 0:
		m.nodes[0].Gathered(p.msg.Mask, &p.msg)
		m.flush(0)
	default:
		m.gather(p.to, &p.msg)
	}
}

func (m *machine) send(from, to int, msg *agree.Msg) {
	m.free[from] += m.costs.Send
	m.busy[from] += m.costs.Send
	m.sent++
	m.queue = append(m.queue, packet{from, to, m.free[from] + m.costs.Latency, m.sent, m.hops[from] + 1, *msg})
}

// flush sends what a node has to say: the root's to its children, a reply upwards.
func (m *machine) flush(core int) {
	n := m.nodes[core]
	for _, e := range n.Events() {
		switch e.Kind {
		case agree.Decided:
			m.result.Decided = m.free[core]
		case agree.Finished:
			m.result.Finished, m.result.Hops = m.free[core], m.hops[core]
		}
	}
	for _, o := range n.Outs() {
		if o.Msg.Kind == agree.Reply {
			m.gather(core, &o.Msg)
			continue
		}
		for _, child := range m.tree.children(core) {
			m.send(core, child, &o.Msg)
		}
	}
	n.Clear()
}

// gather takes a reply at an inner core, and passes one on when all are there.
func (m *machine) gather(core int, msg *agree.Msg) {
	g := &m.gathers[core]
	if g.left == 0 {
		*g = gather{left: 1 + len(m.tree.children(core)), msg: *msg}
	}
	g.msg.Mask |= msg.Mask
	g.msg.Data[1] |= msg.Data[1]
	g.hops = max(g.hops, m.hops[core])
	if g.left--; g.left == 0 {
		m.hops[core] = g.hops
		m.send(core, m.tree[core], &g.msg)
	}
}
