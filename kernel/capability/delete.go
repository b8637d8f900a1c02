package capability

// Delete empties a slot. With the last capability its object ends, and if its memory
// is in the range of no other capability it is reclaimed.
func (d *Database) Delete(r Ref) Error {
	if d.slot(r).typ == Null {
		return ErrNoSuchCap
	}
	d.delete(r)
	return OK
}

// DeleteCopy is Delete of one of several capabilities to an object, with which nothing ends. It
// reports false, having done nothing, if it is not one, or if Clean has something to do.
func (d *Database) DeleteCopy(r Ref) bool { return d.dying == 0 && d.deleteCopy(r) }

func (d *Database) deleteCopy(r Ref) bool {
	l, s := d.link(r), d.slot(r)
	if s.alone(l) || s.typ == Null {
		return false
	}
	if s.mapping != 0 {
		d.unmap(s)
	}
	d.leave(l, s)
	*s = Slot{}
	d.count--
	return true
}

func (d *Database) delete(r Ref) {
	if d.deleteCopy(r) {
		return
	}
	s := d.slot(r)
	if s.mapping != 0 {
		d.unmap(s)
	}
	c := s.cap()
	switch {
	case !c.Type.object():
	case s.slots() > 0:
		d.bury(r)
		d.o.Destroy(c)
		return
	case c.Type.level() >= 0:
		d.empty(c.Base)
	}
	d.lose(r, c)
}

// lose drops the last capability to an object, which ends.
func (d *Database) lose(r Ref, c Cap) {
	covered := !c.Type.inMemory() || d.covered(d.link(r))
	d.drop(r)
	if c.Type.object() {
		d.o.Destroy(c)
	}
	if !covered {
		kind := RAM
		if c.Type == DevFrame {
			kind = DevFrame
		}
		d.reclaim(kind, c.Base, c.Base+c.Size)
	}
	if d.Ended != nil && (c.Type == Frame || c.Type == RAM) {
		d.Ended(c)
	}
}

// reclaim hands over what no capability covers of the range of one that is gone.
func (d *Database) reclaim(kind Type, at, end uint64) {
	give := func(end uint64) {
		if at < end {
			d.o.Reclaim(Cap{Type: kind, Rights: types[kind].rights, Base: at, Size: end - at})
		}
	}
	for at < end {
		n := d.search(d.root, at, end)
		if n == 0 {
			break
		}
		s := d.node(n)
		give(s.base)
		at = s.end()
	}
	give(end)
}

// bury moves the last capability to an object that holds others into its own first slot,
// where it keeps the memory in use until Clean has been through the others. It is behind all that
// were before, so that whoever waits for one of those does not wait for those that come.
func (d *Database) bury(r Ref) {
	grave := d.slot(r).at(0)
	d.Move(grave, r)
	s := d.slot(grave)
	s.mapped, s.other, s.extra = dying, 0, 1
	l := d.link(grave)
	if d.dying == 0 {
		d.dying = l
	} else {
		d.node(d.last).other = uint32(l)
	}
	d.last = l
}

// Clean goes through the objects to which no capability is left, deletes what they hold, and
// has them settled, in at most budget steps. It returns whether there is more to do.
func (d *Database) Clean(budget int) (more bool) {
	for ; budget > 0 && d.dying != 0; budget-- {
		d.cleanOne()
	}
	return d.dying != 0
}

// Dying reports whether Clean has something to do.
func (d *Database) Dying() bool { return d.dying != 0 }

// cleanOne looks at one slot of the first dying object, or settles a part of that.
func (d *Database) cleanOne() {
	s := d.node(d.dying)
	if at := uint64(s.extra); at < s.slots() {
		s.extra++
		if r := s.at(at); d.slot(r).typ != Null {
			d.delete(r)
		}
		return
	}
	c, grave := s.cap(), d.dying
	if d.o.Settle(c) {
		return
	}
	d.dying = link(s.other)
	covered := d.covered(grave)
	d.drop(d.ref(grave))
	if !covered {
		d.reclaim(RAM, c.Base, c.Base+c.Size)
	}
}

// Revoke deletes all copies of a capability and all that was made from it, at most
// budget capabilities or slots of CNodes. It returns whether it is done. A capability that
// lies in memory that was made from itself goes with it, which ends the revoke.
func (d *Database) Revoke(r Ref, budget int) (done bool, e Error) {
	if d.slot(r).typ == Null {
		return true, ErrNoSuchCap
	}
	return d.revoke(budget, func() Ref { return d.victim(r) }), OK
}

// RevokeRange deletes all that was made from a capability and meets the addresses from lo to
// hi, which lie within it, as Revoke does; copies stay.
func (d *Database) RevokeRange(r Ref, lo, hi uint64, budget int) (done bool, e Error) {
	if d.slot(r).typ == Null {
		return true, ErrNoSuchCap
	}
	return d.revoke(budget, func() Ref { return d.descendant(r, lo, hi) }), OK
}

// revoke deletes what victim returns until that is nothing, or the budget is used up.
func (d *Database) revoke(budget int, victim func() Ref) (done bool) {
	d.blocked = 0
	for ; ; budget-- {
		v := victim()
		switch {
		case v == 0: // or what is revoked is gone itself
			return true
		case d.slot(v).isAnchor():
			d.blocked = v
			return false
		case budget <= 0:
			return false
		case d.slot(v).mapped == dying:
			d.cleanOne()
		default:
			d.delete(v)
		}
	}
}

// victim returns what Revoke deletes next: children before copies.
func (d *Database) victim(r Ref) Ref {
	s := d.slot(r)
	if v := d.descendant(r, s.base, s.end()); v != 0 {
		return v
	}
	return d.copies(r)
}
