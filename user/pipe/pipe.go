package pipe

import (
	"syscall"

	"atoll/user/vfs"
)

const (
	// Capacity bounds what is in a pipe, in bytes.
	Capacity = 64 << 10
	// Atomic is how large a write may be and go in as one piece (PIPE_BUF).
	Atomic = 4096
	// least is the size that a pipe's memory begins with.
	least = 1024
)

// poolSize is how many bytes the pipes of a pool may have beyond Atomic each.
const poolSize = 256 << 10

// Pool bounds the memory of some pipes. The zero value is that of none.
type Pool struct{ taken int }

// pipe is bytes on their way.
type pipe struct {
	pool          *Pool
	ring          []byte // a power of two
	first, count  int
	gone          uint64 // bytes that have been read out of it, ever
	reader        vfs.Queue
	writer        vfs.Queue
	reads, writes bool // the end is open
	far           far
}

// reading and writing are its ends.
type (
	reading struct{ *pipe }
	writing struct{ *pipe }
)

// New returns the ends of a new pipe: what is written to the second is read from the first.
// Both are io.Closers.
func New(pool *Pool) (r, w vfs.Stream) {
	p := &pipe{pool: pool, reads: true, writes: true}
	return reading{p}, writing{p}
}

// IsEnd reports whether something is one of the ends of a pipe.
func IsEnd(content any) bool {
	switch content.(type) {
	case reading, writing:
		return true
	}
	return false
}

// Read takes what there is. At the end of what was written it returns 0.
func (r reading) Read(b []byte) (int, error) { return r.ReadTo(len(b), into(b)) }

// ReadTo is documented with vfs.ReaderTo.
func (r reading) ReadTo(n int, take func([]byte) (int, error)) (int, error) {
	p := r.pipe
	switch {
	case n == 0:
		return 0, nil
	case len(p.far.from) > 0:
		return p.readFar(n, take)
	case p.count == 0 && p.writes:
		return 0, syscall.EAGAIN
	}
	return p.read(n, take)
}

// read takes what is in the pipe.
func (p *pipe) read(n int, take func([]byte) (int, error)) (done int, err error) {
	n = min(n, p.count)
	for done < n && err == nil {
		b := p.ring[(p.first+done)&(len(p.ring)-1):]
		b = b[:min(len(b), n-done)]
		k := 0
		k, err = take(b)
		if done += k; k < len(b) {
			break
		}
	}
	p.gone += uint64(done)
	if p.count -= done; p.count == 0 {
		p.drop()
	} else {
		p.first = (p.first + done) & (len(p.ring) - 1)
	}
	if done > 0 {
		p.writer.Notify()
	}
	return done, err
}

// into takes bytes into b.
func into(b []byte) func([]byte) (int, error) {
	return func(from []byte) (int, error) {
		n := copy(b, from)
		b = b[n:]
		return n, nil
	}
}

// from fills with the bytes of b.
func from(b []byte) func([]byte) (int, error) {
	return func(to []byte) (int, error) {
		n := copy(to, b)
		b = b[n:]
		return n, nil
	}
}

func (reading) Write([]byte) (int, error) { return 0, syscall.EBADF }

func (r reading) Ready() (e vfs.Events) {
	if r.count > 0 || r.farReady() {
		e = vfs.In
	}
	if !r.writes {
		e |= vfs.Hup
	}
	return e
}

func (r reading) Queue() *vfs.Queue { return &r.reader }

// Close ends reading: who writes gets EPIPE from now on.
func (r reading) Close() error {
	r.reads = false
	r.drop()
	r.far.unread()
	r.writer.Notify()
	r.reader.Notify()
	return nil
}

func (writing) Read([]byte) (int, error) { return 0, syscall.EBADF }

// Write puts in as much as there is room for.
func (w writing) Write(b []byte) (int, error) { return w.WriteFrom(len(b), from(b)) }

// WriteFrom is documented with vfs.WriterFrom.
func (w writing) WriteFrom(n int, fill func([]byte) (int, error)) (int, error) {
	p := w.pipe
	switch {
	case !p.reads:
		return 0, syscall.EPIPE
	case n == 0:
		return 0, nil
	case p.far.to != nil:
		return p.far.to.write(n, fill)
	}
	room := p.grow(n)
	if !Fits(n, room) || len(p.far.from) > 0 && !p.mark() {
		return 0, syscall.EAGAIN
	}
	return p.write(min(n, room), fill)
}

// Fits reports whether a write of n bytes, or a part of it, may go where there is so much room.
func Fits(n, room int) bool { return room >= n || room > 0 && n > Atomic }

// write puts n bytes in, for which there is room.
func (p *pipe) write(n int, fill func([]byte) (int, error)) (done int, err error) {
	for done < n && err == nil {
		b := p.ring[(p.first+p.count)&(len(p.ring)-1):]
		b = b[:min(len(b), n-done)]
		k := 0
		k, err = fill(b)
		if !p.reads { // room was made for what it reads, by the end of who would have read
			return 0, syscall.EPIPE
		}
		p.count += k
		if done += k; k < len(b) {
			break
		}
	}
	if done > 0 {
		p.reader.Notify()
	}
	if p.count == 0 {
		p.drop()
	}
	return done, err
}

// beyond returns how much of a size the pool is charged.
func beyond(size int) int { return max(size-Atomic, 0) }

// grow makes the ring large enough for so many bytes more, as far as it may, and returns how
// many there is room for.
func (p *pipe) grow(more int) int {
	need := min(p.count+more, Capacity)
	size := len(p.ring)
	for size < need {
		next := max(2*size, least)
		if beyond(next)-beyond(size) > poolSize-p.pool.taken {
			break
		}
		p.pool.taken += beyond(next) - beyond(size)
		size = next
	}
	if size > len(p.ring) {
		next := make([]byte, size)
		k := copy(next, p.ring[p.first:])
		copy(next[k:], p.ring[:p.first])
		p.ring, p.first = next, 0
	}
	return size - p.count
}

// drop gives the memory back, and what is in it.
func (p *pipe) drop() {
	p.pool.taken -= beyond(len(p.ring))
	p.ring, p.first, p.count = nil, 0, 0
}

// most returns how large the ring could be now.
func (p *pipe) most() int {
	if beyond(Capacity)-beyond(len(p.ring)) <= poolSize-p.pool.taken {
		return Capacity
	}
	return max(len(p.ring), Atomic)
}

func (w writing) Ready() (e vfs.Events) {
	switch to := w.far.to; {
	case !w.reads:
		return vfs.Out | vfs.Err
	case to != nil:
		if to.Room(Atomic) >= Atomic || !to.Await(Atomic) {
			e = vfs.Out
		}
		return e
	}
	if w.most()-w.count >= Atomic && w.far.marksFit() {
		e = vfs.Out
	}
	return e
}

func (w writing) Queue() *vfs.Queue { return &w.writer }

// Close ends writing: who reads gets what is left, and then the end.
func (w writing) Close() error {
	w.writes = false
	if w.far.to != nil {
		w.far.to.over()
	}
	w.reader.Notify()
	w.writer.Notify()
	return nil
}
