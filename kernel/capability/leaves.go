package capability

import "atoll/arch/sv39"

// Leaf is what an entry of a table of user space maps.
type Leaf struct {
	VA, PA, Size uint64
	Rights       Rights
}

// Leaves calls f for all that is mapped in any user address space, one space after the
// other, each in order of its addresses.
func (d *Database) Leaves(f func(Leaf)) { d.roots(d.root, f) }

// roots looks for root tables in a subtree.
func (d *Database) roots(n link, f func(Leaf)) {
	if n == 0 {
		return
	}
	s := d.node(n)
	d.roots(s.left, f)
	if s.typ == VNodeL2 {
		d.leavesOf(d.ref(n), 2, 0, f)
	}
	d.roots(s.right, f)
}

// leavesOf goes through a table, whose first entry is for an address.
func (d *Database) leavesOf(table Ref, level int, va uint64, f func(Leaf)) {
	limit, size := uint64(sv39.Entries), sv39.Size(level)
	if level == 2 {
		limit = UserEntries
	}
	for i := range limit {
		r := d.Mapped(table, i)
		if r == 0 {
			continue
		}
		if s, at := d.slot(r), va+i*size; s.typ.level() >= 0 {
			d.leavesOf(r, level-1, at, f)
		} else if s.mapped != 0 {
			_, first := s.mappedAt()
			f(Leaf{VA: at, PA: s.base + s.offset() + (i-first)*size, Size: size, Rights: s.mapped})
		}
	}
}
