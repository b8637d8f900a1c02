package monitor

import "atoll/monitor/trace"

// Trace has a core do something with its trace, and returns its ring, with at most
// so many of its newest records if the action is to read them.
func (s *System) Trace(core int, action trace.Action, most int) (trace.Ring, error) {
	words, err := s.call(core, opTrace, askTime, uint64(action), uint64(most))
	if err != nil {
		return trace.Ring{}, err
	}
	return trace.Decode(core, words)
}
