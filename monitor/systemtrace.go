package monitor

import "atoll/monitor/trace"

// Trace has a core do something with its trace, and returns its ring, with at most
// so many of its newest records if the action is to read them.
func (s *System) Trace(core int, action trace.Action, most int) (trace.Ring, error) {
	state, records, err := askStream(s.ctx, s.m, core, askTrace, askTime, traceQuestion{action, uint64(most)})
	if err != nil {
		return trace.Ring{}, err
	}
	return trace.NewRing(core, state, records)
}
