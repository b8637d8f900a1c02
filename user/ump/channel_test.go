package ump

import (
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"atoll/arch/counters"
	"atoll/kernel/abi"
	"atoll/monitor/ump"
)

func words(i uint64) *[7]uint64 { return &[7]uint64{i, ^i, i * 3, i << 7, i, i, i ^ 0x5555} }

// receive checks that n messages come in order.
func receive(t *testing.T, c *Channel, from, n uint64) {
	var m Message
	for i := from; i < from+n; i++ {
		if err := c.Recv(&m, abi.Forever); err != nil || m.W != *words(i) || m.Type != uint16(i)|1 {
			t.Errorf("message %d is %v, %v", i, m, err)
			return
		}
	}
}

// Both ends send and receive as fast as they can, with and without polling, and start in
// any order: nothing is lost, nobody sleeps for ever. Under -race it is the memory model's
// test, too.
// Sabotages: let wake do nothing; let awaitMessage not call PrepareToWait.
func TestBothWays(t *testing.T) {
	n := uint64(5000)
	for _, looks := range []uint64{1, 50} {
		ends, _ := newPair(looks)
		var wg sync.WaitGroup
		for e, c := range ends {
			rnd := rand.New(rand.NewPCG(looks, uint64(e)))
			wg.Go(func() {
				for at := uint64(0); at < n; {
					burst := min(1+rnd.Uint64N(12), n-at) // of both and what is not acknowledged yet: a ring full
					for i := range burst {
						if err := c.Send(uint16(at+i)|1, words(at+i), abi.Forever); err != nil {
							t.Errorf("message %d: %v", at+i, err)
							return
						}
					}
					receive(t, c, at, burst)
					at += burst
				}
			})
		}
		wg.Wait()
	}
}

// Who finds the ring full is woken when there is room, although messages wait for him
// that he does not receive meanwhile, and although who has made it does nothing more.
// Sabotages: let awaitRoom call PrepareToWait; let Recv not call wake.
func TestFullRing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ends, halves := linked(t, 1)
		for i := range uint64(31) {
			if !ends[1].TrySend(uint16(i)|1, words(i)) {
				t.Fatalf("no room for message %d", i)
			}
		}
		sent := make(chan error, 1)
		go func() {
			for i := range uint64(40) {
				if err := ends[0].Send(uint16(i)|1, words(i), abi.Forever); err != nil {
					sent <- err
				}
			}
			sent <- nil
		}()
		synctest.Wait() // blocked, or this never ends
		if halves[0].rings > 3 {
			t.Errorf("rang %d times", halves[0].rings)
		}
		receive(t, ends[1], 0, 24)
		synctest.Wait()
		select {
		case err := <-sent:
			if err != nil {
				t.Error(err)
			}
		default:
			t.Error("who waits for room was not rung")
		}
		receive(t, ends[1], 24, 16)
		receive(t, ends[0], 0, 31)
	})
}

// What was sent before the end is received first; then there is an error, at once and
// for good. Who blocks learns of the end.
// Sabotages: let ended not call PeerDead; let block return the end of the binding.
func TestPeerDead(t *testing.T) {
	for count := range uint64(32) {
		synctest.Test(t, func(t *testing.T) {
			ends, halves := linked(t, 1)
			for i := range count {
				if !ends[1].TrySend(uint16(i)|1, words(i)) {
					t.Fatalf("no room for message %d", i)
				}
			}
			halves[0].die()
			if count%2 == 0 && ends[0].Alive() && ends[0].Alive() { // a ring may stand before the end
				t.Error("the end is not seen")
			}
			receive(t, ends[0], 0, count)
			var m Message
			for range 3 {
				if err := ends[0].Recv(&m, abi.Forever); !errors.Is(err, abi.ErrPeerDead) {
					t.Errorf("after the last message: %v", err)
				}
			}
			if err := ends[0].Send(1, words(0), abi.Forever); !errors.Is(err, abi.ErrPeerDead) {
				t.Errorf("send: %v", err)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		for _, both := range []bool{false, true} { // never linked, and linked
			ends, halves := newPair(1)
			if both {
				ends, halves = linked(t, 1)
			}
			got := make(chan error, 2)
			go func() {
				var m Message
				for range cap(got) {
					got <- ends[0].Recv(&m, abi.Forever)
				}
			}()
			synctest.Wait()
			halves[0].deaf = true // the peer dies before it rings
			sent := ends[1].TrySend(1, words(1))
			halves[1].die()
			if err := <-got; sent != both || sent != (err == nil) {
				t.Errorf("sent %v, and who has blocked gets %v", sent, err)
			}
			if err := <-got; !errors.Is(err, abi.ErrPeerDead) {
				t.Errorf("who has blocked gets %v", err)
			}
		}
	})
}

// A wait ends at its time, for a message, for room, and for a peer that never opens its end.
// Sabotage: let block await for ever.
func TestTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ends, _ := linked(t, 1)
		alone, _ := newPair(1)
		var m Message
		for what, f := range []func() error{
			func() error { return ends[0].Recv(&m, 1000) },
			func() error {
				for {
					if err := ends[1].Send(1, words(0), 1000); err != nil {
						return err
					}
				}
			},
			func() error { return alone[0].Send(1, words(0), 1000) }, // the peer never comes
			func() error { return alone[1].Recv(&m, 0) },
		} {
			begin := time.Now()
			if err := f(); !errors.Is(err, abi.ErrTime) || time.Since(begin) > 10*time.Microsecond {
				t.Errorf("%d: %v after %v", what, err, time.Since(begin))
			}
		}
	})
}

// storm is a binding at whose other end somebody rings and rings.
type storm struct{ looks int }

func (s *storm) Ring() error { return nil }

// Await answers that there was a ring, and ends the test that makes it say so for ever.
func (s *storm) Await(uint64) error {
	if s.looks++; s.looks > 1_000_000 {
		return abi.ErrPeerDead
	}
	return nil
}

// A peer that rings without end does not keep anybody longer than he wants to wait.
// Sabotages: let passed answer false; in awaitRoom, do not look at late.
func TestStorm(t *testing.T) {
	for what, wait := range []func(c *Channel, until uint64) error{
		func(c *Channel, until uint64) error { return c.Recv(&Message{}, until) },
		func(c *Channel, until uint64) error { return c.Send(1, words(0), until) }, // nobody is there
	} {
		c := Open(newFrame(), Client, &storm{})
		c.SetPoll(1)
		until := counters.Time() + uint64(time.Millisecond)
		if err := wait(c, until); err != abi.ErrTime || counters.Time() < until {
			t.Errorf("%d: %v at %d, want to wait until %d", what, err, counters.Time(), until)
		}
	}
}

// A peer that writes nonsense anywhere in the frame breaks its channel, or sends strange
// messages; this end neither panics nor waits for ever.
// Sabotage: let step take no notice of Broken.
func TestLies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := 0
		for seed := range uint64(600) {
			rnd := rand.New(rand.NewPCG(seed, 7))
			frame := newFrame()
			h := newHalf()
			h.peer = newHalf()
			c, peer := Open(frame, Client, h), Open(frame, Server, h.peer)
			h.peer.peer = h
			c.SetPoll(1)
			var m Message
			for range 3 {
				c.Recv(&m, 0)
				peer.Recv(&m, 0)
			}
			for range 1 + rnd.IntN(40) {
				if rnd.IntN(3) > 0 {
					at := rnd.IntN(FrameSize/8) * 8
					if rnd.IntN(2) == 0 {
						at %= 128
					}
					v := rnd.Uint64() >> rnd.IntN(64)
					if rnd.IntN(2) == 0 {
						v = uint64(rnd.IntN(3))<<32 | uint64(rnd.IntN(3))
					}
					for i := range 8 {
						frame[at+i] = byte(v >> (8 * i))
					}
				} else if rnd.IntN(2) == 0 {
					c.Send(1, words(1), uint64(rnd.IntN(2)*100))
				} else {
					c.Recv(&m, uint64(rnd.IntN(2)*100))
				}
			}
			if c.ch.State() == ump.Broken && c.end == nil {
				t.Errorf("seed %d: the channel is broken: %v", seed, c.ch.Err())
			}
			if errors.Is(c.end, ErrBroken) {
				broken++
				if err := c.Send(1, words(1), abi.Forever); err != c.end || !strings.Contains(err.Error(), "the other side has broken the channel: ") {
					t.Errorf("seed %d: %v", seed, err)
				}
			}
		}
		if broken < 60 {
			t.Errorf("only %d channels were broken", broken)
		}
	})
}

// Sabotage: let Recv keep the message in a variable of its own and copy it.
func TestNoAllocation(t *testing.T) {
	ends, _ := linked(t, 1)
	var m Message
	if n := testing.AllocsPerRun(1000, func() {
		for e, c := range ends {
			if c.Send(1, words(0), abi.Forever) != nil || ends[1-e].Recv(&m, abi.Forever) != nil || c.Recv(&m, 0) == nil {
				t.Fatal("not sent, or not received")
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations for two messages", n)
	}
}

// The words of a frame that only instances use stay what they were.
func TestFrameWords(t *testing.T) {
	ends, _ := linked(t, 1)
	for _, c := range ends {
		if mine, _ := c.ch.Lines(); mine.Ask != 0 || mine.Echo != 0 || mine.Start != (ump.Line{}).Start {
			t.Errorf("the line is %+v", mine)
		}
	}
}

// The bare trips need nothing of the channel, and leave it as it is.
// Sabotages: let PongBare answer one less; let PingBare begin at 1 each time.
func TestBare(t *testing.T) {
	ends, _ := linked(t, 1)
	done := make(chan uint64, 1)
	go func() { done <- ends[1].PongBare(50, 1<<40) }()
	if n := ends[0].PingBare(20, 1<<30) + ends[0].PingBare(30, 1<<30); n != 50 || <-done != 50 {
		t.Errorf("%d round trips", n)
	}
	if err := ends[0].Send(1, words(0), abi.Forever); err != nil {
		t.Error(err)
	}
	receive(t, ends[1], 0, 1)
}
