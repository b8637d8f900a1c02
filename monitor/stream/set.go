package stream

import "atoll/arch/order"

const (
	// Bytes is how many a ring holds.
	Bytes = 64 << 10
	// Most is how many rings a core of a pair has.
	Most = 6
	// controlBytes is what the control words have room in.
	controlBytes = 8 << 10
	// Memory is how many bytes a core of a pair has for all.
	Memory = controlBytes + Most*Bytes
)

// words are what one core says of the ring of a number: its own, and the other core's. Only that core writes them.
type words struct {
	head      uint64 // of its own ring: how far it has been written
	wantsRoom uint64 // number of its last wait for room there
	tail      uint64 // of the other's: how far it has been read
	wantsData uint64 // number of its last wait for bytes there
	done      uint64 // uses of it that are over
	_         [3]uint64
}

// control is the words of a core.
type control struct {
	ready uint64 // not 0: the core takes streams
	_     [7]uint64
	ring  [Most]words
}

// Set is all the streams between this core and another.
type Set struct {
	mine, theirs *control
	own, far     []byte // rings
	uses         [Most]uint64
	writes       [Most]*Writer // that are open, nil: none is
	reads        [Most]*Reader
}

// New returns the streams over memory of this core, cleared before, and the other's, nil if that cannot be: of each Memory bytes, of which
// there may be more.
func New(mine, theirs []byte) *Set {
	if len(mine) < Memory || len(theirs) < Memory || !aligned(mine) || !aligned(theirs) {
		return nil
	}
	s := &Set{mine: wordsOf(mine), theirs: wordsOf(theirs), own: mine[controlBytes:Memory], far: theirs[controlBytes:Memory]}
	order.StoreRelease64(&s.mine.ready, 1)
	return s
}

// Name is what the writer's core says of a stream, and by which the other finds it.
type Name struct{ Ring, Use, From uint64 }

// Writer begins a stream that this core writes, nil if the other takes none, or all rings are in use. Its name is for the other core.
func (s *Set) Writer() *Writer {
	if s == nil || s.mine == nil || order.LoadAcquire64(&s.theirs.ready) == 0 {
		return nil
	}
	for n := range s.writes {
		theirs, mine := &s.theirs.ring[n], &s.mine.ring[n]
		if s.writes[n] != nil || order.LoadAcquire64(&theirs.done) != s.uses[n] {
			continue
		}
		s.uses[n]++
		w := &Writer{s: s, n: n, ring: s.own[n*Bytes:][:Bytes], mine: mine, theirs: theirs, head: mine.head, tail: mine.head, told: order.Load64(&theirs.wantsData)}
		s.writes[n] = w
		return w
	}
	return nil
}

// Reader returns the stream that the other core has named, nil if that cannot be. A wait of which the writer was told in an earlier use of the ring is
// told once more, since he may wait already.
func (s *Set) Reader(name Name) *Reader {
	if s == nil || s.mine == nil || name.Ring >= Most || s.reads[name.Ring] != nil {
		return nil
	}
	n := int(name.Ring)
	r := &Reader{s: s, n: n, use: name.Use, ring: s.far[n*Bytes:][:Bytes], mine: &s.mine.ring[n], theirs: &s.theirs.ring[n], head: name.From, tail: name.From}
	s.reads[n] = r
	return r
}

// Open returns how many ends are open here.
func (s *Set) Open() (n int) {
	for i := range Most {
		if s.writes[i] != nil {
			n++
		}
		if s.reads[i] != nil {
			n++
		}
	}
	return n
}

// Close ends all streams: the memory is not touched any more.
func (s *Set) Close() {
	for n := range Most {
		s.writes[n].Close()
		s.reads[n].Close()
	}
	*s = Set{}
}
