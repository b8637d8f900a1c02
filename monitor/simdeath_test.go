package monitor

import (
	"errors"
	"runtime"
	"sync/atomic"
	"time"

	"atoll/arch/layout"
	"atoll/arch/order"
)

// A mortal core dies as a real one does: it leaves its last words in its crash page,
// marks its word in every pair frame, rings all others, and only then, a while
// later, says firmware that its hart has stopped. Its trap handler answers who asks
// after it for as long as its hart takes interrupts. A later life begins with the
// record in the starter's half of their frame, and has nothing of the last.

// death is the mortal part of a simulated life.
type death struct {
	starter int
	watched []*watchedWord // under simHart.mu
	frozen  atomic.Bool    // takes no interrupts
	killed  atomic.Bool    // was asked to end
	dying   bool           // of the event loop
	ended   atomic.Bool    // what firmware says
	crash   layout.Crash   // written before ended
}

// watchedWord is a peer's question and the answer to it.
type watchedWord struct {
	theirs, mine *uint64
	seen         uint64
}

func (h *simHart) Watch(theirs, mine *uint64) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.life.watched = append(h.life.watched, &watchedWord{theirs, mine, order.Load64(theirs)})
	return nil
}

// answer is the trap handler's part at a doorbell.
func (h *simHart) answer() {
	if !h.m.mortal || h.life.frozen.Load() || h.life.ended.Load() {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, w := range h.life.watched {
		word := order.Load64(w.theirs)
		if word == w.seen {
			continue
		}
		w.seen = word
		order.Store64(w.mine, word)
		if word&1 != 0 && word>>32 == uint64(h.Incarnation()) {
			h.life.killed.Store(true)
		}
	}
}

// fall makes this core die, in its event loop.
func (h *simHart) fall(how FailureMode) {
	causes := map[FailureMode]layout.Cause{
		FailPanic: layout.CausePanic, FailFault: layout.CausePanic, FailStack: layout.CausePanic,
		FailWild: layout.CauseTrap, FailOOM: layout.CauseOOM, FailStop: layout.CauseStopped,
	}
	switch how {
	case FailHang, FailZombie:
		h.life.frozen.Store(how == FailZombie)
		for {
			h.pass()
			time.Sleep(time.Millisecond)
		}
	default:
		h.die(causes[how])
	}
}

// die ends this life, in its event loop.
func (h *simHart) die(cause layout.Cause) {
	c := layout.Crash{Magic: layout.CrashMagic, Incarnation: uint64(h.Incarnation()), Cause: uint64(cause), Time: h.time()}
	h.mu.Lock()
	c.Length = uint64(copy(c.Text[:], append(h.output, "last words\n"...)))
	for _, w := range h.life.watched {
		order.StoreRelease64(w.mine, c.Incarnation<<32|layout.DeadMark)
	}
	h.mu.Unlock()
	h.life.crash, h.life.dying = c, true
	for core := range h.m.harts {
		if core != h.core {
			h.Ring(core)
		}
	}
	runtime.Goexit()
}

// gone is called when the event loop has ended.
func (h *simHart) gone() {
	if h.life.dying {
		time.AfterFunc(time.Duration(h.rand.Int64N(int64(time.Millisecond))), func() { h.life.ended.Store(true) })
	}
}

// begin starts this core's next life, if firmware can.
func (h *simHart) begin(starter int) error {
	if !h.life.ended.Load() {
		return errors.New("the hart has not stopped")
	}
	end := 0
	if starter > h.core {
		end = 1
	}
	life := order.LoadAcquire64(&h.m.frame(starter, h.core).Line[end].Start.Life)
	h.mu.Lock()
	h.events, h.output = 0, nil
	h.life.watched = nil
	h.mu.Unlock()
	h.life.incarnation, h.life.starter = uint32(life), int(life&^layout.StartTraced>>32)
	h.life.dying = false
	h.life.killed.Store(false)
	h.life.ended.Store(false)
	h.mon = New(h, h.m.plan, h.core, nil, nil, nil)
	time.AfterFunc(time.Millisecond, func() { h.run() })
	return nil
}

func (h *simHart) Crash(core int) (c layout.Crash, err error) {
	if to := h.m.harts[core]; to.life.ended.Load() && to.life.crash.Magic == layout.CrashMagic {
		return to.life.crash, nil
	}
	return c, errors.New("no crash page here")
}
