package stream

import "atoll/arch/order"

// Writer is the end of a stream that is written.
type Writer struct {
	s            *Set // nil: it is closed
	n            int
	ring         []byte
	mine, theirs *words
	head, tail   uint64 // tail: as far as it is known
	told         uint64 // the last wait of the reader of which it was told
}

// Name is what the other core is to be told.
func (w *Writer) Name() Name { return Name{uint64(w.n), w.s.uses[w.n], w.head} }

// Room returns how many bytes can be written, at least as many as are wanted if there is room for those.
func (w *Writer) Room(wanted int) int {
	if w.s == nil {
		return 0
	}
	if Bytes-int(w.head-w.tail) < wanted {
		if tail := order.LoadAcquire64(&w.theirs.tail); tail-w.tail <= w.head-w.tail { // W1; of an earlier use, or a lie: there is none
			w.tail = tail
		}
	}
	return Bytes - int(w.head-w.tail)
}

// mostAtOnce is after how many bytes the reader may begin.
const mostAtOnce = 16 << 10

// Write has fill put n bytes where they are to be, for which there is Room, in pieces, each of which it may fill in part: that ends it. It returns
// how many were written. Up to mostAtOnce bytes come to the reader at once.
func (w *Writer) Write(n int, fill func([]byte) (int, error)) (done int, err error) {
	for done < n && err == nil {
		var k int
		k, err = w.put(min(n-done, mostAtOnce), fill)
		done += k
		if k == 0 {
			break
		}
	}
	return done, err
}

// put writes bytes that become seen together.
func (w *Writer) put(n int, fill func([]byte) (int, error)) (done int, err error) {
	for done < n && err == nil {
		b := w.ring[(w.head+uint64(done))%Bytes:]
		b = b[:min(len(b), n-done)]
		var k int
		k, err = fill(b) // W2
		if done += k; k < len(b) {
			break
		}
	}
	if done > 0 {
		w.head += uint64(done)
		order.StoreRelease64(&w.mine.head, w.head) // W3
	}
	return done, err
}

// Await says that somebody waits until there is room for so many bytes. It reports false if there is.
func (w *Writer) Await(room int) bool {
	if w.s == nil {
		return true
	}
	order.Store64(&w.mine.wantsRoom, w.mine.wantsRoom+1)
	order.FenceFull()
	return w.Room(room) < room
}

// Stir reports whether the reader is to be told that something has been written.
func (w *Writer) Stir() bool {
	if w.s == nil {
		return false
	}
	now := order.LoadAfterFence64(&w.theirs.wantsData)
	was := w.told
	w.told = now
	return now != was
}

// Close says that nothing more is written. Nil is a stream that is closed.
func (w *Writer) Close() {
	if w != nil && w.s != nil {
		w.s.writes[w.n], w.s = nil, nil
	}
}
