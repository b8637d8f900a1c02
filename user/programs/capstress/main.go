// Capstress makes random capability operations in many threads, each of which has its own
// table and RAM and knows from a simple model what every call must answer.
package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"time"

	"atoll/user/memory"
	"atoll/user/program"
	"atoll/user/slots"
)

const about = `capstress TIME [THREADS [SEED]]: makes random operations on capabilities and holds each
answer of the kernel's against a model. At the end everything is revoked, and as much memory must be
free as before
capstress over CORES TIME [SEED]: has an instance on each of CORES, such as 0,1,2; they pass, copy,
retype, map, revoke and delete each other's capabilities
capstress at ...: such an instance`

// Limits of the arguments: each thread takes some slots of the program's table.
const (
	mostThreads  = 64
	usualThreads = 8
)

func main() { program.Main("capstress", about, capstress) }

func capstress(args []string, out io.Writer) error {
	if len(args) > 0 && args[0] == "over" {
		return over(args[1:], out)
	}
	if len(args) > 0 && args[0] == "at" {
		return at(args[1:], out)
	}
	if len(args) < 1 || len(args) > 3 {
		return program.Misuse("it takes a time, and at most a number of threads and a seed")
	}
	span, err := program.Span(args[0])
	if err != nil {
		return err
	}
	numbers := [...]int{usualThreads, 1}
	for i, most := range [...]int{mostThreads, math.MaxInt32} {
		if len(args) < i+2 {
			break
		}
		if numbers[i], err = program.Count(args[i+1], most); err != nil {
			return err
		}
	}
	end := time.Now().Add(span)
	return stress(out, numbers[0], int64(numbers[1]), func(int) bool { return time.Now().Before(end) })
}

// stress lets so many threads work until more says no to how many operations one has made.
func stress(out io.Writer, threads int, seed int64, more func(done int) bool) error {
	free, count := slots.Own.Free(), counts{}
	before, _, err := memory.Left()
	if err != nil {
		return err
	}
	errs := make([]error, threads)
	made := make([]counts, threads)
	var all sync.WaitGroup
	for i := range threads {
		all.Go(func() { made[i], errs[i] = work(seed+int64(i), more) })
	}
	all.Wait()
	for i, m := range made {
		if errs[i] != nil {
			errs[i] = fmt.Errorf("thread %d, seed %d: %w", i, seed+int64(i), errs[i])
		}
		count.add(m)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	fmt.Fprintf(out, "capstress: %d threads, %d operations, %d of them refused, all as they must be\n", threads, count.made, count.refused)
	for op, n := range count.each {
		fmt.Fprintf(out, "capstress: %d %s\n", n, opNames[op])
	}
	if n := slots.Own.Free(); n != free {
		return fmt.Errorf("%d slots are empty at the end, %d were before", n, free)
	}
	if err := memory.AwaitLeft(before); err != nil {
		return err
	}
	fmt.Fprintln(out, "capstress: all memory is given back")
	return nil
}

// counts are how many operations were made.
type counts struct {
	made, refused int
	each          [len(opNames)]int
}

func (c *counts) add(m counts) {
	c.made += m.made
	c.refused += m.refused
	for i := range c.each {
		c.each[i] += m.each[i]
	}
}
