package order

// Put copies m into the next slot and publishes it. It answers false when the
// ring is full, when the writer is halted or has found a fault. typ is not 0.
// Execution context: the goroutine that owns w; no allocation.
//
//go:noescape
func Put(w *Writer, typ uint16, m *[7]uint64) bool

// PutLook is Put and, if the message is published, LoadAfterFence64: for who sends one
// message and wants to know then whether the reader has said that it sleeps.
//
//go:noescape
func PutLook(w *Writer, typ uint16, m *[7]uint64, p *uint64) (word uint64, ok bool)

// Take copies the next message to *m. It answers false, with *m unchanged, when
// there is none after that many looks at its slot, and at least one. Execution
// context: the goroutine that owns r; no allocation.
//
//go:noescape
func Take(r *Reader, m *Message, looks uint64) bool

// Pending says, by one plain load, that Take has something to look at: a
// message, or a word that is nonsense.
//
//go:noescape
func Pending(r *Reader) bool

// putLookStop is what PutLook does where Put calls putStop.
func putLookStop(w *Writer, typ uint16, m *[7]uint64, p *uint64) (word uint64, ok bool) {
	if !putStop(w, typ, m) {
		return 0, false
	}
	return LoadAfterFence64(p), true
}
