package shim

import (
	"time"
	"unsafe"

	"atoll/arch/order"
	"atoll/arch/sbi"
)

// The least that waking a sleeping hart can cost, to measure channels against: a
// word, an inter-processor interrupt and WFI, with interrupts off on both sides
// and nothing of the runtime, the scheduler or a channel.

// bareWake is one such round trip, seen from one side.
type bareWake struct {
	mine, theirs uintptr // words in shared memory, one of each side
	hart         uint64  // of the other side
	number       uint64  // of the trip, no number of an earlier one
	asks         bool    // this side begins

	until   uint64 // when to give up (ticks)
	done    bool
	began   uint64 // time CSR before the first store, if this side begins
	ended   uint64 // time CSR when the other's word was seen
	slept   uint64 // time CSR at the first WFI, 0 = none was needed
	partner uint64 // the same of the side that answers, modulo 2^48
}

// numberBits is the part of the answering side's word that carries the number.
const numberBits = 16

// bareWake makes the trip, or one side's part of it. Interrupts stay off for as long
// as the other side takes.
func (c *core) bareWake(b *bareWake) {
	if b.asks {
		b.began = readTime()
		c.bareRing(b, uintptr(b.number))
	}
	for {
		clearPending(softInterrupt)
		order.FenceFull() // the interrupt first, then the word that came before it
		word := uint64(load(b.theirs))
		b.ended = readTime()
		if b.done = b.arrived(word); b.done || b.ended >= b.until {
			break
		}
		if pending()&externalInterrupt != 0 { // it would keep wfi from waiting
			disable(externalInterrupt)
			c.post(EventExternal)
		}
		if b.slept == 0 {
			b.slept = b.ended
		}
		c.setTimer(b.until)
		wfi()
	}
	if b.done && !b.asks {
		c.bareRing(b, uintptr(b.slept<<numberBits|b.number&(1<<numberBits-1)))
	}
	// Whoever else has rung meanwhile is still to be heard.
	c.sched.doorbells++
	c.answer()
	c.post(EventDoorbell)
}

// arrived reports whether a word of the other side is that of this trip.
func (b *bareWake) arrived(word uint64) bool {
	if !b.asks {
		return word == b.number
	}
	b.partner = word >> numberBits
	return (word^b.number)&(1<<numberBits-1) == 0
}

// bareRing shows the other side a word and wakes it.
func (c *core) bareRing(b *bareWake, word uintptr) {
	store(b.mine, word)
	sbi.SendIPI(1, b.hart)
}

// BareTrip is what came of one BareWake.
type BareTrip struct {
	Done          bool // else nothing came within the bound
	Took          time.Duration
	Slept         bool // this hart executed WFI meanwhile
	PartnerBefore bool // the other did so before this side began
}

// BareWake makes one round trip of a word and an interrupt with another hart, of
// which each side calls it with the same number, one of them with asks set. The
// numbers must differ in their lowest 16 bits from one trip to the next. Interrupts
// are off meanwhile. It gives up when the time CSR reaches until.
func BareWake(mine, theirs *uint64, hart, number uint64, asks bool, until uint64) BareTrip {
	b := bareWake{
		mine: uintptr(unsafe.Pointer(mine)), theirs: uintptr(unsafe.Pointer(theirs)),
		hart: hart, number: number, asks: asks, until: until,
	}
	call(callBareWake, uintptr(unsafe.Pointer(&b)), 0, 0, 0)
	return BareTrip{
		Done: b.done, Took: Duration(b.ended - b.began), Slept: b.slept != 0,
		PartnerBefore: b.partner != 0 && b.partner < b.began&(1<<48-1),
	}
}

// Sleeps returns how often this hart has executed WFI for want of work, and the time
// CSR when it last did.
func Sleeps() (count, last uint64) {
	s := &theCore().sched
	return s.sleeps, s.slept
}
