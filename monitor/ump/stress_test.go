package ump

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"atoll/arch/order"
)

// bell is a doorbell: it is latched, as an interrupt is.
type bell chan struct{}

func (b bell) ring() {
	select {
	case b <- struct{}{}:
	default:
	}
}

// rest blocks an end until its doorbell, if there is nothing to do.
func rest(c *Channel, own bell) {
	if c.PrepareToWait() {
		<-own
		c.CancelWait()
	}
	c.Advance()
}

// exchange sends n messages and receives n, at random paces, and blocks when
// there is nothing to do.
func exchange(t *testing.T, c *Channel, own, others bell, n uint64, seed uint64) {
	rnd := rand.New(rand.NewPCG(seed, 1))
	var m Message
	for sent, got := uint64(0), uint64(0); sent < n || got < n; {
		idle := sent == n
		for k := rnd.IntN(40); k > 0 && sent < n; k-- {
			if w := payload(sent); !c.TrySend(uint16(sent)|1, &w) {
				idle = true
				break
			}
			sent++
		}
		if rnd.IntN(4) == 0 {
			runtime.Gosched()
		}
		for k := rnd.IntN(40); k > 0 && c.TryRecv(&m); k-- {
			idle = false
			if m.W != payload(got) || m.Type != uint16(got)|1 {
				t.Errorf("core %d: message %d is %v", c.self, got, m)
				return
			}
			got++
		}
		if c.PeerWaiting() {
			others.ring()
		}
		if idle {
			rest(c, own)
		}
	}
	if s := c.Stats(); s.Sent != n || s.Received != n {
		t.Errorf("core %d: %+v", c.self, s)
	}
}

// Two cores at full speed, for the race detector and for whatever the schedules
// of this machine bring: nothing is lost, and nobody sleeps for ever.
// Sabotage, under -race: let Take load the control word plainly.
func TestStress(t *testing.T) {
	n := uint64(40000)
	if testing.Short() {
		n = 4000
	}
	f := new(Frame)
	bells := [2]bell{make(bell, 1), make(bell, 1)}
	var wg sync.WaitGroup
	for e := range 2 {
		wg.Go(func() {
			c := Open(f, e, 1-e, 1)
			for c.Advance() != Linked {
				if c.PeerWaiting() {
					bells[1-e].ring()
				}
				if c.PrepareToWait() {
					<-bells[e]
					c.CancelWait()
				}
			}
			exchange(t, c, bells[e], bells[1-e], n, uint64(e))
		})
	}
	wg.Wait()
}

// spin calls f until it answers true, without giving up the processor at once.
func spin(f func() bool) {
	for i := 1; !f(); i++ {
		if i&0xffff == 0 {
			runtime.Gosched()
		}
	}
}

// BenchmarkRoundTrip is a message and its answer; BenchmarkBare, in the same
// kind of frame, is the least that they can cost.
func BenchmarkRoundTrip(b *testing.B) {
	c := linked(b, new(Frame))
	n := b.N
	go func() {
		runtime.LockOSThread()
		var m Message
		for range n {
			spin(func() bool { return c[1].TryRecv(&m) })
			c[1].TrySend(1, &m.W)
		}
	}()
	var m Message
	for range n {
		c[0].TrySend(1, &m.W)
		spin(func() bool { return c[0].TryRecv(&m) })
	}
}

func BenchmarkBare(b *testing.B) {
	c := linked(b, new(Frame))
	n := uint64(b.N)
	go func() {
		runtime.LockOSThread()
		mine, theirs := c[1].Lines()
		order.PongBare(&mine.Bare, &theirs.Bare, 1, n, 1<<40)
	}()
	mine, theirs := c[0].Lines()
	if got := order.PingBare(&mine.Bare, &theirs.Bare, 1, n, 1<<40); got != n {
		b.Fatalf("%d of %d", got, n)
	}
}
