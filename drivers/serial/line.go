package serial

import (
	"sync"
	"sync/atomic"
	"time"

	"atoll/drivers/uart"
)

const (
	outBytes = 16 << 10
	inBytes  = 256
)

// Line is a serial line.
type Line struct {
	port uart.Port
	wake func() // makes the event loop call Turn

	mu      sync.Mutex
	changed sync.Cond // of out or in
	out     []byte    // not yet given to the port
	given   uint64    // bytes ever given to it
	in      []byte    // not yet read
	stalled bool      // input was left in the port for lack of room

	asked atomic.Bool // Turn has something to do
	heard atomic.Bool // an interrupt has come
}

// New makes a line over a port that has been initialised. wake is called after
// each Write, from its goroutine.
func New(port uart.Port, wake func()) *Line {
	l := &Line{port: port, wake: wake}
	l.changed.L = &l.mu
	return l
}

// ask makes the event loop call Turn.
func (l *Line) ask() {
	l.asked.Store(true)
	l.wake()
}

// Write puts output into the buffer and blocks while that is full.
func (l *Line) Write(p []byte) (int, error) {
	n := len(p)
	l.mu.Lock()
	for len(p) > 0 {
		for len(l.out) >= outBytes {
			l.changed.Wait()
		}
		take := min(len(p), outBytes-len(l.out))
		l.out = append(l.out, p[:take]...)
		p = p[take:]
		if len(p) > 0 {
			l.ask()
		}
	}
	l.mu.Unlock()
	l.ask()
	return n, nil
}

// patience is how long Drain waits for a port that takes nothing: somebody may have
// stopped his terminal, but a machine that is to be switched off must not stay on
// because nobody listens.
const patience = 10 * time.Second

// Drain blocks until all that was written so far has been given to the port, or the
// port has taken nothing for a while.
func (l *Line) Drain() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for last := l.given + uint64(len(l.out)); l.given < last; {
		if !l.progress(l.given) {
			return
		}
	}
}

// progress waits, with the lock held, until more than so many bytes have been given
// to the port, and reports whether they have.
func (l *Line) progress(given uint64) bool {
	late := false
	timer := time.AfterFunc(patience, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		late = true
		l.changed.Broadcast()
	})
	defer timer.Stop()
	for l.given == given && !late {
		l.changed.Wait()
	}
	return l.given > given
}

// Read returns what has been typed, at least one byte.
func (l *Line) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.in) == 0 {
		l.changed.Wait()
	}
	n := copy(p, l.in)
	l.in = l.in[:copy(l.in, l.in[n:])]
	if l.stalled {
		l.ask()
	}
	return n, nil
}

// Interrupt serves the port's interrupt.
func (l *Line) Interrupt() {
	l.heard.Store(true)
	l.port.HandleInterrupt()
	l.Poll()
}

// Deaf reports whether output waits for an interrupt, and none has ever come.
func (l *Line) Deaf() bool {
	if l.heard.Load() {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.out) > 0
}

// Turn does what Read and Write have left to the event loop, and reports whether
// that was anything. It touches the device only if so, for that is slow.
func (l *Line) Turn() bool { return l.asked.Swap(false) && l.Poll() }

// Poll moves output to the port and input from it, as far as there is room, and
// reports whether it moved any. A port without an interrupt needs it often.
func (l *Line) Poll() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	moved := l.receive()
	if len(l.out) > 0 {
		i := 0
		l.port.Fill(func() (byte, bool) {
			if i == len(l.out) {
				return 0, false
			}
			i++
			return l.out[i-1], true
		})
		l.out = l.out[:copy(l.out, l.out[i:])]
		l.given += uint64(i)
		moved = moved || i > 0
	}
	if moved {
		l.changed.Broadcast()
	}
	return moved
}

// receive takes input from the port.
func (l *Line) receive() bool {
	moved := false
	for len(l.in) < inBytes {
		c, ok := l.port.TryReadByte()
		if !ok {
			l.stalled = false
			return moved
		}
		l.in = append(l.in, c)
		moved = true
	}
	l.stalled = true
	return moved
}
