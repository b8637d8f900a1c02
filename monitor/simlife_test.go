package monitor

import (
	"errors"
	"sync/atomic"

	"atoll/arch/layout"
)

// What the lives of simulated cores need. A simulated core does not die; a test may
// say what firmware says.

// simLife is what a test may say of a core's life.
type simLife struct {
	incarnation uint32              // 0 = 1
	stopped     func(core int) bool // nil = no hart has
	restart     func(core int) error
	failed      atomic.Int32 // how often the core was to die
}

func (h *simHart) Incarnation() uint32   { return max(h.life.incarnation, 1) }
func (h *simHart) Starter() int          { return 0 }
func (h *simHart) Stopped(core int) bool { return h.life.stopped != nil && h.life.stopped(core) }
func (h *simHart) SetAlone(bool)         {}

func (h *simHart) Watch(theirs, mine *uint64) error { return nil }
func (h *simHart) TakeConsole(Progress) Console     { return h.m.console }

func (h *simHart) Restart(core int) error {
	if h.life.restart == nil {
		return errors.New("no later life here")
	}
	return h.life.restart(core)
}

func (h *simHart) Fail(FailureMode) error {
	h.life.failed.Add(1)
	return errors.New("no death here")
}
func (h *simHart) Crash(int) (c layout.Crash, err error) { return c, errors.New("no crash page here") }
