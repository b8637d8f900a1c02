package monitor

import (
	"math/bits"
	"slices"

	"atoll/boot/plan"
	"atoll/monitor/agree"
	"atoll/monitor/message"
	"atoll/monitor/route"
)

// A trial is an agreement among some of the cores, on nothing, that is made to measure
// it: real Nodes, a view of their own, the channels and event loops of the monitors, and
// whatever route is to be measured. The machine's own agreement (agreement.go) goes on
// beside it. Within a trial a core has a rank: the coordinator is 0, the others follow
// in their order.

// trial is this core's part. It belongs to the event loop.
type trial struct {
	number   uint32 // of the trial; the life that all Nodes give themselves
	cores    []int  // by rank
	rank     int
	node     *agree.Node
	parent   *peer // who passes the coordinator's messages on to this core; nil = this is it
	children []*peer
	below    []uint64 // ranks that each child answers for, at the coordinator

	gathers [2][]gathering // of votes, and of what was applied, by slot
	replies []agree.Msg    // gathered, to be sent
	events  []agree.Event  // that are being acted on, which may bring others
	sent    uint64         // messages of operations
	run     *trialRun
}

// gathering is what a core has of the replies on one operation.
type gathering struct {
	seq       uint32
	left      int
	mask, yes uint64
}

// maxTrialChildren is how many cores a member can pass messages on to: a part has no
// more room. The coordinator has no such bound.
const maxTrialChildren = 32

// trialPart tells a core of a trial, and its part in it.
type trialPart struct {
	Members  route.Set
	Number   uint32
	Window   uint16
	Parent   uint16
	Children [maxTrialChildren]uint8 // in order: a core's number and 1, 0 = no more
}

// trialWord is what a member says of a trial to its coordinator.
type trialWord struct {
	Number, Refused uint32
	Sent            uint64 // messages of operations
}

var (
	trialBegun = message.Declare[trialPart](75, "trial")
	trialTold  = message.Declare[agree.Msg](76, "trial-operation")
	trialEnded = message.Declare[uint64](77, "trial-end") // its number
	trialLeft  = message.Declare[trialWord](78, "trial-left")
)

func init() {
	handle(trialBegun, (*Monitor).joinTrial)
	handleIn(trialTold, (*Monitor).tellTrial)
	handle(trialEnded, (*Monitor).leaveTrial)
	handle(trialLeft, (*Monitor).trialIsLeft)
}

// newTrial makes this core's part in a trial of some cores.
func (m *Monitor) newTrial(number uint32, root int, members route.Set, window int) *trial {
	t := &trial{number: number, cores: []int{root}}
	for core := range (members &^ route.Of(root)).All() {
		t.cores = append(t.cores, core)
	}
	t.rank = t.rankOf(m.self)
	t.node = agree.New(agree.Config{
		Self: t.rank, Cores: len(t.cores), Life: number, Window: window, Batch: true, State: onNothing{},
		Reborn: func(int, uint32) bool { return false }, // who dies ends the trial
	})
	for i := range t.gathers {
		t.gathers[i] = make([]gathering, window)
	}
	return t
}

// begin lets the Node know of the others, which makes it look for the first view.
func (t *trial) begin() {
	for rank := range t.cores {
		t.node.Up(rank, t.number)
	}
}

// rankOf returns a core's rank, -1 if it is no member.
func (t *trial) rankOf(core int) int {
	for rank, c := range t.cores {
		if c == core {
			return rank
		}
	}
	return -1
}

// joinTrial takes a core's word that it coordinates a trial, and what this core's part
// is. One that cannot be played is refused.
func (m *Monitor) joinTrial(p *peer, w trialPart) {
	t := m.trialOf(p, &w)
	if t == nil {
		post(m, p, trialLeft, trialWord{Number: w.Number, Refused: 1})
		return
	}
	m.trial = t
	t.begin()
}

// trialOf makes this core's part, nil if it cannot be. Another coordinator's trial goes
// first for as long as that one lives: what it waits for ends with its death.
func (m *Monitor) trialOf(p *peer, w *trialPart) *trial {
	window := int(w.Window)
	switch {
	case !w.Members.Has(m.self) || !w.Members.Has(p.core) || w.Members&^route.First(int(m.plan.NCores)) != 0:
		return nil
	case w.Number == 0 || window < 1 || window > maxInFlight || bits.OnesCount(uint(window)) != 1:
		return nil
	case m.trial != nil && m.trial.cores[0] != p.core:
		return nil
	}
	parent := m.trialPeer(w.Members, uint32(w.Parent))
	if parent == nil {
		return nil
	}
	t := m.newTrial(w.Number, p.core, w.Members, window)
	t.parent = parent
	taken := route.Of(m.self, p.core, t.parent.core)
	for _, child := range w.Children {
		if child == 0 {
			break
		}
		c := m.trialPeer(w.Members&^taken, uint32(child-1))
		if c == nil {
			return nil
		}
		taken |= route.Of(c.core)
		t.children = append(t.children, c)
	}
	return t
}

// trialPeer returns the peer of a core of a set, nil if it is none.
func (m *Monitor) trialPeer(of route.Set, core uint32) *peer {
	if core >= plan.MaxCores || !of.Has(int(core)) || int(core) == m.self {
		return nil
	}
	p, err := m.reach(int(core))
	if err != nil {
		return nil
	}
	return p
}

// tellTrial takes a message of a trial. Those about the view are between the coordinator
// and each other core; those about operations come down the route from the parent, and
// the replies up from the children.
func (m *Monitor) tellTrial(p *peer, msg *agree.Msg) {
	t := m.trial
	switch {
	case t == nil || msg.Kind <= agree.Reply && msg.Count != t.number:
		// Of a trial that is over.
	case msg.Kind > agree.Reply:
		if rank := t.rankOf(p.core); rank >= 0 {
			t.node.Step(rank, msg)
		}
	case msg.Kind == agree.Reply:
		t.gather(p, msg)
	case p != t.parent:
		m.drop(trialTold.Number())
	default:
		for _, child := range t.children {
			t.send(m, child, msg)
		}
		t.node.Step(0, msg)
	}
}

// send sends a message about operations.
func (t *trial) send(m *Monitor, p *peer, msg *agree.Msg) {
	t.sent++
	postIn(m, p, trialTold, msg)
}

// gather takes a reply of a child, or with nil this core's own. The coordinator's Node
// counts the cores itself; any other core passes one reply on for all below it.
func (t *trial) gather(p *peer, msg *agree.Msg) {
	i := slices.Index(t.children, p)
	switch {
	case p != nil && i < 0:
		return // it answers to another
	case t.parent == nil:
		t.node.Gathered(t.below[i], msg)
		return
	}
	list := t.gathers[min(max(msg.Flag, agree.Voted)-agree.Voted, 1)]
	for ops := msg.Data[0]; ops != 0; ops &= ops - 1 {
		seq := msg.Seq + uint32(bits.TrailingZeros64(ops))
		g := &list[int(seq)&(len(list)-1)]
		if g.left == 0 || g.seq != seq {
			*g = gathering{seq: seq, left: 1 + len(t.children)}
		}
		g.mask |= msg.Mask
		g.yes |= msg.Data[1]
		if g.left--; g.left == 0 {
			t.pass(msg, g)
		}
	}
}

// pass has what was gathered on an operation sent, with the last if that is alike.
func (t *trial) pass(msg *agree.Msg, g *gathering) {
	r := *msg
	r.Seq, r.Mask, r.Data = g.seq, g.mask, [agree.Words]uint64{1, g.yes}
	if n := len(t.replies); n > 0 {
		last := &t.replies[n-1]
		if d := r.Seq - last.Seq; d < 64 && last.Flag == r.Flag && last.View == r.View && last.Mask == r.Mask && last.Data[1] == r.Data[1] {
			last.Data[0] |= 1 << d
			return
		}
	}
	t.replies = append(t.replies, r)
}

// turnTrial sends what the Node has to say, acts on what has happened, and reports
// whether there was anything.
func (m *Monitor) turnTrial() bool {
	t := m.trial
	if t == nil {
		return false
	}
	any := false
	for len(t.node.Outs()) > 0 || len(t.node.Events()) > 0 || len(t.replies) > 0 {
		any = true
		outs := t.node.Outs()
		for i := range outs {
			t.out(m, &outs[i]) // which steps no Node: a coordinator's own has no replies
		}
		t.events = t.events[:0]
		if events := t.node.Events(); len(events) > 0 {
			t.events = append(t.events, events...)
		}
		t.node.Clear()
		for i := range t.replies {
			t.send(m, t.parent, &t.replies[i])
		}
		t.replies = t.replies[:0]
		for _, e := range t.events {
			if t.run != nil {
				t.run.happened(m, e.Kind)
			}
		}
	}
	return any
}

// out sends one message of the Node.
func (t *trial) out(m *Monitor, o *agree.Out) {
	switch {
	case o.Msg.Kind == agree.Reply && len(t.children) == 0:
		t.send(m, t.parent, &o.Msg) // there is nothing to gather
	case o.Msg.Kind == agree.Reply:
		t.gather(nil, &o.Msg)
	case o.Msg.Kind < agree.Reply:
		for _, child := range t.children {
			t.send(m, child, &o.Msg)
		}
	default:
		to := o.To
		if t.rank != 0 {
			to &= 1 // the others found no view
		}
		for ; to != 0; to &= to - 1 {
			if p := m.peers[t.cores[bits.TrailingZeros64(to)]]; p != nil {
				postIn(m, p, trialTold, &o.Msg)
			}
		}
	}
}

// leaveTrial takes the coordinator's word that a trial is over.
func (m *Monitor) leaveTrial(p *peer, number uint64) {
	t := m.trial
	w := trialWord{Number: uint32(number)}
	if t != nil && t.cores[0] == p.core {
		if t.number == w.Number {
			w.Sent = t.sent
		}
		m.trial = nil
	}
	post(m, p, trialLeft, w)
}

// trialIsLeft takes a member's word that it has left a trial, or takes no part in it.
func (m *Monitor) trialIsLeft(p *peer, w trialWord) {
	if t := m.trial; t != nil && t.run != nil && t.number == w.Number {
		t.run.left(m, p.core, &w)
	}
}

// partTrial ends what goes on with a core that is dead.
func (m *Monitor) partTrial(core int) {
	t := m.trial
	switch {
	case t == nil || t.rankOf(core) < 0:
	case t.run != nil:
		t.run.dead(m, core)
	case t.cores[0] == core:
		m.trial = nil
	}
}

// onNothing is a state without anything in it: every operation may be done.
type onNothing struct{}

func (onNothing) Check(*agree.Op) bool                   { return true }
func (onNothing) Do(*agree.Op)                           {}
func (onNothing) Prepare(*agree.Op) bool                 { return true }
func (onNothing) Commit(*agree.Op)                       {}
func (onNothing) Abort(*agree.Op)                        {}
func (onNothing) Install(*agree.View)                    {}
func (onNothing) Len() int                               { return 0 }
func (onNothing) Next(int, *[agree.ItemWords]uint64) int { return -1 }
func (onNothing) Reset()                                 {}
func (onNothing) Add(*[agree.ItemWords]uint64) bool      { return false }
