package capability

import "unsafe"

// origin is a place below all slots. The kernel reaches all memory of which objects are made
// at one distance from its physical addresses, so it says where all slots are, without a call;
// most operations look at several of them.
type origin struct {
	below unsafe.Pointer
	at    Ref
}

func originOf(o Objects) origin {
	below, at := o.Origin()
	return origin{unsafe.Pointer(below), at}
}

// link is a Ref in half the room: how many slots it is behind the origin, which is none. The
// kernel's window of RAM has 1<<37 bytes.
type link uint32

// slot returns the slot at a reference.
func (d *Database) slot(r Ref) *Slot {
	return (*Slot)(unsafe.Add(d.origin.below, uintptr(r-d.origin.at)))
}

// node returns the slot to which a link leads.
func (d *Database) node(l link) *Slot {
	return (*Slot)(unsafe.Add(d.origin.below, uintptr(l)*SlotSize))
}

// link returns the link to the slot at a reference, ref the reference.
func (d *Database) link(r Ref) link { return link((r - d.origin.at) / SlotSize) }
func (d *Database) ref(l link) Ref  { return d.origin.at + Ref(l)*SlotSize }

// Object returns where the kernel reaches an object at a physical address.
func (d *Database) Object(pa uint64) unsafe.Pointer { return unsafe.Pointer(d.slot(Ref(pa))) }
