package trace

import (
	"cmp"
	"math/bits"
	"slices"

	"atoll/arch/layout"
	"atoll/monitor/message"
)

// Step is a part of what a shootdown takes, from the call of the CPU driver that has hosts drop pages until
// that goes on. They follow each other without a gap, by way of the host that was the last to reply.
type Step int

// Steps.
const (
	StepLeave  Step = iota // from the CPU driver to its event loop, until the first message is sent
	StepSend               // until the last host's is
	StepOut                // until that host has it: doorbell, wake, receive
	StepTurn               // from its event loop to its CPU driver
	StepDrop               // it drops the pages and translations
	StepReply              // to its event loop, until the reply is sent
	StepBack               // until home has the reply
	StepReturn             // until the CPU driver goes on there
	NumSteps
)

var stepNames = [NumSteps]string{"leave", "send", "out", "turn", "drop", "reply", "back", "return"}

// String names the step in one word.
func (s Step) String() string {
	if s >= 0 && s < NumSteps {
		return stepNames[s]
	}
	return "unknown"
}

// Shootdown is one of which the trace has all.
type Shootdown struct {
	Home, Hosts int              // a core, and how many others have dropped the pages
	Steps       [NumSteps]uint64 // ticks
}

// Whole is what all steps take, in ticks.
func (s *Shootdown) Whole() (ticks uint64) {
	for _, t := range s.Steps {
		ticks += t
	}
	return ticks
}

// Shootdowns returns those of merged events of which all was recorded, and whose home has told all hosts itself.
func Shootdowns(events []Event) (list []Shootdown) {
	w := walk{events, map[int]int{}}
	for _, f := range Match(events) {
		w.flow[f.Send], w.flow[f.Receive] = f.Receive, f.Send
	}
	for i := range events {
		if events[i].Kind() == layout.TraceShoot {
			if s, ok := w.shootdown(i); ok {
				list = append(list, s)
			}
		}
	}
	return list
}

// WithHosts returns those of a list that have so many hosts.
func WithHosts(list []Shootdown, hosts int) []Shootdown {
	return slices.DeleteFunc(slices.Clone(list), func(s Shootdown) bool { return s.Hosts != hosts })
}

// MiddleHalf returns those of a list, by what they took, that are neither in its first quarter nor in its last. There
// is one at least if the list is not empty.
func MiddleHalf(list []Shootdown) []Shootdown {
	sorted := slices.SortedFunc(slices.Values(list), func(a, b Shootdown) int { return cmp.Compare(a.Whole(), b.Whole()) })
	return sorted[len(list)/4 : len(list)-len(list)/4]
}

// walk goes along what follows each other. Events are named by their places.
type walk struct {
	events []Event
	flow   map[int]int // other end of a message
}

// visit is one of a host's: when it was sent what it is to drop, has that, begins, ends, replies, and when the reply
// has come.
type visit struct{ sent, came, drop, dropped, replied, back int }

// shootdown returns the one that begins at a place.
func (w *walk) shootdown(begin int) (Shootdown, bool) {
	shoot := &w.events[begin]
	end := w.find(begin, func(e *Event) bool {
		return e.Kind() == layout.TraceShot && e.Core == shoot.Core && e.A == shoot.A
	})
	if end < 0 {
		return Shootdown{}, false
	}
	var visits []visit
	for i := begin; i < end; i++ {
		if e := &w.events[i]; e.Kind() == layout.TraceDrop && int(e.Arg()) == shoot.Core && e.A == shoot.A {
			v, ok := w.visit(i, shoot.Core)
			if !ok || v.sent < begin || v.back > end {
				return Shootdown{}, false
			}
			visits = append(visits, v)
		}
	}
	if len(visits) == 0 || len(visits) != bits.OnesCount64(shoot.B) {
		return Shootdown{}, false
	}
	first := slices.MinFunc(visits, func(a, b visit) int { return cmp.Compare(a.sent, b.sent) }).sent
	v := slices.MaxFunc(visits, func(a, b visit) int { return cmp.Compare(a.back, b.back) })
	s := Shootdown{Home: shoot.Core, Hosts: len(visits)}
	last := shoot.Time
	for step, place := range [NumSteps]int{first, v.sent, v.came, v.drop, v.dropped, v.replied, v.back, end} {
		s.Steps[step] = w.events[place].Time - last
		last = w.events[place].Time
	}
	return s, true
}

// visit returns that of the host that begins to drop at a place, for home.
func (w *walk) visit(drop, home int) (visit, bool) {
	v := visit{drop: drop, came: drop}
	host := w.events[drop].Core
	with := func(e *Event, k layout.TraceKind) bool {
		return e.Core == host && e.Kind() == k && int(e.Arg()) == home
	}
	message := func(e *Event, k layout.TraceKind, name string) bool {
		return with(e, k) && message.Name(uint16(e.A)) == name
	}
	for v.came--; v.came >= 0 && !message(&w.events[v.came], layout.TraceReceive, "multicast"); v.came-- {
	}
	v.dropped = w.find(drop, func(e *Event) bool { return with(e, layout.TraceDropped) })
	v.replied = w.find(v.dropped, func(e *Event) bool { return message(e, layout.TraceSend, "multicast-reply") })
	var ok, back bool
	v.sent, ok = w.flow[v.came]
	v.back, back = w.flow[v.replied]
	return v, ok && back && v.dropped >= 0
}

// find returns the first place behind another with such an event, -1 if there is none.
func (w *walk) find(behind int, is func(*Event) bool) int {
	for i := behind + 1; i < len(w.events); i++ {
		if is(&w.events[i]) {
			return i
		}
	}
	return -1
}
