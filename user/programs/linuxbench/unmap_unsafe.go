package main

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"atoll/user/affinity"
)

// unmapHarts are the numbers of harts that have a translation of a page which is taken from
// them.
var unmapHarts = []int{1, 2, 4}

// unmapFigures are what that takes: to unmap the page, or to take the right to write away.
func unmapFigures() (list []figure) {
	for _, n := range unmapHarts {
		list = append(list,
			figure{fmt.Sprintf("unmap%d", n), fmt.Sprintf("munmap of a page, harts that have read it: %d", n), func() (float64, error) { return taken(n, unmap, nil) }},
			figure{fmt.Sprintf("protect%d", n), fmt.Sprintf("mprotect of a page, the same harts: %d", n), func() (float64, error) { return taken(n, protect, unmap) }})
	}
	return list
}

const pageSize = 4096

// page is one that has been mapped for a round.
type page uintptr

func mapPage() (page, error) {
	at, _, e := syscall.RawSyscall6(syscall.SYS_MMAP, 0, pageSize, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_ANON|syscall.MAP_PRIVATE, ^uintptr(0), 0)
	return page(at), failed(e)
}

// first is the page's first word.
func (p page) first() *uint64 { return *(**uint64)(unsafe.Pointer(&p)) }

func unmap(p page) error {
	_, _, e := syscall.RawSyscall(syscall.SYS_MUNMAP, uintptr(p), pageSize, 0)
	return failed(e)
}

func protect(p page) error {
	_, _, e := syscall.RawSyscall(syscall.SYS_MPROTECT, uintptr(p), pageSize, syscall.PROT_READ)
	return failed(e)
}

// readers is what threads share of which the first takes pages away, and the others, each on a
// hart of its own, read each page once and then spin.
type readers struct {
	page  atomic.Uintptr // of the round
	round atomic.Int64   // from 1, over when there are no more
	count atomic.Int64   // of pages that readers have read
	bad   atomic.Int64   // of those in which stood something else than was written
}

const over = -1

// meetTime bounds how long the first spins for the others.
const meetTime = 2 * time.Second

// taken returns what a call takes, the median over rounds, when so many harts have read the page,
// that of the caller included.
func taken(harts int, take, behind func(page) error) (ns float64, err error) {
	cores, err := affinity.Cores()
	if err != nil {
		return 0, err
	}
	if len(cores) < harts {
		return 0, errAbsent
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(harts + 1))
	var r readers
	ended := make(chan error, harts)
	for _, core := range cores[1:harts] {
		go func() {
			runtime.LockOSThread() // not unlocked: the thread ends with the goroutine
			ended <- r.follow(core)
		}()
	}
	go func() {
		runtime.LockOSThread()
		err := affinity.Pin(cores[0])
		if err == nil {
			ns, err = r.lead(harts-1, take, behind)
		}
		r.round.Store(over)
		ended <- err
	}()
	for range harts {
		err = errors.Join(err, <-ended)
	}
	if n := r.bad.Load(); n != 0 {
		err = errors.Join(err, fmt.Errorf("%d pages had not what was written", n))
	}
	return ns, err
}

// follow reads each page.
func (r *readers) follow(core int) error {
	if err := affinity.Pin(core); err != nil {
		return err
	}
	for last := int64(0); ; {
		round := r.round.Load()
		if round == over {
			return nil
		}
		if round == last {
			continue
		}
		last = round
		if *page(r.page.Load()).first() != uint64(round) {
			r.bad.Add(1)
		}
		r.count.Add(1)
	}
}

// lead makes pages, and takes them away when all others have read them. What is left to do behind that is not nil if the page
// is mapped yet: to unmap one twice would take what the runtime has mapped there in between.
func (r *readers) lead(others int, take, behind func(page) error) (float64, error) {
	var took []float64
	for round := int64(1); round <= manyRounds/4; round++ {
		p, err := mapPage()
		if err != nil {
			return 0, err
		}
		*p.first() = uint64(round)
		r.page.Store(uintptr(p))
		r.round.Store(round)
		for begun := time.Now(); r.count.Load() < round*int64(others); {
			if time.Since(begun) > meetTime {
				return 0, errors.New("the other harts do not read")
			}
		}
		begun := time.Now()
		err = take(p)
		took = append(took, float64(time.Since(begun)))
		if err == nil && behind != nil {
			err = behind(p)
		}
		if err != nil {
			return 0, err
		}
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}
