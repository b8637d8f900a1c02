package capability

// The capabilities to one object are on a ring, in no order. One of them is its node in the
// tree: its head. So copies are made, moved and deleted without a search.

// heads reports whether a slot is the head of its ring.
func (d *Database) heads(l link, s *Slot) bool { return s.up != 0 || l == d.root }

// head returns the head of a slot's ring: itself, or what the tree has.
func (d *Database) head(l link, s *Slot) link {
	if d.heads(l, s) {
		return l
	}
	n, _ := d.place(s)
	return n
}

// join puts a slot on a ring, behind a slot of that, b.
func (d *Database) join(l link, s *Slot, behind link, b *Slot) {
	s.after, s.behind = b.after, behind
	d.node(b.after).behind = l
	b.after = l
}

// leave takes a slot from a ring that has others.
func (d *Database) leave(l link, s *Slot) {
	d.node(s.after).behind = s.behind
	d.node(s.behind).after = s.after
	if d.heads(l, s) {
		n := d.node(s.after)
		n.rank, n.reach, n.up, n.left, n.right = s.rank, s.reach, s.up, s.left, s.right
		d.attach(l, s.after, n)
	}
}

// Move takes a capability to an empty slot, which takes its place on the ring and in the tree.
// What is mapped stays mapped.
func (d *Database) Move(dst, src Ref) Error {
	s, t := d.slot(src), d.slot(dst)
	switch {
	case s.typ == Null:
		return ErrNoSuchCap
	case t.typ != Null:
		return ErrNotEmpty
	}
	from, to := d.link(src), d.link(dst)
	*t = *s
	*s = Slot{}
	if t.after == from {
		t.after, t.behind = to, to
	} else {
		d.node(t.after).behind = to
		d.node(t.behind).after = to
	}
	if d.heads(from, t) {
		d.attach(from, to, t)
	}
	if t.mapping != 0 {
		d.refer(dst, t)
	}
	return OK
}

// attach has those beside a node in the tree know it where they knew another.
func (d *Database) attach(from, to link, t *Slot) {
	*d.from(t.up, from) = to
	if t.left != 0 {
		d.node(t.left).up = to
	}
	if t.right != 0 {
		d.node(t.right).up = to
	}
}
