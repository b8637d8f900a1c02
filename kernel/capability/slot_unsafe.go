package capability

import "unsafe"

// reference is a slot that is known. The kernel reaches all memory of which objects are made
// at one distance from its physical addresses, so it says where all other slots are, without
// a call; most operations look at tens of them.
type reference struct {
	slot unsafe.Pointer
	at   Ref
}

// slot returns the slot at a reference. Something has been planted before.
func (d *Database) slot(r Ref) *Slot {
	return (*Slot)(unsafe.Add(d.known.slot, uintptr(r-d.known.at)))
}

// Object returns where the kernel reaches an object at a physical address.
func (d *Database) Object(pa uint64) unsafe.Pointer { return unsafe.Pointer(d.slot(Ref(pa))) }

// learn has slots found from one where a capability is planted.
func (d *Database) learn(r Ref) { d.known = reference{unsafe.Pointer(d.o.Slot(r)), r} }
