package linux

// errno is a negative result of a call (Linux, uapi/asm-generic/errno-base.h).
type errno uint64

// Errors.
const (
	noEnt     errno = 2
	srch      errno = 3
	badF      errno = 9
	again     errno = 11
	noMem     errno = 12
	noAccess  errno = 13
	fault     errno = 14
	exist     errno = 17
	inval     errno = 22
	noSys     errno = 38
	timedOut  errno = 110
	opNotSupp errno = 95
)

// result is what stands in A0 for an error.
func (e errno) result() uint64 { return -uint64(e) }
