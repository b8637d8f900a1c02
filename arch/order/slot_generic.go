//go:build !riscv64

package order

// Put copies m into the next slot and publishes it. It answers false when the
// ring is full, when the writer is halted or has found a fault. typ is not 0.
// Execution context: the goroutine that owns w; no allocation.
func Put(w *Writer, typ uint16, m *[7]uint64) bool {
	if w.off == w.stop || typ == 0 {
		return putStop(w, typ, m)
	}
	s := &w.ring[w.off/slotSize]
	copyOut(&s.W, m)                                  // S1
	StoreRelease64(&s.Control, w.control|uint64(typ)) // S2, S3
	w.control += seqOne
	w.off += slotSize
	return true
}

// PutLook is Put and, if the message is published, LoadAfterFence64: for who sends one
// message and wants to know then whether the reader has said that it sleeps.
func PutLook(w *Writer, typ uint16, m *[7]uint64, p *uint64) (word uint64, ok bool) {
	if !Put(w, typ, m) {
		return 0, false
	}
	return LoadAfterFence64(p), true
}

// Take copies the next message to *m. It answers false, with *m unchanged, when
// there is none after that many looks at its slot, and at least one. Execution
// context: the goroutine that owns r; no allocation.
func Take(r *Reader, m *Message, looks uint64) bool {
	s := &r.ring[r.off/slotSize]
	control := Load64(&s.Control) // R1
	for ; looks > 1 && (control-r.want)>>16 != 0; looks-- {
		control = Load64(&s.Control)
	}
	typ := control - r.want
	switch {
	case typ>>16 == 0 && typ != 0:
	case (typ+lap)>>16 == 0:
		r.empty++
		return false
	default:
		r.odd = control
		return takeOdd(r, m, looks)
	}
	fence(Acquire)     // R2
	copyIn(&m.W, &s.W) // R3
	m.Type = uint16(typ)
	r.want += seqOne
	r.off += slotSize
	if r.off == r.stop {
		takeStop(r)
	}
	return true
}

// takeStop is what Take does after a message at a stop: acknowledge, and wrap
// around at the end of the ring. R4 fence rw,w, R5 store of the count. R4 pairs
// with W2.
func takeStop(r *Reader) {
	StoreRelease64(r.ack, r.self|uint64(uint32(r.Received()-r.start))) // R4, R5
	r.acks++
	if r.off == ringSize {
		r.base += Slots
		r.off = 0
	}
	r.stop = min(r.off+stride, ringSize)
}

// Pending says, by one plain load, that Take has something to look at: a
// message, or a word that is nonsense.
func Pending(r *Reader) bool {
	return (Load64(&r.ring[r.off/slotSize].Control)-r.want+lap)>>16 != 0
}

// copyOut and copyIn copy the payload plainly, so that the race detector sees
// whether the control word orders it.
func copyOut(shared, m *[7]uint64) {
	if Model == nil {
		*shared = *m
		return
	}
	for i := range shared {
		Model.Store(&shared[i], m[i])
	}
}

func copyIn(m, shared *[7]uint64) {
	if Model == nil {
		*m = *shared
		return
	}
	for i := range shared {
		Model.LoadTo(&m[i], &shared[i])
	}
}
