package binding

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

const bound = 10 * time.Second

// polls are how long a wait polls, in the tests: not at all, so that each wait blocks,
// and for a while.
var polls = []time.Duration{0, 50 * time.Microsecond}

// echo answers whatever comes until the binding ends.
func echo(e *end) error {
	var m Message
	for {
		if err := e.Recv(&m, bound); err != nil {
			return err
		}
		if err := e.Send(m.Type, &m.W, bound); err != nil {
			return err
		}
	}
}

// Round trips, one after the other: no wake-up is lost, whoever blocks.
// Sabotage: let leave not ring; let Look leave no mark where the lock is held.
func TestPingPong(t *testing.T) {
	for _, poll := range polls {
		a, b := newPair(poll)
		ended := make(chan error)
		go func() { ended <- echo(b) }()
		var m Message
		for i := range uint64(5000) {
			if err := a.Call(7, &[7]uint64{0, i, i * i}, &m, bound); err != nil || m.Type != 7 || m.W[1] != i || m.W[2] != i*i {
				t.Fatalf("poll %v: message %d: %v, %v", poll, i, m, err)
			}
		}
		b.End(ErrClosed)
		if err := <-ended; err != ErrClosed {
			t.Error(err)
		}
	}
}

// Several goroutines of each end send and receive at a time, more than a ring holds:
// nothing is lost, doubled, or reordered for one sender, and nobody waits for ever.
// Sabotage: let leave not ring.
func TestBothWays(t *testing.T) {
	const senders, each = 3, 1000
	for _, poll := range polls {
		a, b := newPair(poll)
		var all sync.WaitGroup
		for _, e := range []*end{a, b} {
			for s := range uint64(senders) {
				all.Go(func() {
					for i := range uint64(each) {
						if err := e.Send(1, &[7]uint64{s, i}, bound); err != nil {
							t.Errorf("poll %v: sender %d, message %d: %v", poll, s, i, err)
							return
						}
					}
				})
			}
			all.Go(func() {
				var next [senders]uint64
				var m Message
				for range senders * each {
					if err := e.Recv(&m, bound); err != nil || m.W[0] >= senders || m.W[1] != next[m.W[0]] {
						t.Errorf("poll %v: received %v, %v; next are %v", poll, m, err, next)
						return
					}
					next[m.W[0]]++
				}
			})
		}
		all.Wait()
	}
}

// Two who wait at one end: when one of them gives up, the other still wakes.
// Sabotage: let sleep take the announcement back although others wait.
func TestOneGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := newPair(0)
		open(a, b)
		received := make(chan error)
		var m Message
		go func() { received <- a.Recv(&m, time.Hour) }()
		synctest.Wait()
		if _, err := a.Part(time.Minute); err != ErrTimeout {
			t.Error(err)
		}
		synctest.Wait()
		begin := time.Now()
		if err := b.Send(5, &[7]uint64{6}, bound); err != nil {
			t.Fatal(err)
		}
		if err := <-received; err != nil || m.W[0] != 6 || time.Since(begin) > 0 {
			t.Errorf("%v, %v after %v", m, err, time.Since(begin))
		}
	})
}

// Every wait ends with its bound, and does not spin until then.
// Sabotage: let await take no notice of the timer.
func TestBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := newPair(0)
		open(a, b)
		withBuffers(t, a, b, 1, 4096)
		var m Message
		if _, err := a.Buffer(time.Second); err != nil {
			t.Fatal(err)
		}
		for name, f := range map[string]func(bound time.Duration) error{
			"Recv":   func(bound time.Duration) error { return a.Recv(&m, bound) },
			"Call":   func(bound time.Duration) error { return a.Call(1, &[7]uint64{}, &m, bound) },
			"Buffer": func(bound time.Duration) error { _, err := a.Buffer(bound); return err },
			"Part":   func(bound time.Duration) error { _, err := a.Part(bound); return err },
			"Send": func(bound time.Duration) error {
				for {
					if err := a.Send(1, &[7]uint64{}, bound); err != nil {
						return err
					}
				}
			},
		} {
			for _, bound := range []time.Duration{0, time.Millisecond, time.Minute} {
				begin := time.Now()
				if err := f(bound); err != ErrTimeout || time.Since(begin) != bound {
					t.Errorf("%s: %v after %v, want %v after %v", name, err, time.Since(begin), ErrTimeout, bound)
				}
			}
		}
	})
}

// open lets both ends link.
func open(a, b *end) {
	for range 3 {
		for _, e := range []*end{a, b} {
			e.mu.Lock()
			e.advance()
			e.leave()
		}
	}
}

// Whoever waits learns at once that the binding has ended, and why.
// Sabotage: let settle not wake.
func TestEndWakes(t *testing.T) {
	dead := errors.New("core 1 is not up")
	synctest.Test(t, func(t *testing.T) {
		a, b := newPair(0)
		open(a, b)
		withBuffers(t, a, b, 1, 64)
		a.Buffer(0)
		var ends []chan error
		wait := func(f func() error) {
			c := make(chan error, 1)
			ends = append(ends, c)
			go func() { c <- f() }()
		}
		var m, answer Message
		wait(func() error { return a.Recv(&m, time.Hour) })
		wait(func() error { _, err := a.Buffer(time.Hour); return err })
		wait(func() error { _, err := a.Part(time.Hour); return err })
		wait(func() error {
			for {
				if err := a.Send(1, &[7]uint64{}, time.Hour); err != nil {
					return err
				}
			}
		})
		synctest.Wait()
		begin := time.Now()
		a.End(dead)
		a.End(ErrClosed) // later reasons do not count
		for i, c := range ends {
			if err := <-c; err != dead {
				t.Errorf("%d: %v", i, err)
			}
		}
		if d := time.Since(begin); d > 0 {
			t.Errorf("after %v", d)
		}
		for _, err := range []error{a.Recv(&m, bound), a.Send(1, &m.W, bound), a.Call(1, &m.W, &answer, bound), a.Err()} {
			if err != dead {
				t.Error(err)
			}
		}
	})
}

// What the peer had sent before the end is received first; after Close nothing is.
// Sabotage: let finish not take what is left.
func TestKept(t *testing.T) {
	for _, closed := range []bool{false, true} {
		a, b := newPair(0)
		open(a, b)
		for i := range uint64(20) {
			if err := b.Send(1, &[7]uint64{i}, bound); err != nil {
				t.Fatal(err)
			}
		}
		var m Message
		if err := a.Recv(&m, bound); err != nil || m.W[0] != 0 {
			t.Fatal(m, err)
		}
		if closed {
			a.Close()
			if err := a.Recv(&m, bound); err != ErrClosed {
				t.Errorf("after Close: %v, %v", m, err)
			}
			continue
		}
		a.End(errors.New("core 1 has returned the frames"))
		for i := uint64(1); i < 20; i++ {
			if err := a.Recv(&m, bound); err != nil || m.W[0] != i {
				t.Fatalf("message %d: %v, %v", i, m, err)
			}
		}
		if err := a.Recv(&m, bound); err == nil {
			t.Errorf("one more: %v", m)
		}
	}
}

// The memory is let go once, and not while somebody uses the channel or has a buffer.
// Sabotage: let settle not look at inHand; let letGo not settle.
func TestReleasedLast(t *testing.T) {
	a, b := newPair(0)
	open(a, b)
	withBuffers(t, a, b, 2, 64)
	buf, err := b.Buffer(bound)
	if err != nil {
		t.Fatal(err)
	}
	copy(buf.Bytes, "here")
	if err := buf.Hand(4, bound); err != nil {
		t.Fatal(err)
	}
	part, err := a.Part(bound)
	if err != nil {
		t.Fatal(err)
	}
	own, err := a.Buffer(bound)
	if err != nil {
		t.Fatal(err)
	}
	a.mu.Lock()
	a.End(ErrClosed)
	if a.ch == nil || a.released.Load() != 0 {
		t.Error("the frame is let go although somebody uses it")
	}
	a.unlock()
	if a.ch != nil || a.released.Load() != 0 {
		t.Error("the frame is not forgotten, or the buffers are")
	}
	if err := part.Done(bound); err != ErrClosed {
		t.Error(err)
	}
	if a.released.Load() != 0 {
		t.Error("let go although a buffer is in use")
	}
	if err := own.Hand(1, bound); err != ErrClosed {
		t.Error(err)
	}
	a.Close()
	a.End(ErrClosed)
	if n := a.released.Load(); n != 1 {
		t.Errorf("let go %d times", n)
	}
}

// Bulk data goes both ways at once, in order and whole, with messages in between.
// Sabotage: let Done forget to free the buffer.
func TestBulk(t *testing.T) {
	const parts = 500
	for _, poll := range polls {
		a, b := newPair(poll)
		withBuffers(t, a, b, 3, 4096)
		var all sync.WaitGroup
		for i, e := range []*end{a, b} {
			all.Go(func() {
				for n := range parts {
					buf, err := e.Buffer(bound)
					if err == nil {
						size := 1 + n*37%4096
						for i := range size {
							buf.Bytes[i] = byte(n + i)
						}
						err = buf.Hand(size, bound)
					}
					if err == nil && n%50 == 0 {
						err = e.Send(3, &[7]uint64{uint64(n)}, bound)
					}
					if err != nil {
						t.Errorf("poll %v: end %d, part %d: %v", poll, i, n, err)
						return
					}
				}
			})
			all.Go(func() {
				for n := range parts {
					p, err := e.Part(bound)
					if err != nil {
						t.Errorf("poll %v: end %d, part %d: %v", poll, i, n, err)
						return
					}
					if len(p.Bytes) != 1+n*37%4096 || p.Bytes[len(p.Bytes)-1] != byte(n+len(p.Bytes)-1) {
						t.Errorf("poll %v: end %d, part %d: %d bytes, the last %d", poll, i, n, len(p.Bytes), p.Bytes[len(p.Bytes)-1])
					}
					if err := p.Done(bound); err != nil {
						t.Errorf("poll %v: end %d, part %d: %v", poll, i, n, err)
					}
				}
			})
			all.Go(func() {
				var m Message
				for n := uint64(0); n < parts; n += 50 {
					if err := e.Recv(&m, bound); err != nil || m.W[0] != n {
						t.Errorf("poll %v: end %d, message %d: %v, %v", poll, i, n, m, err)
					}
				}
			})
		}
		all.Wait()
	}
}

// What no honest peer says of buffers, or of types, ends the binding with a sentence.
// Sabotage: leave out any of internal's conditions.
func TestLies(t *testing.T) {
	for _, c := range []struct {
		typ  uint16
		w    [7]uint64
		want string
	}{
		{typeHand, [7]uint64{2, 1}, "hands over buffer 2 with 1 bytes"},
		{typeHand, [7]uint64{0, 65}, "hands over buffer 0 with 65 bytes"},
		{typeHand, [7]uint64{^uint64(0), 1}, "hands over buffer"},
		{typeHand, [7]uint64{0, ^uint64(0)}, "hands over buffer 0"},
		{typeHand, [7]uint64{1, 1}, "hands over buffer 1"}, // which we have
		{typeBack, [7]uint64{0}, "gives back buffer 0"},    // which it does not have
		{typeBack, [7]uint64{2}, "gives back buffer 2"},
		{typeBack, [7]uint64{^uint64(0)}, "gives back buffer"},
		{MaxType + 3, [7]uint64{}, "sends a message of type"},
		{0xffff, [7]uint64{}, "sends a message of type"},
	} {
		a, b := newPair(0)
		open(a, b)
		withBuffers(t, a, b, 2, 64)
		for range 2 { // has both of its own in our hands now
			buf, err := b.Buffer(bound)
			if err != nil {
				t.Fatal(err)
			}
			buf.Hand(64, bound)
		}
		a.Part(bound)
		if c.typ == typeHand && c.w[0] == 0 { // the size alone is wrong
			p, err := a.Part(bound)
			if err != nil {
				t.Fatal(err)
			}
			p.Done(bound)
			a.mu.Lock()
			a.theirs.Load().out[0] = false
			a.mu.Unlock()
		}
		if err := b.send(c.typ, &c.w, &patience{bound: bound}); err != nil {
			t.Fatal(err)
		}
		var m Message
		if err := a.Recv(&m, bound); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "the binding to core 1 is lost: it ") {
			t.Errorf("type %#x %v: %v, %v", c.typ, c.w[:2], m, err)
		}
	}
	// Buffers that there are none of.
	a, b := newPair(0)
	open(a, b)
	var m Message
	b.send(typeBack, &[7]uint64{}, &patience{bound: bound})
	if err := a.Recv(&m, bound); err == nil {
		t.Error(m)
	}
	a, b = newPair(0)
	open(a, b)
	b.send(typeHand, &[7]uint64{}, &patience{bound: bound})
	if err := a.Recv(&m, bound); err == nil {
		t.Error(m)
	}
	if _, err := a.Buffer(bound); err == nil {
		t.Error("a buffer of a binding that is lost")
	}
}

// Nonsense in the frame loses the binding.
// Sabotage: let advance take no notice of Broken.
func TestScribble(t *testing.T) {
	a, b := newPair(0)
	open(a, b)
	_, theirs := a.ch.Lines()
	theirs.Ack = 7<<32 | 1<<20
	var m Message
	if err := a.Recv(&m, bound); err == nil || !strings.Contains(err.Error(), "it shows another life") {
		t.Error(err)
	}
	a, b = newPair(0)
	open(a, b)
	_, theirs = a.ch.Lines()
	theirs.Link = 1<<32 | 9
	if err := a.Recv(&m, bound); err == nil || !strings.Contains(err.Error(), "the binding to core 1 is lost: ") || a.released.Load() != 1 {
		t.Errorf("%v, released %d", err, a.released.Load())
	}
	runtime.KeepAlive(b)
}

// Sabotage: allocate in Recv.
func TestNoAllocation(t *testing.T) {
	a, b := newPair(50 * time.Microsecond)
	open(a, b)
	withBuffers(t, a, b, 2, 4096)
	var m Message
	w := [7]uint64{1}
	if n := testing.AllocsPerRun(1000, func() {
		a.Send(1, &w, bound)
		if err := b.Recv(&m, bound); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("a message costs %v allocations", n)
	}
	if n := testing.AllocsPerRun(1000, func() {
		buf, _ := a.Buffer(bound)
		buf.Hand(9, bound)
		p, err := b.Part(bound)
		if err != nil {
			t.Fatal(err)
		}
		p.Done(bound)
	}); n != 0 {
		t.Errorf("a buffer costs %v allocations", n)
	}
}

// Sabotage: let Send accept any type.
func TestUse(t *testing.T) {
	a, b := newPair(0)
	open(a, b)
	for _, typ := range []uint16{0, MaxType + 1, 0xffff} {
		if err := a.Send(typ, &[7]uint64{}, bound); err == nil {
			t.Errorf("type %d is sent", typ)
		}
	}
	if _, err := a.Buffer(bound); err == nil || err.Error() != "the binding to core 1 has no buffers" {
		t.Error(err)
	}
	withBuffers(t, a, b, 1, 64)
	if err := a.SetOwn(make([]byte, 64), 1); err == nil {
		t.Error("buffers twice")
	}
	if a.SetTheirs(make([]byte, 64), 1) {
		t.Error("the peer's buffers twice")
	}
	buf, err := a.Buffer(bound)
	if err != nil {
		t.Fatal(err)
	}
	if err := buf.Hand(65, bound); err == nil {
		t.Error("more bytes than a buffer has")
	}
	if buf, err = a.Buffer(bound); err != nil {
		t.Fatal("dropped by a mistake, and not there again: ", err)
	}
	copy(buf.Bytes, bytes.Repeat([]byte{9}, 64))
	buf.Hand(64, bound)
	p, err := b.Part(bound)
	if err != nil || !bytes.Equal(p.Bytes, bytes.Repeat([]byte{9}, 64)) {
		t.Errorf("%v, %v", p.Bytes, err)
	}
	for _, c := range []struct {
		count, size, pages uint64
		want               bool
	}{{1, 4096, 1, true}, {64, 64, 1, true}, {65, 64, 1, false}, {0, 0, 0, false}, {1, 0, 0, false}, {2, 4096, 1, false}, {1 << 32, 1 << 44, 1 << 52, false}, {64, 1 << 58, 0, false}, {4, 1000, 1, false}} {
		if got := Regular(c.count, c.size, c.pages); got != c.want {
			t.Error(fmt.Sprint(c), got)
		}
	}
}
