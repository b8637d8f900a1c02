package capability

// Address names a slot in a domain's two-level table of capabilities: the high half is
// an index in the root CNode, the low half one in the CNode there, or 0 for the slot of
// the root itself. Index 0 of any CNode is the kernel's.
type Address uint32

// addressBits is the width of an index.
const addressBits = 16

// Find returns the slot at an address of the space whose root CNode's capability is in
// the slot root. It checks that the CNodes on the way permit what is needed, Read to
// take the capability and Write to put one there, and fails with ErrNoSuchCap or
// ErrRights. The slot may be empty.
func (d *Database) Find(root Ref, a Address, need Rights) (Ref, Error) {
	return d.FindWord(root, uint64(a), need)
}

// FindWord is Find for an address that is a word of a program's, who may have no root: 0.
func (d *Database) FindWord(root Ref, a uint64, need Rights) (Ref, Error) {
	index, leaf, rights := a>>addressBits, a&(1<<addressBits-1), need
	if leaf != 0 {
		rights = Read
	}
	for root != 0 {
		s := d.slot(root)
		if s.typ != CNode || index-1 >= s.size/SlotSize-1 { // no CNode has so many as a word can name
			break
		}
		if s.rights&rights != rights {
			return 0, ErrRights
		}
		root = Ref(s.base + index*SlotSize)
		if leaf == 0 {
			return root, OK
		}
		index, leaf, rights = leaf, 0, need
	}
	return 0, ErrNoSuchCap
}

// FindEndpoint returns the endpoint to which the capability at an address leads, and the
// badge. It fails as Find and Slot.Endpoint do.
func (d *Database) FindEndpoint(root Ref, a uint64, need Rights) (base uint64, badge uint32, e Error) {
	if root == 0 || a>>(2*addressBits) != 0 {
		return 0, 0, ErrNoSuchCap
	}
	s := d.slot(root)
	top := a >> addressBits
	if a&(1<<addressBits-1) == 0 && s.typ == CNode && top-1 < s.size/SlotSize-1 && s.rights&Read != 0 {
		return d.slot(Ref(s.base + top*SlotSize)).Endpoint(need)
	}
	r, e := d.Find(root, Address(a), Read)
	if e != OK {
		return 0, 0, e
	}
	return d.slot(r).Endpoint(need)
}

// Slot returns the slot with an index of a CNode whose capability is in a slot.
func (d *Database) Slot(cnode Ref, index uint64) (Ref, Error) { return d.enter(cnode, index, Write) }

// enter returns the slot of a CNode with the index.
func (d *Database) enter(cnode Ref, index uint64, need Rights) (Ref, Error) {
	s := d.slot(cnode)
	switch {
	case s.typ != CNode || index-1 >= s.size/SlotSize-1:
		return 0, ErrNoSuchCap
	case s.rights&need != need:
		return 0, ErrRights
	}
	return Ref(s.base + index*SlotSize), OK
}
