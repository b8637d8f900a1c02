//go:build !riscv64

package ump

import (
	"testing"

	"atoll/arch/order"
)

// sendAll sends messages from to to-1, and blocks while the ring is full.
func (x *explorer) sendAll(c *Channel, from, to uint64) {
	for n := from; n < to; {
		m := payload(n)
		if c.TrySend(uint16(n), &m) {
			n++
		} else if c.PrepareToWait() {
			x.block()
			c.CancelWait()
		}
		if c.PeerWaiting() {
			x.ring()
		}
	}
}

// sendEach is sendAll, with the look at whether the other side waits in each send.
func (x *explorer) sendEach(c *Channel, from, to uint64) {
	for n := from; n < to; {
		m := payload(n)
		wait, sent := c.TrySendLook(uint16(n), &m)
		switch {
		case sent:
			if n++; c.RingFor(wait) {
				x.ring()
			}
		case c.PrepareToWait():
			x.block()
			c.CancelWait()
		}
	}
}

// recvAll receives messages from to to-1, and blocks while there is none.
func (x *explorer) recvAll(c *Channel, from, to uint64) {
	for n := from; n < to; {
		if m := new(Message); c.TryRecv(m) {
			x.deliver(m, n)
			n++
		} else if c.PrepareToWait() {
			x.block()
			c.CancelWait()
		} else if c.Advance() != Linked {
			x.fail("core %d is %v: %v", c.self, c.State(), c.Err())
		}
		if c.PeerWaiting() {
			x.ring()
		}
	}
}

// No message is torn and no wake-up is lost, in any order of the two sides.
// Sabotage: drop S2 or R2 in slot_generic.go (a torn message), or B2 or F1 in
// wait.go, or the fence of LoadAfterFence64 (a sleeper that nobody rings), or the look B3.
func TestNoLostWakeup(t *testing.T) {
	for _, send := range []func(x *explorer, c *Channel, from, to uint64){(*explorer).sendAll, (*explorer).sendEach} {
		for messages, preemptions := range map[uint64]int{1: 4, 2: 3, 3: 2} {
			explore(t, bounds{preemptions, 3, 1}, func(x *explorer) [2]func() {
				c := linked(t, new(Frame))
				return [2]func(){
					func() { send(x, c[0], 1, 1+messages) },
					func() { x.recvAll(c[1], 1, 1+messages) },
				}
			})
		}
	}
}

// A sender that blocks on a full ring is rung when slots are acknowledged.
// Sabotage: let PrepareToWait leave out spaceFlag, or PeerWaiting ignore Acks,
// or busy ignore Room.
func TestNoLostRoom(t *testing.T) {
	explore(t, bounds{2, 1, 0}, func(x *explorer) [2]func() {
		c := nearlyFull(t)
		return [2]func(){
			func() { x.sendAll(c[0], order.Slots+1, order.Slots+2) },
			func() { x.recvAll(c[1], 7, order.Slots+2) },
		}
	})
}

// No slot is written again while it is read.
// Sabotage: drop R4 in reader.go.
func TestNoOverwrite(t *testing.T) {
	explore(t, bounds{1, 0, 1}, func(x *explorer) [2]func() {
		c := nearlyFull(t)
		return [2]func(){
			func() { x.sendAll(c[0], order.Slots+1, order.Slots+9) },
			func() { x.recvAll(c[1], 7, order.Slots+9) },
		}
	})
}

// nearlyFull returns two ends: the first has filled the ring and been refused,
// the second will free slots after two more messages, beginning with message 7.
func nearlyFull(t *testing.T) [2]*Channel {
	t.Helper()
	c := linked(t, new(Frame))
	sendNow(t, c[0], 1, order.Slots+1)
	if w := payload(0); c[0].TrySend(1, &w) {
		t.Fatal("the ring is larger than it is")
	}
	for range 6 {
		c[1].TryRecv(new(Message))
	}
	c[0].PeerWaiting()
	return c
}

// Both ends are born, link, and talk both ways, each blocking when it can.
// Sabotage: drop L4, or leave news out of link.
func TestBirthOfBoth(t *testing.T) {
	explore(t, bounds{3, 1, 0}, func(x *explorer) [2]func() {
		f := new(Frame)
		body := func(self, peer int) func() {
			return func() {
				c := Open(f, self, peer, 1)
				x.connect(c)
				if self == 0 {
					x.sendAll(c, 1, 2)
				} else {
					x.recvAll(c, 1, 2)
				}
			}
		}
		return [2]func(){body(0, 1), body(1, 0)}
	})
}

// connect brings a channel to Linked, blocking when it can.
func (x *explorer) connect(c *Channel) {
	for {
		s := c.Advance()
		if c.PeerWaiting() {
			x.ring()
		}
		switch {
		case s == Linked:
			return
		case s == Broken:
			x.fail("core %d: %v", c.self, c.Err())
		case s == Connecting && c.PrepareToWait():
			x.block()
			c.CancelWait()
		}
	}
}
