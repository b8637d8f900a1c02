package monitor

import (
	"errors"
	"time"

	"atoll/boot/plan"
	"atoll/monitor/message"
	"atoll/monitor/route"
)

// Multicasts are carried by package route; here its messages meet the channels, and its
// Node learns of deaths.

// multicastKind says what a multicast is about.
type multicastKind uint8

const (
	multicastNothing multicastKind = iota // everybody says yes
	multicastAgree                        // a message of the agreement
	multicastShoot                        // a shootdown
	numMulticastKinds
)

// multicastHandlers receive the multicasts of other cores. Each calls Answer or Pass of
// m.routing.node, at once or later.
var multicastHandlers = [numMulticastKinds]func(m *Monitor, a route.Ask){
	multicastNothing: func(m *Monitor, a route.Ask) { m.routing.node.Answer(int(a.Root), a.Number, true) },
}

// The messages. An ask with more words than askWords is followed by the rest.
const askWords = 4

type multicastAsk struct {
	Number          uint64
	To              route.Set
	Root, Kind, Len uint8
	None            [5]uint8 // 0
	W               [askWords]uint64
}

type multicastRest struct {
	Number uint64
	W      [route.Words - askWords]uint64
}

type multicastReply struct {
	Number       uint64
	Replied, Yes route.Set
	Root         uint64
}

var (
	askedThere  = message.Declare[multicastAsk](26, "multicast")
	askedMore   = message.Declare[multicastRest](27, "multicast-rest")
	repliedBack = message.Declare[multicastReply](28, "multicast-reply")
)

func init() {
	handle(askedThere, (*Monitor).multicastAsked)
	handle(askedMore, (*Monitor).multicastMore)
	handle(repliedBack, func(m *Monitor, p *peer, r multicastReply) {
		m.routing.node.Replied(p.core, route.Reply{Number: r.Number, Root: uint8(min(r.Root, plan.MaxCores)), Replied: r.Replied, Yes: r.Yes})
	})
}

// multicastTime bounds a multicast: every wait in it ends with a death, but a peer that
// lives and does not do its part would be waited for.
const multicastTime = 10 * time.Second

var (
	errManyMulticasts = errors.New("too many multicasts are on their way")
	errNoEnd          = errors.New("a multicast does not end")
)

// pendingMulticast is one that this core has begun.
type pendingMulticast struct {
	number uint64
	until  uint64 // when it ends at the latest (ticks)
	done   func(replied, yes route.Set)
}

// multicast sends words to the living cores of a set, but this one, and calls done once
// with those who replied and those who said yes, perhaps at once. Whoever lived all the
// time is among those who replied, unless multicastTime was over. It fails when
// route.Window of them are on their way.
func (m *Monitor) multicast(to route.Set, kind multicastKind, words []uint64, done func(replied, yes route.Set)) error {
	r := &m.routing
	m.refreshRoute()
	a := route.Ask{Kind: uint8(kind), Len: uint8(min(len(words), route.Words))}
	copy(a.W[:], words)
	next := r.node.Next()
	p := &r.pending[next%route.Window]
	if p.done != nil {
		return errManyMulticasts
	}
	*p = pendingMulticast{next, m.hart.Now() + m.hart.Ticks(multicastTime), done}
	r.underway++
	r.node.Multicast(to, &a)
	return nil
}

// multicastDone ends a multicast of this core.
func (m *Monitor) multicastDone(number uint64, replied, yes route.Set) {
	p := &m.routing.pending[number%route.Window]
	done := p.done
	*p = pendingMulticast{}
	m.routing.underway--
	done(replied, yes)
}

// multicastAsked takes an ask, or the first part of one.
func (m *Monitor) multicastAsked(p *peer, w multicastAsk) {
	r := &m.routing
	a := route.Ask{Number: w.Number, To: w.To, Root: w.Root, Kind: w.Kind, Len: w.Len}
	copy(a.W[:], w.W[:])
	r.halves &^= route.Of(p.core)
	switch {
	case multicastKind(w.Kind) >= numMulticastKinds:
		m.drop(askedThere.Number())
	case w.Len > askWords:
		r.half[p.core] = a
		r.halves |= route.Of(p.core)
	default:
		m.refreshRoute()
		r.node.Asked(p.core, &a)
	}
}

// multicastMore takes the rest of an ask.
func (m *Monitor) multicastMore(p *peer, w multicastRest) {
	r := &m.routing
	a := &r.half[p.core]
	if !r.halves.Has(p.core) || a.Number != w.Number {
		m.drop(askedMore.Number())
		return
	}
	r.halves &^= route.Of(p.core)
	copy(a.W[askWords:], w.W[:])
	m.refreshRoute()
	r.node.Asked(p.core, a)
}

// routePort is what the Node acts through.
type routePort struct{ m *Monitor }

// Ask sends to a core that is up: what waits for others would wait for ever.
func (r routePort) Ask(core int, a route.Ask) bool {
	m := r.m
	if m.lives.get(core).State != Up {
		return false
	}
	p, err := m.reach(core)
	if err != nil {
		return false
	}
	w := multicastAsk{Number: a.Number, To: a.To, Root: a.Root, Kind: a.Kind, Len: a.Len}
	copy(w.W[:], a.W[:])
	if send(m, p, askedThere, w) != nil {
		return false
	}
	if a.Len <= askWords {
		return true
	}
	rest := multicastRest{Number: a.Number}
	copy(rest.W[:], a.W[askWords:])
	return send(m, p, askedMore, rest) == nil
}

func (r routePort) Reply(core int, a route.Reply) bool {
	p := r.m.peers[core]
	return p != nil && send(r.m, p, repliedBack, multicastReply{Number: a.Number, Replied: a.Replied, Yes: a.Yes, Root: uint64(a.Root)}) == nil
}

func (r routePort) Tell(to route.Set, a route.Ask) route.Set { return r.m.tellByLine(to, &a) }

func (r routePort) Deliver(a route.Ask) { multicastHandlers[a.Kind](r.m, a) }

func (r routePort) Done(number uint64, _ uint8, replied, yes route.Set) {
	r.m.multicastDone(number, replied, yes)
}
