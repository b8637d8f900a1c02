// Package affinity says on which cores the threads of a program run, by the calls of Linux
// (sched_getaffinity(2), sched_setaffinity(2)).
//
// Context: a Linux process. unsafe: the calls take the address of a set.
package affinity

import (
	"syscall"
	"unsafe"
)

// Cores returns the cores that the calling thread may run on.
func Cores() (cores []int, err error) {
	var set uint64
	if _, _, e := syscall.RawSyscall(syscall.SYS_SCHED_GETAFFINITY, 0, 8, uintptr(unsafe.Pointer(&set))); e != 0 {
		return nil, e
	}
	for core := range 64 {
		if set>>core&1 != 0 {
			cores = append(cores, core)
		}
	}
	return cores, nil
}

// Pin has the calling thread run on a core only. It fails with EINVAL if it may not run there.
func Pin(core int) error {
	set := uint64(1) << core
	if _, _, e := syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, 0, 8, uintptr(unsafe.Pointer(&set))); e != 0 {
		return e
	}
	return nil
}
