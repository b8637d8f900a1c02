package order

import (
	"runtime"
	"sync"
	"testing"
)

// Plain accesses do what they say.
func TestAccess(t *testing.T) {
	x := [3]uint64{1, 2, 3}
	Store64(&x[1], 1<<63|5)
	if Load64(&x[1]) != 1<<63|5 || LoadAcquire64(&x[1]) != 1<<63|5 {
		t.Errorf("stored %#x", x[1])
	}
	StoreRelease64(&x[1], 6)
	FenceAcquire()
	FenceFull()
	Pause()
	if x != [3]uint64{1, 6, 3} {
		t.Errorf("memory is %v", x)
	}
}

// Two goroutines, one ring: whole messages in order, for the race detector too.
// Sabotage: store the control word before the payload in Put; under -race, make
// the load of the control word plain.
func TestConcurrent(t *testing.T) {
	const n = 20000
	e := newEnds(Tag(1, 1))
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := uint64(0); i < n; {
			m := payload(i)
			if Put(&e.w, 1, &m) {
				i++
			} else {
				runtime.Gosched()
			}
		}
	})
	for i := uint64(0); i < n; {
		var m Message
		if !Take(&e.r, &m, 1) {
			runtime.Gosched()
			continue
		}
		if m.W != payload(i) {
			t.Errorf("message %d is %v", i, m)
			break
		}
		i++
	}
	wg.Wait()
}

// The bare ping-pong completes its round trips, and ends when nobody answers.
// Sabotage: leave the bound out of await, or count a trip before its answer.
func TestPingBare(t *testing.T) {
	var line [2][8]uint64
	const n, spins = 50, 1 << 40
	pongs := make(chan uint64)
	go func() { pongs <- PongBare(&line[1][0], &line[0][0], 1, n, spins) }()
	if got := PingBare(&line[0][0], &line[1][0], 1, n, spins); got != n {
		t.Errorf("%d pings of %d", got, n)
	}
	if got := <-pongs; got != n {
		t.Errorf("%d pongs of %d", got, n)
	}
	if got := PingBare(&line[0][0], &line[1][0], n+1, 5, 100); got != 0 || line[0][0] != n+1 {
		t.Errorf("%d pings without an answer, wrote %d", got, line[0][0])
	}
	if got := PongBare(&line[1][0], &line[0][0], n+1, 5, 100); got != 1 || line[1][0] != n+1 {
		t.Errorf("%d pongs to one ping, wrote %d", got, line[1][0])
	}
	if PingBare(&line[0][0], &line[1][0], 9, 0, 100) != 0 || PongBare(&line[0][0], &line[1][0], 9, 0, 100) != 0 || line[0][0] != n+1 {
		t.Error("n = 0 did something")
	}
}

func BenchmarkPutTake(b *testing.B) {
	e, m := newEnds(Tag(1, 1)), payload(1)
	var got Message
	for b.Loop() {
		Put(&e.w, 1, &m)
		Take(&e.r, &got, 1)
	}
}

func BenchmarkEmptyPoll(b *testing.B) {
	e := newEnds(Tag(1, 1))
	var got Message
	for b.Loop() {
		Take(&e.r, &got, 1)
	}
}
