package main

import (
	"syscall"
	"unsafe"
)

// munmap unmaps a page. Package syscall's would look it up under a lock first.
func munmap(page []byte) error {
	if _, _, e := syscall.RawSyscall(syscall.SYS_MUNMAP, uintptr(unsafe.Pointer(&page[0])), uintptr(len(page)), 0); e != 0 {
		return e
	}
	return nil
}
