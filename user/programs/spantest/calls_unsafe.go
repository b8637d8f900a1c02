package main

import (
	"syscall"
	"unsafe"
)

// Calls that package syscall has not.
const (
	sysGetcpu   = 168
	sysPpoll    = 73
	sysProcmask = 135
	sysClone    = 220
)

// cpu returns the core that the calling thread is on.
func cpu() int {
	var core uint32
	syscall.RawSyscall(sysGetcpu, uintptr(unsafe.Pointer(&core)), 0, 0)
	return int(core)
}

// fork makes a process that waits until it is killed.
func fork() (pid int, err error) {
	child, _, e := syscall.RawSyscall6(sysClone, uintptr(syscall.SIGCHLD), 0, 0, 0, 0, 0)
	if e != 0 {
		return 0, e
	}
	for child == 0 {
		syscall.RawSyscall6(sysPpoll, 0, 0, 0, 0, 0, 0)
	}
	return int(child), nil
}

// holdOff has the calling thread take no signals.
func holdOff() {
	all := ^uint64(0)
	syscall.RawSyscall6(sysProcmask, 0, uintptr(unsafe.Pointer(&all)), 0, 8, 0, 0)
}
