package capability

// Address names a slot in a domain's two-level table of capabilities: the high half is
// an index in the root CNode, the low half one in the CNode there, or 0 for the slot of
// the root itself. Index 0 of any CNode is the kernel's.
type Address uint32

// addressBits is the width of an index, leafMask selects the lower one.
const (
	addressBits = 16
	leafMask    = 1<<addressBits - 1
)

// Find returns the slot at an address of the space whose root CNode's capability is in
// the slot root. It checks that the CNodes on the way permit what is needed, Read to
// take the capability and Write to put one there, and fails with ErrNoSuchCap or
// ErrRights. The slot may be empty.
func (d *Database) Find(root Ref, a Address, need Rights) (Ref, Error) {
	return d.FindWord(root, uint64(a), need)
}

// FindWord is Find for an address that is a word of a program's, who may have no root: 0.
func (d *Database) FindWord(root Ref, a uint64, need Rights) (Ref, Error) {
	if root == 0 {
		return 0, ErrNoSuchCap
	}
	s, index := d.slot(root), a>>addressBits
	if leaf := a & leafMask; leaf != 0 {
		r, e := s.enter(index, Read)
		if e != OK {
			return 0, e
		}
		s, index = d.slot(r), leaf
	}
	return s.enter(index, need)
}

// FindTwo is FindWord for two addresses, both of slots in the root CNode itself. If it is not
// as simple as that, or one of them is refused, FindWord says more.
func (d *Database) FindTwo(root Ref, a, b uint64, need Rights) (x, y Ref, ok bool) {
	if root == 0 || (a|b)&leafMask != 0 {
		return 0, 0, false
	}
	s := d.slot(root)
	i, j, last := a>>addressBits, b>>addressBits, s.size/SlotSize-1
	if s.typ != CNode || need&^s.rights != 0 || i-1 >= last || j-1 >= last {
		return 0, 0, false
	}
	return Ref(s.base + i*SlotSize), Ref(s.base + j*SlotSize), true
}

// FindObject returns the first address, or number, of the object of a type to which the
// capability at an address leads, and its badge. It fails as FindWord and Slot.Object do.
func (d *Database) FindObject(root Ref, a uint64, t Type, need Rights) (base uint64, badge uint32, e Error) {
	r, e := d.FindWord(root, a, Read)
	if e != OK {
		return 0, 0, e
	}
	return d.slot(r).Object(t, need)
}

// FindPair finds the endpoint to which one address leads, for sending, and that to which
// another does, for receiving, where both capabilities lie in the root CNode itself. If it is
// not as simple as that, or one of them is refused, FindObject says more.
func (d *Database) FindPair(root Ref, to, at uint64) (sends uint64, badge uint32, receives uint64, ok bool) {
	if root == 0 || (to|at)&leafMask != 0 {
		return 0, 0, 0, false
	}
	s := d.slot(root)
	i, j, slots := to>>addressBits, at>>addressBits, s.size/SlotSize
	if s.typ != CNode || s.rights&Read == 0 || i-1 >= slots-1 || j-1 >= slots-1 {
		return 0, 0, 0, false
	}
	a, b := d.slot(Ref(s.base+i*SlotSize)), d.slot(Ref(s.base+j*SlotSize))
	if a.typ != Endpoint || a.rights&Write == 0 || b.typ != Endpoint || b.rights&Read == 0 {
		return 0, 0, 0, false
	}
	return a.base, a.extra, b.base, true
}

// Slot returns the slot with an index of a CNode whose capability is in a slot.
func (d *Database) Slot(cnode Ref, index uint64) (Ref, Error) { return d.enter(cnode, index, Write) }

// enter returns the slot of a CNode with the index, which no CNode has if it is 0 or as large
// as a word can be.
func (d *Database) enter(cnode Ref, index uint64, need Rights) (Ref, Error) {
	return d.slot(cnode).enter(index, need)
}

func (s *Slot) enter(index uint64, need Rights) (Ref, Error) {
	if s.typ != CNode || index-1 >= s.size/SlotSize-1 {
		return 0, ErrNoSuchCap
	}
	if need&^s.rights != 0 {
		return 0, ErrRights
	}
	return Ref(s.base + index*SlotSize), OK
}
