package ump

import (
	"fmt"

	"atoll/arch/order"
)

// Message is a received message: seven words and a type that is not 0.
type Message = order.Message

// State is where a channel stands.
type State uint8

// States of a channel.
const (
	Connecting State = iota // the other end has not linked with this incarnation yet
	Linked                  // messages pass
	Draining                // the peer is dead; its last messages wait in Drain
	Broken                  // the peer wrote what cannot be, or closed; see Err
)

var stateNames = [...]string{"connecting", "linked", "draining", "broken"}

func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return "unknown"
}

// Channel is one end of the two-way channel in a pair frame. It is local to its
// core and belongs to one goroutine.
type Channel struct {
	tx order.Writer
	rx order.Reader

	mine, theirs    *Line
	outRing, inRing *order.Ring

	self, peer  int
	incarnation uint32 // ours
	partner     uint32 // the peer's incarnation that our Link word names, 0 = none
	gone        uint32 // the peer's latest incarnation that we are done with
	expect      uint32 // the first incarnation to link with, 0 = any
	span        uint32 // how many there are from that one on
	state       State
	err         error

	seenLife uint32 // the peer's incarnation at the last Advance
	seenLink uint64 // the peer's Link word at the last Advance
	left     int    // slots that Drain may still read

	ticket  uint32 // our Wait word without its flags
	rung    uint64 // the peer's Wait word that we last rang for
	told    uint64 // tx.Next() at the last PeerWaiting
	toldAck uint64 // rx.Acks() at the last PeerWaiting
	news    bool   // our line has changed since the last PeerWaiting
}

// Stats are the counters of one end, over all its links.
type Stats struct {
	Sent     uint64 // messages sent
	Received uint64 // messages received
	Full     uint64 // sends refused because the ring was full
	Empty    uint64 // polls that found nothing
}

// Open makes this core's end of a pair frame and shows its incarnation to the
// peer. incarnation is at least 1 and greater than that of any earlier life of
// this core. The channel is Connecting until Advance has seen the peer's answer.
// It panics if the cores or the incarnation cannot be: they are the caller's.
func Open(frame *Frame, self, peer int, incarnation uint32) *Channel {
	if self == peer || self < 0 || peer < 0 || incarnation == 0 {
		panic(fmt.Sprintf("ump: no channel from core %d incarnation %d to core %d", self, incarnation, peer))
	}
	e := 0
	if self > peer {
		e = 1
	}
	c := &Channel{
		mine: &frame.Line[e], theirs: &frame.Line[1-e],
		outRing: &frame.Ring[e], inRing: &frame.Ring[1-e],
		self: self, peer: peer, incarnation: incarnation, news: true,
	}
	c.rx.Halt()
	order.Store64(&c.mine.Wait, word(incarnation, 0))
	order.Store64(&c.mine.Link, word(incarnation, 0))
	order.StoreRelease64(&c.mine.Ack, word(incarnation, 0)) // H1, H2
	return c
}

// TrySend copies m into the ring and publishes it. It answers false when the
// ring is full or the channel is not Linked. typ 0 is not a type: it panics. After
// a batch, ask PeerWaiting.
func (c *Channel) TrySend(typ uint16, m *[7]uint64) bool { return order.Put(&c.tx, typ, m) }

// TryRecv copies the next message to *m. It answers false, with *m unchanged,
// when there is none. After a batch, ask PeerWaiting.
func (c *Channel) TryRecv(m *Message) bool { return order.Take(&c.rx, m, 1) }

// Await is a TryRecv that looks for the message up to that many times, for a
// receiver that has nothing else to do for so long.
func (c *Channel) Await(m *Message, looks uint64) bool { return order.Take(&c.rx, m, looks) }

// Pending says, by one plain load, that TryRecv has something to look at.
func (c *Channel) Pending() bool { return order.Pending(&c.rx) }

// State returns where the channel stands after the last Advance.
func (c *Channel) State() State { return c.state }

// Err says in a sentence why the channel is Broken, else nil.
func (c *Channel) Err() error { return c.err }

// Peer returns the peer's core number and the incarnation this end is linked
// with, 0 while it is linked with none.
func (c *Channel) Peer() (core int, incarnation uint32) { return c.peer, c.partner }

// Gone returns the latest incarnation of the peer that this end is done with.
func (c *Channel) Gone() uint32 { return c.gone }

// Stats returns the counters.
func (c *Channel) Stats() Stats {
	return Stats{Sent: c.tx.Sent(), Received: c.rx.Received(), Full: c.tx.Full(), Empty: c.rx.Empty()}
}

// Lines returns the status lines: ours, which nobody else writes, and the peer's.
// The channel does not use their words from Bare on.
func (c *Channel) Lines() (mine, theirs *Line) { return c.mine, c.theirs }
