package dispatch

import "atoll/arch/shim"

// Dispatcher is a domain's presence on this core: the registers of its code, with the address
// space that this runs in, and what is done when a trap ends a run.
type Dispatcher struct {
	shim.User
	Handler Handler
	Picks   bool // the handler is a Picker
	// Leads says that it has as many shares as there are others of its group who want the hart:
	// half of the group's time, if it is the only one that leads, however many those are.
	Leads bool

	used  uint64           // ticks
	group *Group           // nil: none yet
	turn  turn[Dispatcher] // within the group
	alarm node[Dispatcher] // in Loop.alarms while it sleeps until a time
	timed bool             // alarm is in use
	late  *Dispatcher
	isLate,
	ended bool
}

// Used returns for how many ticks the dispatcher has had the hart, with those whom it has
// called.
func (d *Dispatcher) Used() uint64 { return d.used }

// Handler is what the CPU driver does about traps of one dispatcher.
type Handler interface {
	// Trap is told why a run has ended (User.Cause), unless that was an interrupt. It
	// returns who runs next: its dispatcher to go on, another for a direct switch, nil to
	// have the scheduler say. A dispatcher that waits has been put to sleep by Loop.Sleep
	// before. It runs in the loop and must not block.
	Trap(l *Loop) *Dispatcher
	// Alarm is told that the time has come until which the dispatcher slept. It is awake
	// again.
	Alarm(l *Loop)
}

// Picker is a handler that is told of turns.
type Picker interface {
	// Picked begins a turn of the dispatcher: it has the hart after somebody else, or again
	// after all of a slice. It may change the registers, or return false: then no code runs. What
	// it does is charged to the dispatcher.
	Picked(l *Loop) bool
}
