//go:build !riscv64

package ump

import (
	"fmt"
	"runtime"
	"testing"

	"atoll/arch/order"
)

// bounds says how far a search goes in one run.
type bounds struct {
	preemptions int
	stale       int // loads that return an old value
	late        int // messages whose payload is loaded late
}

// explorer runs two harts over weak memory, once for every sequence of choices
// within its bounds: who runs when, what old value a load returns.
type explorer struct {
	path  []choice // of this run
	depth int      // choices made so far

	mem      *weak
	running  int
	left     bounds
	words    int  // payload words loaded
	late     bool // and whether those of this message are late
	inbox    []delivery
	resume   [2]chan struct{}
	done     [2]bool
	blocked  [2]bool
	doorbell [2]bool
	finished chan struct{}
	failure  error
	runs     int
	steps    int // of this run
}

type choice struct{ picked, of int }

// delivery is a message received, and which it should be.
type delivery struct {
	m    *Message
	want uint64
}

// choose returns every number below n, one a run.
func (x *explorer) choose(n int) int {
	if n <= 1 {
		return 0
	}
	if x.depth == len(x.path) {
		x.path = append(x.path, choice{0, n})
	}
	c := x.path[x.depth]
	if c.of != n {
		panic("a run did not repeat")
	}
	x.depth++
	return c.picked
}

// next moves on to the next sequence of choices.
func (x *explorer) next() bool {
	for len(x.path) > 0 {
		last := &x.path[len(x.path)-1]
		if last.picked+1 < last.of {
			last.picked++
			return true
		}
		x.path = x.path[:len(x.path)-1]
	}
	return false
}

// Load, Store and Fence make the explorer an order.Memory. The other hart may
// run before each load and each full fence. It need not run before a store: a
// load that may return the older value shows the same.
func (x *explorer) Load(p *uint64) uint64 {
	x.step()
	return x.mem.load(x.running, p, func(n int) int {
		if x.left.stale == 0 {
			return 0
		}
		k := x.choose(n)
		if k != 0 {
			x.left.stale--
		}
		return k
	})
}

// LoadTo makes all words of one message late, or none.
func (x *explorer) LoadTo(to, p *uint64) {
	if x.words++; x.words%7 == 1 {
		if x.late = x.left.late > 0 && x.choose(2) == 1; x.late {
			x.left.late--
		}
	}
	if x.late {
		t := &x.mem.harts[x.running]
		t.late = append(t.late, lateLoad{to, p})
		return
	}
	*to = x.Load(p)
}

func (x *explorer) Store(p *uint64, v uint64) { x.mem.store(x.running, p, v) }

func (x *explorer) Fence(kind order.Fence) {
	if kind == order.Full {
		x.step()
	}
	x.mem.fence(x.running, kind)
}

// step is a point where the other hart may take over.
func (x *explorer) step() {
	if x.steps++; x.steps > 5000 {
		x.fail("core %d goes round and round", x.running)
	}
	if other := 1 - x.running; x.left.preemptions > 0 && x.ready(other) && x.choose(2) == 1 {
		x.left.preemptions--
		x.yield(other)
	}
}

func (x *explorer) ready(h int) bool {
	return !x.done[h] && (!x.blocked[h] || x.doorbell[h])
}

// yield hands the machine over and waits to get it back.
func (x *explorer) yield(to int) {
	self := x.running
	x.running = to
	x.resume[to] <- struct{}{}
	<-x.resume[self]
	if x.failure != nil {
		runtime.Goexit()
	}
}

// block waits for the doorbell. That nobody is left to ring it is the lost
// wake-up that we look for.
func (x *explorer) block() {
	self := x.running
	x.blocked[self] = true
	if !x.doorbell[self] {
		if !x.ready(1 - self) {
			x.fail("core %d sleeps and nobody will ring", self)
		}
		x.yield(1 - self)
	}
	x.blocked[self], x.doorbell[self] = false, false
	x.mem.interrupt(self)
}

// ring is the doorbell of the other hart.
func (x *explorer) ring() {
	x.doorbell[1-x.running] = true
	x.step()
}

// fail ends the run.
func (x *explorer) fail(format string, a ...any) {
	if x.failure == nil {
		x.failure = fmt.Errorf(format, a...)
	}
	runtime.Goexit()
}

// hart runs one side, then leaves the machine to the other.
func (x *explorer) hart(h int, body func()) {
	defer func() {
		if r := recover(); r != nil && x.failure == nil {
			x.failure = fmt.Errorf("core %d: panic: %v", h, r)
		}
		x.done[h] = true
		switch other := 1 - h; {
		case x.done[other]:
			close(x.finished)
		case x.failure == nil && !x.ready(other):
			x.failure = fmt.Errorf("core %d sleeps and nobody will ring", other)
			fallthrough
		default:
			x.running = other
			x.resume[other] <- struct{}{}
		}
	}()
	<-x.resume[h]
	if x.failure == nil {
		body()
	}
}

// deliver notes a received message, whose payload may still be on its way.
func (x *explorer) deliver(m *Message, want uint64) {
	if m.Type != uint16(want) {
		x.fail("received type %d instead of message %d", m.Type, want)
	}
	x.inbox = append(x.inbox, delivery{m, want})
}

// judge looks at the payloads when all loads are done.
func (x *explorer) judge() {
	for h := range 2 {
		x.mem.perform(h)
	}
	for _, d := range x.inbox {
		if d.m.W != payload(d.want) && x.failure == nil {
			x.failure = fmt.Errorf("received %v instead of message %d", d.m.W, d.want)
		}
	}
}

// explore runs what setup returns, one function a hart, in all orders. setup
// runs on plain memory.
func explore(t *testing.T, b bounds, setup func(x *explorer) [2]func()) {
	t.Helper()
	x := &explorer{}
	if raceDetector {
		b.preemptions = min(b.preemptions, 1)
	}
	defer func() { order.Model = nil }()
	for more := true; more; more = x.next() {
		order.Model = nil
		x.mem, x.depth, x.steps, x.running, x.failure = newWeak(), 0, 0, 0, nil
		x.left, x.words, x.inbox = b, 0, nil
		x.done, x.blocked, x.doorbell = [2]bool{}, [2]bool{}, [2]bool{}
		x.finished = make(chan struct{})
		bodies := setup(x)
		order.Model = x
		for h := range 2 {
			x.resume[h] = make(chan struct{})
			go x.hart(h, bodies[h])
		}
		x.running = x.choose(2)
		x.resume[x.running] <- struct{}{}
		<-x.finished
		x.runs++
		x.judge()
		if x.failure != nil {
			t.Fatalf("run %d, choices %v: %v", x.runs, x.path, x.failure)
		}
	}
	t.Logf("%d runs", x.runs)
}
