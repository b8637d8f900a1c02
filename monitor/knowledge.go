package monitor

import (
	"slices"
	"time"

	"atoll/boot/plan"
	"atoll/dts"
	"atoll/monitor/skb"
)

// The system knowledge base runs on the lowest living core, in a goroutine that lasts
// as long as there are questions, and is made when the first one comes. When its core
// dies the next lowest living one makes another at once, from its own plan, from what
// it knows of the lives, and from what the living say of their round trips. A core
// that is no longer the lowest forgets its own.
//
// Who asks looks for the lowest living core by itself. Two cores may disagree about
// that for a moment: then the one that is asked says so, and is asked again.

// maxQuestions bounds those that wait. Beyond it who asks is told so.
const maxQuestions = 16

// Kinds of answers: the first word.
const (
	answered  uint64 = iota
	misplaced        // this core does not run the knowledge base
	refused          // a sentence says why
)

// question is what the knowledge base is asked. op says what args are.
type question struct {
	op   Op
	who  client
	args [2]uint64
	done func([]uint64, error)
}

// knowledge is this core's part. The event loop owns it but for base and what stands
// behind it, which belong to the goroutine while one runs.
type knowledge struct {
	waiting []question
	running bool
	asking  map[uint64]string // texts of goals that this core has asked others to solve
	token   uint64

	base     *skb.Base
	lives    []skb.Life // that the base knows
	console  int
	gathered time.Time // when the round trips were
}

// host is the core that runs the knowledge base.
func (m *Monitor) host() int {
	for core := range int(m.plan.NCores) {
		if m.lives.get(core).State == Up {
			return core
		}
	}
	return m.self
}

// ask takes a question.
func (k *knowledge) ask(m *Monitor, q question) {
	switch {
	case m.host() != m.self:
		q.done([]uint64{misplaced}, nil)
		if !k.running {
			k.base = nil
		}
	case len(k.waiting) == maxQuestions:
		q.done(refusal("the knowledge base has too many questions to answer"), nil)
	default:
		q.done = m.sameLife(q.who, q.done)
		k.waiting = append(k.waiting, q)
		k.run(m)
	}
}

// sameLife drops an answer to a core that lives another life by then: it would take
// it for that to a question of its own.
func (m *Monitor) sameLife(who client, done func([]uint64, error)) func([]uint64, error) {
	if who.core == m.self {
		return done
	}
	incarnation := func() uint32 {
		_, life := m.peers[who.core].ch.Peer()
		return life
	}
	asked := incarnation()
	return func(words []uint64, err error) {
		if incarnation() == asked {
			done(words, err)
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
	console := m.owner
	go func() {
		words := k.answer(m, q, console)
		m.do(func() {
			k.running = false
			q.done(words, nil)
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
			q.done(nil, err)
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
	k.waiting = append(k.waiting, question{op: opFacts, who: client{core: m.self}, done: func(words []uint64, _ error) {
		if len(words) > 0 && words[0] == answered {
			m.lines.printf("@%d skb time=%dns\n", m.self, m.hart.Duration(m.hart.Now()-began))
		}
	}})
	k.run(m)
}

// text returns a goal that this core has asked another to solve.
func (k *knowledge) text(token uint64) ([]uint64, error) {
	text := k.asking[token]
	return bytesWords([]byte(text)), nil
}

// answer is what the goroutine does with one question.
func (k *knowledge) answer(m *Monitor, q question, console int) []uint64 {
	if err := k.refresh(m, console); err != nil {
		return refusal(err.Error())
	}
	switch q.op {
	case opGoal:
		text, err := m.fetchGoal(q.who.core, q.args[0])
		if err != nil {
			return refusal(err.Error())
		}
		r, err := k.base.Query(text, int(min(q.args[1], skb.MaxRows)))
		if err != nil {
			return refusal(err.Error())
		}
		return append([]uint64{answered}, bytesWords(r.AppendTo(nil))...)
	case opTree:
		return k.tree(q.args[0])
	}
	var r skb.Result
	for _, c := range k.base.Counts() {
		r.Rows = append(r.Rows, c.Cells())
	}
	r.Vars = skb.CountVars
	return append([]uint64{answered}, bytesWords(r.AppendTo(nil))...)
}

// fetchGoal fetches the text of a goal from who asks.
func (m *Monitor) fetchGoal(core int, token uint64) (string, error) {
	words, err := m.Call(core, opGoalText, askTime, token)
	if err != nil {
		return "", err
	}
	b, err := wordsBytes(words)
	return string(b), err
}

// tree answers with the strategy for a set of cores, and the links of their tree.
func (k *knowledge) tree(set uint64) []uint64 {
	var cores []int
	for core := range plan.MaxCores {
		if set>>core&1 != 0 {
			cores = append(cores, core)
		}
	}
	links, err := k.base.Tree(cores)
	if err != nil {
		return refusal(err.Error())
	}
	strategy, err := k.base.Strategy(len(cores))
	if err != nil {
		return refusal(err.Error())
	}
	words := []uint64{answered, uint64(strategy)}
	for _, l := range links {
		words = append(words, uint64(l.Parent)|uint64(l.Child)<<8|min(l.Trip, 1<<40)<<16)
	}
	return words
}

// Bounds of gathering round trips: how old they may be, and how long a core has to
// tell its own.
const (
	tripsAge  = time.Second
	tripsTime = 300 * time.Millisecond
)

// refresh makes the base if there is none, and tells it what has changed.
func (k *knowledge) refresh(m *Monitor, console int) error {
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
	if changed := !slices.Equal(lives, k.lives); changed || console != k.console {
		if err := k.base.SetLives(lives, console); err != nil {
			return err
		}
		k.lives, k.console = lives, console
		if changed {
			k.gathered = time.Time{}
		}
	}
	if time.Since(k.gathered) > tripsAge {
		k.base.SetTrips(m.gather(lives))
		k.gathered = time.Now()
	}
	return nil
}

// gather asks the living for their round trips. Who does not answer is left out.
func (m *Monitor) gather(lives []skb.Life) []skb.Trip {
	var list []skb.Trip
	for _, from := range lives {
		words, err := m.Call(from.Core, opTrips, tripsTime)
		for err == nil && len(words) > 0 {
			var t Trip
			if words, err = decode(words, &t); err != nil || t.Core >= uint64(m.plan.NCores) {
				break
			}
			to := skb.Life{Core: int(t.Core), Incarnation: uint32(t.Incarnation)}
			if t.Least > 0 && slices.Contains(lives, to) {
				list = append(list, skb.Trip{From: from.Core, To: to.Core, Least: uint64(t.Least)})
			}
		}
	}
	return list
}

func refusal(why string) []uint64 {
	return append([]uint64{refused}, bytesWords([]byte(why))...)
}
