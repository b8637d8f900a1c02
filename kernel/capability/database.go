package capability

// Objects is what the database asks of the rest of the CPU driver. No method may
// fail, block, or call the database but where it says so.
type Objects interface {
	// Slot returns the slot at a reference that came from a CNode's range. All slots lie
	// as far from each other as their references do.
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
	// Settle does a part of what is left to do at the end of an object that holds
	// capabilities, when those are gone and its memory is its own yet, and returns whether
	// there is more.
	Settle(Cap) (more bool)
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
	known reference
	root  Ref
	seed  uint64 // priorities come from it, so that nobody can build a deep tree
	dying Ref    // objects that Clean has to clear
	count uint64

	// Of what crosses cores. Ended, if it is not nil, is told of RAM and frames to which the
	// last capability has gone.
	Ended   func(Cap)
	frozen  []Cap
	blocked Ref // where the last revoke has stopped

	atOnce uint64 // bytes that one Retype clears
}

// New returns an empty database. The seed must not be known to users.
func New(o Objects, seed uint64) *Database {
	return &Database{o: o, seed: seed | 1, atOnce: clearedAtOnce}
}

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
	span       Type // how many types from RAM on lie in memory, if this does; else 0
}

// lastCopy as a slot is behind all copies of a capability.
const lastCopy = ^Ref(0)

func (d *Database) key(r Ref) key { return d.slot(r).key(r) }

// key is the key of the capability in a slot.
func (s *Slot) key(r Ref) key {
	k := key{base: s.base, size: s.size, typ: s.typ, slot: r, span: Endpoint - RAM + 1}
	if !s.typ.inMemory() {
		k.number, k.kind, k.span = true, s.typ, 0
	}
	return k
}

// apart reports whether the addresses alone say which of two comes first. Mostly they do,
// and that is on every step of every way through the tree.
func (k *key) apart(s *Slot) bool { return k.base != s.base && s.typ-RAM < k.span }

// before reports whether a key comes before that of a slot.
func (k *key) before(s *Slot, r Ref) bool {
	if k.apart(s) {
		return k.base < s.base
	}
	return k.less(s.key(r))
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

// ends returns how far the capability itself reaches. What is no memory reaches nothing.
func (s *Slot) ends() uint64 {
	if s.typ.inMemory() {
		return s.end()
	}
	return 0
}

// update computes the reach of a node from its children.
func (d *Database) update(s *Slot) {
	s.reach = s.ends()
	if s.left != 0 {
		s.reach = max(s.reach, d.slot(s.left).reach)
	}
	if s.right != 0 {
		s.reach = max(s.reach, d.slot(s.right).reach)
	}
}

// add enters a filled slot.
func (d *Database) add(r Ref) {
	s := d.slot(r)
	k, p, ends := s.key(r), d.priority(r), s.ends()
	at := &d.root
	for *at != 0 && d.priority(*at) >= p {
		n := *at
		above := d.slot(n)
		above.reach = max(above.reach, ends)
		left := k.base < above.base
		if !k.apart(above) {
			left = k.before(above, n)
		}
		at = &above.right
		if left {
			at = &above.left
		}
	}
	s.left, s.right = d.split(*at, &k)
	*at = r
	d.update(s)
	d.count++
}

// drop takes a slot out and empties it.
func (d *Database) drop(r Ref) {
	s := d.slot(r)
	k := s.key(r)
	d.root = d.remove(d.root, &k, s.ends())
	*s = Slot{}
	d.count--
}

// split divides a tree into what is before and what is after a key.
func (d *Database) split(n Ref, at *key) (before, after Ref) {
	if n == 0 {
		return 0, 0
	}
	s := d.slot(n)
	if at.before(s, n) {
		before, s.left = d.split(s.left, at)
		after = n
	} else {
		s.right, after = d.split(s.right, at)
		before = n
	}
	d.update(s)
	return before, after
}

// remove takes the node with a key, which reaches to ends, out of a tree.
func (d *Database) remove(n Ref, k *key, ends uint64) Ref {
	s := d.slot(n)
	switch {
	case n == k.slot:
		return d.merge(s.left, s.right)
	case k.apart(s) && k.base < s.base, !k.apart(s) && k.before(s, n):
		s.left = d.remove(s.left, k, ends)
	default:
		s.right = d.remove(s.right, k, ends)
	}
	if s.reach == ends { // else another reaches further
		d.update(s)
	}
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
		s := d.slot(before)
		s.right = d.merge(s.right, after)
		d.update(s)
		return before
	}
	s := d.slot(after)
	s.left = d.merge(before, s.left)
	d.update(s)
	return after
}

// neighbours returns the capabilities before and after one, 0 where there is none.
func (d *Database) neighbours(r Ref) (before, after Ref) {
	k := d.key(r)
	n := d.root
	for n != r && n != 0 {
		s := d.slot(n)
		left := k.base < s.base
		if !k.apart(s) {
			left = k.before(s, n)
		}
		if left {
			after, n = n, s.left
		} else {
			before, n = n, s.right
		}
	}
	if n == 0 { // an empty slot
		return before, after
	}
	s := d.slot(r)
	for n = s.left; n != 0; n = d.slot(n).right {
		before = n
	}
	for n = s.right; n != 0; n = d.slot(n).left {
		after = n
	}
	return before, after
}

// copies returns another capability to the same object, 0 if r is the only one.
func (d *Database) copies(r Ref) Ref {
	s := d.slot(r)
	before, after := d.neighbours(r)
	switch {
	case after != 0 && d.slot(after).copyOf(s):
		return after
	case before != 0 && d.slot(before).copyOf(s):
		return before
	}
	return 0
}

// within returns the first capability to memory after a key whose range meets lo to
// hi, 0 if there is none. Of nested ranges it is the outermost.
func (d *Database) within(after key, lo, hi uint64) Ref { return d.search(d.root, &after, lo, hi) }

func (d *Database) search(n Ref, after *key, lo, hi uint64) Ref {
	for n != 0 {
		s := d.slot(n)
		if s.reach <= lo {
			return 0
		}
		first := after.base < s.base
		if !after.apart(s) {
			first = after.before(s, n)
		}
		if first {
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
		n = s.right
	}
	return 0
}

// descendant returns a capability that was made from r or a copy of it and meets lo
// to hi, which lies within it; 0 if there is none.
func (d *Database) descendant(r Ref, lo, hi uint64) Ref {
	if t := d.slot(r).typ; t != RAM && t != DevFrame {
		return 0 // nothing is made from it
	}
	k := d.key(r)
	k.slot = lastCopy
	return d.within(k, lo, hi)
}
