package shim

// Error numbers of Linux that the shim answers with.
const (
	enoent    = 2
	esrch     = 3
	ebadf     = 9
	eagain    = 11
	enomem    = 12
	eexist    = 17
	einval    = 22
	enosys    = 38
	etimedout = 110
)

// errno returns the result of a call that failed with e.
func errno(e uintptr) uintptr { return -e }
