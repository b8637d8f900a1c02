package route

import "slices"

// Costs are those of a message, in any unit: instructions, or nanoseconds.
type Costs struct {
	Send    uint64 // of the sender's time
	Receive uint64 // of the receiver's
	Fetch   uint64 // of a line that another core has written: what Broadcast polls
	// Latency is the time from a send until the message can be received; nil = none.
	Latency func(from, to int) uint64
}

// Outcome is what one multicast of a raw protocol takes: everybody replies at once, and
// every core does one thing after the other.
type Outcome struct {
	Time     uint64 // until the root has received the last reply
	Hops     int    // messages in the longest chain in which each waits for the one before
	Messages int    // sent by all cores, both ways
}

// Cost says what a multicast of root to the other members takes. Of broadcast it is
// taken that the line is fetched by one core after the other, since whoever has
// it can serve one request at a time; the reads are no messages.
func (r *Route) Cost(root int, c Costs) Outcome {
	if c.Latency == nil {
		c.Latency = func(int, int) uint64 { return 0 }
	}
	m := model{r, c, Outcome{}}
	to := r.members &^ Of(root)
	if r.strategy == Broadcast {
		m.broadcast(root, to)
	} else {
		m.out.Time = m.run(root, to, 0, 1)
	}
	return m.out
}

// model is a simulation of one multicast.
type model struct {
	*Route
	Costs
	out Outcome
}

// run has a core that is free at a time see to a set, and returns when it has gathered
// the replies. Its messages are the depth-th in their chain.
func (m *model) run(core int, to Set, at uint64, depth int) uint64 {
	var replies []uint64 // when they can be received
	for f := m.Fan(core, to); ; {
		child, set, ok := f.Next()
		if !ok {
			break
		}
		m.out.Messages += 2
		m.out.Hops = max(m.out.Hops, 2*depth)
		at += m.Send
		done := m.run(child, set&^Of(child), at+m.Latency(core, child)+m.Receive, depth+1)
		replies = append(replies, done+m.Send+m.Latency(child, core))
	}
	return m.gather(at, replies)
}

// gather receives replies in the order in which they come.
func (m *model) gather(at uint64, replies []uint64) uint64 {
	slices.Sort(replies)
	for _, t := range replies {
		at = max(at, t) + m.Receive
	}
	return at
}

// broadcast writes a line that everybody fetches, and gathers replies.
func (m *model) broadcast(root int, to Set) {
	var replies []uint64
	line := m.Send
	for core := range to.All() {
		line += m.Fetch
		replies = append(replies, line+m.Latency(root, core)+m.Send+m.Latency(core, root))
	}
	m.out.Messages = len(replies)
	if len(replies) > 0 {
		m.out.Hops = 2
	}
	m.out.Time = m.gather(m.Send, replies)
}
