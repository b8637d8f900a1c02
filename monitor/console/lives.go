package console

import (
	"fmt"
	"strconv"
)

// Lives is what commands can ask about the lives of instances. Stop, Start and
// Crash have a bound. About the own core Stop and Crash return only if they
// could not: the core that lives and has the lowest number then takes over the
// console.
type Lives interface {
	// States gives the state of every core of the plan, in ascending order, as far
	// as it is known here. It never blocks.
	States() []CoreState
	// Cores asks a core for its copy of what has been agreed on of all cores. The own
	// core's is read without a message.
	Cores(core int) (CoreTable, error)
	// Crash makes an instance die in one of the ways that the crash command knows.
	// It returns once that has been noticed: nil, too, if the core has become a
	// zombie by it.
	Crash(core int, how string) error
	// Stop asks an instance to end. It returns once its hart has stopped.
	Stop(core int) error
	// Start begins a new incarnation of a dead core, from pristine data. It returns
	// once that is up.
	Start(core int) error
}

// States of a core.
const (
	StateUp       = "up"
	StateDead     = "dead"     // its hart has stopped
	StateAbsent   = "absent"   // its hart never started
	StateZombie   = "zombie"   // silent, but its hart has not stopped (law L10)
	StateStarting = "starting" // its hart was started, but it is not up yet
)

// CoreState is what is known of the life of a core.
type CoreState struct {
	Core, Hart  int
	State       string // one of the above
	Incarnation uint32 // the latest, from 1; 0 = it never lived
	Cause       string // of the last death, in one word; empty if there was none
}

// CoreTable is a core's copy of what has been agreed on of all cores.
type CoreTable struct {
	View   uint64       // number of the view that the core has installed, 0 = none yet
	Agreed bool         // it knows nothing that has not been agreed on
	Cores  []CoreRecord // by number
}

// CoreRecord is what has been agreed on of a core or, where the core that was asked knows
// better, what that one knows.
type CoreRecord struct {
	CoreState
	Node   int
	Agreed bool
	Since  uint32 // view in which it became a member or ceased to be one, 0 = none
}

// String gives the state, and what a dead core died of.
func (s CoreState) String() string {
	if s.State == StateDead && s.Cause != "" {
		return s.State + " (" + s.Cause + ")"
	}
	return s.State
}

// startable says why a core cannot be started; only a dead one can.
func (s CoreState) startable() error {
	switch s.State {
	case StateDead:
		return nil
	case StateUp, StateStarting:
		return fmt.Errorf("core %d is %s already", s.Core, s.State)
	case StateZombie:
		return fmt.Errorf("core %d is a zombie: its hart has not stopped, so it still uses its memory", s.Core)
	case StateAbsent:
		return fmt.Errorf("core %d is absent: its hart never started", s.Core)
	}
	return fmt.Errorf("core %d is %s and cannot be started", s.Core, s.State)
}

// expect checks what has become of a core.
func (s CoreState) expect(state string) error {
	if s.State != state {
		return fmt.Errorf("core %d should be in state %s now, but is in state %s", s.Core, state, s.State)
	}
	return nil
}

// state is that of one core of the plan.
func (c *Call) state(core int) CoreState { return c.Sys.States()[core] }

// survived says that the own core lives, although it should not. No state of it
// is worth a look: it is this core that would look.
func survived(core int) error { return fmt.Errorf("core %d is still alive", core) }

// isSelf reports whether the first argument is the core that runs the command.
func isSelf(c *Call) bool {
	if len(c.Args) == 0 {
		return false
	}
	n, err := c.core(c.Args[0])
	return err == nil && n == c.Sys.Self()
}

// coresThat completes the number of a core for the first argument.
func coresThat(fit func(sys System, s CoreState) bool) func(System, []string) []string {
	return func(sys System, args []string) []string {
		if len(args) > 0 {
			return nil
		}
		var names []string
		for _, s := range sys.States() {
			if fit(sys, s) {
				names = append(names, strconv.Itoa(s.Core))
			}
		}
		return names
	}
}
