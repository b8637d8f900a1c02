package capability

// Plant enters a capability that the kernel makes, at boot or for memory that it takes
// back, into an empty slot. Memory must not be that of any other capability.
func (d *Database) Plant(dst Ref, c Cap) Error {
	d.learn(dst)
	switch {
	case c.Type == Null || c.Type >= NumTypes:
		return ErrWrongType
	case d.slot(dst).typ != Null:
		return ErrNotEmpty
	case c.Type.inMemory() && !c.Type.fits(c.Size), !c.Type.inMemory() && c.Size != 1:
		return ErrSize
	case c.Base+c.Size < c.Base:
		return ErrRange
	case c.Type.inMemory() && d.within(key{}, c.Base, c.Base+c.Size) != 0:
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

// Holds reports whether a slot holds a capability of a type.
func (d *Database) Holds(r Ref, t Type) bool { return d.slot(r).typ == t }

// Copied reports whether another slot has a capability to the same object.
func (d *Database) Copied(r Ref) bool { return d.slot(r).typ != Null && d.copies(r) != 0 }

// Copy makes a copy in an empty slot. It is not mapped.
func (d *Database) Copy(dst, src Ref) Error { return d.Mint(dst, src, AllRights, 0) }

// Mint makes a copy with fewer rights, and of an endpoint without a badge one with a
// badge; a badge of 0 leaves what there is.
func (d *Database) Mint(dst, src Ref, rights Rights, badge uint32) Error {
	s := d.slot(src)
	switch {
	case s.typ == Null:
		return ErrNoSuchCap
	case d.slot(dst).typ != Null:
		return ErrNotEmpty
	case badge != 0 && s.typ != Endpoint:
		return ErrWrongType
	case badge != 0 && s.extra != 0:
		return ErrRights
	case d.frozen != nil && d.isFrozen(s):
		return ErrRevoked
	}
	c := s.cap()
	c.Rights &= rights
	if badge != 0 {
		c.Badge = badge
	}
	d.slot(dst).put(c)
	d.add(dst)
	return OK
}

// Move takes a capability to an empty slot. What is mapped stays mapped.
func (d *Database) Move(dst, src Ref) Error {
	s, t := d.slot(src), d.slot(dst)
	switch {
	case s.typ == Null:
		return ErrNoSuchCap
	case t.typ != Null:
		return ErrNotEmpty
	}
	t.put(s.cap())
	t.mapping, t.extra, t.mapped = s.mapping, s.extra, s.mapped
	if s.mapping != 0 {
		t.next = s.next
	}
	d.add(dst)
	d.refer(dst)
	d.drop(src)
	return OK
}
