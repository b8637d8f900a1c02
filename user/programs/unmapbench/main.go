// Unmapbench measures what it takes to unmap a page that several harts have read. It makes calls of Linux
// only, and runs there too.
package main

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"atoll/user/affinity"
	"atoll/user/program"
)

const about = "unmapbench: [-json] [ROUNDS] what munmap of a page takes that 1, 2 and more harts have read, of those it may run on"

func main() { program.Main("unmapbench", about, bench) }

func bench(args []string, out io.Writer) error {
	json := len(args) > 0 && args[0] == "-json"
	if json {
		args = args[1:]
	}
	rounds := 200
	if len(args) > 0 {
		n, err := strconv.Atoi(args[0])
		if err != nil || n < 1 || len(args) > 1 {
			return program.Misuse("the number of rounds must be a positive number")
		}
		rounds = n
	}
	cores, err := affinity.Cores()
	if err != nil {
		return err
	}
	runtime.GOMAXPROCS(len(cores) + 1) // a P for each that spins, whatever the environment says
	for n := 1; n <= len(cores); n++ {
		m := &measurement{cores: cores[:n], rounds: rounds}
		if err := m.run(); err != nil {
			return err
		}
		slices.Sort(m.ns)
		median, p99 := m.ns[len(m.ns)/2], m.ns[len(m.ns)*99/100]
		if json {
			fmt.Fprintf(out, `{"unmap":{"harts":%d,"rounds":%d,"median-ns":%d,"p99-ns":%d}}`+"\n", n, rounds, median, p99)
		} else {
			fmt.Fprintf(out, "unmapbench: harts=%d rounds=%d median-ns=%d p99-ns=%d\n", n, rounds, median, p99)
		}
	}
	return nil
}

// measurement is one with some harts: the first unmaps, the others compute when they have read.
type measurement struct {
	cores  []int
	rounds int
	ns     []int64

	page  atomic.Pointer[[pageSize]byte] // to be read
	round atomic.Int64                   // of that
	read  atomic.Int64                   // how many have, in all rounds
	over  atomic.Bool
}

const pageSize = 4096

func (m *measurement) run() error {
	var others sync.WaitGroup
	errs := make(chan error, len(m.cores))
	for _, core := range m.cores[1:] {
		others.Go(func() {
			runtime.LockOSThread() // the thread ends with it
			if err := affinity.Pin(core); err != nil {
				errs <- err
				return
			}
			m.follow()
		})
	}
	errs <- m.lead()
	m.over.Store(true)
	others.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// follow reads each page once.
func (m *measurement) follow() {
	for last := int64(0); !m.over.Load(); {
		if r := m.round.Load(); r != last {
			last = r
			sink.Add(int64(m.page.Load()[0]))
			m.read.Add(1)
		}
	}
}

var sink atomic.Int64

// lead maps a page in each round, waits until all have read it, and unmaps it.
func (m *measurement) lead() error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := affinity.Pin(m.cores[0]); err != nil {
		return err
	}
	for r := 1; r <= m.rounds; r++ {
		page, err := syscall.Mmap(-1, 0, pageSize, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
		if err != nil {
			return err
		}
		page[0] = 1
		m.page.Store((*[pageSize]byte)(page))
		m.round.Store(int64(r))
		for m.read.Load() < int64(r*(len(m.cores)-1)) {
		}
		begun := time.Now()
		err = munmap(page)
		m.ns = append(m.ns, time.Since(begun).Nanoseconds())
		if err != nil {
			return err
		}
	}
	return nil
}
