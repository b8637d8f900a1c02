package pipe

import (
	"slices"
	"syscall"

	"atoll/monitor/stream"
	"atoll/user/vfs"
)

// The ends of a pipe that processes of other cores use. What is written here and read on another core goes into a stream at once, and what is
// written on another core is read out of one: the pipe itself has nothing of it.

// far is a pipe's streams.
type far struct {
	to    *Sink     // into which all goes that is written, nil: it goes into the pipe
	from  []*Source // out of which is read, beside the pipe
	last  *Source   // of those, out of which was read last, nil: none, or the pipe
	left  int       // so much of that before another has its turn
	marks []mark    // in their order
	takes bool      // a stream may come, out of which it is to be read
}

// Sink is a stream into which all goes that is written.
type Sink struct {
	*stream.Writer
	tell func() // the reader is to be told that something has been
	over func() // nothing more is
}

// Source is a stream out of which is read.
type Source struct {
	*stream.Reader
	p      *pipe
	tell   func() // the writer is to be told that something has been
	over   func() // nothing more is: nobody reads any more, or nothing more is written, and all has been read
	closes bool   // nothing more is written
}

// MaySend reports whether all that is written may go to another core: not if something comes from one, or may.
func MaySend(end vfs.Stream) bool {
	r, is := end.(reading)
	return is && !r.far.takes
}

// MayReceive reports whether the pipe may be read out of a stream, too, and from then on it may: not if all goes to another core.
func MayReceive(end vfs.Stream) bool {
	w, is := end.(writing)
	if is && w.far.to == nil {
		w.far.takes = true
	}
	return is && w.far.takes
}

// Send has all that is in a pipe, and all that is written to it from now on, go to who reads it on another core, and nobody else does. The stream is new. tell is
// called when the reader is to look, over when nothing more is written.
func Send(end vfs.Stream, w *stream.Writer, tell, over func()) {
	p := end.(reading).pipe
	p.far.to = &Sink{w, tell, over}
	if p.count > 0 {
		w.Write(p.count, func(b []byte) (int, error) {
			n := copy(b, p.ring[p.first:])
			p.first, p.count = (p.first+n)&(len(p.ring)-1), p.count-n
			return n, nil
		})
		p.drop()
		if w.Stir() { // the reader may have looked already
			tell()
		}
	}
	p.writer.Notify() // who waits for room in the pipe
	if !p.writes {
		over()
	}
}

// Receive has a pipe be read out of a stream, too. tell is called when the writer is to look, over when there is nothing more to read, or nobody who
// would: then Drop is to be called, and the stream closed.
func Receive(end vfs.Stream, r *stream.Reader, tell, over func()) *Source {
	p := end.(writing).pipe
	s := &Source{Reader: r, p: p, tell: tell, over: over}
	p.far.from = append(p.far.from, s)
	if !p.reads {
		over()
	}
	p.reader.Notify()
	return s
}

// Finish says that nothing more is written to the stream.
func (s *Source) Finish() {
	if s.closes = true; s.Have() == 0 {
		s.over()
	}
}

// Drop ends it. What was not read comes into the pipe if there is room for it.
func (s *Source) Drop() {
	p := s.p
	i := slices.Index(p.far.from, s)
	if i < 0 {
		return
	}
	p.far.from = slices.Delete(p.far.from, i, i+1)
	p.far.marks = slices.DeleteFunc(p.far.marks, func(m mark) bool { return m.s == s })
	if p.far.last == s || len(p.far.from) == 0 {
		p.far.last, p.far.left = nil, 0
	}
	if n := s.Have(); n > 0 && p.reads && p.grow(n) >= n {
		s.Read(n, func(b []byte) (int, error) { return p.write(len(b), from(b)) })
	}
}

// Stirred has those look who wait at either end of a pipe, since the other core has written to a stream, or read. Those who still wait then will want to know
// of the next time, too.
func Stirred(end vfs.Stream) {
	switch e := end.(type) {
	case reading:
		e.writer.Notify()
		if to := e.far.to; to != nil && !e.writer.Empty() {
			to.Await(Atomic)
		}
	case writing:
		e.reader.Notify()
		if !e.reader.Empty() {
			e.awaitData()
		}
	}
}

// readFar is read where there are streams. What is in the pipe comes first, and before what was written to it what was in the streams then; else each stream has
// its turn: as much of it is read as it has when that begins, which ends with the end of a write, so that what was written in one piece has no others in its middle.
func (p *pipe) readFar(n int, take func([]byte) (int, error)) (done int, err error) {
	for done < n && err == nil {
		if !p.turn() {
			switch {
			case done > 0 || !p.writes:
				return done, nil
			case p.awaitData():
				return 0, syscall.EAGAIN
			}
			continue
		}
		k, want := 0, min(n-done, p.far.left)
		if s := p.far.last; s != nil {
			k, err = s.read(want, take)
		} else {
			k, err = p.read(want, take)
		}
		done, p.far.left = done+k, p.far.left-k
		if k < want {
			break
		}
	}
	return done, err
}

// turn says out of what is read next, and how much. It reports false if there is nothing.
func (p *pipe) turn() bool {
	f := &p.far
	if f.left > 0 {
		return true
	}
	for len(f.marks) > 0 && f.marks[0].at == p.gone {
		m := f.marks[0]
		f.marks = f.marks[1:]
		if left := int64(m.until - m.s.At()); left > 0 && m.s.Have() > 0 {
			f.last, f.left = m.s, min(int(left), m.s.Have())
			return true
		}
	}
	if p.count > 0 {
		f.last, f.left = nil, p.count
		if len(f.marks) > 0 {
			f.left = int(f.marks[0].at - p.gone)
		}
		return true
	}
	at := slices.Index(f.from, f.last) + 1
	for i := range f.from {
		if s := f.from[(at+i)%len(f.from)]; s.Have() > 0 {
			f.last, f.left = s, s.Have()
			return true
		}
	}
	return false
}

// mark is where in the pipe's own bytes, of all that it ever had, a stream comes first, up to a position.
type mark struct {
	at    uint64
	s     *Source
	until uint64
}

// mostMarks bounds them.
const mostMarks = 64

// mark has what is in the streams be read before what is about to be written to the pipe: who writes may know of it. It reports false if that is to wait.
func (p *pipe) mark() bool {
	f, at := &p.far, p.gone+uint64(p.count)
	if !f.marksFit() {
		return false
	}
	for _, s := range f.from {
		if n := s.Have(); n > 0 {
			f.marks = append(f.marks, mark{at, s, s.At() + uint64(n)})
		}
	}
	return true
}

// marksFit reports whether another write may be marked.
func (f *far) marksFit() bool { return len(f.marks)+len(f.from) <= mostMarks }

// awaitData reports whether there is nothing to read in any stream, of which the other cores are told.
func (p *pipe) awaitData() bool {
	for _, s := range p.far.from {
		if !s.Await() {
			return false
		}
	}
	return true
}

// farReady reports whether there is something to read in a stream. If not the other cores are told that somebody waits.
func (p *pipe) farReady() bool {
	return slices.ContainsFunc(p.far.from, func(s *Source) bool { return s.Have() > 0 }) || len(p.far.from) > 0 && !p.awaitData()
}

// Waits is documented with vfs.Elsewise.
func (r reading) Waits(write bool, _ int) bool {
	return !write && r.count == 0 && len(r.far.from) > 0 && !slices.ContainsFunc(r.far.from, func(s *Source) bool { return s.Have() > 0 })
}

// Waits is documented with vfs.Elsewise.
func (w writing) Waits(write bool, n int) bool {
	return write && w.reads && w.far.to != nil && !Fits(n, w.far.to.Room(n))
}

// unread says that nobody reads any more.
func (f *far) unread() {
	for _, s := range slices.Clone(f.from) {
		s.over()
	}
}

// read takes what has been found.
func (s *Source) read(n int, take func([]byte) (int, error)) (int, error) {
	n, err := s.Reader.Read(n, take)
	if s.Stir(Atomic) {
		s.tell()
	}
	s.p.writer.Notify() // who waits for marks
	if s.closes && s.Have() == 0 {
		s.over()
	}
	return n, err
}

// write writes as Write of a pipe's end does.
func (s *Sink) write(n int, fill func([]byte) (int, error)) (int, error) {
	n, err := Put(s.Writer, n, fill)
	if n > 0 && s.Stir() {
		s.tell()
	}
	return n, err
}

// Put writes to a stream as to a pipe: as much as there is room for, but up to Atomic bytes all or nothing.
func Put(w *stream.Writer, n int, fill func([]byte) (int, error)) (int, error) {
	room := w.Room(n)
	for !Fits(n, room) {
		if w.Await(min(n, Atomic)) {
			return 0, syscall.EAGAIN
		}
		room = w.Room(n)
	}
	return w.Write(min(n, room), fill)
}
