package ram

import (
	"slices"

	"atoll/kernel/capability"
)

// Pieces that pass between cores. One of another core is charged to a domain as any other; what
// of it there is here is taken back by that core's word, and it is no piece any more when nothing
// is. A piece that is lent is one of a domain without slots, until the others have nothing of it.

// Borrow charges a piece of another core's to the domain. It fails with ErrLimit or ErrEnded.
func (d *Domain) Borrow(c capability.Cap) error {
	if len(d.pieces)+d.pending >= MaxPieces {
		return ErrLimit
	}
	if err := d.Charge(c.Size); err != nil {
		return err
	}
	p := piece{base: c.Base, size: c.Size, of: d, foreign: true}
	d.pieces = append(d.pieces, p)
	d.m.others = append(d.m.others, p)
	return nil
}

// Lost takes note that a capability of another core is gone: a piece of which nothing is left is
// nobody's.
func (m *Manager) Lost(c capability.Cap) {
	m.others = slices.DeleteFunc(m.others, func(p piece) bool {
		if c.Base >= p.base+p.size || p.base >= c.Base+c.Size || m.db.Has(p.capability()) {
			return false
		}
		p.of.pieces = slices.DeleteFunc(p.of.pieces, func(o piece) bool { return o == p })
		p.of.held -= p.size
		return true
	})
}

// capability is that to all of a piece.
func (p *piece) capability() capability.Cap {
	return capability.Cap{Type: capability.RAM, Base: p.base, Size: p.size}
}

// endForeign ends a piece of another core.
func (m *Manager) endForeign(p piece) {
	m.others = slices.DeleteFunc(m.others, func(o piece) bool { return o == p })
	m.Recall(p.capability(), func() { p.of.ended(p) })
}

// GiveBack begins to take back a piece that was lent, if c is one.
func (d *Domain) GiveBack(c capability.Cap) {
	i := slices.IndexFunc(d.pieces, func(p piece) bool { return p.base == c.Base && p.size == c.Size })
	if i >= 0 {
		d.giveBack(i)
	}
}
