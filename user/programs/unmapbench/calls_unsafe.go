package main

import (
	"syscall"
	"unsafe"
)

// Calls that package syscall has not.
const (
	sysSetaffinity = 122
	sysGetaffinity = 123
)

// affinity returns the cores that the process may run on.
func affinity() (cores []int, err error) {
	var set uint64
	if _, _, e := syscall.RawSyscall(sysGetaffinity, 0, 8, uintptr(unsafe.Pointer(&set))); e != 0 {
		return nil, e
	}
	for core := range 64 {
		if set>>core&1 != 0 {
			cores = append(cores, core)
		}
	}
	return cores, nil
}

// pin has the calling thread run on a core only.
func pin(core int) error {
	set := uint64(1) << core
	if _, _, e := syscall.RawSyscall(sysSetaffinity, 0, 8, uintptr(unsafe.Pointer(&set))); e != 0 {
		return e
	}
	return nil
}

// munmap unmaps a page. Package syscall's would look it up under a lock first.
func munmap(page []byte) error {
	if _, _, e := syscall.RawSyscall(syscall.SYS_MUNMAP, uintptr(unsafe.Pointer(&page[0])), uintptr(len(page)), 0); e != 0 {
		return e
	}
	return nil
}
