// Package coroutine lets a call of a program wait in its middle: for a file system that has to
// ask a disk, the host, or another core.
//
// The CPU driver's loop serves calls, and must not block. Mostly what would have to wait fails with
// EAGAIN, and the call is made again from its beginning. A file system that may wait at each step of
// a path cannot be served so: what was done before would be done again. Its calls are served by
// a coroutine each, which is left where it waits, and gone on with when it may.
//
// Callers: package linux starts them, file systems wait in them. Callees: none.
//
// # Context
//
// All of it belongs to one loop. The code of at most one coroutine runs at a time, in place of the
// loop: between two waits nobody else runs, and over a wait anything may change.
//
// # Invariants
//
//	C1  code goes on where it has waited, once, when it may or is to end    TestWait
//	C2  who is to end is over when End returns, whatever it waits for       TestEnd
//	C3  what comes for a wait that is over does nothing                     TestLate
//	C4  no more than Most have begun at any time                            TestMost
//	C5  who finds too many is told when one is over                         TestMost
package coroutine

import (
	"errors"
	"iter"
	"syscall"
)

// Most bounds the coroutines of a group that have begun and are not over: each has a stack in the
// kernel's heap.
const Most = 128

// spare is how many of them are kept for code that another core waits for: if two cores wait for each other, that goes on.
const spare = 32

// mostIdle is how many are kept for later calls.
const mostIdle = 4

// ErrNotHere says that a wait was asked for outside a coroutine.
var ErrNotHere = errors.New("nobody can wait here")

// ErrMany says that too many wait already.
var ErrMany = errors.New("too many calls wait already")

// Group is the coroutines of one loop. The zero value has none.
type Group struct {
	used    bool
	begun   int
	running *Coroutine // whose code runs, nil: nobody's
	idle    []*Coroutine
	waiting []func() // that are called when one is over
}

// Use says that there is something that may wait: from now on calls are served by coroutines.
func (g *Group) Use() { g.used = true }

// Used reports whether Use was called. Nil is a group that is never used.
func (g *Group) Used() bool { return g != nil && g.used }

// Running returns the coroutine whose code runs, nil for none.
func (g *Group) Running() *Coroutine {
	if g == nil {
		return nil
	}
	return g.running
}

// Coroutine is code that may wait.
type Coroutine struct {
	// Buffer is for whoever moves bytes in the coroutine, as he makes it: the loop's is not his over a wait.
	Buffer []byte

	g      *Group
	resume func() (struct{}, bool) // has its code run until it waits or is over
	yield  func(struct{}) bool
	code   func()
	ready  func() // called when it may go on
	wait   *wait  // for which it waits, nil: for none
	inside bool   // its code runs, or has had another's go on
	ends   bool   // it is to end: no wait lasts
}

// wait is one wait.
type wait struct{ over bool }

// Start runs code until it is over or waits. It returns nil if it is over; else ready is called when it may go
// on, which it does when Resume is called. It fails with ErrMany.
func (g *Group) Start(code, ready func()) (*Coroutine, error) {
	return g.start(Most-spare, code, ready)
}

// Answer is Start for code that another core waits for, and that waits for none.
func (g *Group) Answer(code, ready func()) (*Coroutine, error) { return g.start(Most, code, ready) }

// Begun returns how many have begun and are not over.
func (g *Group) Begun() int { return g.begun }

// Await calls f when one that has begun is over: then Start may not fail again.
func (g *Group) Await(f func()) { g.waiting = append(g.waiting, f) }

func (g *Group) start(most int, code, ready func()) (*Coroutine, error) {
	c := g.take(most)
	if c == nil {
		return nil, ErrMany
	}
	c.code, c.ready = code, ready
	if c.Resume() {
		return nil, nil
	}
	return c, nil
}

// take returns a coroutine without code, nil if there are too many.
func (g *Group) take(most int) *Coroutine {
	if g.begun >= most {
		return nil
	}
	g.begun++
	if n := len(g.idle); n > 0 {
		c := g.idle[n-1]
		g.idle = g.idle[:n-1]
		return c
	}
	c := &Coroutine{g: g}
	c.resume, _ = iter.Pull(c.serve)
	return c
}

// serve runs one code after the other, as long as the coroutine is kept.
func (c *Coroutine) serve(yield func(struct{}) bool) {
	c.yield = yield
	for kept := true; kept; {
		c.code()
		c.code, c.ready, c.ends = nil, nil, false
		c.g.begun--
		if kept = len(c.g.idle) < mostIdle; kept {
			c.g.idle = append(c.g.idle, c)
			yield(struct{}{})
		}
	}
}

// Ready reports whether it may go on.
func (c *Coroutine) Ready() bool { return c.wait == nil || c.wait.over }

// Resume has the code go on, if it may, and reports whether it is over: then the coroutine is another's.
func (c *Coroutine) Resume() (over bool) {
	if !c.Ready() {
		return false
	}
	outer := c.g.running
	c.g.running, c.inside = c, true
	c.resume()
	c.g.running, c.inside = outer, false
	if over = c.code == nil; over {
		c.g.tell()
	}
	return over
}

// tell tells all who wait for one to be over: who has ended meanwhile, or is stopped, begins none.
func (g *Group) tell() {
	waiting := g.waiting
	g.waiting = nil
	for _, f := range waiting {
		f()
	}
}

// End has it end: the wait under way, and all that come, fail with EINTR. When it returns the code is over, unless that
// has called it.
func (c *Coroutine) End() {
	c.ends = true
	if !c.inside {
		c.wait = nil
		c.Resume()
	}
}

// Ends reports whether the coroutine that runs is to end, though what it has waited for may have been done.
func (g *Group) Ends() bool { return g.running != nil && g.running.ends }

// Wait is called by code of a coroutine. It calls begin, which has something begin and returns; when that is
// done somebody calls wake, in the loop, once. It fails with EINTR if the coroutine is to end: what was begun goes on then, and
// its wake does nothing. Outside a coroutine it fails with ErrNotHere, and nothing begins.
func (g *Group) Wait(begin func(wake func())) error {
	c := g.running
	switch {
	case c == nil:
		return ErrNotHere
	case c.ends:
		return syscall.EINTR
	}
	w := &wait{}
	c.wait = w
	begin(func() {
		w.over = true
		if c.wait == w && !c.inside {
			c.ready()
		}
	})
	if !w.over {
		c.yield(struct{}{})
	}
	c.wait = nil
	if c.ends && !w.over {
		return syscall.EINTR
	}
	return nil
}
