package monitor

import (
	"fmt"

	"atoll/arch/layout"
	"atoll/monitor/message"
	"atoll/monitor/trace"
	"atoll/monitor/ump"
)

// Tracer is the trace of a core, part of its Hart. Tracing and Record are for all goroutines of
// the core, the rest is for the event loop. Interrupts may record between any two instructions,
// and nothing is torn.
type Tracer interface {
	// Tracing reports whether events are recorded, SetTracing begins or ends that.
	Tracing() bool
	SetTracing(on bool)
	// ClearTrace forgets what was recorded.
	ClearTrace()
	// Record records an event at a time, 0 = now.
	Record(time uint64, kind layout.TraceKind, arg uint32, a, b uint64)
	// ReadTrace copies the newest records, oldest first, and returns how many, and
	// how many were written since the trace was cleared.
	ReadTrace(into []layout.TraceRecord) (n int, written uint64)
}

// traceQuestion asks a core to do something with its trace, and for the newest records.
type traceQuestion struct {
	Action trace.Action
	Most   uint64
}

var askTrace = message.DeclareStream[traceQuestion, trace.State, layout.TraceRecord](39, "trace")

func init() {
	serveStream(askTrace, func(m *Monitor, _ client, q traceQuestion) (trace.State, []layout.TraceRecord, error) {
		return m.trace(q)
	})
}

// The monitor's own flag repeats that of the Hart, so that a hook costs a load and a
// branch while it is off.

// trace does what a core is asked to do with its trace, and answers with its ring.
func (m *Monitor) trace(q traceQuestion) (s trace.State, records []layout.TraceRecord, err error) {
	switch action := q.Action; action {
	case trace.Status:
	case trace.On, trace.Off:
		m.hart.SetTracing(action == trace.On)
		m.tracing = action == trace.On
	case trace.Clear:
		m.hart.ClearTrace()
	case trace.Read:
		records = make([]layout.TraceRecord, min(q.Most, layout.TraceRecords))
	default:
		return s, nil, fmt.Errorf("core %d cannot do %d with its trace", m.self, action)
	}
	n, written := m.hart.ReadTrace(records)
	s = trace.State{Written: written, Size: layout.TraceRecords}
	if m.tracing {
		s.On = 1
	}
	return s, records[:n], nil
}

// untraced reports whether a message carries a trace, or asks for one. Those are not
// recorded: reading a trace would write over it.
func untraced(typ uint16) bool { return typ&^message.AnswerBit == askTrace.Number() }

// put gives a message to the channel. It answers false when there is no room.
func (m *Monitor) put(p *peer, typ uint16, w *[message.Words]uint64) bool {
	if m.tracing {
		return m.putTraced(p, typ, w)
	}
	return p.ch.TrySend(typ, w)
}

func (m *Monitor) putTraced(p *peer, typ uint16, w *[message.Words]uint64) bool {
	now := m.hart.Now() // the peer may take it before we can record it
	name := p.ch.NextOut() | uint64(typ)
	if !p.ch.TrySend(typ, w) {
		return false
	}
	if !untraced(typ) {
		m.hart.Record(now, layout.TraceSend, uint32(p.core), name, w[0])
	}
	return true
}

// take takes a message out of the channel. It answers false when there is none.
func (m *Monitor) take(p *peer, msg *ump.Message) bool {
	if m.tracing {
		name := p.ch.NextIn()
		return p.ch.TryRecv(msg) && m.taken(p, name, msg)
	}
	return p.ch.TryRecv(msg)
}

// drainOne takes a message that a dead peer has left.
func (m *Monitor) drainOne(p *peer, msg *ump.Message) bool {
	name := p.ch.NextIn()
	return p.ch.Drain(msg) && (!m.tracing || m.taken(p, name, msg))
}

// taken records a message that was taken. It answers true.
func (m *Monitor) taken(p *peer, name uint64, msg *ump.Message) bool {
	if !untraced(msg.Type) {
		m.hart.Record(0, layout.TraceReceive, uint32(p.core), name|uint64(msg.Type), msg.W[0])
	}
	return true
}

// traceShoot records a step of a shootdown. It is for the CPU driver's loop, which has not the monitor's flag.
func (m *Monitor) traceShoot(kind layout.TraceKind, home int, number, cores uint64) {
	if m.hart.Tracing() {
		m.hart.Record(0, kind, uint32(home), number, cores)
	}
}

// traceLife records what this core has learned of another's life.
func (m *Monitor) traceLife(core int, life Life) {
	cause := uint64(0)
	var kind layout.TraceKind
	switch life.State {
	case Up:
		kind = layout.TraceBirth
	case Starting:
		kind = layout.TraceRestart
	case Dead:
		kind, cause = layout.TraceDeath, uint64(life.Cause)
	default:
		return
	}
	m.hart.Record(0, kind, uint32(core), cause, uint64(life.Incarnation))
}
