package domain

import (
	"unsafe"

	"atoll/arch/layout"
	"atoll/kernel/capability"
)

// endpoint returns the endpoint whose object begins at a physical address.
func (c *Core) endpoint(base uint64) *endpoint {
	return (*endpoint)(c.db.Object(base + hiddenSlots*capability.SlotSize))
}

// It is no larger than its object.
var _ [layout.PageSize - hiddenSlots*capability.SlotSize - unsafe.Sizeof(endpoint{})]byte
