package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"sync"
	"time"

	"atoll/kernel/abi"
	"atoll/user/binding"
	"atoll/user/memory"
	"atoll/user/program"
	"atoll/user/remote"
)

// Bounds of what is asked for over cores.
const (
	mostCores = 16
	killed    = 137 // status of a program that is killed
)

// patience bounds how long an instance waits for the others to begin.
const patience = 20 * time.Second

// over is capstress over cores: its arguments are which, a time, and perhaps a seed.
func over(args []string, out io.Writer) error {
	if len(args) < 2 || len(args) > 3 {
		return program.Misuse("over takes cores and a time, and at most a seed")
	}
	span, err := program.Span(args[1])
	if err != nil {
		return err
	}
	seed := 1
	if len(args) == 3 {
		if seed, err = program.Count(args[2], math.MaxInt32); err != nil {
			return err
		}
	}
	return overCores(out, args[0], span, seed)
}

// overCores has an instance on each of some cores, and waits for all. An instance that is killed,
// or whose core dies, is no error: the others' is it to see that nothing of theirs is lost.
func overCores(out io.Writer, list string, span time.Duration, seed int) error {
	cores, err := program.Cores(list, 2, mostCores)
	if err != nil {
		return err
	}
	before, _, err := memory.Left()
	if err != nil {
		return err
	}
	space := memory.NewSpace(memory.Own())
	tag := fmt.Sprintf("c%s.%d", os.Getenv("ATOLL_CORE"), os.Getpid())
	errs := make([]error, len(cores))
	var all sync.WaitGroup
	for i, core := range cores {
		all.Go(func() {
			status, err := remote.Run(memory.Own(), space, core, abi.Forever,
				"capstress", "at", tag, strconv.Itoa(i), list, span.String(), strconv.Itoa(seed+i))
			switch {
			case errors.Is(err, abi.ErrPeerDead) || err == nil && status == killed:
				fmt.Fprintf(out, "capstress: on core %d it was ended\n", core)
			case err != nil:
				errs[i] = fmt.Errorf("on core %d: %w", core, err)
			case status != 0:
				errs[i] = fmt.Errorf("on core %d the status is %d", core, status)
			}
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if err := memory.AwaitLeft(before); err != nil {
		return err
	}
	fmt.Fprintf(out, "capstress: over %d cores, all as it must be\n", len(cores))
	return nil
}

// at is one instance: its arguments are those that overCores gives it.
func at(args []string, out io.Writer) error {
	if len(args) != 5 {
		return program.Misuse("at is for the program itself")
	}
	cores, err := program.Cores(args[2], 2, mostCores)
	if err != nil {
		return err
	}
	self, err := strconv.Atoi(args[1])
	if err != nil || self < 0 || self >= len(cores) {
		return program.Misuse("there is no such instance")
	}
	span, err := program.Span(args[3])
	if err != nil {
		return err
	}
	seed, err := strconv.ParseInt(args[4], 10, 64)
	if err != nil {
		return program.Misuse("that is no seed")
	}
	before, _, err := memory.Left()
	if err != nil {
		return err
	}
	x, err := newSharer(self, seed)
	if err != nil {
		return err
	}
	if err := x.meet(args[0], len(cores)); err != nil {
		return err
	}
	fmt.Fprintf(out, "capstress: core %d begins\n", cores[self])
	for end := time.Now().Add(span); err == nil && time.Now().Before(end); {
		err = x.step()
	}
	if err == nil {
		err = x.close()
	}
	if err != nil {
		return fmt.Errorf("core %d, seed %d, after %d operations: %w", cores[self], seed, x.made, err)
	}
	if err := memory.AwaitLeft(before); err != nil {
		return fmt.Errorf("core %d: %w", cores[self], err)
	}
	fmt.Fprintf(out, "capstress: core %d: %d operations, %d refused; passed %d, had %d, lost %d to others; all memory is given back\n",
		cores[self], x.made, x.refused, x.passed, x.had, x.taken)
	return nil
}

// meet makes a channel with each other instance. Of two the one with the smaller number offers it.
func (x *sharer) meet(tag string, n int) error {
	x.links = make([]*link, n)
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		if i == x.self {
			continue
		}
		all.Go(func() {
			open := binding.Bind
			if x.self < i {
				open = binding.Offer
			}
			b, err := open(x.space, fmt.Sprintf("%s.%d.%d", tag, min(i, x.self), max(i, x.self)), patience)
			x.links[i], errs[i] = &link{Binding: b}, err
		})
	}
	all.Wait()
	return errors.Join(errs...)
}
