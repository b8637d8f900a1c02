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
	reader        vfs.Queue
	writer        vfs.Queue
	reads, writes bool // the end is open
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

// Reads reports whether a stream is the end of a pipe that is read.
func Reads(s vfs.Stream) bool {
	_, is := s.(reading)
	return is
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
func (r reading) Read(b []byte) (int, error) {
	p := r.pipe
	switch {
	case len(b) == 0:
		return 0, nil
	case p.count == 0 && p.writes:
		return 0, syscall.EAGAIN
	}
	n := min(len(b), p.count)
	k := copy(b[:n], p.ring[p.first:])
	copy(b[k:n], p.ring)
	p.count -= n
	if p.count == 0 {
		p.drop()
	} else {
		p.first = (p.first + n) & (len(p.ring) - 1)
	}
	if n > 0 {
		p.writer.Notify()
	}
	return n, nil
}

func (reading) Write([]byte) (int, error) { return 0, syscall.EBADF }

func (r reading) Ready() (e vfs.Events) {
	if r.count > 0 {
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
	r.writer.Notify()
	r.reader.Notify()
	return nil
}

func (writing) Read([]byte) (int, error) { return 0, syscall.EBADF }

// Write puts in as much as there is room for.
func (w writing) Write(b []byte) (int, error) {
	p := w.pipe
	room := 0
	if p.reads {
		room = p.grow(len(b))
	}
	switch {
	case !p.reads:
		return 0, syscall.EPIPE
	case len(b) == 0:
		return 0, nil
	case room == 0 || len(b) <= Atomic && room < len(b):
		return 0, syscall.EAGAIN
	}
	n := min(room, len(b))
	at := (p.first + p.count) & (len(p.ring) - 1)
	k := copy(p.ring[at:], b[:n])
	copy(p.ring, b[k:n])
	p.count += n
	p.reader.Notify()
	return n, nil
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
	if !w.reads {
		return vfs.Out | vfs.Err
	}
	if w.most()-w.count >= Atomic {
		e = vfs.Out
	}
	return e
}

func (w writing) Queue() *vfs.Queue { return &w.writer }

// Close ends writing: who reads gets what is left, and then the end.
func (w writing) Close() error {
	w.writes = false
	w.reader.Notify()
	w.writer.Notify()
	return nil
}
