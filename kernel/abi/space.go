package abi

import (
	"atoll/arch/layout"
	"atoll/kernel/capability"
)

// What a program finds in its table of capabilities when it begins. The root CNode has
// RootSlots slots; those from FirstFree on are empty.
const (
	SlotRoot   capability.Address = (iota + 1) << 16 // the root CNode itself
	SlotMemory                                       // endpoint of the core's memory server, to send to
	SlotTable                                        // a VNodeL1: the gigapage OwnBase of the program's address space
	SlotRAM                                          // FirstRAM bytes of RAM to begin with
	SlotKernel                                       // the core itself, if the program is trusted with it
	SlotFree                                         // the first that is empty
)

// RootSlots is how many slots a program's root CNode has, those of index 0 included.
const RootSlots = 256

// FirstRAM is how much RAM a program has to begin with.
const FirstRAM = 256 << 10

// OwnBase is where a program builds address space of its own: the gigapage there is
// empty, and nobody else puts anything into it.
const OwnBase = 100 * layout.GigaPage

// The memory server's messages. The first word says what is asked; the answer's first
// word is an Error.
const (
	// MemoryTake asks for RAM: {MemoryTake, bytes, alignment}. A capability comes with
	// the answer. Sizes are whole pages; 0 as alignment is a page.
	MemoryTake = 1 + iota
	// MemoryGive gives RAM back, whose capability goes with the message: {MemoryGive}.
	// Nothing must be made of it, and it must be all of what was taken. ErrAgain: ask again,
	// what was made of it may be gone then.
	MemoryGive
	// MemoryLeft asks how much there is: {MemoryLeft} → {OK, bytes free, bytes in all}.
	MemoryLeft
	// MemoryTakeAny is MemoryTake, but of another core if this one has none: frames can be made
	// of that, and smaller pieces, but no objects of the kernel, and it ends with that core.
	MemoryTakeAny
)
