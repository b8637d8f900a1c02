package ecall

import (
	"runtime"
	"sync/atomic"
	"testing"
	"unsafe"
)

// Numbers of Linux (uapi/asm-generic/unistd.h).
const (
	nrNanosleep = 101
	nrMmap      = 222
	nrMunmap    = 215
)

// TestRegisters maps a page and unmaps it: six arguments and the number arrive, and the
// result comes back, while the registers behind it stay as they were.
// Sabotage: load A5 from 32(T3).
func TestRegisters(t *testing.T) {
	const page, readWrite, privateAnonymous = 4096, 3, 0x22
	r := Registers{0, page, readWrite, privateAnonymous, ^uint64(0), 0, 77}
	Call(nrMmap, &r)
	if r[0] == 0 || r[0]%page != 0 {
		t.Fatalf("mmap answered %#x", r[0])
	}
	if r[1] != page || r[2] != readWrite || r[3] != privateAnonymous || r[4] != ^uint64(0) || r[5] != 0 || r[6] != 77 {
		t.Errorf("registers behind the result have changed: %v", r)
	}
	r = Registers{r[0], page}
	if Call(nrMunmap, &r); r[0] != 0 {
		t.Errorf("munmap answered %#x", r[0])
	}
}

// TestWait has a goroutine wait in a call with the only P there is, while a collection
// stops the world and another goroutine runs. The runtime would end the call with a signal
// if it took the goroutine for one that runs.
// Sabotage: no entersyscall and exitsyscall in Wait.
func TestWait(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	span := [2]uint64{3600, 0} // seconds, nanoseconds: the test ends before
	r := Registers{uint64(uintptr(unsafe.Pointer(&span)))}
	began := make(chan bool)
	var ended atomic.Bool
	go func() { close(began); Wait(nrNanosleep, &r); runtime.KeepAlive(&span); ended.Store(true) }()
	<-began
	for range 3 {
		runtime.Gosched()
		runtime.GC()
	}
	if ended.Load() {
		t.Errorf("the call ended before its time, with %d", int64(r[0]))
	}
}
