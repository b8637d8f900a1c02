package capability

// FreeSlots is a list of empty slots that somebody keeps for later, linked through the
// slots themselves. A slot is filled only after it has been taken out.
type FreeSlots struct {
	first link
	n     int
}

// Len returns how many slots there are.
func (f *FreeSlots) Len() int { return f.n }

// Put adds an empty slot.
func (f *FreeSlots) Put(d *Database, r Ref) {
	d.slot(r).other = uint32(f.first)
	f.first = d.link(r)
	f.n++
}

// Take takes a slot out, 0 if there is none.
func (f *FreeSlots) Take(d *Database) Ref {
	if f.first == 0 {
		return 0
	}
	r, s := d.ref(f.first), d.node(f.first)
	f.first, s.other = link(s.other), 0
	f.n--
	return r
}
