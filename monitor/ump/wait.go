package ump

import "atoll/arch/order"

// Poll, then block.
//
// The receiver polls TryRecv for as long as blocking would cost, then:
//
//	receiver (PrepareToWait)            sender (PeerWaiting, after TrySend)
//	B1 store Wait=flag                  S3 store control
//	B2 fence rw,rw                      F1 fence rw,rw
//	B3 look again: control, line, room  F2 load Wait: ring?
//
// Dekker: of two full fences one is first in the global order. If B2 is, F2 sees
// the flag and the sender rings. If F1 is, B3 sees the message and the receiver
// does not block. The same holds for the words of the line in place of S3 (a
// step of the link wakes the peer) and for a sender that blocks on a full ring,
// with the reader's acknowledgement in place of S3. The number in the Wait word
// differs each time, so that one sleep is rung once. The doorbell itself must not
// overtake F1's stores: firmware writes its interrupt device behind a fence w,o;
// whoever writes such a device without firmware needs that fence of its own.
//
// A spurious doorbell is harmless: look at every channel, block again.

// PrepareToWait announces that this end is about to block, and looks once more.
// True: there is nothing to do, and whoever makes something to do will see the
// announcement and ring the doorbell. False: there is something, and nothing is
// announced; look with TryRecv, Drain and Advance. If the last TrySend found
// the ring full, room in it counts as something to do.
func (c *Channel) PrepareToWait() bool { return c.announce(true) }

// PrepareToWaitForRoom is PrepareToWait for who cannot receive before he has sent:
// messages that have come are nothing to do.
func (c *Channel) PrepareToWaitForRoom() bool { return c.announce(false) }

func (c *Channel) announce(messages bool) bool {
	flags := uint32(waitFlag)
	if c.tx.Starved() {
		flags |= spaceFlag
	}
	c.ticket += ticketOne
	order.Store64(&c.mine.Wait, word(c.incarnation, c.ticket|flags)) // B1
	order.FenceFull()                                                // B2
	if c.busy(messages) {                                            // B3
		c.CancelWait()
		return false
	}
	return true
}

// Ready says whether there is anything to do, for somebody else than the one who has
// announced and blocked: TryRecv, room after a TrySend that found none, or Advance.
func (c *Channel) Ready() bool { return c.busy(true) }

// RoomReady is Ready for who cannot receive before he has sent.
func (c *Channel) RoomReady() bool { return c.busy(false) }

// Starved says that the last TrySend found the ring full.
func (c *Channel) Starved() bool { return c.tx.Starved() }

// Forget says that nobody waits for room any more, after a TrySend that found none and
// will not be repeated.
func (c *Channel) Forget() { c.tx.Forget() }

// CancelWait takes the announcement back, after waking up or when another
// channel had something to do.
func (c *Channel) CancelWait() {
	order.Store64(&c.mine.Wait, word(c.incarnation, c.ticket))
}

// busy says whether there is anything that blocking would miss.
func (c *Channel) busy(messages bool) bool {
	if c.state == Draining || messages && c.Pending() || c.tx.Starved() && c.tx.Room() {
		return true
	}
	_, inBad := c.rx.Fault()
	_, outBad := c.tx.Fault()
	life, _ := split(order.Load64(&c.theirs.Ack))
	return inBad || outBad || life != c.seenLife || order.Load64(&c.theirs.Link) != c.seenLink
}

// PeerWaiting says whether the caller must ring the peer's doorbell, and takes
// it that the caller does. Ask after each batch of TrySend and TryRecv, after
// Open and after each Advance and Drain. It costs a fence only if this end has
// done something since it was last asked.
func (c *Channel) PeerWaiting() bool {
	wake := uint64(0)
	if next := c.tx.Next(); next != c.told || c.news {
		wake = waitFlag
		c.told, c.news = next, false
	}
	if acks := c.rx.Acks(); acks != c.toldAck {
		wake |= spaceFlag
		c.toldAck = acks
	}
	if wake == 0 {
		return false
	}
	wait := order.LoadAfterFence64(&c.theirs.Wait) // F1, F2
	if wait&wake == 0 || wait == c.rung {
		return false
	}
	c.rung = wait
	return true
}

// TrySendLook is TrySend, with steps F1 and F2 behind it: for who sends one message and has
// nothing else to tell. RingFor says what the Wait word means that it returns.
func (c *Channel) TrySendLook(typ uint16, m *[7]uint64) (wait uint64, sent bool) {
	return order.PutLook(&c.tx, typ, m, &c.theirs.Wait)
}

// RingFor answers for the messages sent, after a TrySendLook that has sent one, as
// PeerWaiting would.
func (c *Channel) RingFor(wait uint64) bool {
	c.told = c.tx.Next()
	if wait&waitFlag == 0 || wait == c.rung {
		return false
	}
	c.rung = wait
	return true
}

// Untold says whether PeerWaiting has anything to ask for. Who receives one message after
// another seldom has, and saves the call.
func (c *Channel) Untold() bool {
	return c.tx.Next() != c.told || c.rx.Acks() != c.toldAck || c.news
}

// Nudge takes note that this end has written something beside the channel that the peer
// looks at, after PrepareToWait, before it blocks: PeerWaiting then asks for that, too.
func (c *Channel) Nudge() { c.news = true }
