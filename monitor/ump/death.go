package ump

import "atoll/arch/order"

// PeerDead tells the channel that an incarnation of the peer is dead: firmware
// has reported its hart stopped, silence is not enough. If the channel is linked
// with it, it is Draining from now on; what concerns an earlier incarnation is
// old news and changes nothing. A dead incarnation is never linked with.
func (c *Channel) PeerDead(incarnation uint32) {
	switch {
	case c.partner == 0:
		// Whoever calls knows; what stands in the frame, in our line too, may be
		// the last doing of a mad instance.
		c.gone = incarnation
		c.unlink()
	case c.partner <= incarnation && c.state != Draining:
		c.mourn()
	}
}

// Expect makes the channel link with that incarnation of the peer only; 0 is any.
// The caller knows it to be the next, whatever was seen in the frame before.
func (c *Channel) Expect(incarnation uint32) { c.expectSome(incarnation, 1) }

// ExpectFrom makes the channel link with that incarnation or one of the next
// Lives: there may have been lives in between that the caller has not heard of, and
// what a mad instance leaves in the frame is most likely none of them.
func (c *Channel) ExpectFrom(incarnation uint32) { c.expectSome(incarnation, Lives) }

// Lives is how many lives a core is taken to begin at most while a peer does not
// look.
const Lives = 1 << 16

func (c *Channel) expectSome(incarnation, span uint32) {
	c.expect, c.span = incarnation, span
	if incarnation == 0 {
		return
	}
	if c.partner > incarnation && c.partner-incarnation >= span {
		c.close(Connecting) // a life that there never was
	}
	if c.partner == 0 {
		c.gone = min(c.gone, incarnation-1)
	}
}

// mourn stops sending and leaves what the dead peer published to Drain. A link
// that was only half made may hold messages too: the peer made the other half
// and sent, and we never looked.
func (c *Channel) mourn() {
	if c.state == Connecting {
		c.startReader()
	}
	c.tx.Halt()
	c.state = Draining
	c.left = order.Slots
}

// Drain copies the next complete message of a dead peer to *m. When there is
// none left it closes this end, which is the acknowledgement that the peer's
// next incarnation waits for, and answers false; the channel is Connecting then.
// It answers false at once in any other state.
func (c *Channel) Drain(m *Message) bool {
	if c.state != Draining {
		return false
	}
	if c.left > 0 && c.TryRecv(m) {
		c.left--
		return true
	}
	c.close(Connecting)
	return false
}
