package linux

import "syscall"

// errno is a negative result of a call (Linux, uapi/asm-generic/errno-base.h).
type errno uint64

// Errors.
const (
	notPermitted errno = 1
	noEnt        errno = 2
	srch         errno = 3
	interrupted  errno = 4
	tooBig       errno = 7
	noExec       errno = 8
	badF         errno = 9
	noChild      errno = 10
	again        errno = 11
	noMem        errno = 12
	noAccess     errno = 13
	fault        errno = 14
	busy         errno = 16
	exist        errno = 17
	noDev        errno = 19
	inval        errno = 22
	nameTooLong  errno = 36
	noSys        errno = 38
	loop         errno = 40
	opNotSupp    errno = 95
	timedOut     errno = 110
)

// result is what stands in A0 for an error.
func (e errno) result() uint64 { return -uint64(e) }

// error returns it as an error, nil for none.
func (e errno) error() error {
	if e == 0 {
		return nil
	}
	return syscall.Errno(e)
}
