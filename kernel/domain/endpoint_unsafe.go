package domain

import (
	"unsafe"

	"atoll/arch/layout"
)

// endpoint returns the endpoint at a physical address.
func (c *Core) endpoint(base uint64) *endpoint { return (*endpoint)(c.db.Object(base)) }

// It is no larger than its object.
var _ [layout.PageSize - unsafe.Sizeof(endpoint{})]byte
