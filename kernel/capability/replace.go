package capability

import (
	"atoll/arch/layout"
	"atoll/arch/sv39"
)

// Replace has all capabilities to a frame of one page name another page, also where the
// frame is mapped: its memory is another core's, who wants it back, and who uses it is not
// to fault. It goes through at most budget capabilities and returns whether there are more.
// Nobody must have a capability to the new page but by this. The old one is not
// reclaimed.
func (d *Database) Replace(from, to uint64, budget int) (more bool) {
	changed := false
	for {
		r := d.within(key{}, from, from+layout.PageSize)
		if r == 0 || budget <= 0 {
			if changed {
				d.o.Flush()
			}
			return r != 0
		}
		changed = d.replaceOne(r, to) || changed
		budget--
	}
}

// replaceOne reports whether the capability is mapped.
func (d *Database) replaceOne(r Ref, to uint64) bool {
	s := d.o.Slot(r)
	c, mapping, count, mapped := s.cap(), s.mapping, s.extra, s.mapped
	d.drop(r)
	c.Base = to
	s.put(c)
	s.mapping, s.extra, s.mapped = mapping, count, mapped
	d.add(r)
	if mapping == 0 {
		return false
	}
	table, at := s.mappedAt()
	d.o.SetEntry(table, at, 0)
	d.o.SetEntry(table, at, sv39.Leaf(to, layout.Perm(mapped), true, false))
	return true
}
