// Package slots keeps a program's table of capabilities: which slots are empty. The kernel
// has no list of them, a program has to know where it puts what.
//
// Callers: programs and the packages beside this one, which all take from Own. Safe for
// concurrent use. No calls of the kernel's are made here.
//
// # Invariants
//
//	T1  a slot is handed out once until it is given back     TestSlots, package runs
//	T2  a slot is given back empty: its taker's promise
package slots

import (
	"errors"
	"sync"

	"atoll/kernel/abi"
	"atoll/user/runs"
	"atoll/user/sys"
)

// ErrNone says that there are no slots left, or not so many side by side.
var ErrNone = errors.New("the table of capabilities has no slots left")

// Slots are those of one CNode.
type Slots struct {
	cnode sys.Cap
	shift int // of an index in an address
	mu    sync.Mutex
	set   *runs.Set
}

// indexBits is the width of an index in an address.
const indexBits = 16

// Own is the slots of the program's root CNode that are empty when it begins.
var Own = root()

func root() *Slots {
	s := &Slots{cnode: abi.SlotRoot, shift: indexBits, set: runs.New(abi.RootSlots)}
	s.set.TakeAt(0, int(abi.SlotFree>>indexBits))
	return s
}

// In returns the slots of a CNode with n slots, all empty, whose capability is in a slot of
// the root CNode.
func In(cnode sys.Cap, n int) *Slots {
	s := &Slots{cnode: cnode, set: runs.New(n)}
	s.set.TakeAt(0, 1) // is the kernel's
	return s
}

// Take takes a slot.
func (s *Slots) Take() (sys.Cap, error) { return s.TakeRun(1) }

// TakeRun takes n slots side by side and returns the address of the first: the index of the
// next is one more (Place).
func (s *Slots) TakeRun(n int) (sys.Cap, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	first, ok := s.set.Take(n, 0)
	if !ok {
		return 0, ErrNone
	}
	return s.At(uint64(first)), nil
}

// Give gives a slot back, empty.
func (s *Slots) Give(c sys.Cap) { s.GiveRun(c, 1) }

// GiveRun gives n slots back.
func (s *Slots) GiveRun(first sys.Cap, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, index := s.Place(first)
	s.set.Give(int(index), n)
}

// Free returns how many there are.
func (s *Slots) Free() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.set.Free()
}

// Place returns the CNode and the index of a slot, as sys.Retype takes them.
func (s *Slots) Place(c sys.Cap) (cnode sys.Cap, index uint64) {
	return s.cnode, uint64(c>>s.shift) & (1<<indexBits - 1)
}

// At returns the address of the slot with an index.
func (s *Slots) At(index uint64) sys.Cap {
	c := sys.Cap(index << s.shift)
	if s.shift == 0 {
		c |= s.cnode
	}
	return c
}
