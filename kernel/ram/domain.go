package ram

import (
	"errors"
	"slices"

	"atoll/arch/layout"
	"atoll/kernel/capability"
)

// MaxPieces bounds the pieces of a domain.
const MaxPieces = 256

// Errors.
var (
	ErrLimit   = errors.New("the domain has as much memory as it may have")
	ErrSize    = errors.New("a piece of memory is some pages, at a multiple of a power of two")
	ErrNoPiece = errors.New("the capability is not to all of what was taken")
	ErrInUse   = errors.New("something is made of the memory")
	ErrEnded   = errors.New("the domain has ended")
)

// Domain is who is charged for pieces.
type Domain struct {
	m       *Manager
	limit   uint64 // bytes
	held    uint64 // bytes, of pieces that end, too, and what else it is charged
	pieces  []piece
	pending int // pieces that end
	over    bool
	done    func()
}

// NewDomain makes a domain that may have so many bytes.
func (m *Manager) NewDomain(limit uint64) *Domain { return &Domain{m: m, limit: limit} }

// Held returns how many bytes the domain has, and how many it may have.
func (d *Domain) Held() (held, limit uint64) { return d.held, d.limit }

// Take takes a piece of some pages at a multiple of align, 0 for a page, and puts the
// capability to it into an empty slot. It fails with ErrSize, ErrLimit, ErrEnded,
// capability.ErrNotEmpty, or because the pool has no such run left (kernel.ErrNoFrames).
func (d *Domain) Take(size, align uint64, dst capability.Ref) error {
	if align == 0 {
		align = layout.PageSize
	}
	switch {
	case d.over:
		return ErrEnded
	case size == 0 || size%layout.PageSize != 0 || align&(align-1) != 0 || align < layout.PageSize:
		return ErrSize
	case size > d.limit || d.held > d.limit-size || len(d.pieces)+d.pending >= MaxPieces:
		return ErrLimit
	}
	p, err := d.m.take(size, align, dst)
	if err != nil {
		return err
	}
	p.of = d
	d.pieces = append(d.pieces, p)
	d.held += size
	return nil
}

// Charge counts bytes that others hold for the domain, Return gives them back. It fails with
// ErrLimit or ErrEnded.
func (d *Domain) Charge(size uint64) error {
	switch {
	case d.over:
		return ErrEnded
	case size > d.limit || d.held > d.limit-size:
		return ErrLimit
	}
	d.held += size
	return nil
}

// Return is documented with Charge.
func (d *Domain) Return(size uint64) { d.held -= size }

// Give begins to take back a piece, the capability to which is in a slot: it must be to all
// of what was taken, and nothing may be made of it. It fails with ErrNoPiece or ErrInUse.
func (d *Domain) Give(slot capability.Ref) error {
	c, e := d.m.db.Identify(slot)
	i := slices.IndexFunc(d.pieces, func(p piece) bool { return p.base == c.Base && p.size == c.Size })
	switch {
	case e != capability.OK || c.Type != capability.RAM || i < 0:
		return ErrNoPiece
	case d.m.db.Using(slot, c.Base, c.Base+c.Size) != 0:
		return ErrInUse
	}
	d.giveBack(i)
	return nil
}

func (d *Domain) giveBack(i int) {
	p := d.pieces[i]
	d.pieces = slices.Delete(d.pieces, i, i+1)
	d.pending++
	d.m.end(p)
}

// End begins to take back all that the domain has. done is called when that is over.
// Nothing of the domain may run any more.
func (d *Domain) End(done func()) {
	d.over, d.done = true, done
	list := d.pieces
	d.pieces = nil
	d.pending += len(list)
	for _, p := range list {
		d.m.end(p)
	}
	d.finish()
}

// ended is told that a piece has ended.
func (d *Domain) ended(p piece) {
	d.held -= p.size
	d.pending--
	d.finish()
}

func (d *Domain) finish() {
	if d.over && d.pending == 0 && d.done != nil {
		done := d.done
		d.done = nil
		done()
	}
}
