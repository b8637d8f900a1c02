package console

import "time"

// Bindings is what commands can do with bindings between cores.
type Bindings interface {
	// Bind has core a bind to a service of core b, try it out if it is one of the system's
	// own, and keep the binding. It returns how long the binding took.
	Bind(a, b int, service uint64) (time.Duration, error)
	// CloseBindings has a core close what Bind has made.
	CloseBindings(core int) error
	// Bindings asks a core for the ends of bindings that it has.
	Bindings(core int) ([]BindingEnd, error)
}

// BindingEnd is one end of a binding.
type BindingEnd struct {
	Peer    int    // core of the other end
	Service uint64 // number
	Serves  bool   // this end is the service's
}

// BindingResult is what the measurement of a binding found.
type BindingResult struct {
	Setup time.Duration // to make it
	Round Latency       // round trip between two goroutines that poll
	Wake  Latency       // the same after both have blocked
	Bulk  float64       // bytes a second of bulk data
}
