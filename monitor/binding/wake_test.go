package binding

import (
	"testing"
	"testing/synctest"
	"time"
)

// fill sends from an end until its ring is full, and returns how many that were.
func fill(t *testing.T, e *end) (n uint64) {
	t.Helper()
	for e.Send(1, &[7]uint64{n}, 0) == nil {
		n++
	}
	if n == 0 {
		t.Fatal("nothing could be sent")
	}
	return n
}

// waits lets f run until it blocks, and returns a channel with what comes of it.
func waits(f func() error) chan error {
	c := make(chan error, 1)
	go func() { c <- f() }()
	synctest.Wait()
	return c
}

// atOnce checks that who waited has succeeded without time passing.
func atOnce(t *testing.T, what string, c chan error) {
	t.Helper()
	synctest.Wait()
	select {
	case err := <-c:
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	default:
		t.Errorf("%s is not woken", what)
		<-c
	}
}

// The peer rings once for each announcement. If what it rang for is taken by somebody
// who did not block, those who do announce themselves anew.
// Sabotage: let Look not call again.
func TestTakenByAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := newPair(0)
		open(a, b)
		var m, other Message
		blocked := waits(func() error { return a.Recv(&m, time.Hour) })
		a.deaf.Store(true) // the doorbell is on its way
		if err := b.Send(1, &[7]uint64{1}, bound); err != nil {
			t.Fatal(err)
		}
		if err := a.Recv(&other, 0); err != nil || other.W[0] != 1 {
			t.Fatal(other, err)
		}
		a.deaf.Store(false)
		a.Look(true) // now it is there
		if err := b.Send(1, &[7]uint64{2}, bound); err != nil {
			t.Fatal(err)
		}
		if atOnce(t, "who received", blocked); m.W[0] != 2 {
			t.Errorf("received %v", m)
		}
	})
}

// Room that somebody found who did not block is room for those who do, too, although the
// channel knows no longer that any was wanted.
// Sabotage: let again not look at needs; let announce not either.
func TestRoomFoundByAnother(t *testing.T) {
	for _, bell := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			a, b := newPair(0)
			open(a, b)
			fill(t, a)
			blocked := waits(func() error { return a.Send(1, &[7]uint64{99}, time.Hour) })
			a.deaf.Store(true)
			var m Message
			for range 20 {
				if err := b.Recv(&m, bound); err != nil {
					t.Fatal(err)
				}
			}
			if err := a.Send(1, &[7]uint64{98}, 0); err != nil {
				t.Fatal(err)
			}
			a.deaf.Store(false)
			if bell { // the doorbell comes
				a.Look(true)
				atOnce(t, "who sent", blocked)
				return
			}
			// Or somebody else blocks, whose announcement takes the place of the first.
			receiver := waits(func() error { return a.Recv(&m, time.Hour) })
			atOnce(t, "who sent", blocked)
			a.End(ErrClosed)
			<-receiver
		})
	}
}

// Two ends that only send do not wait for each other for ever: who waits for room makes
// some for the peer. Which of them comes through first is the scheduler's choice; the other
// may need that somebody receives. Who has a full inbox looks again after fullGap.
// Sabotage: let put not pump; then both spin, and no time passes.
func TestBothOnlySend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := newPair(0)
		open(a, b)
		const sent = 50 // more than a ring holds
		send := func(e *end) func() error {
			return func() error {
				for i := range uint64(sent) {
					if err := e.Send(1, &[7]uint64{i}, time.Minute); err != nil {
						return err
					}
				}
				return nil
			}
		}
		done := [2]chan error{waits(send(a)), waits(send(b))}
		time.Sleep(2 * fullGap)
		synctest.Wait()
		first := 0
		if len(done[0]) == 0 {
			first = 1
		}
		atOnce(t, "either of them", done[first])
		var m Message
		for i := range uint64(sent) {
			if err := [2]*end{a, b}[first].Recv(&m, time.Minute); err != nil || m.W[0] != i {
				t.Fatal(m, err)
			}
		}
		time.Sleep(fullGap)
		atOnce(t, "the other", done[1-first])
	})
}

// The doorbell can come between the announcement and the sleep: the event loop, which
// looks only where somebody waits, must not pass then, for the peer does not ring again.
// Sabotage: count who waits in sleep, behind the announcement.
func TestRungWhileAnnouncing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := newPair(0)
		open(a, b)
		a.deaf.Store(true) // the event loop is played here
		a.mu.Lock()
		if !a.announce() {
			t.Fatal("there is nothing, and it is not announced")
		}
		if err := b.Send(1, &[7]uint64{1}, bound); err != nil || b.rings.Load() != 1 {
			t.Fatal(err, b.rings.Load())
		}
		if a.Waiting() {
			a.Look(true)
		}
		now := time.Now()
		if a.sleep(now, now.Add(time.Second), forMessage); time.Since(now) > 0 {
			t.Error("the doorbell is lost")
		}
	})
}
