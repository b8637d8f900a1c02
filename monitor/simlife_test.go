package monitor

import (
	"errors"
	"sync/atomic"
)

// simLife is what a test may say of a core's life, instead of what the simulated
// firmware does (simfirmware_test.go).
type simLife struct {
	incarnation uint32 // 0 = the real one
	stopped     func(core int) bool
	restart     func(core int) error
	failed      atomic.Int32 // how often the core was to die
}

func (h *simHart) Incarnation() uint32 { return max(h.life.incarnation, h.now().incarnation) }
func (h *simHart) Starter() int        { return h.now().starter }
func (h *simHart) SetAlone(bool)       {}

func (h *simHart) Stopped(core int) bool {
	if h.life.stopped != nil {
		return h.life.stopped(core)
	}
	h.strike()
	return !h.m.harts[core].now().running
}

func (h *simHart) Restart(core int) error {
	if h.life.restart != nil {
		return h.life.restart(core)
	}
	h.strike()
	return h.restart(core)
}

// Fail is called by the event loop.
func (h *simHart) Fail(how FailureMode) error {
	h.life.failed.Add(1)
	if len(h.m.rogues) > 0 {
		return errors.New("no death here: a madman may ask for it")
	}
	h.die(how)
	return nil
}
