package linux

import (
	"errors"
	"syscall"

	"atoll/arch/layout"
	"atoll/user/vfs"
)

// Reading and writing. Bytes go through a buffer of the core, in pieces, but for those that a file in memory has,
// which come to where they are to be read; what a call moves at most is bounded, for nobody else runs meanwhile.

// mostMoved bounds what one call moves, in bytes.
const mostMoved = 1 << 20

// span is a part of the process's memory (struct iovec).
type span struct{ at, size uint64 }

// mostSpans bounds the spans of a call.
const mostSpans = 1024

// spans reads a list of spans.
func (t *thread) spans(va, n uint64) ([]span, error) {
	if n > mostSpans {
		return nil, syscall.EINVAL
	}
	list := make([]span, n)
	for i := range list {
		at, ok := t.p.load64(va + 16*uint64(i))
		size, ok2 := t.p.load64(va + 16*uint64(i) + 8)
		switch {
		case !ok || !ok2:
			return nil, syscall.EFAULT
		case int64(size) < 0:
			return nil, syscall.EINVAL
		}
		list[i] = span{at, size}
	}
	return list, nil
}

// fromPosition says that bytes are moved at the file's position.
const fromPosition = -1

// move reads into spans of memory, or writes from them, at an offset or at the position.
func (t *thread) move(fd uint64, list []span, off int64, write bool) {
	f, err := t.file(fd)
	if err != nil {
		t.reply(err)
		return
	}
	if !t.mayMove(f.Content, write) {
		return
	}
	m := &t.mover
	m.begin(t, f, off)
	for _, s := range list {
		if m.skip >= s.size {
			m.skip -= s.size
			continue
		}
		s.at, s.size, m.skip = s.at+m.skip, s.size-m.skip, 0
		if write {
			m.write(s)
		} else {
			m.read(s)
		}
		if m.stop {
			break
		}
	}
	t.finish(m, write)
	m.f = nil
}

// mover is a call that moves bytes. A thread has one, with the functions that a stream calls, since to make those anew for each call costs a
// third of what a pipe takes.
type mover struct {
	t    *thread
	f    *vfs.File
	off  int64
	skip uint64 // what was moved before the call had to wait
	n    uint64 // what has been moved since
	err  error
	stop bool

	at         uint64 // where in the process's memory the next bytes of a stream are
	take, fill func(b []byte) (int, error)
}

// begin begins a call.
func (m *mover) begin(t *thread, f *vfs.File, off int64) {
	if m.take == nil {
		m.take, m.fill = m.takeSome, m.fillSome
	}
	m.t, m.f, m.off, m.skip, m.n, m.err, m.stop = t, f, off, t.moved, 0, nil, false
}

// takeSome brings bytes of a stream to the process's memory.
func (m *mover) takeSome(b []byte) (int, error) {
	n, err := m.t.p.write(m.at, b)
	return m.passed(n, err)
}

// fillSome fetches them from there.
func (m *mover) fillSome(b []byte) (int, error) {
	n, err := m.t.p.read(m.at, b)
	return m.passed(n, err)
}

func (m *mover) passed(n int, err error) (int, error) {
	if m.at += uint64(n); err != nil {
		err = syscall.EFAULT
	}
	return n, err
}

// finish answers a call that has moved what it could, or has it wait for more.
func (t *thread) finish(m *mover, write bool) {
	wait := m.err != nil && errors.Is(m.err, syscall.EAGAIN) && !m.f.Nonblocking() && m.f.Queue() != nil
	if wait && (write || m.n == 0) {
		t.moved += m.n
		t.block(m.f.Queue())
		return
	}
	if n := t.moved + m.n; n > 0 || m.err == nil {
		t.answer(n)
		return
	}
	if m.err == errBackground {
		t.stopInBackground(sigTTIN)
		return
	}
	t.reply(m.err) // before a handler is entered, whose registers are others
	if errors.Is(m.err, syscall.EPIPE) {
		t.signal(siginfo{sig: sigPIPE, from: t.p.id})
	}
}

// pieces calls do with parts of the buffer, until all is moved or one stops it.
func (m *mover) pieces(s span, do func(at uint64, b []byte) (int, error)) {
	buf := m.t.p.fs.NS.Buffer()
	for s.size > 0 && !m.stop {
		b := buf[:min(s.size, uint64(len(buf)))]
		n, err := do(s.at, b)
		m.n += uint64(n)
		m.err = err
		s.at, s.size = s.at+uint64(n), s.size-uint64(n)
		m.stop = err != nil || n < len(b) || m.n >= mostMoved
	}
}

func (m *mover) read(s span) {
	if s.size == 0 {
		return
	}
	if r := m.f.ReaderTo(); r != nil && m.off == fromPosition {
		m.readDirect(r, s)
		return
	}
	if m.f.InMemory() {
		s = m.readInPlace(s)
	}
	m.pieces(s, func(at uint64, b []byte) (n int, err error) {
		if m.f.Stream() != nil {
			m.stop = true // what has come so far is an answer
			if m.n > 0 {
				return 0, nil
			}
		}
		n, err = m.next(b)
		if done, e := m.t.p.write(at, b[:n]); e != nil {
			return done, syscall.EFAULT
		}
		return n, err
	})
}

// next reads what comes next.
func (m *mover) next(b []byte) (int, error) {
	if m.off == fromPosition {
		return m.f.Read(b)
	}
	return m.f.ReadAt(b, m.off+int64(m.n))
}

// readInPlace reads into the process's pages, as long as there are any, and returns what is left: nothing changes
// there while the file reads.
func (m *mover) readInPlace(s span) (left span) {
	for s.size > 0 && !m.stop {
		b, err := m.t.p.space.Window(s.at, s.size, layout.W)
		if err != nil {
			break
		}
		n, err := m.next(b)
		m.n, m.err = m.n+uint64(n), err
		s.at, s.size = s.at+uint64(n), s.size-uint64(n)
		m.stop = err != nil || n < len(b) || m.n >= mostMoved
	}
	return s
}

// readDirect reads out of a stream into the process's memory. What there is is an answer.
func (m *mover) readDirect(r vfs.ReaderTo, s span) {
	m.linger(false, s.size)
	m.at = s.at
	n, err := r.ReadTo(int(min(s.size, mostMoved)), m.take)
	m.n, m.err, m.stop = m.n+uint64(n), err, true
}

// writeDirect writes out of the process's memory into a stream, as far as there is room.
func (m *mover) writeDirect(w vfs.WriterFrom, s span) {
	m.at = s.at
	for s.size > 0 && !m.stop {
		m.linger(true, s.size)
		n, err := w.WriteFrom(int(min(s.size, mostMoved)), m.fill)
		m.n, s.size, m.err = m.n+uint64(n), s.size-uint64(n), err
		m.stop = err != nil || n == 0 || m.n >= mostMoved
	}
}

func (m *mover) write(s span) {
	if w := m.f.WriterFrom(); w != nil && m.off == fromPosition {
		m.writeDirect(w, s)
		return
	}
	m.pieces(s, func(at uint64, b []byte) (int, error) {
		n, err := m.t.p.read(at, b)
		switch {
		case n == 0 && err != nil:
			return 0, syscall.EFAULT
		case m.off == fromPosition:
			return m.f.Write(b[:n])
		}
		return m.f.WriteAt(b[:n], m.off+int64(m.n))
	})
}

func read(t *thread, a args)  { t.move(a[0], []span{{a[1], a[2]}}, fromPosition, false) }
func write(t *thread, a args) { t.move(a[0], []span{{a[1], a[2]}}, fromPosition, true) }

func readv(t *thread, a args)  { t.moveSpans(a, fromPosition, false) }
func writev(t *thread, a args) { t.moveSpans(a, fromPosition, true) }

func preadv(t *thread, a args)  { t.moveSpansAt(a, false) }
func pwritev(t *thread, a args) { t.moveSpansAt(a, true) }

func pread(t *thread, a args)  { t.moveAt(a, false) }
func pwrite(t *thread, a args) { t.moveAt(a, true) }

func (t *thread) moveAt(a args, write bool) {
	if int64(a[3]) < 0 {
		t.fail(inval)
		return
	}
	t.move(a[0], []span{{a[1], a[2]}}, int64(a[3]), write)
}

func (t *thread) moveSpansAt(a args, write bool) {
	if int64(a[3]) < 0 {
		t.fail(inval)
		return
	}
	t.moveSpans(a, int64(a[3]), write)
}

func (t *thread) moveSpans(a args, off int64, write bool) {
	list, err := t.spans(a[1], a[2])
	if err != nil {
		t.reply(err)
		return
	}
	t.move(a[0], list, off, write)
}

func lseek(t *thread, a args) {
	f, err := t.file(a[0])
	if err != nil {
		t.reply(err)
		return
	}
	n, err := f.Seek(int64(a[1]), int(int32(a[2])))
	t.result(uint64(n), err)
}

func ftruncate(t *thread, a args) {
	f, err := t.file(a[0])
	if err == nil {
		err = f.Truncate(int64(a[1]))
	}
	t.reply(err)
}

// fsync has what was written to a file be kept for good, where a file system does not at once.
func fsync(t *thread, a args) {
	f, err := t.file(a[0])
	if err == nil {
		err = vfs.Sync(f.Node)
	}
	t.reply(err)
}

// syncAll does so with all that was written. Errors are nobody's.
func syncAll(t *thread, _ args) {
	for _, m := range t.p.fs.Mounts() {
		vfs.Sync(m.Root)
	}
	t.answer(0)
}

// known answers whether a descriptor names a file: for calls that have nothing to do.
func known(t *thread, a args) {
	_, err := t.file(a[0])
	t.reply(err)
}
