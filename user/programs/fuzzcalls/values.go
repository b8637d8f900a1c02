package main

import (
	"math/rand/v2"

	"atoll/arch/counters"
	"atoll/arch/ecall"
	"atoll/arch/layout"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

// source is where a thread takes arguments from.
type source struct {
	*rand.Rand
	memory uint64 // of the process, for pointers
}

// memorySize is how much memory a thread has for what calls read and write.
const memorySize = 1 << 20

// newSource maps memory for a thread, away from the Go runtime's.
func newSource(r *rand.Rand) *source {
	regs := ecall.Registers{0, memorySize, 3, 0x22, ^uint64(0)} // read and write, private, anonymous
	ecall.Call(nrMmap, &regs)
	return &source{r, regs[0]}
}

// kind is what an argument is thought to be.
type kind int

const (
	slotArg  kind = iota // address of a capability
	emptyArg             // address of a slot for one
	indexArg             // in a CNode, a table, or of anything else
	countArg
	offsetArg
	sizeArg
	typeArg
	rightsArg
	pointerArg
	pcArg
	timeArg
	nameArg // of a service, its first bytes
	zeroArg
	wordArg // the last of those that native calls have

	// Those of Linux.
	fileArg // a descriptor
	pathArg // address of a name
	taskArg // a process, a thread or a group
	signalArg
	flagsArg // few bits
	lengthArg
	structArg // address of a structure, from which it is read as well
	listArg   // address of several, such as pieces of memory, or strings
	placeArg  // address of pages
	mostArgs
)

// value returns an argument of a kind, now and then of another.
func (r *source) value(k kind) uint64 {
	if r.IntN(12) == 0 {
		k = kind(r.IntN(int(wordArg) + 1))
	}
	switch k {
	case slotArg:
		return r.slot()
	case emptyArg:
		return r.Uint64N(abi.RootSlots) << 16
	case indexArg:
		return pick(r, 0, 1, uint64(r.IntN(40)), uint64(r.IntN(600)), 127, 128, 511, 512)
	case countArg:
		return pick(r, 0, 1, 1, 1, 2, 3, uint64(r.IntN(300)), 1<<52, ^uint64(0))
	case offsetArg:
		return pick(r, 0, r.Uint64N(64)*layout.PageSize, r.Uint64N(64)*layout.PageSize, r.Uint64N(1<<20), ^uint64(0)&^0xfff)
	case sizeArg:
		return pick(r, layout.PageSize, layout.PageSize, 2*layout.PageSize, r.Uint64N(16)*layout.PageSize, 0, 1, 1<<63, ^uint64(0)&^0xfff)
	case typeArg:
		return r.Uint64N(uint64(capability.NumTypes) + 2)
	case rightsArg:
		return r.Uint64N(9)
	case pointerArg:
		return r.pointer()
	case pcArg:
		return pick(r, r.pointer(), abi.OwnBase, layout.LinkBase, 0, 2)
	case timeArg:
		return r.time()
	case nameArg:
		return 'a' + r.Uint64N(4)
	case zeroArg:
		return 0
	}
	return r.linuxValue(k)
}

// slot returns the address of a slot, which most often is there.
func (r *source) slot() uint64 {
	index := r.Uint64N(abi.RootSlots)
	if r.IntN(2) > 0 {
		index = r.Uint64N(uint64(abi.SlotFree >> 16))
	}
	switch r.IntN(12) {
	case 0:
		return index<<16 | r.Uint64N(70)
	case 1:
		return r.word()
	}
	return index << 16
}

// pointer returns an address: of the program's memory, near its edges, or nobody's.
func (r *source) pointer() uint64 {
	switch r.IntN(10) {
	case 0:
		return pick(r, 0, 1, layout.UserEnd-8, layout.UserEnd, layout.LinkBase, layout.CoreArea, layout.HeapBase, layout.WindowBase, ^uint64(0)-7)
	case 1:
		return abi.OwnBase + r.Uint64N(16)*layout.PageSize
	case 2:
		return r.memory + memorySize - r.Uint64N(16)
	}
	return r.memory + r.Uint64N(memorySize)&^7
}

// time returns a time: past, soon, and rarely never.
func (r *source) time() uint64 {
	if r.IntN(2000) == 0 {
		return pick(r, abi.Forever, abi.Forever-1, 1<<63)
	}
	return pick(r, 0, 1, counters.Time()+r.Uint64N(20_000))
}

func (r *source) word() uint64 {
	return pick(r, 0, 1, r.Uint64(), 1<<r.Uint64N(64), 1<<r.Uint64N(64)-1, ^uint64(0), ^uint64(0)<<r.Uint64N(64))
}

func pick(r *source, of ...uint64) uint64 { return of[r.IntN(len(of))] }
