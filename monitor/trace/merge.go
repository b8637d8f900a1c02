package trace

import (
	"cmp"
	"slices"

	"atoll/arch/layout"
)

// Event is a record with the core that recorded it.
type Event struct {
	Core int
	Record
}

// messageID names a message: its control word names it between two cores and in one
// direction.
type messageID struct {
	from, to int
	control  uint64
}

// message returns which message the event sends or receives; ok is false if it does
// neither.
func (e *Event) message() (m messageID, ok bool) {
	switch e.Kind() {
	case layout.TraceSend:
		return messageID{e.Core, int(e.Arg()), e.A}, true
	case layout.TraceReceive:
		return messageID{int(e.Arg()), e.Core, e.A}, true
	}
	return messageID{}, false
}

// Merge puts the events of several cores into one order: that of time. Where times
// are equal, which the coarse clock makes frequent, each core's own order holds,
// and a message is sent before it is received.
func Merge(rings []Ring) []Event {
	var m merger
	for i := range rings {
		m.add(&rings[i])
	}
	var all []Event
	for {
		l := m.next()
		if l == nil {
			return all
		}
		e := l.events[0]
		l.events = l.events[1:]
		if msg, ok := e.message(); ok && e.Kind() == layout.TraceSend {
			delete(m.unsent, msg)
		}
		all = append(all, e)
	}
}

// merger takes the events off the lists of the cores.
type merger struct {
	lists  []*list
	unsent map[messageID]bool // sends that are still in a list
}

// list is what is left of one core's events.
type list struct{ events []Event }

// add brings the events of a ring into the order of time. A send is recorded with
// the time before the peer can see it, and perhaps behind an interrupt that came
// later.
func (m *merger) add(r *Ring) {
	l := &list{}
	for _, rec := range r.Records {
		e := Event{r.Core, rec}
		if msg, ok := e.message(); ok && e.Kind() == layout.TraceSend {
			if m.unsent == nil {
				m.unsent = map[messageID]bool{}
			}
			m.unsent[msg] = true
		}
		l.events = append(l.events, e)
	}
	slices.SortStableFunc(l.events, func(a, b Event) int { return cmp.Compare(a.Time, b.Time) })
	m.lists = append(m.lists, l)
}

// next returns the list with the event that comes next, nil if all are empty.
func (m *merger) next() *list {
	var best *list
	early := false
	for _, l := range m.lists {
		if len(l.events) == 0 {
			continue
		}
		e := &l.events[0]
		msg, ok := e.message()
		wait := ok && e.Kind() == layout.TraceReceive && m.unsent[msg]
		switch {
		case best == nil, e.Time < best.events[0].Time,
			e.Time == best.events[0].Time && early && !wait:
			best, early = l, wait
		}
	}
	return best
}

// Flow is a message, by the places of its two events in a list of events.
type Flow struct{ Send, Receive int }

// Match finds the receive of every send whose message has both among the events, in
// the order of the sends. A name that was used before, by messages of long ago,
// means the latest send before the receive.
func Match(events []Event) []Flow {
	sent := map[messageID]int{}
	var flows []Flow
	for i := range events {
		msg, ok := events[i].message()
		if !ok {
			continue
		}
		if events[i].Kind() == layout.TraceSend {
			sent[msg] = i
		} else if from, ok := sent[msg]; ok {
			delete(sent, msg)
			flows = append(flows, Flow{from, i})
		}
	}
	slices.SortFunc(flows, func(a, b Flow) int { return cmp.Compare(a.Send, b.Send) })
	return flows
}
