package monitor

import (
	"bytes"
	"fmt"
	"runtime"
	"time"

	"atoll/arch/layout"
	"atoll/arch/order"
	"atoll/monitor/ump"
)

// simInstance is the present life of a simulated core, and what firmware knows of its
// hart. Who dies runs the stub first (see perish), and only then the hart counts
// as stopped. The trap handler works beside the event loop, as a real one does,
// unless the hart is frozen: then nothing of the instance moves.
type simInstance struct {
	incarnation uint32
	starter     int
	running     bool          // the hart is not STOPPED
	born        uint64        // when a later life began
	doom        chan struct{} // closed when the instance is to end
	doomed      bool
	quiet       bool // it ends without a word
	cause       layout.Cause
	frozen      bool
	hangs       bool
	disturbed   int  // how often any of these has begun or ended
	pending     bool // a doorbell came in while the hart was frozen
	watch       []simWatch
	crash       layout.Crash
	mapped      map[uint64]bool // frames of user pools
}

// simWatch is a pair of words that the trap handler serves.
type simWatch struct {
	theirs, mine *uint64
	seen         uint64
}

// simConsole is who has the console of a machine, and in which life.
type simConsole struct {
	owner     int
	ownerLife uint32
	reborn    func(core int, mon *Monitor) // if set, is called for each later life
}

// setUp makes the hart's first life, which has not begun.
func (h *simHart) setUp() {
	h.inst.incarnation, h.inst.doom = 1, make(chan struct{})
	h.m.ownerLife = 1
}

// startHart lets the firmware start the hart for its first life.
func (h *simHart) startHart() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.inst.running = true
}

// rebirth makes a new life of what the start record in a frame says.
func (h *simHart) rebirth(start *layout.Start) error {
	life := order.Load64(&start.Life)
	h.mu.Lock()
	defer h.mu.Unlock()
	l := &h.inst
	if l.running || h.fail != nil {
		return fmt.Errorf("the hart of core %d cannot be started", h.core)
	}
	if uint32(life) <= l.incarnation {
		h.m.t.Errorf("core %d starts in incarnation %d after %d", h.core, uint32(life), l.incarnation)
	}
	*l = simInstance{incarnation: uint32(life), starter: int(life &^ layout.StartTraced >> 32), running: true, born: h.time(), doom: make(chan struct{}), crash: l.crash}
	h.events, h.output = 0, nil
	h.gate = make(chan struct{})
	close(h.gate)
	return nil
}

// restart starts the hart of a core with the record in the frame of the two.
func (h *simHart) restart(core int) error {
	end := 0
	if h.core > core {
		end = 1
	}
	to := h.m.harts[core]
	if err := to.rebirth(&h.m.frame(h.core, core).Line[end].Start); err != nil {
		return err
	}
	mon := New(to, h.m.plan, core, nil, nil, nil)
	to.bind(mon)
	if h.m.drive != nil {
		h.m.drive(to, mon)
	}
	to.mu.Lock()
	to.mon = mon
	to.mu.Unlock()
	to.greet()
	h.m.running.Go(mon.Run)
	if h.m.reborn != nil {
		h.m.reborn(core, mon)
	}
	return nil
}

// greet is the first line of a life.
func (h *simHart) greet() { fmt.Fprintf(h, "@%d up\n", h.core) }

// kill tells the instance to end, from anywhere.
func (h *simHart) kill(cause layout.Cause, quiet bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.doomLocked(cause, quiet)
}

func (h *simHart) doomLocked(cause layout.Cause, quiet bool) {
	if l := &h.inst; l.running && !l.doomed {
		l.cause, l.quiet, l.doomed = cause, quiet, true
		l.disturbed++
		close(l.doom)
	}
}

// freeze takes the hart away from the instance until the function it returns is
// called.
func (h *simHart) freeze() (thaw func()) {
	resume := h.stall()
	h.mu.Lock()
	h.inst.frozen = true
	h.mu.Unlock()
	return func() {
		h.mu.Lock()
		h.inst.frozen = false
		h.inst.disturbed++
		pending := h.inst.pending
		h.inst.pending = false
		h.mu.Unlock()
		if pending && h.trap() {
			h.post(Doorbell)
		}
		resume()
	}
}

// trap is the handler of a doorbell. It answers whether that may be posted.
func (h *simHart) trap() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := &h.inst
	if !l.running || l.frozen {
		l.pending = l.frozen
		return false
	}
	for i := range l.watch {
		w := &l.watch[i]
		word := order.Load64(w.theirs)
		if word == w.seen {
			continue
		}
		w.seen = word
		order.StoreRelease64(w.mine, word)
		if word&1 != 0 && uint32(word>>32) == l.incarnation {
			h.doomLocked(layout.CauseKilled, false)
		}
	}
	return true
}

// strike is where a death may strike the event loop, or a freeze.
func (h *simHart) strike() {
	for {
		h.mu.Lock()
		gate, doom, frozen := h.gate, h.inst.doom, h.inst.frozen
		doomed := h.inst.doomed && !frozen
		h.mu.Unlock()
		select {
		case <-h.m.stop: // in any case
			runtime.Goexit()
		default:
		}
		switch {
		case doomed:
			h.perish()
		case frozen:
			doom = nil
		}
		select {
		case <-h.m.stop:
			runtime.Goexit()
		case <-doom:
		case <-gate:
			return
		}
	}
}

// perish is the end of an instance: its last words, the marks, the bells, and the
// hart stops.
func (h *simHart) perish() {
	h.mon.soaking.peers.Store(0) // its goroutines end with it
	for _, e := range h.mon.bindings.ends {
		e.Close()
	}
	h.mu.Lock()
	l := &h.inst
	if !l.quiet {
		l.crash = layout.Crash{Magic: layout.CrashMagic, Incarnation: uint64(l.incarnation), Cause: uint64(l.cause), Time: h.time()}
		l.crash.Length = uint64(copy(l.crash.Text[:], append(h.output, "last words\n"...)))
		for _, w := range l.watch {
			order.StoreRelease64(w.mine, uint64(l.incarnation)<<32|layout.DeadMark)
		}
	}
	quiet := l.quiet
	h.mu.Unlock()
	if !quiet {
		for _, to := range h.m.harts {
			if to != h {
				to.bell(h.delay(50 * time.Microsecond))
			}
		}
	}
	if h.m.tick > 0 {
		time.Sleep(h.delay(3 * h.m.tick))
	}
	h.mu.Lock()
	l.running = false
	h.mu.Unlock()
	runtime.Goexit()
}

// delay is a random span, for the event loop only.
func (h *simHart) delay(most time.Duration) time.Duration {
	return time.Duration(h.rand.Int64N(int64(most)))
}

// bell rings this hart's doorbell after a while.
func (h *simHart) bell(after time.Duration) {
	ring := func() {
		if h.trap() {
			h.post(Doorbell)
		}
	}
	if h.m.tick == 0 {
		ring()
		return
	}
	time.AfterFunc(after, ring)
}

// now returns the present life.
func (h *simHart) now() simInstance {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.inst
}

func (h *simHart) Watch(_ int, theirs, mine *ump.Line) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.inst.watch = append(h.inst.watch, simWatch{&theirs.Ask, &mine.Echo, order.Load64(&theirs.Ask)})
	return nil
}

func (h *simHart) Crash(core int) (layout.Crash, error) { return h.m.harts[core].now().crash, nil }

// TakeConsole gives this core the console, of which there is one.
func (h *simHart) TakeConsole(pr Progress, up <-chan struct{}) Console {
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	if old := h.m.harts[h.m.owner]; old == h || old.now().running && old.now().incarnation == h.m.ownerLife {
		h.m.t.Errorf("core %d takes the console from core %d, whose hart runs", h.core, h.m.owner)
	}
	h.m.owner, h.m.ownerLife = h.core, h.now().incarnation
	if up != nil {
		go func() {
			select {
			case <-up:
				h.m.onReady()
			case <-h.m.stop:
			}
		}()
	}
	h.m.console.Line(h.core, fmt.Appendf(nil, "takes over at %d %d%s%s\n", pr.Next, pr.Status, map[bool]string{true: " in the shell "}[pr.Shell], pr.Typed))
	return h.printer()
}

// simPrinter is a life's way to the console. What is on it dies with the life.
type simPrinter struct {
	h    *simHart
	life uint32
}

func (h *simHart) printer() *simPrinter { return &simPrinter{h, h.now().incarnation} }

// Line implements Console.
func (p *simPrinter) Line(core int, text []byte) {
	text = bytes.Clone(text)
	p.after(p.h.m.prints, func() { p.h.m.console.Line(core, text) })
}

// Printed implements Console.
func (p *simPrinter) Printed(f func()) { p.after(2*p.h.m.prints, f) }

func (p *simPrinter) after(d time.Duration, f func()) {
	if d == 0 {
		f()
		return
	}
	time.AfterFunc(d, func() {
		if l := p.h.now(); l.running && l.incarnation == p.life {
			f()
		}
	})
}

// die makes this instance die.
func (h *simHart) die(how FailureMode) {
	switch how {
	case FailHang:
		h.stall()
	case FailZombie:
		h.freeze()
	case FailStop:
		h.kill(layout.CauseStopped, false)
	case FailOOM:
		h.kill(layout.CauseOOM, false)
	case FailWild:
		h.kill(layout.CauseTrap, false)
	default:
		h.kill(layout.CausePanic, false)
	}
}
