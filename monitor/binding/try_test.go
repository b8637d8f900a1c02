package binding

import (
	"testing"
	"testing/synctest"
	"time"
)

// Who looks all the time is not rung for, and who waits beside him is, as soon as he does not look any more: also for what came meanwhile, and was
// not taken.
// Sabotages: in Hush, do nothing; in Listen, do not announce; in Listen, do not wake.
func TestHush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := newPair(0)
		open(a, b)
		send := func() {
			if _, sent := b.TrySend(1, &[7]uint64{}, nil); !sent {
				t.Fatal("it is not sent")
			}
			synctest.Wait()
		}
		var m Message
		wait := waits(func() error { return a.Await(time.Hour) })
		a.Hush()
		if send(); b.rings.Load() != 0 || len(wait) != 0 {
			t.Error("it is rung for who looks all the time")
		}
		if !a.TryRecv(&m, 1) || a.TryRecv(&m, 1) || !a.Listen() {
			t.Error("what has come is not there, or twice, or still")
		}
		if send(); b.rings.Load() != 1 {
			t.Errorf("it is rung %d times for who waits", b.rings.Load())
		}
		atOnce(t, "who waits", wait)
		a.TryRecv(&m, 1)
		wait = waits(func() error { return a.Await(time.Hour) })
		a.Hush()
		send()
		if a.Listen() {
			t.Error("there is nothing, although it was sent")
		}
		atOnce(t, "who waits beside him", wait)
		a.End(ErrClosed)
		a.TryRecv(&m, 1)
		if err := a.Await(time.Hour); err != ErrClosed {
			t.Error(err)
		}
		<-a.Ended()
	})
}

// What is tried is done as far as there is room at once, and the rest is said to be left.
// Sabotages: in TrySend, do not say what is left; in TrySend, lend nothing; in TryDone, keep the buffer; in TryDone, count it in hand.
func TestTry(t *testing.T) {
	a, b := newPair(0)
	open(a, b)
	const count, size = 3, 64
	withBuffers(t, a, b, count, size)
	data := make([]byte, count*size+5)
	for i := range data {
		data[i] = byte(i)
	}
	for round := range 20 {
		left, sent := a.TrySend(7, &[7]uint64{9}, data)
		if !sent || len(left) != 5 || left[0] != data[count*size] {
			t.Fatalf("round %d: sent %v, %d bytes are left", round, sent, len(left))
		}
		var m Message
		if !b.TryRecv(&m, 1) || m.Type != 7 || m.W[0] != 9 {
			t.Fatalf("round %d: %v", round, m)
		}
		for i := range count {
			p, ok := b.TryPart()
			if !ok || len(p.Bytes) != size || p.Bytes[1] != data[i*size+1] {
				t.Fatalf("round %d: part %d is %v", round, i, p.Bytes)
			}
			if !p.TryDone() {
				t.Fatal("there is no room")
			}
		}
		if _, ok := b.TryPart(); ok {
			t.Fatal("there is one part more")
		}
	}
	sent := 0
	for {
		if _, ok := a.TrySend(1, &[7]uint64{}, nil); !ok {
			break
		}
		sent++
	}
	var m Message
	for b.TryRecv(&m, 1) {
		sent--
	}
	if sent != 0 || m.Type != 1 {
		t.Errorf("%d messages are lost", sent)
	}
	if _, sent := a.TrySend(0, &[7]uint64{}, nil); sent {
		t.Error("a message of no type is sent")
	}
	b.Close()
	if b.released.Load() != 1 {
		t.Error("a buffer counts as in hand")
	}
}
