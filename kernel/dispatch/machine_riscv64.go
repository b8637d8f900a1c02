package dispatch

import (
	"time"

	"atoll/arch/shim"
)

// bareHart is the hart under this instance.
type bareHart struct {
	kick  chan struct{}
	timer *time.Timer
}

// Hart returns the hart that the instance runs on.
func Hart() Machine {
	h := &bareHart{kick: make(chan struct{}, 1), timer: time.NewTimer(time.Hour)}
	h.timer.Stop()
	return h
}

func (h *bareHart) Run(u *shim.User, until uint64, stop *uint32) { u.Run(until, stop) }

func (h *bareHart) UseRoot(pa uint64) { shim.UseRoot(pa) }

func (h *bareHart) Now() uint64 { return shim.Now() }

// longest is how long it waits at a time: programs name times that no duration can hold.
const longest = time.Hour

func (h *bareHart) Wait(until uint64) {
	if until != Forever {
		now := shim.Now()
		h.timer.Reset(shim.Duration(min(max(until, now)-now, shim.Ticks(longest))))
		defer h.timer.Stop()
	}
	select {
	case <-h.kick:
	case <-h.timer.C:
	}
}

func (h *bareHart) Kick() {
	select {
	case h.kick <- struct{}{}:
	default: // one is enough
	}
}
