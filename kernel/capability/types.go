package capability

import "atoll/arch/layout"

// Type is what a capability refers to.
type Type uint8

// Types.
const (
	Null       Type = iota
	RAM             // memory from which objects are made
	Frame           // memory that can be mapped
	DevFrame        // device registers that can be mapped
	VNodeL2         // root page table of Sv39
	VNodeL1         // page table whose entries span 2 MiB
	VNodeL0         // page table whose entries span 4 KiB
	CNode           // a table of slots
	Dispatcher      // a domain's presence on this core
	Endpoint        // where messages of this core arrive
	IRQ             // an interrupt source
	Kernel          // the core itself: what only the monitor may do
	Binding         // an end of a channel to another domain
	NumTypes
)

// Rights is what a capability permits; what each right means depends on the type.
type Rights uint8

// Rights.
const (
	Read Rights = 1 << iota
	Write
	Execute
	AllRights = Read | Write | Execute
)

// unsized marks types whose range does not lie in memory.
const unsized = 0

// The type system: what a type is made from, how large one is, and what its
// capabilities can permit.
//
//	type        R               W                   X
//	RAM         for its frames  make objects of it  for its frames
//	Frame       map to read     map to write        map to execute
//	DevFrame    map to read     map to write
//	VNode                       map in it
//	CNode       take from it    put into it
//	Dispatcher  see it          configure it
//	Endpoint    receive         send
//	IRQ         be told of it   acknowledge it
//	Kernel                      everything
//	Binding     be rung         ring
var types = [NumTypes]struct {
	name     string
	from     Type   // what it is retyped from; Null: the kernel makes it
	size     uint64 // of one, bytes; page: any number of pages; unsized: none
	rights   Rights // what it can permit
	inherits bool   // permits no more than what it is made from
	clear    bool   // is zeroed when it is made
	hidden   span   // where it holds capabilities that only the kernel reaches
}{
	Null:       {name: "null"},
	RAM:        {"ram", RAM, page, AllRights, true, false, span{}},
	Frame:      {"frame", RAM, page, AllRights, true, true, span{}},
	DevFrame:   {"devframe", DevFrame, page, Read | Write, true, false, span{}},
	VNodeL2:    {"vnode-l2", RAM, vnodeSize, Write, false, true, span{}},
	VNodeL1:    {"vnode-l1", RAM, vnodeSize, Write, false, true, span{}},
	VNodeL0:    {"vnode-l0", RAM, vnodeSize, Write, false, true, span{}},
	CNode:      {"cnode", RAM, page, Read | Write, false, true, span{}},
	Dispatcher: {"dispatcher", RAM, 2 * layout.PageSize, Read | Write, false, true, span{layout.PageSize, 4}},
	Endpoint:   {"endpoint", RAM, layout.PageSize, Read | Write, false, true, span{0, SlotsPerPage / 2}},
	IRQ:        {"irq", Null, unsized, Read | Write, false, false, span{}},
	Kernel:     {"kernel", Null, unsized, Write, false, false, span{}},
	Binding:    {"binding", Null, unsized, Read | Write, false, false, span{}},
}

// span is a run of slots in an object. The first one is the database's.
type span struct{ offset, slots uint64 }

const (
	// page as a size is any positive number of pages.
	page = 1
	// maxCNode is the size of a CNode whose slots an Address can name.
	maxCNode = SlotSize << addressBits
	// vnodeSize is a table and, for each of its entries, the slot that fills it.
	vnodeSize = 2 * layout.PageSize
)

// String returns the name of the type.
func (t Type) String() string {
	if t < NumTypes {
		return types[t].name
	}
	return "unknown"
}

// Rights returns all that a capability of the type can permit.
func (t Type) Rights() Rights { return types[t].rights }

// Hidden returns a slot, from 1 on, in which an object of the type at an address holds a
// capability that no user reaches. It ends with the object.
func (t Type) Hidden(base, index uint64) Ref {
	return Ref(base + types[t].hidden.offset + index*SlotSize)
}

// HiddenSlots returns how many there are, the first one, which is not to be used, included.
func (t Type) HiddenSlots() uint64 { return types[t].hidden.slots }

// inMemory reports whether capabilities of the type have a range of addresses.
// They are those up to Endpoint.
func (t Type) inMemory() bool { return t-RAM <= Endpoint-RAM }

// object reports whether more than memory is behind a capability of the type.
func (t Type) object() bool { return t > DevFrame }

// fits reports whether an object of the type can be so large.
func (t Type) fits(size uint64) bool {
	switch s := types[t].size; s {
	case page:
		return size > 0 && size%layout.PageSize == 0 && (t != CNode || size <= maxCNode)
	default:
		return size == s
	}
}

// level returns the level of a VNode's table, -1 for other types.
func (t Type) level() int {
	if t < VNodeL2 || t > VNodeL0 {
		return -1
	}
	return int(VNodeL0 - t)
}
