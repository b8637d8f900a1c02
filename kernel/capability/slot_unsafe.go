package capability

import "unsafe"

// reference is a slot that is known. The kernel reaches all memory of which objects are made
// at one distance from its physical addresses, so it says where all other slots are, without
// a call; most operations look at several of them.
type reference struct {
	slot unsafe.Pointer
	at   Ref
}

// link is a Ref in half the room: how many slots it is behind the known one. 0 is none: no
// slot can be so far before it, for the kernel's window of RAM has 1<<37 bytes.
type link uint32

const noDistance = 1 << 31

// slot returns the slot at a reference. Something has been learnt before.
func (d *Database) slot(r Ref) *Slot {
	return (*Slot)(unsafe.Add(d.known.slot, uintptr(r-d.known.at)))
}

// node returns the slot to which a link leads.
func (d *Database) node(l link) *Slot {
	return (*Slot)(unsafe.Add(d.known.slot, (int(l)-noDistance)*SlotSize))
}

// link returns the link to the slot at a reference, ref the reference.
func (d *Database) link(r Ref) link { return link((r-d.known.at)/SlotSize + noDistance) }
func (d *Database) ref(l link) Ref  { return d.known.at + (Ref(l)-noDistance)*SlotSize }

// Object returns where the kernel reaches an object at a physical address.
func (d *Database) Object(pa uint64) unsafe.Pointer { return unsafe.Pointer(d.slot(Ref(pa))) }

// learn has slots found from the first one that the kernel names.
func (d *Database) learn(r Ref) {
	if d.known.slot == nil {
		d.known = reference{unsafe.Pointer(d.o.Slot(r)), r}
	}
}
