package plan

import "unsafe"

// planSize is the size of a plan in bytes.
const planSize = uint64(unsafe.Sizeof(Plan{}))
