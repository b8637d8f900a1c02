//go:build !riscv64

package ump

import "testing"

// Core 0 dies with two messages in the ring and is born again at once, while
// core 1 may hear of the death, or only see the new life. Core 1 gets both old
// messages whole, then the new ones, whatever the order.
// Sabotage: let greet link without looking at whom the peer is linked with, or
// close before Drain has emptied the ring, or drop L1.
func TestRestart(t *testing.T) {
	for name, told := range map[string]bool{"told": true, "sees it": false} {
		t.Run(name, func(t *testing.T) {
			explore(t, bounds{2, 1, 0}, func(x *explorer) [2]func() {
				f := new(Frame)
				c := linked(t, f)
				sendNow(t, c[0], 1, 3)
				return x.rebirth(f, c[1], told, 3)
			})
		})
	}
}

// The same, but core 1 had not yet seen that the link was complete.
// Sabotage: leave startReader out of mourn.
func TestRestartOfHalfALink(t *testing.T) {
	explore(t, bounds{2, 1, 1}, func(x *explorer) [2]func() {
		f := new(Frame)
		c := [2]*Channel{Open(f, 0, 1, 1), Open(f, 1, 0, 1)}
		c[1].Advance()
		c[0].Advance()
		if c[0].State() != Linked || c[1].State() != Connecting {
			t.Fatalf("states %v %v", c[0].State(), c[1].State())
		}
		sendNow(t, c[0], 1, 2)
		return x.rebirth(f, c[1], true, 2)
	})
}

// And core 1 had not even begun to link: there is nothing to drain.
func TestRestartBeforeLink(t *testing.T) {
	explore(t, bounds{2, 1, 1}, func(x *explorer) [2]func() {
		f := new(Frame)
		Open(f, 0, 1, 1)
		return x.rebirth(f, Open(f, 1, 0, 1), true, 1)
	})
}

func sendNow(t *testing.T, c *Channel, from, to uint64) {
	t.Helper()
	for n := from; n < to; n++ {
		if m := payload(n); !c.TrySend(uint16(n), &m) {
			t.Fatalf("message %d was refused", n)
		}
	}
}

// rebirth is core 0's second life, which sends message n, and core 1, which has
// messages 1 to n-1 to drain first.
func (x *explorer) rebirth(f *Frame, survivor *Channel, told bool, n uint64) [2]func() {
	return [2]func(){
		func() {
			c := Open(f, 0, 1, 2)
			x.connect(c)
			x.sendAll(c, n, n+1)
		},
		func() {
			next := uint64(1)
			if told {
				survivor.PeerDead(1)
			}
			for !x.reconnect(survivor, &next) {
			}
			if next != n {
				x.fail("core 1 got messages up to %d, not %d", next, n)
			}
			x.recvAll(survivor, n, n+1)
		},
	}
}

// reconnect takes a step towards the second life of the peer.
func (x *explorer) reconnect(c *Channel, next *uint64) bool {
	state, m := c.Advance(), new(Message)
	_, life := c.Peer()
	for ; c.Drain(m) || life == 1 && c.TryRecv(m); *next++ {
		x.deliver(m, *next)
		m = new(Message)
	}
	if c.PeerWaiting() {
		x.ring()
	}
	switch {
	case state == Linked && life == 2:
		return true
	case state == Broken:
		x.fail("%v", c.Err())
	case c.PrepareToWait():
		x.block()
		c.CancelWait()
	}
	return false
}
