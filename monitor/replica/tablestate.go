package replica

import "atoll/monitor/agree"

func entryOf(op *agree.Op) Entry {
	return Entry{nameIn(op), op.Coord, op.Life, uint32(op.Data[3])}
}

func nameIn(op *agree.Op) Name { return Name(op.Data[:len(Name{})]) }

// owned returns the slot of an operation's name if its coordinator has the service.
func (t *Table) owned(op *agree.Op) *slot {
	s := t.find(nameIn(op))
	if s == nil || s.state != full || s.Core != op.Coord || s.Incarnation != op.Life {
		return nil
	}
	return s
}

// Check allows a Delete of what the coordinator has.
func (t *Table) Check(op *agree.Op) bool { return op.Type == Delete && t.owned(op) != nil }

// Do is a Delete.
func (t *Table) Do(op *agree.Op) {
	if s := t.owned(op); op.Type == Delete && s != nil {
		t.remove(s)
	}
}

// Prepare holds a name for a Put, if nobody has it or holds it.
func (t *Table) Prepare(op *agree.Op) bool {
	e := entryOf(op)
	if op.Type != Put || !e.Name.valid() || op.Data[3]>>32 != 0 || t.find(e.Name) != nil {
		return false
	}
	return t.insert(e, held, op.Seq) != nil
}

// holding returns the slot that a Put holds.
func (t *Table) holding(op *agree.Op) *slot {
	s := t.find(nameIn(op))
	if s == nil || s.state != held || s.Core != op.Coord || s.seq != op.Seq {
		return nil
	}
	return s
}

// Commit makes a service of a name that is held.
func (t *Table) Commit(op *agree.Op) {
	if s := t.holding(op); s != nil {
		s.state = full
	}
}

// Abort gives a name up that is held.
func (t *Table) Abort(op *agree.Op) {
	if s := t.holding(op); s != nil {
		t.remove(s)
	}
}

// Install takes away the services of lives outside the view.
func (t *Table) Install(v *agree.View) {
	for i := 0; i < len(t.slots); {
		s := &t.slots[i]
		if s.state != free && !v.Has(int(s.Core), s.Incarnation) {
			t.remove(s) // another may have moved up to here
			i = 0
			continue
		}
		i++
	}
}

// Next is one service after the other; between views no name is held.
func (t *Table) Next(at int, item *[agree.ItemWords]uint64) int {
	for ; at < len(t.slots); at++ {
		if s := &t.slots[at]; s.state == full {
			*item = [agree.ItemWords]uint64{s.Name[0], s.Name[1], s.Name[2], uint64(s.Incarnation)<<32 | uint64(s.Number), uint64(s.Core)}
			return at + 1
		}
	}
	return -1
}

// Reset empties the table.
func (t *Table) Reset() {
	clear(t.slots)
	t.used = 0
}

// Add puts an item of a snapshot into the table.
func (t *Table) Add(item *[agree.ItemWords]uint64) bool {
	e := Entry{Name(item[:3]), uint8(item[4]), uint32(item[3] >> 32), uint32(item[3])}
	if !e.Name.valid() || item[4] >= agree.MaxCores || t.find(e.Name) != nil {
		return false
	}
	return t.insert(e, full, 0) != nil
}
