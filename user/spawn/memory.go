package spawn

import (
	"errors"

	"atoll/arch/layout"
	"atoll/kernel"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/kernel/ram"
)

// bank gives RAM to programs that ask the core's memory server, each charged to who asks: the
// badge is the program's number.
type bank struct{ l *land }

// openBank makes the memory server's endpoint.
func (l *land) openBank() error {
	page, err := l.ram.Slot()
	if err != nil {
		return err
	}
	if l.server, err = l.ram.Slot(); err != nil {
		return err
	}
	own := l.ram.NewDomain(layout.PageSize) // of the kernel, without an end
	if err := own.Take(layout.PageSize, 0, page); err != nil {
		return err
	}
	if e := l.db.Carve(page, l.server, capability.Made{Type: capability.Endpoint, Size: layout.PageSize}); e != capability.OK {
		return e
	}
	if e := l.core.Serve(l.server, bank{l}); e != capability.OK {
		return e
	}
	return nil
}

// Take puts a capability to RAM into an empty slot.
func (b bank) Take(who uint32, bytes, align uint64, to capability.Ref) abi.Error {
	g := b.l.programs[uint64(who)]
	if g == nil {
		return abi.ErrState
	}
	return said(g.domain.Take(bytes, align, to))
}

// cleanedAtOnce is how many slots of deleted CNodes a Give looks at.
const cleanedAtOnce = 64

// Give takes back the RAM whose capability is in a slot. CNodes that have been deleted are
// in its way until they are cleaned, which takes as many calls as it takes.
func (b bank) Give(who uint32, from capability.Ref) abi.Error {
	g := b.l.programs[uint64(who)]
	if g == nil {
		return abi.ErrState
	}
	err := g.domain.Give(from)
	if errors.Is(err, ram.ErrInUse) && b.l.db.Dying() {
		b.l.db.Clean(cleanedAtOnce)
		return abi.ErrAgain
	}
	return said(err)
}

// Charge counts bytes that the kernel holds for a program, Return gives them back.
func (b bank) Charge(who uint32, bytes uint64) abi.Error {
	g := b.l.programs[uint64(who)]
	if g == nil {
		return abi.ErrState
	}
	return said(g.domain.Charge(bytes))
}

// Return is documented with Charge. The program may be gone.
func (b bank) Return(who uint32, bytes uint64) {
	if g := b.l.programs[uint64(who)]; g != nil {
		g.domain.Return(bytes)
	}
}

// Left returns how many bytes the core has free, and how many there are.
func (b bank) Left(uint32) (free, all uint64) { return b.l.ram.Left() }

// said is an error as user code gets it.
func said(err error) abi.Error {
	var e capability.Error
	switch {
	case err == nil:
		return abi.OK
	case errors.As(err, &e):
		return abi.Error(e)
	case errors.Is(err, ram.ErrSize):
		return abi.Error(capability.ErrSize)
	case errors.Is(err, ram.ErrNoPiece):
		return abi.Error(capability.ErrRange)
	case errors.Is(err, ram.ErrInUse):
		return abi.Error(capability.ErrInUse)
	case errors.Is(err, ram.ErrLimit):
		return abi.ErrLimit
	case errors.Is(err, kernel.ErrNoFrames):
		return abi.ErrNoMemory
	}
	return abi.ErrState // the program has ended
}
