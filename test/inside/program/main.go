// Command program is a Linux program for a test: it does what the Go runtime needs an
// operating system for, says what came of it, and exits with status 7.
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

func main() {
	fmt.Println("arguments:", strings.Join(os.Args, " "), os.Getenv("WHO"))
	fmt.Println("sum:", goroutines())
	fmt.Println("recovered:", fault())
	fmt.Println("collected:", collect())
	begin := time.Now()
	time.Sleep(20 * time.Millisecond)
	fmt.Println("slept:", time.Since(begin) >= 20*time.Millisecond)
	fmt.Println("preempted:", preempted())
	fmt.Fprintln(os.Stderr, "an error line")
	os.Exit(7)
}

// goroutines adds up numbers over channels, with threads of their own.
func goroutines() (sum int) {
	var wg sync.WaitGroup
	c := make(chan int)
	for i := range 8 {
		wg.Go(func() {
			runtime.LockOSThread()
			for n := range 100 {
				c <- i*100 + n
			}
		})
	}
	go func() { wg.Wait(); close(c) }()
	for n := range c {
		sum += n
	}
	return sum
}

// fault reads through nil and recovers.
func fault() (what string) {
	debug.SetPanicOnFault(true)
	defer func() { what = fmt.Sprint(recover()) }()
	var p *int
	return fmt.Sprint(*p)
}

// collect makes garbage and has it collected.
func collect() bool {
	var keep [][]byte
	for i := range 200 {
		b := make([]byte, 64<<10)
		b[i] = 1
		if i%10 == 0 {
			keep = append(keep, b)
		}
	}
	runtime.GC()
	debug.FreeOSMemory()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.NumGC > 0 && len(keep) == 20
}

// preempted has a goroutine that spins beside one that has something to do.
func preempted() bool {
	stop, done := make(chan bool), make(chan bool)
	go func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				done <- true
				return
			default:
			}
		}
	}()
	time.Sleep(5 * time.Millisecond)
	stop <- true
	return <-done
}
