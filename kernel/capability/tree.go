package capability

// The tree is a zip tree over one slot of each object, with links to what is above (Tarjan, Levy
// and Timmel, Zip Trees, 2021); its nodes also know how far their subtree reaches (Cormen et
// al., Introduction to Algorithms, section 14.3, interval trees). A node has a rank, lower
// than that of what is above it, or equal if it is on the right of that. Half of the nodes have
// rank 0, a quarter rank 1 and so on, whatever users do. So a node that is beside one that is
// known is entered, or taken out, with changes to one or two others on average.

// draw returns a rank for a new node (Marsaglia, Xorshift RNGs, 2003).
func (d *Database) draw() uint8 {
	x := d.seed
	x ^= x << 13
	x ^= x >> 7
	x ^= x << 17
	d.seed = x
	rank := uint8(0)
	for ; x&1 == 0; x >>= 1 { // x is not 0; math/bits takes longer, without an instruction for it
		rank++
	}
	return rank
}

// same reports whether two capabilities refer to the same object.
func (s *Slot) same(o *Slot) bool {
	return s.base == o.base && s.size == o.size && s.typ == o.typ
}

// before reports whether the object of a capability comes before that of another: memory
// before numbers; ascending addresses; the larger range before what lies in it, and RAM
// before what was made of all of it.
func (s *Slot) before(o *Slot) bool {
	switch {
	case !s.typ.inMemory() || !o.typ.inMemory():
		return s.numberBefore(o)
	case s.base != o.base:
		return s.base < o.base
	case s.size != o.size:
		return s.size > o.size
	}
	return s.typ < o.typ
}

// numberBefore is before if one of them is not in memory. The numbers of each type are its own.
func (s *Slot) numberBefore(o *Slot) bool {
	if s.typ != o.typ {
		return s.typ < o.typ // all types that are in memory come first
	}
	return s.base < o.base
}

// update computes the reach of a node from its children.
func (d *Database) update(s *Slot) {
	reach := s.ends()
	if s.left != 0 {
		reach = max(reach, d.node(s.left).reach)
	}
	if s.right != 0 {
		reach = max(reach, d.node(s.right).reach)
	}
	s.reach = reach
}

// place returns the node of the object that a capability refers to. If there is none it is
// the node under which it belongs, and whether on the left.
func (d *Database) place(k *Slot) (above link, left bool) {
	for n := d.root; n != 0; {
		s := d.node(n)
		above, left = n, k.before(s)
		switch {
		case left:
			n = s.left
		case k.same(s):
			return n, false
		default:
			n = s.right
		}
	}
	return above, left
}

// next returns the node behind one, 0 if that is the last.
func (d *Database) next(n link) link {
	s := d.node(n)
	if s.right == 0 {
		return d.rise(n, s)
	}
	for n = s.right; ; {
		l := d.node(n).left
		if l == 0 {
			return n
		}
		n = l
	}
}

// rise returns the first node above one, or a subtree, that is behind it, 0 if there is none.
func (d *Database) rise(n link, s *Slot) link {
	for s.up != 0 {
		above := s.up
		s = d.node(above)
		if s.left == n {
			return above
		}
		n = above
	}
	return 0
}

// from returns the link that leads from above to a node, which is there.
func (d *Database) from(above, l link) *link {
	if above == 0 {
		return &d.root
	}
	if a := d.node(above); a.left != l {
		return &a.right
	} else {
		return &a.left
	}
}

// hang enters a node where there is none, under another, or higher up if its rank says so. The
// nodes on the way up to its place come under it, on the side on which they are, one under
// the other.
func (d *Database) hang(l link, s *Slot, above link, left bool) {
	s.rank = d.draw()
	where := &d.root
	for above != 0 {
		a := d.node(above)
		if left {
			where = &a.left
		} else {
			where = &a.right
		}
		if a.rank > s.rank || a.rank == s.rank && !left {
			break
		}
		n := above
		above = a.up
		if left {
			d.under(where, s.right, n)
			s.right = n
		} else {
			d.under(where, s.left, n)
			s.left = n
		}
		d.update(a)
		if where = &d.root; above != 0 {
			left = d.node(above).left == n
		}
	}
	*where, s.up = l, above
	if s.left != 0 {
		d.node(s.left).up = l
	}
	if s.right != 0 {
		d.node(s.right).up = l
	}
	d.update(s)
	for above != 0 {
		a := d.node(above)
		if a.reach >= s.reach {
			return
		}
		a.reach, above = s.reach, a.up
	}
}

// under has a link of the node above lead to a node, or to none.
func (d *Database) under(where *link, n, above link) {
	*where = n
	if n != 0 {
		d.node(n).up = above
	}
}

// remove takes a node out. What was under it on its two sides is zipped.
func (d *Database) remove(l link, s *Slot) {
	where, above := d.from(s.up, l), s.up
	before, behind := s.left, s.right
	for before != 0 && behind != 0 {
		b, c := d.node(before), d.node(behind)
		reach := max(b.reach, c.reach)
		if b.rank >= c.rank {
			*where, b.up, b.reach = before, above, reach
			where, above, before = &b.right, before, b.right
		} else {
			*where, c.up, c.reach = behind, above, reach
			where, above, behind = &c.left, behind, c.left
		}
	}
	d.under(where, before|behind, above)
	ends := s.ends()
	for n := s.up; n != 0; {
		a := d.node(n)
		if a.reach != ends { // another reaches further
			return
		}
		if d.update(a); a.reach == ends {
			return
		}
		n = a.up
	}
}

// meets returns the first node behind one whose range meets lo to hi, 0 if there is none. Of
// nested ranges it is the outermost.
func (d *Database) meets(n link, lo, hi uint64) link {
	for {
		s := d.node(n)
		if s.right != 0 && d.node(s.right).reach > lo {
			return d.search(s.right, lo, hi)
		}
		if n = d.rise(n, s); n == 0 {
			return 0
		}
		switch s = d.node(n); {
		case !s.typ.inMemory() || s.base >= hi:
			return 0
		case s.base+s.size > lo:
			return n
		}
	}
}

// search returns the first node of a subtree whose range meets lo to hi, 0 if there is none.
func (d *Database) search(n link, lo, hi uint64) link {
	for n != 0 {
		s := d.node(n)
		switch {
		case s.reach <= lo:
			return 0
		case s.left != 0 && d.node(s.left).reach > lo:
			n = s.left // it is there, or what reaches so far begins behind hi, and so does all else
		case s.base >= hi || !s.typ.inMemory():
			return 0
		case s.base+s.size > lo:
			return n
		default:
			n = s.right
		}
	}
	return 0
}

// covered reports whether the range of a node lies in that of another before it.
func (d *Database) covered(n link) bool {
	s := d.node(n)
	end := s.ends()
	if s.left != 0 && d.node(s.left).reach >= end {
		return true
	}
	for s.up != 0 {
		a := d.node(s.up)
		if a.left != n && (a.ends() >= end || a.left != 0 && d.node(a.left).reach >= end) {
			return true
		}
		n, s = s.up, a
	}
	return false
}
