package domain

import (
	"unsafe"

	"atoll/arch/layout"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

// native returns the dispatcher whose object begins at a physical address. It has been
// cleared when it was made, and so is one that has never been started.
func (c *Core) native(pa uint64) *native { return (*native)(c.db.Object(pa)) }

// It lies in the first page of its object.
var _ [layout.PageSize - unsafe.Sizeof(native{})]byte

const frameBytes = unsafe.Sizeof(abi.Frame{})

// shared returns the frame that it shares, nil if there is none, or none any more.
func (n *native) shared() *abi.Frame {
	if n.shares == 0 || !n.core.db.Holds(n.shares, capability.Frame) {
		return nil
	}
	return (*abi.Frame)(unsafe.Pointer(n.core.Word(n.frame)))
}

// save returns the Save at an offset in the frame; nil if there is none or none can be there.
func (n *native) save(offset uint64) *abi.Save {
	const size = uint64(unsafe.Sizeof(abi.Save{}))
	if n.shared() == nil || offset%8 != 0 || offset > n.frameSize || n.frameSize-offset < size {
		return nil
	}
	return (*abi.Save)(unsafe.Pointer(n.core.Word(n.frame + offset)))
}
