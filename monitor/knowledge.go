package monitor

import (
	"context"
	"slices"
	"time"

	"atoll/dts"
	"atoll/monitor/message"
	"atoll/monitor/route"
	"atoll/monitor/skb"
)

// The system knowledge base runs on the lowest living member, in a goroutine that lasts
// as long as there are questions, and is made when the first one comes: of itself it is
// asked about devices a second after the machine has come up (handover.go). When its core
// dies the next lowest living one makes another at once, from its own plan, from what
// all have agreed on, and from what the living say of their round trips. A core
// that is no longer the lowest forgets its own.
//
// Who asks looks for the lowest living core by itself. Two cores may disagree about
// that for a moment: then the one that is asked says so, and is asked again.

// maxQuestions bounds those that wait. Beyond it who asks is told so.
const maxQuestions = 16

// knownHead begins an answer of the knowledge base. Misplaced is not 0 where the core
// that was asked does not run it.
type knownHead struct{ Misplaced uint64 }

func (h knownHead) misplaced() bool { return h.Misplaced != 0 }

// treeHead also says which strategy is the one for the cores of a treeQuestion.
type treeHead struct {
	knownHead
	Strategy uint64
}

type treeQuestion struct{ Set uint64 }

// treeLink is a skb.Link without padding.
type treeLink struct{ Parent, Child, Trip uint64 }

var (
	askFacts = message.DeclareStream[message.None, knownHead, uint8](49, "facts")
	askTree  = message.DeclareStream[treeQuestion, treeHead, treeLink](50, "tree")
)

func init() {
	serveStreamLater(askFacts, func(m *Monitor, who client, _ message.None, done func(knownHead, []uint8, error)) {
		var result []byte
		m.knowledge.ask(m, question{who,
			func() error { result = m.knowledge.facts(); return nil },
			func(h knownHead, err error) { done(h, result, err) }})
	})
	serveStreamLater(askTree, func(m *Monitor, who client, q treeQuestion, done func(treeHead, []treeLink, error)) {
		var head treeHead
		var links []treeLink
		m.knowledge.askers |= route.Of(who.core)
		m.knowledge.ask(m, question{who,
			func() (err error) { head.Strategy, links, err = m.knowledge.tree(m, route.Set(q.Set)); return err },
			func(h knownHead, err error) { head.knownHead = h; done(head, links, err) }})
	})
}

// question is what the knowledge base is asked.
type question struct {
	who    client
	answer func() error           // finds the answer, in the goroutine
	done   func(knownHead, error) // gives it, in the event loop
}

// knowledge is this core's part. The event loop owns it but for base and what stands
// behind it, which belong to the goroutine while one runs.
type knowledge struct {
	waiting []question
	running bool
	askers  route.Set // who has asked for a route since the others were told
	changed bool      // round trips have, since they were gathered
	tellAt  uint64    // when to tell them, 0 = there is nothing to

	base     *skb.Base
	lives    []skb.Life // that the base knows
	console  int
	gathered time.Time // when the round trips were
	trips    []skb.Trip
	advice   advice
}

// host is the core that runs the knowledge base: the lowest living member of the view,
// for others may not know what was agreed on; without a view the lowest living core.
func (m *Monitor) host() int {
	lowest := -1
	members := route.Set(m.agreement.members.Load())
	for core := range int(m.plan.NCores) {
		if m.lives.get(core).State != Up {
			continue
		}
		if members.Has(core) {
			return core
		}
		if lowest < 0 {
			lowest = core
		}
	}
	if lowest < 0 {
		return m.self
	}
	return lowest
}

// uninformed reports whether this is a later life that does not know yet what was agreed
// on.
func (m *Monitor) uninformed() bool { return m.incarnation > 1 && m.agreement.members.Load() == 0 }

// ask takes a question.
func (k *knowledge) ask(m *Monitor, q question) {
	switch {
	case m.host() != m.self || m.uninformed():
		q.done(knownHead{Misplaced: 1}, nil)
		if !k.running {
			k.base = nil
		}
	case len(k.waiting) == maxQuestions:
		q.done(knownHead{}, message.Refusal("the knowledge base has too many questions to answer"))
	default:
		q.done = m.sameLife(q.who, q.done)
		k.waiting = append(k.waiting, q)
		k.run(m)
	}
}

// sameLife drops an answer to a core that lives another life by then: it would take
// it for that to a question of its own.
func (m *Monitor) sameLife(who client, done func(knownHead, error)) func(knownHead, error) {
	if who.core == m.self {
		return done
	}
	incarnation := func() uint32 {
		_, life := m.peers[who.core].ch.Peer()
		return life
	}
	asked := incarnation()
	return func(h knownHead, err error) {
		if incarnation() == asked {
			done(h, err)
		}
	}
}

// run lets a goroutine answer what waits.
func (k *knowledge) run(m *Monitor) {
	if k.running || len(k.waiting) == 0 {
		return
	}
	k.running = true
	q := k.waiting[0]
	k.waiting = k.waiting[1:]
	console, holders, changed := m.owner, m.holders(), k.changed
	k.changed = false
	go func() {
		if changed {
			k.gathered = time.Time{}
		}
		err := k.refresh(m, console, holders)
		if err == nil {
			err = q.answer()
		}
		if err != nil {
			err = message.Refusal(err.Error())
		}
		m.do(func() {
			k.running = false
			q.done(knownHead{}, err)
			k.run(m)
		})
	}()
}

// cancel drops the questions of clients that have not had their turn. One that has
// ends by its bound.
func (k *knowledge) cancel(match func(client) bool, err error) {
	var rest []question
	for _, q := range k.waiting {
		if match(q.who) {
			q.done(knownHead{}, err)
		} else {
			rest = append(rest, q)
		}
	}
	k.waiting = rest
}

// inherit makes the knowledge base anew when the core that had it has died.
func (k *knowledge) inherit(m *Monitor, dead int) {
	if dead > m.self || m.host() != m.self {
		return
	}
	began := m.hart.Now()
	k.query(m, func(*skb.Base) error { return nil }, func(err error) {
		if err == nil {
			m.lines.printf("@%d skb time=%dns\n", m.self, m.hart.Duration(m.hart.Now()-began))
		}
	})
}

// query has the knowledge base of this core, which is made if there is none, asked by
// this core itself: f runs in the goroutine, done in the event loop.
func (k *knowledge) query(m *Monitor, f func(*skb.Base) error, done func(error)) {
	k.waiting = append(k.waiting, question{client{core: m.self}, func() error { return f(k.base) }, func(_ knownHead, err error) { done(err) }})
	k.run(m)
}

// solve solves a goal.
func (k *knowledge) solve(text string, most int) ([]byte, error) {
	r, err := k.base.Query(text, most)
	if err != nil {
		return nil, err
	}
	return r.AppendTo(nil), nil
}

// facts counts the facts of each predicate.
func (k *knowledge) facts() []byte {
	r := skb.Result{Vars: skb.CountVars}
	for _, c := range k.base.Counts() {
		r.Rows = append(r.Rows, c.Cells())
	}
	return r.AppendTo(nil)
}

// tree finds the strategy for a set of cores, and the links of their tree.
func (k *knowledge) tree(m *Monitor, set route.Set) (strategy uint64, list []treeLink, err error) {
	cores := slices.Collect(set.All())
	links, err := k.base.Tree(cores)
	if err != nil {
		return 0, nil, err
	}
	word, err := k.base.Strategy(cores)
	for _, l := range links {
		list = append(list, treeLink{uint64(l.Parent), uint64(l.Child), l.Trip})
	}
	if err != nil {
		return 0, nil, err
	}
	s, _ := route.ParseStrategy(word)
	a := k.advise(m, advice{set: set, strategy: s, links: list})
	return uint64(a.strategy), a.links, nil
}

// Bounds of gathering round trips: how old they may be, and how long a core has to
// tell its own.
const (
	tripsAge  = time.Second
	tripsTime = 300 * time.Millisecond
)

// refresh makes the base if there is none, and tells it what has changed.
func (k *knowledge) refresh(m *Monitor, console int, holders []skb.Life) error {
	if k.base == nil {
		base, err := skb.New()
		if err != nil {
			return err
		}
		base.SetPlan(m.plan)
		if blob, err := m.hart.DeviceTree(); err == nil && blob != nil {
			if tree, err := dts.Parse(blob); err == nil {
				base.SetTree(tree, m.plan)
			}
		}
		k.base, k.lives, k.gathered = base, nil, time.Time{}
	}
	var lives []skb.Life
	for core, l := range m.Lives() {
		if l.State == Up {
			lives = append(lives, skb.Life{Core: core, Incarnation: l.Incarnation})
		}
	}
	k.base.SetHolders(holders)
	if changed := !slices.Equal(lives, k.lives); changed || console != k.console {
		k.base.SetLives(lives, console)
		k.lives, k.console = lives, console
		if changed {
			k.gathered = time.Time{}
		}
	}
	if time.Since(k.gathered) > tripsAge {
		var costs []skb.Cost
		k.trips, costs = m.gather(lives)
		k.base.SetTrips(k.trips)
		k.base.SetCosts(costs)
		k.gathered = time.Now()
	}
	return nil
}

// gather asks the living for their round trips, and for what messages cost them. Who does
// not answer is left out.
func (m *Monitor) gather(lives []skb.Life) (list []skb.Trip, costs []skb.Cost) {
	for _, from := range lives {
		cost, trips, err := askStream(context.Background(), m, from.Core, askTrips, tripsTime, message.None{})
		if err == nil {
			costs = append(costs, skb.Cost{Core: from.Core, Send: cost.Send, Receive: cost.Receive, Fetch: cost.Fetch})
		}
		for _, t := range trips {
			if t.Core >= uint64(m.plan.NCores) {
				break
			}
			to := skb.Life{Core: int(t.Core), Incarnation: uint32(t.Incarnation)}
			if t.Least > 0 && slices.Contains(lives, to) {
				list = append(list, skb.Trip{From: from.Core, To: to.Core, Least: uint64(t.Least)})
			}
		}
	}
	return list, costs
}
