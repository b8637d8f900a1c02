package capability

// Capabilities that other cores have copies of, of this core's memory, and copies of
// others'. What crosses cores is the monitor's; here is what it does to the database.

// anchored as a mapping is that of an anchor: a capability in a slot of the kernel's that
// keeps memory in use as long as another core may. No table lies there. Only Release deletes
// it.
const anchored = 1

// isAnchor reports whether a slot holds an anchor.
func (s *Slot) isAnchor() bool { return s.mapping == anchored }

// PlantAnchor enters an anchor into an empty slot: of a frame or RAM that lies in a
// capability to RAM, with nothing in its way but what may be copies of it or have been made of
// it. It fails with ErrWrongType, ErrSize, ErrNotEmpty or ErrInUse.
func (d *Database) PlantAnchor(dst Ref, c Cap) Error {
	e := d.PlantCopy(dst, c)
	if e == OK {
		d.slot(dst).mapping = anchored
	}
	return e
}

// PlantCopy enters a copy that another core has given into an empty slot, under the same
// conditions; it may be alone here.
func (d *Database) PlantCopy(dst Ref, c Cap) Error {
	switch {
	case c.Type != Frame && c.Type != RAM:
		return ErrWrongType
	case d.slot(dst).typ != Null:
		return ErrNotEmpty
	case !c.Type.fits(c.Size) || c.Base+c.Size < c.Base:
		return ErrSize
	case d.inTheWay(c):
		return ErrInUse
	}
	c.Badge = 0
	d.slot(dst).put(c)
	d.add(dst)
	return OK
}

// inTheWay reports whether something meets a capability that is neither it nor around it, nor
// of RAM in it.
func (d *Database) inTheWay(c Cap) bool {
	end := c.Base + c.Size
	for k := (key{}); ; {
		r := d.within(k, c.Base, end)
		if r == 0 {
			return false
		}
		s := d.slot(r)
		switch {
		case s.cap().same(c):
			return c.Type != RAM && d.within(lastOf(c), c.Base, end) != 0
		case s.base >= c.Base && s.end() <= end && (s.base != c.Base || s.size != c.Size || s.typ > c.Type):
			return c.Type != RAM
		case s.typ != RAM || s.base > c.Base || s.end() < end:
			return true
		}
		k = lastOf(s.cap())
	}
}

// same reports whether two capabilities are to the same object.
func (c Cap) same(o Cap) bool { return c.Type == o.Type && c.Base == o.Base && c.Size == o.Size }

// lastOf is the key behind all copies of a capability, firstOf that before them.
func lastOf(c Cap) key {
	s := Slot{typ: c.Type, base: c.Base, size: c.Size}
	return s.key(lastCopy)
}

func firstOf(c Cap) key {
	s := Slot{typ: c.Type, base: c.Base, size: c.Size}
	return s.key(0)
}

// Release deletes an anchor.
func (d *Database) Release(r Ref) {
	if d.slot(r).isAnchor() {
		d.slot(r).mapping = 0
		d.delete(r)
	}
}

// Has reports whether there is a copy of a capability, or something made of one.
func (d *Database) Has(c Cap) bool {
	r := d.within(firstOf(c), c.Base, c.Base+c.Size)
	return r != 0 && (c.Type == RAM || d.slot(r).cap().same(c))
}

// MadeOf reports whether something that was made of a capability to RAM meets the addresses
// from low to high.
func (d *Database) MadeOf(c Cap, low, high uint64) bool {
	return d.within(lastOf(c), low, high) != 0
}

// Wipe deletes all copies of a capability and all that was made of one, but anchors and what
// is in the slot keep, at most budget capabilities or slots of CNodes. It returns whether it
// is done.
func (d *Database) Wipe(c Cap, keep Ref, budget int) (done bool) {
	return d.revoke(budget, func() Ref { return d.wiped(c, keep) })
}

// wiped returns what Wipe deletes next: children before copies.
func (d *Database) wiped(c Cap, keep Ref) Ref {
	end := c.Base + c.Size
	if c.Type == RAM {
		for k := lastOf(c); ; {
			r := d.within(k, c.Base, end)
			if r == 0 {
				break
			}
			if !d.slot(r).isAnchor() {
				return r
			}
			k = d.key(r)
		}
	}
	for k := firstOf(c); ; {
		r := d.within(k, c.Base, end)
		switch {
		case r == 0 || !d.slot(r).cap().same(c):
			return 0
		case r != keep && !d.slot(r).isAnchor():
			return r
		}
		k = d.key(r)
	}
}

// Blocked returns the anchor at which the last Revoke or RevokeRange that was not done has
// stopped, and whether it was one: what others have of it comes first.
func (d *Database) Blocked() (Cap, bool) {
	if d.blocked == 0 || !d.slot(d.blocked).isAnchor() {
		return Cap{}, false
	}
	return d.slot(d.blocked).cap(), true
}

// Freeze lets no capability that is a copy of one, or lies in its range, be copied, mapped or
// retyped until as many Thaws: ErrRevoked. Few are at a time.
func (d *Database) Freeze(c Cap) { d.frozen = append(d.frozen, c) }

// Thaw undoes a Freeze.
func (d *Database) Thaw(c Cap) {
	for i, f := range d.frozen {
		if f == c {
			d.frozen = append(d.frozen[:i:i], d.frozen[i+1:]...)
			return
		}
	}
}

// isFrozen is for who has found that something is.
func (d *Database) isFrozen(s *Slot) bool {
	for _, f := range d.frozen {
		if s.typ.inMemory() && s.base >= f.Base && s.end() <= f.Base+f.Size &&
			(s.cap().same(f) || f.Type == RAM && (s.typ != RAM || s.size < f.Size)) {
			return true
		}
	}
	return false
}
