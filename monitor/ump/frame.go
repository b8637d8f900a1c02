package ump

import (
	"atoll/arch/layout"
	"atoll/arch/order"
)

// Frame is a pair frame: one page that exactly two cores map. The end of the
// lower core number is end 0.
type Frame struct {
	Line [2]Line       // Line[e] is written by end e only
	Ring [2]order.Ring // Ring[e] is written by end e only, and read by the other
}

// FrameSize is the size of a pair frame in bytes.
const FrameSize = 4096

// Line is what one end tells the other, one cache line. The high half of every
// word is the incarnation that wrote it, so that each word can be judged alone,
// whatever else of the line is already new.
type Line struct {
	// Ack counts the messages of this link consumed, modulo 2^32, lazily. Its
	// high half is also the sign of life: it is 0 until the end is born, and
	// the last word to be written at a birth.
	Ack uint64
	// Link names the incarnation of the other end that this end is linked with:
	// whose slots it may read and for whom it has prepared its own ring. 0: none.
	Link uint64
	// Wait says that this end is about to block: waitFlag, spaceFlag, and above
	// them a number of its own for each time.
	Wait uint64
	// Bare is for benchmarks: a word that the channel does not use.
	Bare uint64
	// Ask and Echo are for the watch over each other's life, which must not need
	// a channel that works: a question, and the other end's question answered.
	Ask, Echo uint64
	// Start is what the other core's next life is started with, by this end.
	Start layout.Start
}

// Flags of the Wait word.
const (
	waitFlag  = 1 << iota // ring my doorbell when there is anything to see
	spaceFlag             // also when slots have become free
	ticketOne             // one step of the number above the flags
)

// word puts an incarnation over a value.
func word(incarnation, value uint32) uint64 {
	return uint64(incarnation)<<32 | uint64(value)
}

// split takes apart what word made.
func split(w uint64) (incarnation, value uint32) {
	return uint32(w >> 32), uint32(w)
}
