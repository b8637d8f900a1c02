package ump

import (
	"fmt"

	"atoll/arch/order"
)

// Link and death.
//
// Core X of incarnation x and core Y of incarnation y. A slot's tag names both
// incarnations, so that no slot of another pair of lives is ever taken.
//
//	birth   Open: Wait=(x,0) Link=(x,0); H1 fence rw,w; H2 Ack=(x,0).
//	greet   Advance: H3 load Y.Ack; H4 fence r,rw; a new y is there. If Y.Link names
//	        an older x, wait: Y may still read what that one sent.
//	link    prepare our ring, Ack=(x,0); L1 fence rw,w; L2 Link=(x,y).
//	open    L3 load Y.Link; L4 fence r,rw; it is (y,x): Linked, messages pass.
//	death   PeerDead(y), or Y.Ack shows a newer life: Draining. Drain returns what
//	        y had completed; then D1 fence rw,w; D2 Link=(x,0), for which the next
//	        y waits before it touches its ring.
//
// The pairs: H1 with H4 (who sees the life sees a Link word of it or of a newer
// one), L1 with L4 (who sees the link sees the ring prepared and the count 0), D1
// with L4 (who sees the end closed writes its ring after our last load of it; the
// branch on that load orders it as well).
//
// Tags are 16 bits of each incarnation. Reuse after 65,536 restarts does no harm,
// for a ring is prepared anew for each link. Only after a death in the moment
// between the two halves of a link is a ring looked at that may not have been
// prepared, and its slots are then 65,536 lives old or not taken.

// Advance looks at the peer's line and at what the rings' ends noticed, takes
// the next step of the link and returns the state. Call it while Connecting,
// after a doorbell or a PrepareToWait that found no message, and now and then;
// then ask PeerWaiting, for the peer may wait for the step.
func (c *Channel) Advance() State {
	life, _ := split(order.LoadAcquire64(&c.theirs.Ack)) // H3, H4
	link := order.LoadAcquire64(&c.theirs.Link)          // L3, L4
	c.seenLife, c.seenLink = life, link
	switch {
	case c.state == Draining:
	case c.partner == 0:
		c.greet(life, link)
	case life > c.partner:
		c.mourn()
	case life < c.partner:
		c.fail("core %d was incarnation %d and now says it is %d", c.peer, c.partner, life)
	default:
		c.follow(link)
	}
	return c.state
}

// greet looks for a new incarnation of the peer while we are linked with none.
func (c *Channel) greet(life uint32, link uint64) {
	if life <= c.gone || c.expect != 0 && life-c.expect >= c.span {
		return // nobody there, or one that we are done with
	}
	writer, of := split(link)
	switch {
	case writer > life:
		return // the peer is just being born once more
	case writer < life:
		c.reject(life, "core %d is incarnation %d but its link word is of %d", c.peer, life, writer)
	case of > c.incarnation:
		c.reject(life, "core %d is linked with incarnation %d of core %d, which is only %d", c.peer, of, c.self, c.incarnation)
	case of != 0 && of != c.incarnation:
		return // it still reads what an earlier incarnation of ours sent
	default:
		c.link(life)
		c.follow(link)
	}
}

// link prepares our ring for the peer's incarnation and says so. From here on
// the peer may send.
func (c *Channel) link(life uint32) {
	c.err, c.partner, c.state = nil, life, Connecting
	c.outRing.Prepare(order.Tag(c.incarnation, life))
	order.Store64(&c.mine.Ack, word(c.incarnation, 0))
	order.StoreRelease64(&c.mine.Link, word(c.incarnation, life)) // L1, L2
	c.news = true
}

// follow looks at the Link word of the incarnation that we are linked with.
func (c *Channel) follow(link uint64) {
	writer, of := split(link)
	switch {
	case writer > c.partner:
		c.mourn() // it is being born once more
	case writer < c.partner:
		c.fail("core %d is incarnation %d but its link word is of %d", c.peer, c.partner, writer)
	case of > c.incarnation:
		c.fail("core %d is linked with incarnation %d of core %d, which is only %d", c.peer, of, c.self, c.incarnation)
	case c.state == Linked && of == 0:
		c.fail("core %d closed its end", c.peer)
	case c.state == Linked && of != c.incarnation:
		c.fail("core %d went back to incarnation %d of core %d, which is %d", c.peer, of, c.self, c.incarnation)
	case c.state == Linked:
		c.faults()
	case of == c.incarnation:
		c.state = Linked
		c.startReader()
		c.tx.Start(c.outRing, order.Tag(c.incarnation, c.partner), &c.theirs.Ack, c.partner)
		c.told = c.tx.Next()
	}
}

func (c *Channel) startReader() {
	c.rx.Start(c.inRing, order.Tag(c.partner, c.incarnation), &c.mine.Ack, c.incarnation)
	c.toldAck = c.rx.Acks()
}

// faults turns what an end of a ring could not explain into a verdict. A peer
// that has been born again explains it. The ends read the strange word after
// the peer's new life was published, if that is where it comes from, so that
// the fence and a second look decide.
func (c *Channel) faults() {
	control, inBad := c.rx.Fault()
	ack, outBad := c.tx.Fault()
	if !inBad && !outBad {
		return
	}
	order.FenceAcquire()
	if life, _ := split(order.Load64(&c.theirs.Ack)); life > c.partner {
		c.seenLife = life
		c.mourn()
		return
	}
	if inBad {
		c.fail("core %d left control word %#x in the slot of message %d", c.peer, control, c.rx.Received())
		return
	}
	by, count := split(ack)
	c.fail("core %d says that its incarnation %d has consumed %d messages, after %d sent to %d", c.peer, by, count, c.tx.Sent(), c.partner)
}

// reject refuses an incarnation of the peer that we are not linked with.
func (c *Channel) reject(life uint32, format string, a ...any) {
	c.partner = life
	c.fail(format, a...)
}

// fail closes our end for good, as far as this incarnation of the peer goes.
func (c *Channel) fail(format string, a ...any) {
	c.err = fmt.Errorf(format, a...)
	c.close(Broken)
}

// close ends the link. The fence in unlink orders our last loads of the peer's
// ring before it: its next incarnation may write there from now on.
func (c *Channel) close(next State) {
	c.gone, c.partner, c.state = c.partner, 0, next
	c.tx.Halt()
	c.rx.Halt()
	c.unlink()
}

// unlink says in our line that we are linked with nobody. It writes the whole
// line anew, for a peer that went mad may have written there, too.
func (c *Channel) unlink() {
	order.Store64(&c.mine.Wait, word(c.incarnation, c.ticket))
	order.Store64(&c.mine.Ack, word(c.incarnation, 0))
	order.StoreRelease64(&c.mine.Link, word(c.incarnation, 0)) // D1, D2
	c.news = true
}
