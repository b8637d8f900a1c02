// Spantest has threads on several cores of one address space: they compute, wait for each other, and
// change what is mapped.
package main

import (
	"fmt"
	"io"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"

	"atoll/user/affinity"
	"atoll/user/program"
)

const about = "spantest: [spin] THREADS on as many cores of one address space: looks whether they see what they should; or they spin"

func main() { program.Main("spantest", about, test) }

// checks are what it does, in order.
var checks = []struct {
	name string
	f    func(cores []int) error
}{
	{"compute", compute},
	{"move", move},
	{"wait", wait},
	{"atomic", count},
	{"signal", signalled},
	{"unmap", unmapped},
	{"protect", protected},
	{"copy", copied},
}

func test(args []string, out io.Writer) error {
	spins := len(args) > 0 && args[0] == "spin"
	if spins {
		args = args[1:]
	}
	n := 0
	if len(args) == 1 {
		n, _ = strconv.Atoi(args[0])
	}
	cores, err := affinity.Cores()
	switch {
	case err != nil:
		return err
	case n < 1:
		return program.Misuse("it takes a number of threads")
	case n > len(cores):
		return fmt.Errorf("%d threads need as many cores, and there are %d", n, len(cores))
	}
	runtime.GOMAXPROCS(n + 1)
	if spins {
		return spin(cores[:n], out)
	}
	for _, c := range checks {
		if err := c.f(cores[:n]); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		fmt.Fprintf(out, "spantest: %s is right on %d cores\n", c.name, n)
	}
	return nil
}

// on runs a function on each of some cores, in threads of their own, and returns the first error.
func on(cores []int, f func(i int) error) error {
	errs := make(chan error, len(cores))
	var all sync.WaitGroup
	for i, core := range cores {
		all.Go(func() {
			runtime.LockOSThread() // the thread ends with it
			err := affinity.Pin(core)
			if err == nil {
				err = f(i)
			}
			if err != nil {
				errs <- fmt.Errorf("core %d: %w", core, err)
			}
		})
	}
	all.Wait()
	close(errs)
	return <-errs
}

// compute has each core compute the same, and write it into memory of all.
func compute(cores []int) error {
	sums := make([]uint64, len(cores))
	if err := on(cores, func(i int) error {
		if at := cpu(); at != cores[i] {
			return fmt.Errorf("the thread is on core %d", at)
		}
		sums[i] = work(1 << 22)
		return nil
	}); err != nil {
		return err
	}
	for i, s := range sums {
		if s != work(1<<22) {
			return fmt.Errorf("core %d has computed %#x", cores[i], s)
		}
	}
	return nil
}

// spin has all cores compute without an end.
func spin(cores []int, out io.Writer) error {
	return on(cores, func(i int) error {
		holdOff() // else signals of the runtime bring the thread home now and then
		if i == len(cores)-1 {
			fmt.Fprintf(out, "spantest: spins on %d cores\n", len(cores))
		}
		for {
			work(1 << 20)
		}
	})
}

// work is a linear congruential generator (Knuth, MMIX).
func work(n int) (x uint64) {
	for range n {
		x = x*6364136223846793005 + 1442695040888963407
	}
	return x
}

// move has one thread go round all cores, with its floating-point registers.
func move(cores []int) error {
	return on(cores[:1], func(int) error {
		x := 1.0
		for round := range 20 {
			core := cores[round%len(cores)]
			if err := affinity.Pin(core); err != nil {
				return err
			}
			if at := cpu(); at != core {
				return fmt.Errorf("the thread is on core %d", at)
			}
			x *= 1.5
		}
		if want := 3325.256730079651; x != want {
			return fmt.Errorf("it has computed %v, not %v", x, want)
		}
		return nil
	})
}

// wait passes a number round the cores, each of which sleeps until it comes.
func wait(cores []int) error {
	const rounds = 20
	ring := make([]chan int, len(cores))
	for i := range ring {
		ring[i] = make(chan int)
	}
	return on(cores, func(i int) error {
		for round := range rounds {
			if i > 0 || round > 0 {
				if got := <-ring[i]; got != round*len(cores)+i {
					return fmt.Errorf("%d has come in round %d", got, round)
				}
			}
			if next := round*len(cores) + i + 1; next < rounds*len(cores) {
				go func() { ring[(i+1)%len(cores)] <- next }()
			}
		}
		return nil
	})
}

// count has all count together, with a lock and without.
func count(cores []int) error {
	const each = 2000
	var mu sync.Mutex
	locked := 0
	if err := on(cores, func(int) error {
		for range each {
			mu.Lock()
			locked++
			mu.Unlock()
		}
		return nil
	}); err != nil {
		return err
	}
	if want := each * len(cores); locked != want {
		return fmt.Errorf("they have counted to %d, not %d", locked, want)
	}
	return nil
}

// signalled has all but the first compute while that signals them without a pause: they get on nevertheless,
// though there is a next signal at the end of each handler.
func signalled(cores []int) error {
	var left atomic.Int64
	left.Store(int64(len(cores) - 1))
	threads := make([]atomic.Int64, len(cores)) // 0: it does not compute
	return on(cores, func(i int) error {
		if i > 0 {
			threads[i].Store(int64(syscall.Gettid()))
			work(1 << 22)
			threads[i].Store(0)
			left.Add(-1)
			return nil
		}
		for left.Load() > 0 {
			for i := range threads {
				if id := threads[i].Load(); id != 0 {
					syscall.Tgkill(syscall.Getpid(), int(id), syscall.SIGURG)
				}
			}
		}
		return nil
	})
}
