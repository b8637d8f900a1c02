package qemu

import (
	"os"
	"strings"
	"sync"
)

// state is how far a guest is.
type state int

const (
	running state = iota
	ended         // QEMU has closed the console
	expired       // the deadline has passed
)

// console collects the output of a guest. Its own goroutine appends; the test's
// goroutine reads and waits for changes.
type console struct {
	mu      sync.Mutex
	text    strings.Builder
	at      state
	changed chan struct{} // closed and replaced at each change

	read int // bytes of text that Expect has passed; the test's goroutine only
}

// collect starts to read the console from r until its end.
func collect(r *os.File) *console {
	c := &console{changed: make(chan struct{})}
	go func() {
		defer r.Close()
		buf := make([]byte, 4096)
		for {
			n, err := r.Read(buf)
			c.update(func() { c.text.WriteString(strings.ReplaceAll(string(buf[:n]), "\r", "")) })
			if err != nil { // QEMU is gone
				c.update(func() { c.advance(ended) })
				return
			}
		}
	}()
	return c
}

// advance sets the state, unless the guest's life is over already.
func (c *console) advance(s state) {
	if c.at == running {
		c.at = s
	}
}

// expire marks the passing of the deadline.
func (c *console) expire() { c.update(func() { c.advance(expired) }) }

// update changes the console and wakes whoever waits.
func (c *console) update(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
	close(c.changed)
	c.changed = make(chan struct{})
}

// state returns the text so far, the state, and a channel that is closed when one
// of them changes.
func (c *console) state() (string, state, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.String(), c.at, c.changed
}
