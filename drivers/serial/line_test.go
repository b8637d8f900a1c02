package serial

import (
	"bytes"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"atoll/drivers/uart"
)

// port is a serial port with room for so many bytes each way. Its fields belong to
// whoever calls Turn, and to the test when nobody runs.
type port struct {
	room     int    // of the transmitter
	sent     []byte // what has left it
	received []byte // what TryReadByte has not yet returned
	touched  int    // calls
	pending  int    // HandleInterrupt calls
}

func (p *port) Init() error                  { return nil }
func (p *port) EnableInterrupts(rx, tx bool) {}
func (p *port) Stats() (s uart.Stats)        { return s }

func (p *port) HandleInterrupt() uart.Event {
	p.pending++
	return uart.Received
}

func (p *port) TryReadByte() (byte, bool) {
	p.touched++
	if len(p.received) == 0 {
		return 0, false
	}
	c := p.received[0]
	p.received = p.received[1:]
	return c, true
}

func (p *port) TryWriteByte(c byte) bool {
	p.touched++
	if p.room == 0 {
		return false
	}
	p.room--
	p.sent = append(p.sent, c)
	return true
}

func (p *port) Fill(next func() (byte, bool)) int {
	p.touched++
	n := 0
	for ; p.room > 0; n++ {
		c, ok := next()
		if !ok {
			break
		}
		p.TryWriteByte(c)
	}
	return n
}

// line returns a line over a port, in a bubble, and the number of wakes.
func line(t *testing.T, f func(l *Line, p *port, wakes *int)) {
	synctest.Test(t, func(t *testing.T) {
		p, wakes := &port{}, 0
		f(New(p, func() { wakes++ }), p, &wakes)
	})
}

// text returns n bytes that do not repeat soon.
func text(n int) []byte {
	b := make([]byte, n)
	r := rand.New(rand.NewPCG(uint64(n), 1))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// Write takes what the buffer holds and returns; what does not fit waits until the
// port has taken some, and all comes out in order. Each time the event loop is
// woken.
// Sabotage: leave the wait out of Write, or Broadcast out of Poll, or ask out of
// Write's loop or its end; let Poll forget what the port had no room for.
func TestWrite(t *testing.T) {
	line(t, func(l *Line, p *port, wakes *int) {
		all := text(3*outBytes + 5)
		n, err := l.Write(all[:outBytes])
		if n != outBytes || err != nil || *wakes == 0 {
			t.Errorf("wrote %d, %v, %d wakes", n, err, *wakes)
		}
		*wakes = 0
		written := make(chan int)
		go func() {
			n, _ := l.Write(all[outBytes:])
			written <- n
		}()
		synctest.Wait()
		if len(l.out) != outBytes {
			t.Errorf("%d bytes wait", len(l.out))
		}
		for turns := 0; len(p.sent) < len(all); turns++ {
			if turns == 1000 {
				t.Fatalf("%d bytes came out, %d wait", len(p.sent), len(l.out))
			}
			p.room = 100
			l.Poll() // as an interrupt would have it
			synctest.Wait()
			if want := min(outBytes, len(all)-len(p.sent)); len(l.out) != want {
				t.Fatalf("%d bytes wait, not %d", len(l.out), want)
			}
		}
		if n := <-written; n != 2*outBytes+5 || !bytes.Equal(p.sent, all) {
			t.Errorf("wrote %d, and %d bytes came out", n, len(p.sent))
		}
		if *wakes < 2 {
			t.Errorf("%d wakes", *wakes)
		}
	})
}

// Turn touches the port when Write or Read has asked for it, once, and not
// otherwise, for that is slow.
// Sabotage: let Turn call Poll always, or not take back what was asked.
func TestTurnTouchesThePortWhenAsked(t *testing.T) {
	line(t, func(l *Line, p *port, wakes *int) {
		p.received = []byte("typed")
		if l.Turn() || p.touched != 0 {
			t.Errorf("nobody asked, and the port was touched %d times", p.touched)
		}
		p.room = 2
		l.Write([]byte("abc"))
		if p.touched != 0 {
			t.Error("Write touched the port")
		}
		if !l.Turn() || string(p.sent) != "ab" || string(l.in) != "typed" {
			t.Errorf("sent %q, got %q", p.sent, l.in)
		}
		p.touched = 0
		if p.room = 9; l.Turn() || p.touched != 0 {
			t.Errorf("asked once, and touched again %d times", p.touched)
		}
		if l.Interrupt(); p.pending != 1 || string(p.sent) != "abc" {
			t.Errorf("%d interrupts handled, sent %q", p.pending, p.sent)
		}
		if l.Poll() {
			t.Error("moved what is not there")
		}
	})
}

// Input that nobody reads stays in the port beyond what the buffer holds; a Read
// makes room and has the rest fetched. Nothing is lost or changes its order.
// Sabotage: leave stalled out of receive or of Read, or the bound out of receive.
func TestInputThatNobodyReads(t *testing.T) {
	line(t, func(l *Line, p *port, wakes *int) {
		all := text(inBytes + 60)
		p.received = bytes.Clone(all)
		l.Interrupt()
		if len(p.received) != 60 || len(l.in) != inBytes {
			t.Fatalf("%d bytes stay in the port, %d wait", len(p.received), len(l.in))
		}
		if l.Poll() {
			t.Error("took more than there is room for")
		}
		var got []byte
		for len(got) < len(all) {
			b := make([]byte, 100)
			*wakes = 0
			n, err := l.Read(b)
			if n == 0 || err != nil {
				t.Fatalf("read %d, %v", n, err)
			}
			got = append(got, b[:n]...)
			if want := len(p.received) > 0; *wakes > 0 != want || l.Turn() != want {
				t.Errorf("after %d bytes: %d wakes", len(got), *wakes)
			}
		}
		if !bytes.Equal(got, all) {
			t.Error("the input is not what was typed")
		}
	})
}

// Read waits for input and returns what there is; one for nothing does not wait.
// Sabotage: leave the wait out of Read, or Broadcast out of Poll.
func TestReadWaits(t *testing.T) {
	line(t, func(l *Line, p *port, wakes *int) {
		if n, err := l.Read(nil); n != 0 || err != nil {
			t.Errorf("read %d, %v", n, err)
		}
		got := ""
		go func() {
			b := make([]byte, 10)
			n, _ := l.Read(b)
			got = string(b[:n])
		}()
		if synctest.Wait(); got != "" {
			t.Errorf("read %q before anything was typed", got)
		}
		p.received = []byte("key")
		l.Interrupt()
		if synctest.Wait(); got != "key" {
			t.Errorf("read %q", got)
		}
	})
}

// What is written while somebody drains does not keep him.
// Sabotage: let Drain wait until there is no output.
func TestDrainEnds(t *testing.T) {
	line(t, func(l *Line, p *port, wakes *int) {
		l.Write([]byte("before"))
		drained := false
		go func() { l.Drain(); drained = true }()
		synctest.Wait()
		l.Write([]byte("more"))
		p.room = len("before")
		l.Poll()
		if synctest.Wait(); !drained {
			t.Errorf("not drained although %q has been sent", p.sent)
		}
		p.room = len("more")
		l.Poll()
	})
}

// Drain waits for output, to the last byte, and for nothing else.
// Sabotage: leave the wait out of Drain, or Broadcast out of Poll.
func TestDrain(t *testing.T) {
	line(t, func(l *Line, p *port, wakes *int) {
		p.received = []byte("unread")
		l.Poll()
		l.Drain()
		l.Write([]byte("last words"))
		drained := false
		go func() { l.Drain(); drained = true }()
		for range 10 {
			if synctest.Wait(); drained {
				t.Fatalf("drained when %q has been sent", p.sent)
			}
			p.room = 1
			l.Poll()
		}
		if synctest.Wait(); !drained || string(p.sent) != "last words" {
			t.Errorf("sent %q, drained %v", p.sent, drained)
		}
	})
}

// A port that takes nothing more keeps nobody for ever, and one that is slow loses
// nothing. Sabotage: leave late out of progress.
func TestDrainOfADeadPort(t *testing.T) {
	line(t, func(l *Line, p *port, wakes *int) {
		l.Write([]byte("last words"))
		begin := time.Now()
		var drained atomic.Bool
		go func() { l.Drain(); drained.Store(true) }()
		for range 3 { // slow
			time.Sleep(patience - time.Second)
			p.room = 1
			l.Poll()
		}
		if synctest.Wait(); drained.Load() {
			t.Fatalf("given up although the port took %q", p.sent)
		}
		time.Sleep(patience + time.Second)
		if synctest.Wait(); !drained.Load() {
			t.Errorf("still waiting after %v", time.Since(begin))
		}
	})
}

// A writer, a reader and the event loop at the same time, for the race detector:
// all bytes arrive, both ways.
// Sabotage: leave the lock out of Poll or Read.
func TestBothWays(t *testing.T) {
	woken := make(chan struct{}, 1)
	out, in := text(20_000), text(5_000)
	p := &port{received: bytes.Clone(in)}
	l := New(p, func() {
		select {
		case woken <- struct{}{}:
		default:
		}
	})
	done := make(chan []byte)
	go func() {
		for i := 0; i < len(out); i += 77 {
			l.Write(out[i:min(i+77, len(out))])
		}
		l.Drain()
		done <- in
	}()
	go func() { done <- read(l, len(in)) }()
	for left := 2; left > 0; {
		p.room = 16
		l.Interrupt()
		select {
		case got := <-done:
			if left--; !bytes.Equal(got, in) {
				t.Error("the input is not what was typed")
			}
		case <-woken:
			l.Turn()
		default:
		}
	}
	if !bytes.Equal(p.sent, out) {
		t.Error("the output is not what was written")
	}
}

// read reads so many bytes.
func read(l *Line, n int) (got []byte) {
	for len(got) < n {
		b := make([]byte, 64)
		n, _ := l.Read(b)
		got = append(got, b[:n]...)
	}
	return got
}
