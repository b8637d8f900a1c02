package coroutine

import (
	"errors"
	"syscall"
	"testing"
)

// loop is what a test has in place of the CPU driver's: coroutines that may go on.
type loop struct {
	Group
	ready []*Coroutine
}

// start starts code that may wait.
func (l *loop) start(t *testing.T, code func()) *Coroutine {
	t.Helper()
	var c *Coroutine
	c, err := l.Start(code, func() { l.ready = append(l.ready, c) })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestWait: code goes on where it has waited, in the order in which it may, and what is done at once does not wait.
func TestWait(t *testing.T) {
	var l loop
	var log string
	var wakes [2]func()
	code := func(name string, n int) func() {
		return func() {
			log += name + "1"
			if err := l.Wait(func(wake func()) { wakes[n] = wake }); err != nil {
				t.Error(err)
			}
			log += name + "2"
			if err := l.Wait(func(wake func()) { wake() }); err != nil {
				t.Error(err)
			}
			log += name + "3"
		}
	}
	a, b := l.start(t, code("a", 0)), l.start(t, code("b", 1))
	if l.Running() != nil || a.Ready() || b.Ready() || a.Resume() {
		t.Error("who waits goes on, or runs")
	}
	wakes[1]()
	wakes[0]()
	for _, c := range l.ready {
		if !c.Ready() || !c.Resume() {
			t.Error("who may go on does not, or not to its end")
		}
	}
	if want := "a1b1b2b3a2a3"; log != want {
		t.Errorf("it went %s, want %s", log, want)
	}
	if c := l.start(t, func() { log = "kept" }); c != nil || log != "kept" {
		t.Error("a coroutine that was over does not serve another call")
	}
	if err := l.Wait(func(func()) { t.Error("something began") }); err != ErrNotHere {
		t.Errorf("outside a coroutine: %v", err)
	}
}

// TestEnd: who is to end is over at once, also if it goes on waiting, if two end each other, or if it ends itself.
func TestEnd(t *testing.T) {
	var l loop
	over, waits := 0, func() error { return l.Wait(func(func()) {}) }
	var a, b *Coroutine
	a = l.start(t, func() {
		for range 3 {
			if err := waits(); !errors.Is(err, syscall.EINTR) {
				t.Errorf("a wait that is to end: %v", err)
			}
		}
		b.End()
		over++
	})
	b = l.start(t, func() {
		waits()
		a.End()
		over++
	})
	a.End()
	if over != 2 || l.Running() != nil || l.begun != 0 {
		t.Errorf("%d of 2 are over, %d have begun", over, l.begun)
	}
	c := l.start(t, func() {
		l.Running().End()
		if err := waits(); err != syscall.EINTR {
			t.Errorf("who has ended itself waits: %v", err)
		}
	})
	if c != nil {
		t.Error("it is not over")
	}
}

// TestLate: the wake of a wait that is over does nothing, to whomever the coroutine serves then.
func TestLate(t *testing.T) {
	var l loop
	var late func()
	a := l.start(t, func() { l.Wait(func(wake func()) { late = wake }) })
	a.End()
	gone := false
	b := l.start(t, func() { gone = l.Wait(func(func()) {}) == nil })
	late()
	if len(l.ready) != 0 || b.Ready() || b.Resume() || gone {
		t.Error("it went on by another's wake")
	}
	b.End()
}

// TestMost: there are only so many, some of them for answers, and as many again when they are over, of which who waits is told.
// Sabotages: in Start, take what is spare; in Resume, tell nobody.
func TestMost(t *testing.T) {
	var l loop
	for range 2 {
		var list []*Coroutine
		one := func() { l.Wait(func(func()) {}) }
		more := func() { t.Error("one more runs") }
		for range Most - spare {
			list = append(list, l.start(t, one))
		}
		if _, err := l.Start(more, nil); err != ErrMany {
			t.Errorf("one more: %v", err)
		}
		for range spare {
			c, err := l.Answer(one, nil)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, c)
		}
		if _, err := l.Answer(more, nil); err != ErrMany {
			t.Errorf("one more answer: %v", err)
		}
		told := 0
		l.Await(func() { told++ })
		for _, c := range list {
			c.End()
		}
		if told != 1 {
			t.Errorf("who waits is told %d times", told)
		}
		if len(l.idle) != mostIdle {
			t.Errorf("%d are kept, want %d", len(l.idle), mostIdle)
		}
	}
}
