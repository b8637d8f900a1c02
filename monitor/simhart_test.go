package monitor

import (
	"errors"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"atoll/arch/layout"
	"atoll/monitor/ump"
)

// simHart is the Hart of one core.
type simHart struct {
	stirred [][8]uint32 // seeds
	m       *machine
	core    int
	mon     *Monitor
	fail    error
	silent  bool
	life    simLife
	rand    *rand.Rand // of the event loop only
	traced  simTrace   // of the event loop only

	wake  chan struct{} // holds a token when events is not empty
	looks atomic.Int64  // at the clock

	mu              sync.Mutex
	events          Event
	output          []byte
	gate            chan struct{} // the event loop stops while this is open
	space           []layout.Mapping
	rings           int  // doorbells sent
	sent            int  // those that were messages
	messages, plain bool // others take messages; not to be used
	sleeps          uint64
	slept           uint64 // when the last of them began
	ended           []int
	inst            simInstance
}

const (
	outputBytes = 16 << 10 // of standard output that wait to be fetched
	outputRetry = 10 * time.Millisecond
)

// run begins the life of this core.
func (h *simHart) run() error {
	if h.fail != nil {
		return h.fail
	}
	if h.startHart(); h.silent {
		return nil
	}
	h.greet()
	h.m.running.Go(h.mon.Run)
	return nil
}

// Write is the core's standard output.
func (h *simHart) Write(b []byte) (int, error) {
	n := len(b)
	for {
		h.mu.Lock()
		take := min(len(b), outputBytes-len(h.output))
		h.output = append(h.output, b[:take]...)
		h.mu.Unlock()
		h.post(Output)
		if b = b[take:]; len(b) == 0 {
			return n, nil
		}
		time.Sleep(outputRetry)
	}
}

// post records an event and wakes Wait.
func (h *simHart) post(e Event) {
	h.mu.Lock()
	h.events |= e
	h.mu.Unlock()
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// take returns the events since the last take.
func (h *simHart) take() Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	e := h.events
	h.events = 0
	return e
}

// stall stops this core's event loop until the function it returns is called.
func (h *simHart) stall() (resume func()) {
	gate := make(chan struct{})
	h.mu.Lock()
	h.gate, h.inst.hangs = gate, true
	h.inst.disturbed++
	h.mu.Unlock()
	return func() {
		h.mu.Lock()
		h.inst.hangs = false
		h.inst.disturbed++
		h.mu.Unlock()
		close(gate)
	}
}

// Now is called by the event loop only. Virtual time passes nowhere else.
func (h *simHart) Now() uint64 {
	if h.m.tick > 0 {
		time.Sleep(time.Duration(1 + h.rand.Int64N(2*int64(h.m.tick))))
	}
	h.strike()
	h.looks.Add(1)
	return h.time()
}

func (h *simHart) time() uint64                        { return uint64(time.Since(h.m.born)) + 1 }
func (h *simHart) Ticks(d time.Duration) uint64        { return uint64(d) }
func (h *simHart) Duration(ticks uint64) time.Duration { return time.Duration(ticks) }

func (h *simHart) Wait(until uint64) Event {
	bound := make(<-chan time.Time)
	if now := h.time(); until > now {
		timer := time.NewTimer(time.Duration(until - now))
		defer timer.Stop()
		bound = timer.C
	} else if until != 0 { // also: no timer of no time, at which Go 1.26.8 crashed
		return h.take() | Timeout
	}
	doom := h.now().doom
	for {
		h.strike()
		if e := h.take(); e != 0 {
			return e
		}
		h.sleep()
		select {
		case <-h.wake:
		case <-doom:
		case <-bound:
			return h.take() | Timeout
		case <-h.m.stop:
			runtime.Goexit()
		}
	}
}

func (h *simHart) Poke() { h.post(Poked) }

// Ring sends a doorbell, which takes a while in virtual time.
func (h *simHart) Ring(core int) {
	h.mu.Lock()
	if h.messages && !h.plain {
		h.sent++
	} else {
		h.rings++
	}
	h.mu.Unlock()
	h.strike()
	h.m.harts[core].bell(h.delay(50 * time.Microsecond))
}

func (h *simHart) TakesMessages(int) bool { return h.messages }
func (h *simHart) RingPlainly(on bool)    { h.plain = on }

func (h *simHart) Frame(a, b int) (*ump.Frame, error) {
	if a == b || a != h.core && b != h.core || h.m.noFrame == [2]int{min(a, b), max(a, b)} && a+b > 0 {
		return nil, errors.New("no such pair frame")
	}
	return h.m.frame(a, b), nil
}

func (h *simHart) Space() []layout.Mapping { return h.space }

// Report says who reports, and since when.
func (h *simHart) Report() Report {
	return Report{Up: time.Second, Born: h.now().born, Goroutines: uint64(h.core)}
}

func (h *simHart) PeekOutput(b []byte) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return copy(b, h.output)
}

func (h *simHart) DropOutput(n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.output = h.output[n:]
}

func (h *simHart) Start(core int) error { return h.m.harts[core].run() }

func (h *simHart) PowerOff(status int) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = append(h.ended, status)
	return errors.New("there is no power switch")
}

func (h *simHart) Reboot() error { return h.PowerOff(-1) }

func (h *simHart) Halt() { h.PowerOff(-2) }

func (h *simHart) DeviceTree() ([]byte, error) { return nil, nil }
