package domain

import "unsafe"

// native returns the dispatcher whose object begins at a physical address. It has been
// cleared when it was made, and so is one that has never been started.
func (c *Core) native(pa uint64) *native { return (*native)(unsafe.Pointer(c.Word(pa))) }

// It lies in the first page of its object.
var _ [4096 - unsafe.Sizeof(native{})]byte
