package binding

import (
	"fmt"
	"time"

	"atoll/arch/layout"
)

// MaxBuffers bounds the buffers of a region.
const MaxBuffers = 64

// region is memory in buffers of equal size.
type region struct {
	memory []byte
	size   uint64
	out    [MaxBuffers]bool // of this end: in a user's hands or with the peer; of the peer: with us
	lent   [MaxBuffers]bool // of this end: with the peer
	count  uint64
	handed uint64 // of this end: so many of them, the first, may be handed over
}

// Regular reports whether so many buffers of a size fill so many pages.
func Regular(count, size, pages uint64) bool {
	return count > 0 && count <= MaxBuffers && size > 0 && size <= pages*layout.PageSize && size%64 == 0 &&
		count*size == pages*layout.PageSize
}

// SetOwn gives this end its region of buffers, which the peer can read. It may be called
// once, with what is Regular.
func (b *Binding) SetOwn(memory []byte, count uint64) error {
	b.mu.Lock()
	defer b.unlock()
	switch {
	case b.ch == nil:
		return b.Err()
	case b.own != nil:
		return fmt.Errorf("the binding to core %d has buffers already", b.Core)
	}
	b.own = &region{memory: memory, size: uint64(len(memory)) / count, count: count, handed: count}
	if b.kept > 0 {
		b.own.handed = min(count, b.kept)
	}
	return nil
}

// SetTheirs takes the peer's region. It answers false if there is one already. It does
// not wait: the event loop calls it.
func (b *Binding) SetTheirs(memory []byte, count uint64) bool {
	return b.why.Load() == nil && b.theirs.CompareAndSwap(nil, &region{memory: memory, size: uint64(len(memory)) / count, count: count})
}

// Buffer is a buffer of this end in the caller's hands.
type Buffer struct {
	Bytes []byte
	b     *Binding
	n     uint64
}

// Buffer waits within the bound for a buffer that is neither with the peer nor in
// somebody's hands. It ends in Hand or Drop.
func (b *Binding) Buffer(bound time.Duration) (buf Buffer, err error) {
	none := false
	err = b.await(&patience{bound: bound}, forMessage, func(looks uint64) bool {
		for ; ; looks = 0 {
			b.pump(1)
			if none = b.own == nil; none || b.take(&buf) {
				return true
			}
			if looks <= 1 {
				return false
			}
			b.pump(looks)
		}
	})
	if none && err == nil {
		if err = b.Err(); err == nil {
			err = fmt.Errorf("the binding to core %d has no buffers", b.Core)
		}
	}
	return buf, err
}

// take takes a buffer of this end, if there is one, with the lock held.
func (b *Binding) take(buf *Buffer) bool {
	n := b.own.free()
	if n == b.own.handed {
		return false
	}
	b.own.out[n] = true
	b.inHand++
	*buf = Buffer{b.own.buffer(n), b, n}
	return true
}

// free returns a buffer that is in nobody's hands, handed if there is none.
func (r *region) free() (n uint64) {
	for n < r.handed && r.out[n] {
		n++
	}
	return n
}

func (r *region) buffer(n uint64) []byte { return r.memory[n*r.size:][:r.size:r.size] }

// Hand passes the first n bytes of a buffer to the peer, which reads them in place. The
// caller must not touch it any more, whatever comes of it.
func (buf *Buffer) Hand(n int, bound time.Duration) error {
	b := buf.b
	if n < 0 || n > len(buf.Bytes) {
		buf.Drop()
		return fmt.Errorf("a buffer of %d bytes does not hold %d", len(buf.Bytes), n)
	}
	w := [7]uint64{buf.n, uint64(n)}
	err := b.await(&patience{bound: bound}, forRoom, func(looks uint64) bool {
		if b.own == nil || !b.put(typeHand, &w, looks) {
			return false
		}
		b.own.lent[buf.n] = true
		b.inHand--
		return true
	})
	if err != nil {
		if err == ErrTimeout {
			b.forget()
		}
		buf.Drop()
	}
	buf.Bytes = nil
	return err
}

// Drop puts a buffer back that was not handed over.
func (buf *Buffer) Drop() {
	b := buf.b
	b.mu.Lock()
	if b.own != nil {
		b.own.out[buf.n] = false
	}
	buf.Bytes = nil
	b.letGo()
}

// letGo counts a buffer that a user no longer has, and unlocks.
func (b *Binding) letGo() {
	b.inHand--
	b.wakeAll()
	b.leave()
	if b.why.Load() != nil {
		b.flag(flagEnding) // the last one out lets the memory go
		b.settle()
	}
}

// Part is a buffer of the peer in the caller's hands: what is in it is input, and may
// change while it is read.
type Part struct {
	Bytes []byte
	b     *Binding
	n     uint64
}

// Part waits within the bound for the next buffer that the peer has handed over. It ends
// in Done. Buffers that nobody has taken are gone with the binding.
func (b *Binding) Part(bound time.Duration) (p Part, err error) {
	err = b.await(&patience{bound: bound}, forMessage, func(looks uint64) bool {
		b.pump(1)
		if len(b.parts) == 0 {
			b.pump(looks)
		}
		return b.takePart(&p)
	})
	return p, err
}

// takePart takes the next buffer of the peer, if there is one, with the lock held.
func (b *Binding) takePart(p *Part) bool {
	if len(b.parts) == 0 {
		return false
	}
	*p = b.parts[0]
	b.parts = b.parts[:copy(b.parts, b.parts[1:])]
	b.inHand++
	return true
}

// Done gives a buffer back to the peer.
func (p *Part) Done(bound time.Duration) error {
	b := p.b
	w := [7]uint64{p.n}
	p.Bytes = nil
	b.mu.Lock()
	if r := b.theirs.Load(); r != nil {
		r.out[p.n] = false // before the peer can hand it over again
	}
	b.letGo()
	return b.send(typeBack, &w, &patience{bound: bound})
}

// internal acts on a message of the peer's end, with the lock held.
func (b *Binding) internal(m *Message) {
	n, size := m.W[0], m.W[1]
	switch r := b.theirs.Load(); m.Type {
	case typeHand:
		if r == nil || n >= r.count || size > r.size || r.out[n] {
			b.lied("hands over buffer %d with %d bytes", n, size)
			return
		}
		r.out[n] = true
		b.parts = append(b.parts, Part{r.memory[n*r.size:][:size:size], b, n})
		b.wakeTakers()
		return
	case typeBack:
		if b.own == nil || n >= b.own.count || !b.own.lent[n] {
			b.lied("gives back buffer %d, %d", n, size)
			return
		}
		b.own.out[n], b.own.lent[n] = false, false
	default:
		b.lied("sends a message of type %d, %d", uint64(m.Type), n)
		return
	}
	b.wakeAll()
}

func (b *Binding) lied(format string, n, size uint64) {
	b.mark(fmt.Errorf("the binding to core %d is lost: it "+format, b.Core, n, size))
}
