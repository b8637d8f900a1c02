package console

import "atoll/monitor/trace"

// Tracer is what commands can ask about what the instances have recorded.
type Tracer interface {
	// Trace has a core do something with its trace. It returns the core's ring, and
	// with trace.Read at most so many of its newest records.
	Trace(core int, action trace.Action, most int) (trace.Ring, error)
}
