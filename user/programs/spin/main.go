// Spin computes for ever, or for a time, with as many threads as it is told: what a program
// without manners does to the rest of the machine.
package main

import (
	"fmt"
	"io"
	"runtime"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"atoll/arch/ecall"
	"atoll/kernel/abi"
	"atoll/user/program"
)

const about = `spin THREADS [TIME [way]]: keeps the hart busy; the ways are
compute, call (makes calls that do nothing), fault (faults and goes on), wake (threads that
wake each other); without a time, or with 0, until it is ended`

func main() { program.Main("spin", about, spin) }

// mostThreads is what the kernel gives a process, less those that the Go runtime needs.
const mostThreads = 120

func spin(args []string, out io.Writer) error {
	if len(args) == 0 || len(args) > 3 {
		return program.Misuse("a number of threads is needed")
	}
	threads, err := program.Count(args[0], mostThreads)
	if err != nil {
		return err
	}
	var span time.Duration
	if len(args) > 1 && args[1] != "0" {
		if span, err = program.Span(args[1]); err != nil {
			return err
		}
	}
	way := compute
	if len(args) > 2 {
		if way = ways[args[2]]; way == nil {
			return program.Misuse("there is no way " + strconv.Quote(args[2]))
		}
	}
	runtime.GOMAXPROCS(threads + 1)
	rounds := make([]atomic.Uint64, threads)
	for i := range rounds {
		go func() {
			runtime.LockOSThread()
			way(&rounds[i])
		}()
	}
	if span == 0 {
		select {}
	}
	begin, had := time.Now(), used()
	time.Sleep(span)
	share := (used() - had) * 100 / time.Since(begin)
	least, sum := rounds[0].Load(), uint64(0)
	for i := range rounds {
		n := rounds[i].Load()
		least, sum = min(least, n), sum+n
	}
	fmt.Fprintf(out, "spin: %d threads, %d rounds, the least of a thread %d%% of the mean; %d%% of the hart\n",
		threads, sum, least*100*uint64(threads)/max(sum, 1), share)
	return nil
}

// used returns for how long the program has had the hart.
func used() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // there is no such program
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

var ways = map[string]func(*atomic.Uint64){"compute": compute, "call": call, "fault": fault, "wake": wake}

func compute(n *atomic.Uint64) {
	for {
		n.Add(1)
	}
}

func call(n *atomic.Uint64) {
	for {
		ecall.Call(abi.CallNull, new(ecall.Registers))
		n.Add(1)
	}
}

var nowhere *int

func fault(n *atomic.Uint64) {
	for {
		func() {
			defer func() { recover() }()
			*nowhere++
		}()
		n.Add(1)
	}
}

func wake(n *atomic.Uint64) {
	to, back := make(chan int), make(chan int)
	go func() {
		runtime.LockOSThread()
		for range to {
			back <- 1
		}
	}()
	for {
		to <- 1
		<-back
		n.Add(1)
	}
}
