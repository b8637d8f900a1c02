package monitor

import (
	"math/bits"

	"atoll/monitor/agree"
	"atoll/monitor/route"
)

// Operations go to all by the route where that is a tree, and the replies are gathered on
// their way back, or where it is broadcast.

// byTree reports whether operations go by such a route now. To ask the knowledge base for one
// costs it more than a few operations save, so that it is asked after routeAfter of them.
func (m *Monitor) byTree() bool {
	r := &m.routing
	if r.choice != routeAuto || m.agreement.begun > routeAfter {
		m.refreshRoute()
	}
	if r.stale {
		return false
	}
	return r.node.Route().Strategy() != route.Unicast
}

// multicastAgreement sends a message to all by the route. It reports false if as many
// multicasts as there can be are on their way.
func (m *Monitor) multicastAgreement(to route.Set, msg *agree.Msg) bool {
	sent := *msg
	w := operationTold.Encode(&sent)
	a := &m.agreement
	decision := 0
	if sent.Kind == agree.Decide {
		decision = 1
	}
	a.decisions += decision
	err := m.multicast(to, multicastAgree, w[:], func(replied, yes route.Set) {
		a.decisions -= decision
		a.changed = true
		m.gathered(to, &sent, replied, yes)
	})
	if err != nil {
		a.decisions -= decision
	}
	return err == nil
}

// gathered gives the replies to a multicast to the Node, and has it tell those who are
// missing once more: a core that has died may have taken their replies with it.
func (m *Monitor) gathered(to route.Set, msg *agree.Msg, replied, yes route.Set) {
	reply := agree.Msg{
		Kind: agree.Reply, Coord: msg.Coord, Flag: agree.Applied, View: msg.View, Seq: msg.Seq, Count: msg.Count,
		Mask: uint64(replied), Data: [agree.Words]uint64{operationsOf(msg), uint64(yes)},
	}
	if msg.Kind == agree.Prepare {
		reply.Flag = agree.Voted
	}
	if replied != 0 {
		m.agreement.node.Gathered(uint64(replied), &reply)
	}
	if missing := to &^ replied; missing != 0 {
		m.agreement.node.Repeat(uint64(missing))
	}
}

// operationsOf are the operations that a message is about, as bits from its number on.
func operationsOf(msg *agree.Msg) uint64 {
	if msg.Kind == agree.Decide {
		return msg.Mask | msg.Data[0]
	}
	return 1
}

// agreeAsked takes a message that another core has sent to all by a tree. A reply that
// is about just what was asked is gathered; any other, and none, is none of the tree's.
func (m *Monitor) agreeAsked(a route.Ask) {
	node := m.agreement.node
	root := int(a.Root)
	msg := operationTold.Decode((*[route.Words]uint64)(&a.W))
	if a.Len != route.Words || msg.Kind > agree.Decide {
		m.routing.node.Pass(root, a.Number)
		return
	}
	m.agreement.flush(m) // what stands before it is not for the tree
	node.Step(root, &msg)
	if outs := node.Outs(); len(outs) == 1 && answers(&outs[0], &msg) {
		yes := outs[0].Msg.Data[1] != 0
		node.Clear()
		m.routing.node.Answer(root, a.Number, yes)
		return
	}
	m.routing.node.Pass(root, a.Number)
}

// answers reports whether a message is the reply to all that another one is about.
func answers(o *agree.Out, msg *agree.Msg) bool {
	r, asked := &o.Msg, operationsOf(msg)
	first := bits.TrailingZeros64(asked)
	return r.Kind == agree.Reply && o.To == 1<<msg.Coord && r.View == msg.View && r.Seq == msg.Seq+uint32(first) &&
		r.Data[0] == asked>>first && (r.Flag == agree.Voted) == (msg.Kind == agree.Prepare)
}
