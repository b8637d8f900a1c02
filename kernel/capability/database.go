package capability

// Objects is what the database asks of the rest of the CPU driver. No method may
// fail, block, or call the database but where it says so.
type Objects interface {
	// Slot returns the slot at a reference that came from a CNode's range.
	Slot(Ref) *Slot
	// Word returns the 64-bit word at a physical address in an object.
	Word(pa uint64) *uint64
	// Clear zeroes memory from which an object is made.
	Clear(base, size uint64)
	// SetEntry writes an entry of a page table; 0 empties it.
	SetEntry(table, index, entry uint64)
	// Flush makes the hart forget what it has translated by entries emptied before.
	Flush()
	// Create makes an object in its memory, which has been cleared.
	Create(Cap)
	// Destroy ends an object to which the last capability has gone. Its memory is used
	// by nobody else before Reclaim; what capabilities it holds are deleted until then.
	Destroy(Cap)
	// Reclaim takes memory, or device registers, to which no capability is left. It can
	// be planted again.
	Reclaim(Cap)
}

// Database is the mapping database: all capabilities of a core, ordered such that
// what lies in a range is found in logarithmic time. It is a treap over the slots
// themselves whose nodes also know how far their subtree reaches (Cormen et al.,
// Introduction to Algorithms, section 14.3, interval trees; Seidel and Aragon,
// Randomized Search Trees, 1996).
type Database struct {
	o     Objects
	root  Ref
	seed  uint64 // priorities come from it, so that nobody can build a deep tree
	dying Ref    // objects that Clean has to clear
	count uint64
}

// New returns an empty database. The seed must not be known to users.
func New(o Objects, seed uint64) *Database { return &Database{o: o, seed: seed | 1} }

// Count returns the number of capabilities, those to dying objects included.
func (d *Database) Count() uint64 { return d.count }

// priority orders the treap as a heap: a multiplicative hash of the slot's address.
func (d *Database) priority(r Ref) uint64 {
	x := (uint64(r) ^ d.seed) * 0x9e3779b97f4a7c15
	x ^= x >> 32
	return x * d.seed
}

// key is what the order goes by.
type key struct {
	number     bool // not in memory
	kind       Type // of what is not in memory: the numbers of each type are its own
	base, size uint64
	typ        Type
	slot       Ref
}

// lastCopy as a slot is behind all copies of a capability.
const lastCopy = ^Ref(0)

func (d *Database) key(r Ref) key {
	s := d.o.Slot(r)
	k := key{base: s.base, size: s.size, typ: s.typ, slot: r}
	if !s.typ.inMemory() {
		k.number, k.kind = true, s.typ
	}
	return k
}

// less orders the capabilities: memory before numbers; ascending addresses; the larger
// range before what lies in it, and RAM before what was made of all of it; copies
// together.
func (k key) less(o key) bool {
	switch {
	case k.number != o.number:
		return o.number
	case k.kind != o.kind:
		return k.kind < o.kind
	case k.base != o.base:
		return k.base < o.base
	case k.size != o.size:
		return k.size > o.size
	case k.typ != o.typ:
		return k.typ < o.typ
	}
	return k.slot < o.slot
}

// update computes the reach of a node from its children. What is no memory reaches
// nothing.
func (d *Database) update(n Ref) {
	s := d.o.Slot(n)
	s.reach = 0
	if s.typ.inMemory() {
		s.reach = s.end()
	}
	for _, c := range [...]Ref{s.left, s.right} {
		if c != 0 {
			s.reach = max(s.reach, d.o.Slot(c).reach)
		}
	}
}

// add enters a filled slot.
func (d *Database) add(r Ref) {
	d.root = d.insert(d.root, d.key(r))
	d.count++
}

// drop takes a slot out and empties it.
func (d *Database) drop(r Ref) {
	d.root = d.remove(d.root, d.key(r))
	*d.o.Slot(r) = Slot{}
	d.count--
}

func (d *Database) insert(n Ref, k key) Ref {
	switch {
	case n == 0:
	case d.priority(k.slot) > d.priority(n):
		s := d.o.Slot(k.slot)
		s.left, s.right = d.split(n, k)
	default:
		s := d.o.Slot(n)
		if k.less(d.key(n)) {
			s.left = d.insert(s.left, k)
		} else {
			s.right = d.insert(s.right, k)
		}
		d.update(n)
		return n
	}
	d.update(k.slot)
	return k.slot
}

// split divides a tree into what is before and what is after a key.
func (d *Database) split(n Ref, at key) (before, after Ref) {
	if n == 0 {
		return 0, 0
	}
	s := d.o.Slot(n)
	if at.less(d.key(n)) {
		before, s.left = d.split(s.left, at)
		after = n
	} else {
		s.right, after = d.split(s.right, at)
		before = n
	}
	d.update(n)
	return before, after
}

func (d *Database) remove(n Ref, k key) Ref {
	s := d.o.Slot(n)
	switch {
	case n == k.slot:
		return d.merge(s.left, s.right)
	case k.less(d.key(n)):
		s.left = d.remove(s.left, k)
	default:
		s.right = d.remove(s.right, k)
	}
	d.update(n)
	return n
}

// merge joins two trees of which one lies before the other.
func (d *Database) merge(before, after Ref) Ref {
	switch {
	case before == 0:
		return after
	case after == 0:
		return before
	case d.priority(before) > d.priority(after):
		s := d.o.Slot(before)
		s.right = d.merge(s.right, after)
		d.update(before)
		return before
	}
	s := d.o.Slot(after)
	s.left = d.merge(before, s.left)
	d.update(after)
	return after
}

// next returns the first capability after a key, 0 if there is none.
func (d *Database) next(k key) (found Ref) {
	for n := d.root; n != 0; {
		if s := d.o.Slot(n); k.less(d.key(n)) {
			found, n = n, s.left
		} else {
			n = s.right
		}
	}
	return found
}

// previous returns the last capability before a key, 0 if there is none.
func (d *Database) previous(k key) (found Ref) {
	for n := d.root; n != 0; {
		if s := d.o.Slot(n); d.key(n).less(k) {
			found, n = n, s.right
		} else {
			n = s.left
		}
	}
	return found
}

// copies returns another capability to the same object, 0 if r is the only one.
func (d *Database) copies(r Ref) Ref {
	s, k := d.o.Slot(r), d.key(r)
	for _, c := range [...]Ref{d.next(k), d.previous(k)} {
		if c != 0 && d.o.Slot(c).copyOf(s) {
			return c
		}
	}
	return 0
}

// within returns the first capability to memory after a key whose range meets lo to
// hi, 0 if there is none. Of nested ranges it is the outermost.
func (d *Database) within(after key, lo, hi uint64) Ref { return d.search(d.root, after, lo, hi) }

func (d *Database) search(n Ref, after key, lo, hi uint64) Ref {
	if n == 0 || d.o.Slot(n).reach <= lo {
		return 0
	}
	s := d.o.Slot(n)
	if after.less(d.key(n)) {
		if found := d.search(s.left, after, lo, hi); found != 0 {
			return found
		}
		if !s.typ.inMemory() || s.base >= hi {
			return 0
		}
		if s.end() > lo {
			return n
		}
	}
	return d.search(s.right, after, lo, hi)
}

// descendant returns a capability that was made from r or a copy of it and meets lo
// to hi, which lies within it; 0 if there is none.
func (d *Database) descendant(r Ref, lo, hi uint64) Ref {
	if t := d.o.Slot(r).typ; t != RAM && t != DevFrame {
		return 0 // nothing is made from it
	}
	k := d.key(r)
	k.slot = lastCopy
	return d.within(k, lo, hi)
}
