package order

// Writer is the sending end of a ring: private to the core that writes it. The
// zero Writer is halted.
type Writer struct {
	ring    *Ring
	off     uint64 // of the next slot, in bytes; < ringSize+1
	stop    uint64 // offset at which Put must look at the window again
	control uint64 // of the next message, its type missing

	ack   *uint64 // the reader's consumed word: incarnation<<32 | count
	peer  uint32  // incarnation that word must carry
	acked uint32  // count last seen there
	base  uint64  // messages of earlier laps and links
	start uint64  // base when this link began

	full    uint64
	starved bool
	fault   bool
	odd     uint64
}

// Start begins a link: an empty ring, prepared with this tag, whose reader
// counts what it has consumed in *ack, as incarnation<<32 | count.
func (w *Writer) Start(ring *Ring, tag uint64, ack *uint64, peer uint32) {
	base := w.Sent()
	*w = Writer{ring: ring, stop: ringSize, control: tag, ack: ack, peer: peer, base: base, start: base, full: w.full}
}

// Halt ends the link: every Put answers false.
func (w *Writer) Halt() {
	*w = Writer{base: w.Sent(), full: w.full}
}

// Sent is the number of messages sent, over all links.
func (w *Writer) Sent() uint64 { return w.base + w.off/slotSize }

// Full is how often Put found the ring full.
func (w *Writer) Full() uint64 { return w.full }

// Starved says that the last Put found the ring full.
func (w *Writer) Starved() bool { return w.starved }

// Forget takes back that the last Put found the ring full: nobody waits for room.
func (w *Writer) Forget() { w.starved = false }

// Next is the control word of the next message without its type. It changes
// with every message.
func (w *Writer) Next() uint64 { return w.control }

// Fault reports a consumed word that no correct reader writes. The writer has
// stopped then.
func (w *Writer) Fault() (word uint64, ok bool) { return w.odd, w.fault }

// Room says that the reader has freed slots which the writer has not yet
// counted, or has written something else that the next Put must look at.
func (w *Writer) Room() bool {
	return w.ack != nil && Load64(w.ack) != uint64(w.peer)<<32|uint64(w.acked)
}

// putStop is what Put does at a stop: the end of the ring, the end of the
// window, or a type of 0.
func putStop(w *Writer, typ uint16, m *[7]uint64) bool {
	if typ == 0 {
		panic("order: message type 0 is not a type")
	}
	if w.off == w.stop && !w.refill() {
		return false
	}
	return Put(w, typ, m)
}

// refill wraps around at the end of the ring and reads the window anew. W1 load
// of the reader's count, W2 fence r,rw, S1 payload stores. W2 pairs with R4: the
// loads of a slot that the reader counted as consumed are done before we write
// it again.
func (w *Writer) refill() bool {
	if w.ack == nil || w.fault {
		return false
	}
	word := LoadAcquire64(w.ack) // W1, W2
	sent := uint32(w.Sent() - w.start)
	fresh := uint32(word) - w.acked
	if uint32(word>>32) != w.peer || fresh > sent-w.acked {
		w.fault, w.odd = true, word
		return false
	}
	w.acked += fresh
	free := uint64(Slots - (sent - w.acked))
	if free == 0 {
		w.full++
		w.starved = true
		return false
	}
	w.starved = false
	if w.off == ringSize {
		w.base += Slots
		w.off = 0
	}
	w.stop = min(w.off+free*slotSize, ringSize)
	return true
}
