package order

// Reader is the receiving end of a ring: private to the core that reads it. It
// never writes the ring. Call Halt before the first use.
type Reader struct {
	ring *Ring
	off  uint64 // of the next slot, in bytes
	stop uint64 // offset at which Take acknowledges
	want uint64 // control word of the next message, its type missing

	empty uint64 // calls that found nothing
	odd   uint64 // control word that Take could not explain
	fault bool

	ack   *uint64 // our consumed word: self<<32 | count
	self  uint64  // our incarnation << 32
	base  uint64  // messages of earlier laps and links
	start uint64  // base when this link began
	acks  uint64  // acknowledgements written
}

// nothing is the ring of a halted reader. Nobody writes it: its control words
// are those of a ring whose next message has not come.
var nothing Ring

// Start begins a link on a ring that its writer has prepared with this tag. The
// reader counts what it consumes in *ack, as self<<32 | count.
func (r *Reader) Start(ring *Ring, tag uint64, ack *uint64, self uint32) {
	base := r.Received()
	*r = Reader{ring: ring, stop: stride, want: tag, empty: r.empty,
		ack: ack, self: uint64(self) << 32, base: base, start: base, acks: r.acks}
}

// Halt ends the link: every Take answers false.
func (r *Reader) Halt() {
	*r = Reader{ring: &nothing, stop: stride, want: lap, empty: r.empty, base: r.Received(), acks: r.acks}
}

// Received is the number of messages taken, over all links.
func (r *Reader) Received() uint64 { return r.base + r.off/slotSize }

// Empty is how often Take found nothing, whatever the number of its looks.
func (r *Reader) Empty() uint64 { return r.empty }

// Acks is how often the consumed word was written, over all links.
func (r *Reader) Acks() uint64 { return r.acks }

// Next is the control word of the next message without its type, as the writer's
// Next was before it sent that.
func (r *Reader) Next() uint64 { return r.want }

// Fault reports a control word that no correct writer leaves in the next slot.
// The reader has stopped then.
func (r *Reader) Fault() (word uint64, ok bool) { return r.odd, r.fault }

// takeOdd is what Take does with a control word that is neither the next
// message's nor the one that stood there a lap ago: it stops for good.
func takeOdd(r *Reader, _ *Message, _ uint64) bool {
	odd := r.odd
	r.Halt()
	r.fault, r.odd = true, odd
	return false
}
