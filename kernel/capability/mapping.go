package capability

import (
	"atoll/arch/layout"
	"atoll/arch/sv39"
)

// UserEntries is how many entries of a root table are the user's.
const UserEntries = layout.UserEnd / layout.GigaPage

// Place says where in a table something is mapped.
type Place struct {
	VNode  Ref    // slot of the table's capability
	Index  uint64 // first entry
	Count  uint64 // entries, 1 for a table
	Offset uint64 // of the first page in a frame, bytes
	Rights Rights // of a frame
}

// Map maps a frame, whole or in part, or a table of the next level into a table. A
// capability is mapped once; a copy of it can be mapped elsewhere.
func (d *Database) Map(r Ref, p Place) Error {
	s, t := d.slot(r), d.slot(p.VNode)
	entry, step, e := d.mayMap(s, t, &p)
	if e != OK {
		return e
	}
	s.mapping, s.extra, s.mapped, s.other = t.base|p.Index, uint32(p.Count), p.Rights, uint32(p.Offset/layout.PageSize)
	for i := range p.Count {
		d.tables.SetEntry(t.base, p.Index+i, entry)
		*d.filler(t.base, p.Index+i) = uint64(r)
		entry += step
	}
	return OK
}

// MapPage is Map of the first page of a frame into a table of level 0, which is on the way of every
// page fault. What is anything else, or in use, is left to Map.
func (d *Database) MapPage(r, vnode Ref, index uint64, rights Rights) Error {
	s, t := d.slot(r), d.slot(vnode)
	may := s.typ == Frame && s.mapping == 0 && rights&^s.rights == 0 && d.frozen == nil &&
		t.typ == VNodeL0 && t.rights&Write != 0 && index < sv39.Entries && rights&(Write|Execute) != Write|Execute
	if may {
		entry, filler := sv39.Leaf(s.base, layout.Perm(rights), true, false), d.filler(t.base, index)
		if entry != 0 && *filler == 0 {
			s.mapping, s.extra, s.mapped = t.base|index, 1, rights
			d.tables.SetEntry(t.base, index, entry)
			*filler = uint64(r)
			return OK
		}
	}
	return d.Map(r, Place{VNode: vnode, Index: index, Count: 1, Rights: rights})
}

// KeepPage has the first page of a frame take an entry of a table of level 0 that stays invalid:
// Mapped finds it, mapped without rights, and nobody reaches it there. It fails as Map does.
func (d *Database) KeepPage(r, vnode Ref, index uint64) Error {
	s, t := d.slot(r), d.slot(vnode)
	if s.typ != Frame || t.typ != VNodeL0 {
		return ErrWrongType
	}
	_, _, e := d.mayMap(s, t, &Place{VNode: vnode, Index: index, Count: 1, Rights: Read})
	if e == OK {
		s.mapping, s.extra = t.base|index, 1
		*d.filler(t.base, index) = uint64(r)
	}
	return e
}

// mayMap looks at everything that can be wrong, and returns the first entry and what
// each one is more than the one before.
func (d *Database) mayMap(s, t *Slot, p *Place) (first, step uint64, e Error) {
	level, limit := t.typ.level(), uint64(sv39.Entries)
	if t.typ == VNodeL2 {
		limit = UserEntries
	}
	switch {
	case s.typ == Null || t.typ == Null:
		return 0, 0, ErrNoSuchCap
	case level < 0:
		return 0, 0, ErrWrongType
	case t.rights&Write == 0:
		return 0, 0, ErrRights
	case p.Index >= limit || p.Count == 0 || p.Count > limit-p.Index:
		return 0, 0, ErrRange
	case s.mapping != 0:
		return 0, 0, ErrMapped
	case d.frozen != nil && d.isFrozen(s):
		return 0, 0, ErrRevoked
	}
	for i := range p.Count {
		if *d.filler(t.base, p.Index+i) != 0 {
			return 0, 0, ErrMapped
		}
	}
	switch s.typ {
	case Frame, DevFrame:
		return leaves(s, p, level)
	case VNodeL1, VNodeL0:
		switch {
		case s.typ.level() != level-1:
			return 0, 0, ErrWrongType
		case p.Count != 1 || p.Offset != 0:
			return 0, 0, ErrRange
		}
		return sv39.Branch(s.base), 0, OK
	}
	return 0, 0, ErrWrongType
}

// Mapped returns the slot of what fills an entry of a table, 0 if the entry is empty.
func (d *Database) Mapped(vnode Ref, index uint64) Ref {
	s := d.slot(vnode)
	if s.typ.level() < 0 || index >= sv39.Entries {
		return 0
	}
	return Ref(*d.filler(s.base, index))
}

// Next returns the first entry of a table that is filled, from one on and before another, and
// the slot of what fills it; 0 if there is none.
func (d *Database) Next(vnode Ref, from, end uint64) (index uint64, r Ref) {
	s := d.slot(vnode)
	if s.typ.level() < 0 {
		return end, 0
	}
	words := d.fillers(s.base)
	for i := from; i < min(end, sv39.Entries); i++ {
		if words[i] != 0 {
			return i, Ref(words[i])
		}
	}
	return end, 0
}

// PageAt returns the physical address of the page that a frame has in an entry of the table of level 0
// in which it is mapped.
func (d *Database) PageAt(r Ref, index uint64) uint64 {
	s := d.slot(r)
	_, first := s.mappedAt()
	return s.base + s.offset() + (index-first)*layout.PageSize
}

// MappedFrom returns the first entry that what a slot has fills, and how many they are.
func (d *Database) MappedFrom(r Ref) (first, count uint64) {
	s := d.slot(r)
	_, first = s.mappedAt()
	return first, uint64(s.extra)
}

// MappedAs returns how what a slot has is mapped, 0 if it is not, or only kept.
func (d *Database) MappedAs(r Ref) Rights { return d.slot(r).mapped }

// leaves returns the first leaf of a frame's part in a table of the level.
func leaves(s *Slot, p *Place, level int) (first, step uint64, e Error) {
	unit := sv39.Size(level)
	switch {
	case p.Rights&^s.rights != 0 || p.Rights&(Write|Execute) == Write|Execute: // law L7
		return 0, 0, ErrRights
	case p.Offset > s.size || p.Count > (s.size-p.Offset)/unit || (s.base+p.Offset)&(unit-1) != 0:
		return 0, 0, ErrRange
	}
	first = sv39.Leaf(s.base+p.Offset, layout.Perm(p.Rights), true, false)
	if first == 0 {
		return 0, 0, ErrRights
	}
	return first, sv39.Step(level), OK
}

// Unmap takes a frame or a table out of the table in which it is mapped.
func (d *Database) Unmap(r Ref) Error {
	s := d.slot(r)
	switch {
	case s.typ == Null:
		return ErrNoSuchCap
	case s.mapping == 0:
		return ErrNotMapped
	}
	d.unmap(s)
	return OK
}

func (d *Database) unmap(s *Slot) {
	d.unfill(s)
	d.tables.Flush()
}

// unfill is unmap before the hart is told.
func (d *Database) unfill(s *Slot) {
	table, first := s.mappedAt()
	for i := range uint64(s.extra) {
		d.tables.SetEntry(table, first+i, 0)
		*d.filler(table, first+i) = 0
	}
	s.mapping, s.extra, s.mapped, s.other = 0, 0, 0, 0
}

// empty unmaps whatever is in a table.
func (d *Database) empty(table uint64) {
	for _, r := range d.fillers(table) {
		if r != 0 {
			d.unfill(d.slot(Ref(r)))
		}
	}
	d.tables.Flush()
}

// refer writes the slot of what is mapped beside the entries that it fills.
func (d *Database) refer(r Ref, s *Slot) {
	table, first := s.mappedAt()
	for i := range uint64(s.extra) {
		*d.filler(table, first+i) = uint64(r)
	}
}

// mappedAt returns the table and the first entry of what is mapped.
func (s *Slot) mappedAt() (table, first uint64) {
	return s.mapping &^ (layout.PageSize - 1), s.mapping & (layout.PageSize - 1)
}

// offset returns where in a frame that is mapped its first page there begins, and of a range
// that is being cleared what is still to be cleared.
func (s *Slot) offset() uint64 { return uint64(s.other) * layout.PageSize }

// fillers are the words that name the slots of what fills a table's entries, 0 for none. They
// stand in the page behind the table.
func (d *Database) fillers(table uint64) *[sv39.Entries]uint64 {
	return (*[sv39.Entries]uint64)(d.Object(table + layout.PageSize))
}

// filler is the word of one entry.
func (d *Database) filler(table, index uint64) *uint64 { return &d.fillers(table)[index] }
