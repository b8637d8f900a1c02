package replica

import (
	"math/bits"

	"atoll/monitor/agree"
)

// Entry is a service: a name, and the core that has it.
type Entry struct {
	Name        Name
	Core        uint8
	Incarnation uint32
	Number      uint32 // by which the core's monitor knows it
}

// Operations on the table, types of agree.Op.
const (
	// Put is two-phase: the coordinator registers a service of its own, if no core
	// has one of that name.
	Put uint8 = 1 + iota
	// Delete is one-phase: the coordinator takes one of its own services away. Of
	// two puts of that name one has seen it go everywhere, so it commutes.
	Delete
)

// PutData and DeleteData are the words of the two operations.
func PutData(name Name, number uint32) [agree.Words]uint64 {
	return [agree.Words]uint64{name[0], name[1], name[2], uint64(number)}
}

// DeleteData is documented with PutData.
func DeleteData(name Name) [agree.Words]uint64 {
	return [agree.Words]uint64{name[0], name[1], name[2]}
}

// Table is the replica of one core: an open-addressed hash table whose size is fixed
// when it is made.
type Table struct {
	slots []slot
	used  int // entries, and names that are held for a put
	most  int
}

type slot struct {
	state slotState
	seq   uint32 // of the put that holds the name
	Entry
}

type slotState uint8

const (
	free slotState = iota
	held           // a put has been agreed to, and may yet be aborted
	full
)

// NewTable returns an empty table for up to most services. All cores must make theirs for
// the same number.
func NewTable(most int) *Table {
	// At most half full, so that searches end soon.
	size := 1 << bits.Len(uint(2*max(most, 1)-1))
	return &Table{slots: make([]slot, size), most: most}
}

// Lookup returns who has the service of a name.
func (t *Table) Lookup(name Name) (e Entry, ok bool) {
	if s := t.find(name); s != nil && s.state == full {
		return s.Entry, true
	}
	return Entry{}, false
}

// All calls yield with each entry, in no order, until it returns false.
func (t *Table) All(yield func(Entry) bool) {
	for i := range t.slots {
		if t.slots[i].state == full && !yield(t.slots[i].Entry) {
			return
		}
	}
}

// Len is how many services there are.
func (t *Table) Len() (count int) {
	for i := range t.slots {
		if t.slots[i].state == full {
			count++
		}
	}
	return count
}

func (t *Table) home(name Name) int {
	h := name[0]
	for _, w := range name {
		h = (h ^ w) * 0x9e3779b97f4a7c15
		h ^= h >> 32
	}
	return int(h) & (len(t.slots) - 1)
}

func (t *Table) next(i int) int { return (i + 1) & (len(t.slots) - 1) }

// find returns the slot of a name, nil if there is none.
func (t *Table) find(name Name) *slot {
	for i := t.home(name); t.slots[i].state != free; i = t.next(i) {
		if t.slots[i].Name == name {
			return &t.slots[i]
		}
	}
	return nil
}

// insert makes a slot for a name that has none. It returns nil if the table is full.
func (t *Table) insert(e Entry, state slotState, seq uint32) *slot {
	if t.used == t.most {
		return nil
	}
	i := t.home(e.Name)
	for t.slots[i].state != free {
		i = t.next(i)
	}
	t.used++
	t.slots[i] = slot{state, seq, e}
	return &t.slots[i]
}

// remove frees a slot and moves up those behind it that it stood in the way of.
func (t *Table) remove(s *slot) {
	hole := t.home(s.Name)
	for &t.slots[hole] != s {
		hole = t.next(hole)
	}
	t.used--
	for i := t.next(hole); t.slots[i].state != free; i = t.next(i) {
		mask := len(t.slots) - 1
		if (i-t.home(t.slots[i].Name))&mask >= (i-hole)&mask {
			t.slots[hole] = t.slots[i]
			hole = i
		}
	}
	t.slots[hole] = slot{}
}
