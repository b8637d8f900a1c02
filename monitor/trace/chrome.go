package trace

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"atoll/arch/layout"
	"atoll/monitor/message"
)

// chromeEvent is one event of the Trace Event Format, which chrome://tracing and
// ui.perfetto.dev read. Times are in microseconds.
type chromeEvent struct {
	Name  string            `json:"name"`
	Cat   string            `json:"cat,omitempty"`
	Phase string            `json:"ph"`
	Time  json.Number       `json:"ts,omitempty"`
	Dur   json.Number       `json:"dur,omitempty"`
	Pid   int               `json:"pid"`
	Tid   int               `json:"tid"`
	ID    string            `json:"id,omitempty"`
	Bind  string            `json:"bp,omitempty"` // of the end of a flow: to the slice around it
	Scope string            `json:"s,omitempty"`  // of an instant
	Args  map[string]string `json:"args,omitempty"`
}

// Phases of the format.
const (
	phaseComplete  = "X" // a slice, with its duration
	phaseInstant   = "i"
	phaseFlowStart = "s"
	phaseFlowEnd   = "f"
	phaseMetadata  = "M"
)

// Tracks of a core.
const (
	trackEvents = 1
	trackHart   = 2 // which thread runs, or that none does
)

// messageDur is how long the slice of a send or receive is at most: they take no time
// that a ring tells of, but flows need slices.
const messageDur = time.Microsecond

// WriteChrome writes merged events in the Trace Event Format, JSON Object Format: a
// process for each core, its events and what its hart runs as tracks, messages as
// flows from send to receive.
func WriteChrome(w io.Writer, events []Event, timebase uint64) error {
	c := chrome{events: events, at: spread(events, timebase)}
	c.names()
	c.marks()
	c.harts()
	for i, f := range Match(events) {
		c.flow(i, f)
	}
	return json.NewEncoder(w).Encode(map[string]any{"displayTimeUnit": "ns", "traceEvents": c.out})
}

// spread gives merged events times since the first of them that differ, so that a
// viewer keeps their order, though many may fall into one tick.
func spread(events []Event, timebase uint64) []time.Duration {
	at := make([]time.Duration, len(events))
	for i := range events {
		at[i] = Duration(events[i].Time-events[0].Time, timebase)
		if i > 0 {
			at[i] = max(at[i], at[i-1]+1)
		}
	}
	return at
}

// chrome gathers the events of the file.
type chrome struct {
	events []Event
	at     []time.Duration
	out    []chromeEvent
}

// micros writes a time in the format's unit.
func micros(d time.Duration) json.Number {
	return json.Number(fmt.Sprintf("%d.%03d", d/time.Microsecond, d%time.Microsecond))
}

// pid is the process that stands for a core. 0 would be taken for none.
func pid(core int) int { return core + 1 }

// names names processes and tracks.
func (c *chrome) names() {
	known := map[int]bool{}
	for i := range c.events {
		core := c.events[i].Core
		if known[core] {
			continue
		}
		known[core] = true
		name := func(what string, tid int, text string) {
			c.out = append(c.out, chromeEvent{Name: what, Phase: phaseMetadata, Pid: pid(core), Tid: tid, Args: map[string]string{"name": text}})
		}
		name("process_name", 0, "core "+strconv.Itoa(core))
		name("thread_name", trackEvents, "events")
		name("thread_name", trackHart, "hart")
	}
}

// marks makes a slice of each send and receive, and an instant of all else.
func (c *chrome) marks() {
	next := map[int]time.Duration{} // when the core's next event is
	marks := make([]chromeEvent, len(c.events))
	for i := len(c.events) - 1; i >= 0; i-- {
		e := &c.events[i]
		m := chromeEvent{Name: e.Kind().String(), Phase: phaseInstant, Scope: "t", Time: micros(c.at[i]), Pid: pid(e.Core), Tid: trackEvents}
		for _, a := range Args(&e.Record) {
			if m.Args == nil {
				m.Args = map[string]string{}
			}
			m.Args[a.Name] = a.Text
		}
		if _, ok := e.message(); ok {
			dur := messageDur
			if t, ok := next[e.Core]; ok {
				dur = min(dur, t-c.at[i])
			}
			m.Name += " " + message.Name(uint16(e.A))
			m.Phase, m.Scope, m.Dur = phaseComplete, "", micros(dur)
		}
		next[e.Core] = c.at[i]
		marks[i] = m
	}
	c.out = append(c.out, marks...)
}

// flow joins a send with its receive.
func (c *chrome) flow(id int, f Flow) {
	for _, end := range []struct {
		at          int
		phase, bind string
	}{{f.Send, phaseFlowStart, ""}, {f.Receive, phaseFlowEnd, "e"}} {
		e := &c.events[end.at]
		c.out = append(c.out, chromeEvent{
			Name: message.Name(uint16(e.A)), Cat: "message", Phase: end.phase, Bind: end.bind,
			Time: micros(c.at[end.at]), Pid: pid(e.Core), Tid: trackEvents, ID: strconv.Itoa(id + 1),
		})
	}
}

// hart is what a core's hart does: a thread runs, or it sleeps.
type hart struct {
	known  bool
	since  time.Duration
	thread uint64
	asleep bool
}

// harts makes slices of what each hart does.
func (c *chrome) harts() {
	harts := map[int]*hart{}
	for i := range c.events {
		e := &c.events[i]
		h := harts[e.Core]
		if h == nil {
			h = &hart{since: c.at[i]}
			harts[e.Core] = h
		}
		switch e.Kind() {
		case layout.TraceSwitch:
			if !h.known {
				h.known, h.thread = true, e.A
			}
			c.slice(e.Core, h, c.at[i])
			h.thread = uint64(e.Arg())
		case layout.TraceSleep:
			c.slice(e.Core, h, c.at[i])
			h.asleep = true
		case layout.TraceWake:
			h.asleep = true // also if it went to sleep before all this
			c.slice(e.Core, h, c.at[i])
			h.asleep = false
		}
	}
}

// slice ends what the hart has done so far.
func (c *chrome) slice(core int, h *hart, at time.Duration) {
	name := "thread " + strconv.FormatUint(h.thread, 10)
	if h.asleep {
		name = "asleep"
	}
	if (h.known || h.asleep) && at > h.since {
		c.out = append(c.out, chromeEvent{Name: name, Phase: phaseComplete, Time: micros(h.since), Dur: micros(at - h.since), Pid: pid(core), Tid: trackHart})
	}
	h.since = at
}
