package monitor

import (
	"errors"
	"fmt"
	"sync/atomic"
)

// What the lives of simulated cores need. Unless they are mortal (simdeath_test.go)
// they do not die; a test may say what firmware says.

// simLife is what a test may say of a core's life.
type simLife struct {
	incarnation uint32              // 0 = 1
	stopped     func(core int) bool // nil = no hart has
	restart     func(core int) error
	failed      atomic.Int32 // how often the core was to die
	death
}

func (h *simHart) Incarnation() uint32 { return max(h.life.incarnation, 1) }
func (h *simHart) Starter() int        { return h.life.starter }
func (h *simHart) SetAlone(bool)       {}

func (h *simHart) Stopped(core int) bool {
	if h.life.stopped != nil {
		return h.life.stopped(core)
	}
	return h.m.harts[core].life.ended.Load()
}

func (h *simHart) TakeConsole(pr Progress) Console {
	h.m.console.Line(h.core, fmt.Appendf(nil, "takes over at %d %d\n", pr.Next, pr.Status))
	return h.m.console
}

func (h *simHart) Restart(core int) error {
	switch {
	case h.life.restart != nil:
		return h.life.restart(core)
	case h.m.mortal:
		return h.m.harts[core].begin(h.core)
	}
	return errors.New("no later life here")
}

func (h *simHart) Fail(how FailureMode) error {
	h.life.failed.Add(1)
	if h.m.mortal {
		h.fall(how)
	}
	return errors.New("no death here")
}
