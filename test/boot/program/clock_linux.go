package main

import (
	"fmt"
	"syscall"
	"time"
	"unsafe"
)

// clock asks n times for the time by a call, by package time, and by a call again: none is before
// the one before.
func clock(n int) {
	call := func() int64 {
		var ts syscall.Timespec
		syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, 0, uintptr(unsafe.Pointer(&ts)), 0)
		return ts.Nano()
	}
	for range n {
		first, now, last := call(), time.Now().UnixNano(), call()
		if now < first || last < now {
			fmt.Printf("clock: %d, then %d, then %d\n", first, now, last)
			return
		}
	}
	fmt.Println("clock: in order")
}
