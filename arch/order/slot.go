package order

import "unsafe"

// Slots is the number of messages a ring holds. Two rings of 31 slots and two
// status lines make one page.
const Slots = 31

const (
	slotSize = 64
	ringSize = Slots * slotSize
	// seqOne is one step of the sequence number, the top 16 bits of a control
	// word; it wraps by falling off the word.
	seqOne = 1 << 48
	// lap is what a slot's control word lags behind before it is written again.
	lap = Slots * seqOne
	// stride is how many messages the reader takes between two acknowledgements.
	stride = 8 * slotSize
)

// Slot is one message in shared memory, one cache line: seven words of payload,
// then the control word, which is written last and read first.
//
//	bits 63-48  sequence number, from 0, modulo 2^16
//	bits 47-16  tag: names the link, so that no slot of another link is taken
//	bits 15-0   message type, not 0
type Slot struct {
	W       [7]uint64
	Control uint64
}

// Ring is a ring of slots in shared memory. One core writes it, one reads it.
type Ring [Slots]Slot

// Tag makes the tag of a control word of the incarnations of writer and reader.
func Tag(writer, reader uint32) uint64 {
	return uint64(uint16(writer))<<32 | uint64(uint16(reader))<<16
}

// Prepare makes the ring ready for a link: every slot gets the control word
// that it would have had one lap before its first message. The writer calls it
// while the reader does not look at the ring, and publishes that by a release
// store of its own.
func (r *Ring) Prepare(tag uint64) {
	for i := range r {
		Store64(&r[i].Control, tag+uint64(i)*seqOne-lap)
	}
}

// Message is a message taken from a ring, in the reader's own memory.
type Message struct {
	W    [7]uint64
	Type uint16
}

// The assembly counts on these sizes, and the compiler checks them both ways.
var (
	_ [slotSize - unsafe.Sizeof(Slot{})]byte
	_ [unsafe.Sizeof(Slot{}) - slotSize]byte
	_ [slotSize - unsafe.Sizeof(Message{})]byte
	_ [unsafe.Sizeof(Message{}) - slotSize]byte
)
