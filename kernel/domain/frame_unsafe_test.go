package domain

import (
	"unsafe"

	"atoll/kernel/abi"
)

// trapOffset is where in the frame what a fault has interrupted is kept.
const trapOffset = uint64(unsafe.Offsetof(abi.Frame{}.Trap))
