package ump

import (
	"errors"
	"fmt"

	"atoll/arch/counters"
	"atoll/kernel/abi"
	"atoll/monitor/ump"
)

// Message is seven words and a type that is not 0.
type Message = ump.Message

// FrameSize is the size of a binding's frame in bytes, a page.
const FrameSize = ump.FrameSize

// Binding is the kernel's part: what blocks, and wakes who has blocked.
type Binding interface {
	// Ring wakes who waits at the other end.
	Ring() error
	// Await waits until a time, in ticks, for that. It fails with abi.ErrTime, or with
	// abi.ErrPeerDead when the binding has ended.
	Await(until uint64) error
}

// End is which end of a binding one has.
type End int

// Ends.
const (
	Client End = iota // has bound
	Server            // has accepted
)

// life is that of both ends: their first.
const life = 1

// DefaultPoll is how often a wait looks before it blocks: for about as long as it takes
// to block and to be woken.
const DefaultPoll = 20_000

// ErrBroken says that the peer has written what cannot be.
var ErrBroken = errors.New("the other side has broken the channel")

// Channel is one end. It belongs to one goroutine.
type Channel struct {
	ch   *ump.Channel
	b    Binding
	poll uint64
	end  error  // why the binding has ended, nil if it has not
	bare uint64 // bare round trips made
}

// Open opens an end of the channel in a binding's frame, which must stay mapped. It does
// not wait for the peer: what needs it does.
func Open(frame []byte, end End, b Binding) *Channel { return OpenFrame(ump.FrameIn(frame), end, b) }

// OpenFrame is Open for who has the frame as such.
func OpenFrame(frame *ump.Frame, end End, b Binding) *Channel {
	return &Channel{ch: ump.Open(frame, int(end), int(1-end), life), b: b, poll: DefaultPoll}
}

// SetPoll says how often a wait looks before it blocks. Between programs of one core it
// should be 1: the peer does not run meanwhile.
func (c *Channel) SetPoll(looks uint64) { c.poll = max(looks, 1) }

// TrySend sends a message without waiting. It answers false if there is no room, or the
// peer is not there yet or any more.
func (c *Channel) TrySend(typ uint16, w *[7]uint64) bool {
	wait, sent := c.ch.TrySendLook(typ, w)
	if sent && c.ch.RingFor(wait) {
		c.b.Ring()
	}
	return sent
}

// TryRecv receives a message without waiting, if there is one.
func (c *Channel) TryRecv(m *Message) bool {
	if !c.ch.TryRecv(m) {
		return false
	}
	c.wake()
	return true
}

// Send sends a message. It waits for room until a time, in ticks.
func (c *Channel) Send(typ uint16, w *[7]uint64, until uint64) error {
	wait, sent := c.ch.TrySendLook(typ, w)
	for late := false; !sent; late = passed(until) {
		if err := c.awaitRoom(until, late); err != nil {
			c.ch.Forget()
			return err
		}
		wait, sent = c.ch.TrySendLook(typ, w)
	}
	if c.ch.RingFor(wait) { // a ring that fails is as in wake
		c.b.Ring()
	}
	return nil
}

// Recv receives a message. It waits for one until a time, in ticks.
func (c *Channel) Recv(m *Message, until uint64) error {
	for late := false; !c.ch.Await(m, c.poll); late = passed(until) {
		if err := c.awaitMessage(until, late); err != nil {
			return err
		}
	}
	if c.ch.Untold() {
		c.wake()
	}
	return nil
}

// Alive reports whether the binding stands. What was sent before it ended can still be
// received.
func (c *Channel) Alive() bool {
	if c.end == nil {
		c.ended(c.b.Await(0))
	}
	return c.end == nil
}

// wake rings the peer if it waits for what was done. A ring that fails says that the
// binding has ended, which the next wait finds.
func (c *Channel) wake() {
	if c.ch.PeerWaiting() {
		c.b.Ring()
	}
}

// passed reports whether a time has come. Who waits asks after each wait in vain: a peer can ring
// so often that none of them takes until then.
func passed(until uint64) bool { return until != abi.Forever && counters.Time() >= until }

// awaitRoom waits until there may be room, if it is not too late.
func (c *Channel) awaitRoom(until uint64, late bool) error {
	switch {
	case c.end != nil:
		return c.end
	case late:
		return abi.ErrTime
	}
	if err := c.step(); err != nil {
		return err
	}
	if c.ch.State() == ump.Linked && !c.ch.Starved() {
		return nil // the peer has come
	}
	for range c.poll {
		if c.ch.RoomReady() {
			return nil
		}
	}
	return c.block(c.ch.PrepareToWaitForRoom(), until)
}

// awaitMessage waits until there may be a message, if it is not too late. What is left when the
// binding ends has been received before.
func (c *Channel) awaitMessage(until uint64, late bool) error {
	switch {
	case c.end != nil:
		return c.end
	case late:
		return abi.ErrTime
	}
	if c.step() != nil {
		return nil
	}
	return c.block(c.ch.PrepareToWait(), until)
}

// step takes the next step of the link, if the peer has taken its own.
func (c *Channel) step() error {
	switch c.ch.Advance() {
	case ump.Broken:
		c.end = fmt.Errorf("%w: %w", ErrBroken, c.ch.Err())
	case ump.Draining:
		c.end = fmt.Errorf("%w: it shows another life", ErrBroken)
	}
	c.wake()
	return c.end
}

// block waits in the kernel, if that was announced: else there is something to do. The end
// of the binding is no error here: what was sent comes first.
func (c *Channel) block(announced bool, until uint64) error {
	if !announced {
		return nil
	}
	err := c.b.Await(until)
	c.ch.CancelWait()
	if c.ended(err) {
		return nil
	}
	return err
}

// ended takes note of the end of the binding.
func (c *Channel) ended(err error) bool {
	if !errors.Is(err, abi.ErrPeerDead) {
		return false
	}
	c.end = err
	c.ch.Advance()
	c.ch.PeerDead(life)
	return true
}
