package monitor

import (
	"context"
	"errors"

	"atoll/kernel/abi"
	"atoll/kernel/domain"
	"atoll/monitor/console"
)

// Programs that programs run, on this core and on others.

// Programs returns what runs programs, for this core's CPU driver.
func (m *Monitor) Programs() domain.Programs { return programRunner{m} }

type programRunner struct{ m *Monitor }

// Run runs a program from a goroutine of its own.
func (r programRunner) Run(core int, share uint64, args []string, done func(int, abi.Error)) (cancel func()) {
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer cancel()
		report, err := r.m.run(ctx, core, share, console.Program{Args: args})
		switch {
		case err == nil:
			done(int(report.Status), abi.OK)
		case errors.Is(err, errDown):
			done(0, abi.ErrPeerDead)
		default: // what it is the program's caller cannot be told
			done(0, abi.ErrProgram)
		}
	}()
	return cancel
}
