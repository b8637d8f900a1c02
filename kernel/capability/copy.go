package capability

import "atoll/arch/layout"

// Plant enters a capability that the kernel makes, at boot or for memory that it takes
// back, into an empty slot. Memory must not be that of any other capability.
func (d *Database) Plant(dst Ref, c Cap) Error {
	switch {
	case c.Type == Null || c.Type >= NumTypes:
		return ErrWrongType
	case d.slot(dst).typ != Null:
		return ErrNotEmpty
	case c.Type.inMemory() && !c.Type.fits(c.Size), !c.Type.inMemory() && c.Size != 1:
		return ErrSize
	case c.Base+c.Size < c.Base || c.Size > mostSize:
		return ErrRange
	case c.Type.inMemory() && d.search(d.root, c.Base, c.Base+c.Size) != 0:
		return ErrInUse
	}
	c.Rights &= types[c.Type].rights
	d.slot(dst).put(c)
	d.add(dst)
	return OK
}

// Identify returns the capability in a slot.
func (d *Database) Identify(r Ref) (Cap, Error) {
	s := d.slot(r)
	if s.typ == Null {
		return Cap{}, ErrNoSuchCap
	}
	return s.cap(), OK
}

// Empty reports whether there is no capability in a slot.
func (d *Database) Empty(r Ref) bool { return d.slot(r).typ == Null }

// Base returns the first address, or the number, of the capability in a slot.
func (d *Database) Base(r Ref) uint64 { return d.slot(r).base }

// Holds reports whether a slot holds a capability of a type.
func (d *Database) Holds(r Ref, t Type) bool { return d.slot(r).typ == t }

// Copied reports whether another slot has a capability to the same object.
func (d *Database) Copied(r Ref) bool { return d.copies(r) != 0 }

// Copy makes a copy in an empty slot. It is not mapped.
func (d *Database) Copy(dst, src Ref) Error { return d.Mint(dst, src, AllRights, 0) }

// mostSize bounds a capability: its pages can be counted in 32 bits.
const mostSize = layout.PageSize << 32

// Mint makes a copy with fewer rights, and of an endpoint without a badge one with a
// badge; a badge of 0 leaves what there is.
func (d *Database) Mint(dst, src Ref, rights Rights, badge uint32) Error {
	s, t := d.slot(src), d.slot(dst)
	switch {
	case s.typ == Null:
		return ErrNoSuchCap
	case t.typ != Null:
		return ErrNotEmpty
	case badge != 0 && s.typ != Endpoint:
		return ErrWrongType
	case badge != 0 && s.extra != 0:
		return ErrRights
	case d.frozen != nil && d.isFrozen(s):
		return ErrRevoked
	}
	if s.typ == Endpoint {
		badge |= s.extra // one of them is 0
	}
	t.typ, t.rights, t.extra, t.base, t.size = s.typ, s.rights&rights, badge, s.base, s.size // put
	d.count++
	d.join(d.link(dst), t, d.link(src), s)
	return OK
}
