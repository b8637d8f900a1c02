package trace

import (
	"errors"
	"fmt"

	"atoll/arch/layout"
	"atoll/monitor/message"
)

// Story is one message's way from one core to another, and that of its answer, if it
// has one: all that the two cores did meanwhile.
type Story struct {
	From, To int
	Type     uint16  // of the message
	Events   []Event // of both cores, merged; the first is the send
	Flows    []Flow  // of messages between the two
	Answer   int     // index of the receive of the answer, -1 if there is none
	Timebase uint64
}

// Tell finds the first message of a type that a core sent and another received, and tells
// its story.
func Tell(events []Event, timebase uint64, typ string, from int) (Story, error) {
	flows := Match(events)
	for i, f := range flows {
		first := &events[f.Send]
		if message.Name(uint16(first.A)) != typ || first.Core != from {
			continue
		}
		s := Story{From: first.Core, To: int(first.Arg()), Type: uint16(first.A), Answer: -1, Timebase: timebase}
		end := f.Receive
		if back := answer(events, flows[i+1:], f); back >= 0 {
			end = back
			s.Answer = back
		}
		s.cut(events[f.Send:end+1], f.Send)
		return s, nil
	}
	return Story{}, fmt.Errorf("no message of type %s that core %d sent was received", typ, from)
}

// answer returns the event in which the answer to a message is received: the first
// message the other way that carries the same identity. -1 if there is none.
func answer(events []Event, later []Flow, f Flow) int {
	m := &events[f.Send]
	for _, g := range later {
		e := &events[g.Send]
		if g.Send > f.Receive && e.Core == int(m.Arg()) && int(e.Arg()) == m.Core && uint32(e.B) == uint32(m.B) {
			return g.Receive
		}
	}
	return -1
}

// cut takes what concerns the two cores out of the events, of which the first had
// the index at.
func (s *Story) cut(events []Event, at int) {
	for i, e := range events {
		if e.Core != s.From && e.Core != s.To {
			continue
		}
		if at+i == s.Answer {
			s.Answer = len(s.Events)
		}
		s.Events = append(s.Events, e)
	}
	s.Flows = Match(s.Events)
}

// errNoStory says that there is nothing to draw.
var errNoStory = errors.New("the story has no events")

// bells returns for each doorbell that was rung and taken by one of the two cores
// the places of both events.
func (s *Story) bells() []Flow {
	var bells []Flow
	rung := map[int]int{} // by the core whose it is
	for i := range s.Events {
		switch e := &s.Events[i]; e.Kind() {
		case layout.TraceDoorbellSent:
			if _, waits := rung[int(e.Arg())]; !waits {
				rung[int(e.Arg())] = i
			}
		case layout.TraceDoorbellTaken:
			if from, ok := rung[e.Core]; ok {
				bells = append(bells, Flow{from, i})
				delete(rung, e.Core)
			}
		}
	}
	return bells
}
