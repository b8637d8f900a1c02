package broadcast

import "atoll/arch/order"

// Writer is the end that writes.
type Writer struct {
	page *Page
	next uint64
}

// NewWriter begins to write a page of zeros.
func NewWriter(p *Page) Writer { return Writer{p, 1} }

// Next is the number that the next message will have.
func (w *Writer) Next() uint64 { return w.next }

// Put writes a message, of which no more than n words are not 0. The caller sees to it
// that nobody has to read the one Keep before it any more.
func (w *Writer) Put(m *Message, n int) {
	s := &w.page.slots[w.next%Slots]
	control := w.next << 1
	lines := Short
	if n > Short {
		lines, control = Words, control|long
	}
	order.Store64(&s.control, 0) // W1
	order.FenceFull()            // W2
	for i := range lines {
		order.Store64(&s.w[i], m[i]) // W3
	}
	order.StoreRelease64(&s.control, control) // W4, W5
	w.next++
}

// Reader is an end that reads.
type Reader struct {
	page   *Page
	next   uint64
	lapped uint64
	fault  bool
}

// NewReader begins to read with the message of a number, not 0, which is input.
func NewReader(p *Page, next uint64) Reader { return Reader{page: p, next: next, fault: next == 0} }

// Lapped is how often the reader was overtaken.
func (r *Reader) Lapped() uint64 { return r.lapped }

// Fault reports whether a control word has stopped the reader that no correct writer
// leaves.
func (r *Reader) Fault() bool { return r.fault }

// ahead is by how much a slot is ahead of the reader.
func (r *Reader) ahead(control uint64) int64 { return int64(control>>1 - r.next) }

// Pending says, by one plain load, that Take has something to look at.
func (r *Reader) Pending() bool {
	return !r.fault && r.ahead(order.Load64(&r.page.slots[r.next%Slots].control)) >= 0
}

// Take reads the next message, and answers false if there
// is none. After false Pending may still be true: look again later.
func (r *Reader) Take(m *Message) bool {
	if r.fault {
		return false
	}
	s := &r.page.slots[r.next%Slots]
	control := order.Load64(&s.control) // R1
	switch ahead := r.ahead(control); {
	case ahead < 0:
		return false
	case ahead > 0:
		r.jump(control>>1, ahead)
		return false
	}
	*m = Message{}
	n := Short
	if control&long != 0 {
		n = Words
	}
	order.FenceAcquire() // R2
	for i := range n {
		m[i] = order.Load64(&s.w[i]) // R3
	}
	order.FenceAcquire()                     // R4
	if order.Load64(&s.control) != control { // R5
		return false
	}
	r.next++
	return true
}

// jump goes on behind a writer that has lapped the reader.
func (r *Reader) jump(number uint64, ahead int64) {
	if ahead%Slots != 0 {
		r.fault = true
		return
	}
	r.next = number - Keep + 1
	r.lapped++
}
