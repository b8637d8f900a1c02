package capability

import (
	"atoll/arch/layout"
	"atoll/arch/sv39"
)

// A shared page is one that two domains map, perhaps of two cores. The kernel has taken it
// from where it is, and ends its use itself: capabilities to it are frames of a page, with
// nothing but RAM around it.

// PlantShared enters a capability to a shared page into an empty slot. Others to the same
// page may be there, and RAM in which it lies.
func (d *Database) PlantShared(dst Ref, page uint64) Error {
	s := d.slot(dst)
	if s.typ != Null {
		return ErrNotEmpty
	}
	s.put(Cap{Type: Frame, Rights: Read | Write, Base: page, Size: layout.PageSize})
	d.add(dst)
	return OK
}

// shared returns a capability to a shared page, 0 if there is none.
func (d *Database) shared(page uint64) Ref {
	k := Slot{typ: Frame, base: page, size: layout.PageSize}
	if n, _ := d.place(&k); n != 0 && k.same(d.node(n)) {
		return d.ref(n)
	}
	return 0
}

// RevokeShared deletes capabilities to a shared page, at most budget, and returns whether
// there are more.
func (d *Database) RevokeShared(page uint64, budget int) (more bool) {
	for ; ; budget-- {
		r := d.shared(page)
		if r == 0 || budget <= 0 {
			return r != 0
		}
		d.delete(r)
	}
}

// Replace has capabilities to a shared page name another one instead, also where it is
// mapped: the memory is another core's, who wants it back, and who uses it is not to
// fault. It goes through at most budget capabilities and returns whether there are more.
func (d *Database) Replace(page, with uint64, budget int) (more bool) {
	changed := false
	for ; ; budget-- {
		r := d.shared(page)
		if r == 0 || budget <= 0 {
			if changed {
				d.tables.Flush()
			}
			return r != 0
		}
		changed = d.replaceOne(r, with) || changed
	}
}

// replaceOne reports whether the capability is mapped.
func (d *Database) replaceOne(r Ref, with uint64) bool {
	s := d.slot(r)
	c, mapping, count, mapped := s.cap(), s.mapping, s.extra, s.mapped
	d.drop(r)
	c.Base = with
	s.put(c)
	s.mapping, s.extra, s.mapped = mapping, count, mapped
	d.add(r)
	if mapping == 0 {
		return false
	}
	table, at := s.mappedAt()
	d.tables.SetEntry(table, at, 0)
	d.tables.SetEntry(table, at, sv39.Leaf(with, layout.Perm(mapped), true, false))
	return true
}

// RevokeDevice deletes capabilities to a range of device registers, and all that was made
// from them, at most budget, and returns whether there are more.
func (d *Database) RevokeDevice(base, size uint64, budget int) (more bool) {
	for ; ; budget-- {
		n := d.search(d.root, base, base+size)
		if n == 0 || budget <= 0 {
			return n != 0
		}
		d.delete(d.ref(n))
	}
}
