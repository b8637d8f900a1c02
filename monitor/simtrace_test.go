package monitor

import "atoll/arch/layout"

// What a simulated core records. Interrupts have no part in it.
type simTrace struct {
	on    bool
	first int
	all   []layout.TraceRecord
}

func (h *simHart) Tracing() bool      { return h.traced.on }
func (h *simHart) SetTracing(on bool) { h.traced.on = on }
func (h *simHart) ClearTrace()        { h.traced.first = len(h.traced.all) }

func (h *simHart) Record(time uint64, kind layout.TraceKind, arg uint32, a, b uint64) {
	if time == 0 && kind == layout.TraceSend {
		h.m.t.Errorf("core %d records a send with a time at which it may have been received", h.core)
	}
	if time == 0 {
		time = h.time()
	}
	h.traced.all = append(h.traced.all, layout.TraceRecord{Time: time, Head: layout.TraceHead(kind, arg), A: a, B: b})
}

func (h *simHart) ReadTrace(into []layout.TraceRecord) (int, uint64) {
	kept := h.traced.all[h.traced.first:]
	return copy(into, kept[max(0, len(kept)-len(into)):]), uint64(len(kept))
}
