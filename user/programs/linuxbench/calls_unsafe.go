package main

import (
	"runtime"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// Operations of a futex of one process (linux/futex.h).
const (
	futexWait = 0 | 128
	futexWake = 1 | 128
)

// ball is a word that says whose turn it is, for two threads.
type ball struct{ turn atomic.Uint32 }

// await sleeps until it is a side's turn.
func (b *ball) await(side uint32) error {
	for b.turn.Load() != side {
		_, _, e := syscall.RawSyscall6(syscall.SYS_FUTEX, uintptr(unsafe.Pointer(&b.turn)), futexWait, uintptr(1-side), 0, 0, 0)
		if e != 0 && e != syscall.EAGAIN && e != syscall.EINTR {
			return e
		}
	}
	return nil
}

// pass makes it the other side's turn.
func (b *ball) pass(side uint32) error {
	b.turn.Store(1 - side)
	_, _, e := syscall.RawSyscall(syscall.SYS_FUTEX, uintptr(unsafe.Pointer(&b.turn)), futexWake, 1)
	return failed(e)
}

// futexTrip has two threads take turns. Each has a P for itself, which its raw calls keep.
func futexTrip() (float64, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	var b ball
	answered := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // not unlocked: the thread ends with the goroutine
		for range manyRounds + 1 {
			if err := b.await(1); err != nil {
				answered <- err
				return
			}
			if err := b.pass(1); err != nil {
				answered <- err
				return
			}
		}
		answered <- nil
	}()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	ns, err := warm(manyRounds, func() error {
		if err := b.pass(0); err != nil {
			return err
		}
		return b.await(0)
	})
	if err != nil {
		return 0, err
	}
	return ns, <-answered
}

// trip writes bytes to one pipe and reads as many from another.
func trip(to, from int, b []byte) error {
	at, n := uintptr(unsafe.Pointer(&b[0])), uintptr(len(b))
	if _, _, e := syscall.RawSyscall(syscall.SYS_WRITE, uintptr(to), at, n); e != 0 {
		return e
	}
	got, _, e := syscall.RawSyscall(syscall.SYS_READ, uintptr(from), at, n)
	if e == 0 && got != n {
		e = syscall.EIO // the other has ended
	}
	return failed(e)
}
