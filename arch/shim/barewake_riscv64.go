package shim

import (
	"unsafe"

	"atoll/arch/order"
	"atoll/arch/sbi"
)

// The least that waking a sleeping hart can cost, to measure channels against: a
// word, an inter-processor interrupt and WFI, with interrupts off on both sides
// and nothing of the runtime, the scheduler or a channel.
//
// One side asks, with the time as its word. The other, asleep until then, sleeps once
// more so that the asker is asleep for certain, and answers with the time that the
// question took in the high bits of its word, and the time in the low ones. So each
// side's word is one that it has not written before.

// The parts of an answer.
const (
	tookShift = 40
	timeMask  = 1<<tookShift - 1
	tookAwake = 1<<(64-tookShift) - 1 // the one who answers was awake, or it took for ever
)

// bareWake is one such round trip, seen from one side.
type bareWake struct {
	mine, theirs uintptr // words in shared memory, one of each side
	hart         uint64  // of the other side
	asks         bool    // this side begins
	again        bool    // and has asked already
	seen         uint64  // the other's word before this trip
	pause        uint64  // ticks to sleep before this side writes its word
	until        uint64  // when to give up (ticks)

	word  uint64 // the other's, as seen at last
	slept uint64 // time CSR at the first WFI, 0 = none was needed
	ended uint64 // time CSR when the word had changed, 0 = it has not
}

// bareWake makes one side's part of a trip. Interrupts stay off for as long as the
// other side takes.
func (c *core) bareWake(b *bareWake) {
	if b.asks && !b.again {
		c.pauseUntil(readTime() + b.pause)
		c.bareRing(b, readTime())
	}
	c.bareAwait(b)
	if b.ended != 0 && !b.asks {
		took := min(b.ended-b.word, tookAwake)
		if b.slept == 0 || b.slept >= b.word {
			took = tookAwake
		}
		c.pauseUntil(b.ended + b.pause)
		c.bareRing(b, took<<tookShift|readTime()&timeMask)
	}
	// Whoever else has rung meanwhile is still to be heard.
	c.sched.doorbells++
	c.answer()
	c.post(EventDoorbell)
}

// bareAwait sleeps until the other's word has changed.
func (c *core) bareAwait(b *bareWake) {
	for {
		clearPending(softInterrupt)
		order.FenceFull() // the interrupt first, then the word that came before it
		b.word = uint64(load(b.theirs))
		now := readTime()
		if b.word != b.seen {
			b.ended = now
			return
		}
		if now >= b.until {
			return
		}
		if b.slept == 0 {
			b.slept = now
		}
		c.pause(b.until)
	}
}

// pauseUntil sleeps until a time, whatever interrupts come.
func (c *core) pauseUntil(at uint64) {
	for readTime() < at {
		clearPending(softInterrupt)
		c.pause(at)
	}
}

// pause executes WFI, at most until a time.
func (c *core) pause(until uint64) {
	if pending()&externalInterrupt != 0 { // it would keep wfi from waiting
		c.external()
	}
	c.setTimer(until)
	wfi()
}

// bareRing shows the other side a word and wakes it.
func (c *core) bareRing(b *bareWake, word uint64) {
	store(b.mine, uintptr(word))
	sbi.SendIPI(1, b.hart)
}

// BareTrip is one side of one BareWake.
type BareTrip struct {
	Mine, Theirs *uint64 // words in shared memory, one of each side
	Hart         uint64  // of the other side
	Asks         bool    // this side begins, the other answers
	Again        bool    // this side has begun already, but the answer did not come in time
	Seen         uint64  // the other side's word before this trip
	Pause        uint64  // ticks to sleep before asking, or before answering
	Until        uint64  // when to give up (ticks)
}

// BareWake makes one round trip of a word and an interrupt with another hart, of
// which each side calls it. Interrupts are off meanwhile. It returns the other side's
// word, and on the side that asks the ticks that the ways there and back took, and
// whether each hart was asleep before it was rung for.
func BareWake(t *BareTrip) (word, took uint64, slept, ok bool) {
	b := bareWake{
		mine: uintptr(unsafe.Pointer(t.Mine)), theirs: uintptr(unsafe.Pointer(t.Theirs)),
		hart: t.Hart, asks: t.Asks, again: t.Again, seen: t.Seen, pause: t.Pause, until: t.Until,
	}
	call(callBareWake, uintptr(unsafe.Pointer(&b)), 0, 0, 0)
	back := (b.ended - b.word) & timeMask
	slept = b.slept != 0 && b.ended-b.slept > back && b.word>>tookShift != tookAwake
	return b.word, b.word>>tookShift + back, slept, b.ended != 0
}

// Sleeps returns how often this hart has executed WFI for want of work, and the time
// CSR when it last did.
func Sleeps() (count, last uint64) {
	s := &theCore().sched
	return s.sleeps, s.slept
}
