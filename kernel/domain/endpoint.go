package domain

import (
	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

// endpoint is an object of type Endpoint behind its hidden slots, in its page of RAM, which
// was cleared when the object was made.
type endpoint struct {
	waiter  uint64 // name of who waits here, 0 if nobody does
	callers uint64 // of those who wait for the answer to a message in the queue, the first
	service uint64 // not 0: the kernel answers
	owed    uint64 // not 0: an interrupt has been held back until there is room
	first   uint32 // the oldest message
	count   uint32
	hearing hearing
	queue   [abi.QueueLength]letter
}

// hiddenSlots is how many an endpoint has: one for the capability that goes with each
// message in the queue, and can be revoked there, and the database's.
const hiddenSlots = 1 + abi.QueueLength

// letter is a message in a queue.
type letter struct {
	words [abi.MessageWords]uint64
	badge uint64
	from  uint64 // name of who waits for the answer, 0 if nobody does
}

// carried returns the slot of the capability that goes with a message.
func carried(base uint64, place uint32) capability.Ref {
	return capability.Endpoint.Hidden(base, uint64(1+place))
}

// full reports whether the queue takes no more.
func (ep *endpoint) full() bool { return ep.count == abi.QueueLength }

// enqueue keeps a message, for which there is room, with a copy of the capability that goes
// with it, and returns its place.
func (c *Core) enqueue(m *parcel) uint32 {
	ep := c.endpoint(m.to)
	i := (ep.first + ep.count) % abi.QueueLength
	ep.count++
	ep.queue[i] = letter{words: *m.words, badge: uint64(m.badge)}
	if m.src != 0 {
		c.db.Copy(carried(m.to, i), m.src) // the slot is empty, and what goes not frozen: that cannot fail
	}
	return i
}

// take gives the oldest message of an endpoint, which has one, to a caller: in its
// registers, and the capability that comes with it in an empty slot. Without a slot for that,
// 0, the message stays.
func (c *Core) take(p *Caller, base uint64, slot capability.Ref) abi.Error {
	ep := c.endpoint(base)
	m := &ep.queue[ep.first]
	from := m.badge
	if r := carried(base, ep.first); !c.db.Empty(r) {
		if slot == 0 {
			return abi.ErrNeedSlot
		}
		c.db.Move(slot, r) // the slot is empty: that cannot fail
		from |= abi.Came
	}
	p.X[regA0+1] = from
	*p.words() = m.words
	if m.from != 0 {
		c.dependOn(c.caller(m.from), p)
	}
	ep.first = (ep.first + 1) % abi.QueueLength
	ep.count--
	if ep.owed != 0 {
		ep.owed = 0
		c.tellOwed(base)
	}
	return abi.OK
}

// endEndpoint ends an endpoint to which the last capability is gone: nobody waits for
// something there any more. What its queue carries the database deletes.
func (c *Core) endEndpoint(base uint64) {
	ep := c.endpoint(base)
	if ep.waiter != 0 {
		c.desert(c.caller(ep.waiter))
	}
	c.desertSome(&ep.callers, abi.QueueLength) // each has a message in the queue
	c.unhear(base)
}
