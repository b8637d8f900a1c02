package stream

import "atoll/arch/order"

// Reader is the end of a stream that is read.
type Reader struct {
	s            *Set // nil: it is closed
	n            int
	use          uint64
	ring         []byte
	mine, theirs *words
	head, tail   uint64
	told         uint64 // the last wait of the writer of which it was told
}

// Have returns how many bytes there are to read.
func (r *Reader) Have() int {
	if r == nil || r.s == nil {
		return 0
	}
	if head := order.LoadAcquire64(&r.theirs.head); head-r.head <= Bytes-(r.head-r.tail) { // R1; else it is a lie
		r.head = head
	}
	return int(r.head - r.tail)
}

// At returns how much has been read, of all that was ever written to the ring.
func (r *Reader) At() uint64 { return r.tail }

// Read has take take up to n of the bytes that Have has found, in pieces, each of which it may take in part: that ends it. It returns how many
// were taken. The writer has the room of mostAtOnce bytes before all are read.
func (r *Reader) Read(n int, take func([]byte) (int, error)) (done int, err error) {
	if r.s == nil {
		return 0, nil
	}
	n = min(n, int(r.head-r.tail))
	for done < n && err == nil {
		b := r.ring[r.tail%Bytes:]
		b = b[:min(len(b), n-done, mostAtOnce)]
		var k int
		k, err = take(b) // R2
		done += k
		r.tail += uint64(k)
		order.StoreRelease64(&r.mine.tail, r.tail) // R3
		if k < len(b) {
			break
		}
	}
	return done, err
}

// Await says that somebody waits for bytes. It reports false if there are any.
func (r *Reader) Await() bool {
	if r.s == nil {
		return true
	}
	order.Store64(&r.mine.wantsData, r.mine.wantsData+1)
	order.FenceFull()
	return r.Have() == 0
}

// Stir reports whether the writer is to be told that there is room for so many bytes.
func (r *Reader) Stir(room int) bool {
	if r.s == nil || Bytes-int(r.head-r.tail) < room {
		return false
	}
	now := order.LoadAfterFence64(&r.theirs.wantsRoom)
	was := r.told
	r.told = now
	return now != was
}

// Close says that nothing more is read. Nil is a stream that is closed.
func (r *Reader) Close() {
	if r != nil && r.s != nil {
		order.StoreRelease64(&r.mine.done, r.use)
		r.s.reads[r.n], r.s = nil, nil
	}
}
