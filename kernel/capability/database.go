package capability

// Objects is what the database asks of the rest of the CPU driver. No method may
// fail, block, or call the database but where it says so.
type Objects interface {
	// Origin returns a place below all slots, which is none, where it is reached and its
	// physical address. All slots lie as far behind it as their physical addresses are.
	Origin() (below *Slot, at Ref)
	// Word returns the 64-bit word at a physical address in an object.
	Word(pa uint64) *uint64
	// Clear zeroes memory from which an object is made.
	Clear(base, size uint64)
	// Create makes an object in its memory, which has been cleared.
	Create(Cap)
	// Destroy ends an object to which the last capability has gone. Its memory is used
	// by nobody else before Reclaim; what capabilities it holds are deleted until then.
	Destroy(Cap)
	// Settle does a part of what is left to do at the end of an object that holds
	// capabilities, when those are gone and its memory is its own yet, and returns whether
	// there is more.
	Settle(Cap) (more bool)
	// Reclaim takes memory, or device registers, to which no capability is left. It can
	// be planted again.
	Reclaim(Cap)
}

// Tables is the page tables of the hart. No method may fail, block, or call the database.
type Tables interface {
	// SetEntry writes an entry of a page table; 0 empties it.
	SetEntry(table, index, entry uint64)
	// Flush makes the hart forget what it has translated by entries emptied before.
	Flush()
}

// Database is the mapping database: all capabilities of a core, ordered such that what lies
// in a range is found in logarithmic time, and what is beside another in constant time, on
// average. Each object is one node of that (tree.go), which is the slot of one
// of its capabilities; all of them are on a ring (ring.go).
type Database struct {
	o      Objects
	tables Tables
	origin origin
	root   link
	seed   uint64 // ranks come from it, so that nobody can build a deep tree
	dying  link   // the first of the objects that Clean has to clear
	last   link   // the last of them
	count  uint64

	// Of what crosses cores. Ended, if it is not nil, is told of RAM and frames to which the
	// last capability has gone.
	Ended   func(Cap)
	frozen  []Cap
	blocked Ref // where the last revoke has stopped

	atOnce uint64 // bytes that one Retype clears
}

// New returns an empty database. The seed must not be known to users.
func New(o Objects, t Tables, seed uint64) *Database {
	return &Database{o: o, tables: t, origin: originOf(o), seed: seed | 1, atOnce: clearedAtOnce}
}

// Count returns the number of capabilities, those to dying objects included.
func (d *Database) Count() uint64 { return d.count }

// add enters a filled slot.
func (d *Database) add(r Ref) {
	s := d.slot(r)
	n, left := d.place(s)
	if n != 0 {
		if head := d.node(n); s.same(head) {
			d.count++
			d.join(d.link(r), s, n, head)
			return
		}
	}
	d.addAlone(r, s, n, left)
}

// addBehind enters a filled slot of an object that there has not been, which comes behind a
// node, mostly with nothing between them, and returns the link to it.
func (d *Database) addBehind(r Ref, s *Slot, n link) link {
	above, left := n, false
	next := d.next(n)
	switch {
	case next != 0 && d.node(next).before(s):
		above, left = d.place(s)
	case d.node(n).right != 0: // next lies there, and has nothing on its left
		above, left = next, true
	}
	return d.addAlone(r, s, above, left)
}

// addBefore is addBehind of one that comes before a node, with nothing between them.
func (d *Database) addBefore(r Ref, s *Slot, n link) link {
	above, left := n, true
	for below := d.node(n).left; below != 0; below = d.node(below).right {
		above, left = below, false
	}
	return d.addAlone(r, s, above, left)
}

// addAlone enters a filled slot of an object that there has not been under a node.
func (d *Database) addAlone(r Ref, s *Slot, above link, left bool) link {
	l := d.link(r)
	s.after, s.behind = l, l
	d.count++
	d.hang(l, s, above, left)
	return l
}

// drop takes a slot out and empties it.
func (d *Database) drop(r Ref) {
	l, s := d.link(r), d.slot(r)
	if s.alone(l) {
		d.remove(l, s)
	} else {
		d.leave(l, s)
	}
	*s = Slot{}
	d.count--
}

// copies returns another capability to the same object, 0 if r is the only one.
func (d *Database) copies(r Ref) Ref {
	if s := d.slot(r); s.typ != Null && !s.alone(d.link(r)) {
		return d.ref(s.after)
	}
	return 0
}

// descendant returns a capability that was made from r or a copy of it and meets lo
// to hi, which lies within it; 0 if there is none.
func (d *Database) descendant(r Ref, lo, hi uint64) Ref {
	s := d.slot(r)
	if s.typ != RAM && s.typ != DevFrame {
		return 0 // nothing is made from it
	}
	if n := d.meets(d.head(d.link(r), s), lo, hi); n != 0 {
		return d.ref(n)
	}
	return 0
}
