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
	for n := d.search(d.root, c.Base, end); n != 0; n = d.meets(n, c.Base, end) {
		s := d.node(n)
		switch {
		case s.cap().same(c):
			return c.Type != RAM && d.meets(n, c.Base, end) != 0
		case s.base >= c.Base && s.end() <= end && (s.base != c.Base || s.size != c.Size || s.typ > c.Type):
			return c.Type != RAM
		case s.typ != RAM || s.base > c.Base || s.end() < end:
			return true
		}
	}
	return false
}

// same reports whether two capabilities are to the same object.
func (c Cap) same(o Cap) bool { return c.Type == o.Type && c.Base == o.Base && c.Size == o.Size }

// behind returns the node of the object to which a capability is, 0 if there is none, and the
// first node behind where that is, or would be, whose range meets lo to hi, 0 if there is none.
func (d *Database) behind(c Cap, lo, hi uint64) (node, first link) {
	k := Slot{typ: c.Type, base: c.Base, size: c.Size}
	n, left := d.place(&k)
	if n == 0 {
		return 0, 0
	}
	s := d.node(n)
	if k.same(s) {
		node = n
	}
	if left && s.base < hi && s.ends() > lo {
		return node, n
	}
	return node, d.meets(n, lo, hi)
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
	node, first := d.behind(c, c.Base, c.Base+c.Size)
	return node != 0 || c.Type == RAM && first != 0
}

// MadeOf reports whether something that was made of a capability to RAM meets the addresses
// from low to high.
func (d *Database) MadeOf(c Cap, low, high uint64) bool {
	_, first := d.behind(c, low, high)
	return first != 0
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
	node, n := d.behind(c, c.Base, end)
	for ; c.Type == RAM && n != 0; n = d.meets(n, c.Base, end) {
		if r := d.loose(n, 0); r != 0 {
			return r
		}
	}
	if node == 0 {
		return 0
	}
	return d.loose(node, keep)
}

// loose returns a capability of a ring that is no anchor and not in the slot keep, 0 if there
// is none.
func (d *Database) loose(head link, keep Ref) Ref {
	for l := head; ; {
		s := d.node(l)
		if r := d.ref(l); r != keep && !s.isAnchor() {
			return r
		}
		if l = s.after; l == head {
			return 0
		}
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
			if d.frozen = append(d.frozen[:i], d.frozen[i+1:]...); len(d.frozen) == 0 {
				d.frozen = nil // which is what others look at
			}
			return
		}
	}
}

// Frozen reports whether the capability in a slot cannot be copied.
func (d *Database) Frozen(r Ref) bool { return d.frozen != nil && d.isFrozen(d.slot(r)) }

// isFrozen is for who has found that something is.
func (d *Database) isFrozen(s *Slot) bool {
	for _, f := range d.frozen {
		if s.cap().same(f) || f.Type == RAM && s.typ.inMemory() && s.base >= f.Base && s.end() <= f.Base+f.Size && (s.typ != RAM || s.size < f.Size) {
			return true
		}
	}
	return false
}
