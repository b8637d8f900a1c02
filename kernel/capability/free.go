package capability

// FreeSlots is a list of empty slots that somebody keeps for later, linked through the
// slots themselves. A slot is filled only after it has been taken out.
type FreeSlots struct {
	first Ref
	n     int
}

// Len returns how many slots there are.
func (f *FreeSlots) Len() int { return f.n }

// Put adds an empty slot.
func (f *FreeSlots) Put(d *Database, r Ref) {
	d.o.Slot(r).next = f.first
	f.first = r
	f.n++
}

// Take takes a slot out, 0 if there is none.
func (f *FreeSlots) Take(d *Database) Ref {
	r := f.first
	if r == 0 {
		return 0
	}
	s := d.o.Slot(r)
	f.first, s.next = s.next, 0
	f.n--
	return r
}
