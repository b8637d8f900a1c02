package spawn

import (
	"io"
	"sync"

	"atoll/user/tty"
)

// Terminal is a person at a screen.
type Terminal interface {
	// Write brings bytes to the screen. It may block.
	io.Writer
	// Keys has a function called with what is typed, until it is called with nil. The
	// function does not block.
	Keys(typed func([]byte))
	// Return gives back what was typed for the function and nobody has read: it goes ahead of what is
	// typed next. It is called once, when Keys has been called with nil.
	Return(unread []byte)
}

// Size of a screen of which nobody knows the size.
const usualRows, usualColumns = 24, 80

// screen is between a terminal as programs know it, which belongs to the loop, and a person.
// A goroutine of its own writes, for that may block.
type screen struct {
	l    *land
	tty  *tty.Terminal
	term Terminal

	mu      sync.Mutex
	changed sync.Cond
	pending []byte
	last    byte   // that was written, 0: none was
	after   func() // to call when all has been written; nil: more may come
}

// newScreen connects a person. For the loop.
func (l *land) newScreen(term Terminal) *screen {
	s := &screen{l: l, tty: tty.New(usualRows, usualColumns), term: term}
	s.changed.L = &s.mu
	s.tty.Kick = s.kick
	term.Keys(func(b []byte) {
		b = append([]byte(nil), b...)
		l.loop.Do(func() { s.tty.Input(b) })
	})
	go s.run()
	return s
}

// kick hands over what is for the screen, unless some of it is on its way. For the loop.
func (s *screen) kick() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.pending) == 0 {
		s.pending = s.tty.Take()
		s.changed.Signal()
	}
}

// end has a function called when all has been written. What was typed and is on its way to the terminal is there before
// what nobody has read goes back. For the loop.
func (s *screen) end(after func()) {
	s.term.Keys(nil)
	s.l.loop.Do(func() { s.term.Return(s.tty.Unread()) })
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending = append(s.pending, s.tty.Take()...)
	if n := len(s.pending); n > 0 {
		s.last = s.pending[n-1]
	}
	if s.last != 0 && s.last != '\n' {
		s.pending = append(s.pending, "\r\n"...) // what comes behind is a fact, which has a line of its own
	}
	s.after = after
	s.changed.Signal()
}

// run writes until the end.
func (s *screen) run() {
	for {
		s.mu.Lock()
		for len(s.pending) == 0 && s.after == nil {
			s.changed.Wait()
		}
		b, after := s.pending, s.after
		s.mu.Unlock()
		s.term.Write(b)
		s.mu.Lock()
		if len(b) > 0 && s.after == nil {
			s.last = b[len(b)-1]
		}
		s.pending = s.pending[len(b):] // what end has added stays
		done := len(s.pending) == 0
		s.mu.Unlock()
		if after != nil && done {
			after()
			return
		}
		s.l.loop.Do(func() {
			if len(s.tty.Screen()) > 0 {
				s.kick()
			}
		})
	}
}
