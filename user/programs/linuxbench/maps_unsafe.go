package main

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"atoll/user/affinity"
)

// mapFigures are threads that each map, touch and unmap regions of their own, each on a hart of its own.
func mapFigures() (list []figure) {
	for _, n := range unmapHarts {
		list = append(list, figure{
			fmt.Sprintf("maps%d", n), fmt.Sprintf("region mapped, touched and unmapped, threads on as many harts: %d", n),
			func() (float64, error) { return mapping(n) },
		})
	}
	return list
}

// mapPages is how many pages a region has, and mapRounds how many regions each thread maps.
const mapPages, mapRounds = 16, 100

// mapping returns the time for which there is one region, of whichever thread.
func mapping(threads int) (float64, error) {
	cores, err := affinity.Cores()
	if err != nil {
		return 0, err
	}
	if len(cores) < threads {
		return 0, errAbsent
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(threads + 1))
	var ready, all sync.WaitGroup
	var begun atomic.Bool
	errs := make([]error, threads)
	ready.Add(threads)
	for i := range threads {
		all.Go(func() {
			runtime.LockOSThread() // not unlocked: the thread ends with the goroutine
			errs[i] = affinity.Pin(cores[i])
			if errs[i] == nil {
				errs[i] = mapRegion() // not counted
			}
			ready.Done()
			for !begun.Load() { // it is on its hart when the others begin
			}
			for range mapRounds {
				if errs[i] == nil {
					errs[i] = mapRegion()
				}
			}
		})
	}
	ready.Wait()
	begin := time.Now()
	begun.Store(true)
	all.Wait()
	return float64(time.Since(begin).Nanoseconds()) / float64(threads*mapRounds), errors.Join(errs...)
}

// mapRegion maps a region, writes to each of its pages, and unmaps it.
func mapRegion() error {
	at, _, e := syscall.RawSyscall6(syscall.SYS_MMAP, 0, mapPages*pageSize, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_ANON|syscall.MAP_PRIVATE, ^uintptr(0), 0)
	if e != 0 {
		return e
	}
	first := *(*unsafe.Pointer)(unsafe.Pointer(&at))
	for i := range uint64(mapPages) {
		*(*uint64)(unsafe.Add(first, i*pageSize)) = i + 1
	}
	_, _, e = syscall.RawSyscall(syscall.SYS_MUNMAP, at, mapPages*pageSize, 0)
	return failed(e)
}
