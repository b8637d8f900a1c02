// Fuzzcalls makes calls that nobody would make, to see what the CPU driver makes of them.
//
// Native calls are harmless to the program itself: they are made with all arguments that
// there can be, from threads of the process and from native dispatchers that it builds.
// Calls of Linux could take the program apart, so that they are made with numbers and
// arguments of which it survives (the way "calls"), or, with any of them, until it dies (the way
// "wild"). In the way "victims" the program itself makes none: it forks one process after the
// other that does so, and ends each with all that it has made.
package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"time"

	"atoll/user/program"
)

const about = `fuzzcalls SEED TIME [way]: makes random calls; the ways are
calls (native and Linux ones, by threads and by native dispatchers), native, dispatchers,
linux, wild (Linux ones of which it may die), victims (processes that do, one after the other)`

func main() { program.Main("fuzzcalls", about, fuzz) }

// threads is how many threads make calls at the same time.
const threads = 4

// state is what all of them share.
type state struct {
	seed   uint64
	end    time.Time
	done   atomic.Bool
	counts [3]atomic.Uint64 // calls made, refused, and threads that a call has kept
	own    atomic.Uint64    // calls of dispatchers
}

const (
	made = iota
	refused
	kept
)

func fuzz(args []string, out io.Writer) error {
	if len(args) < 2 || len(args) > 3 {
		return program.Misuse("a seed and a time are needed")
	}
	seed, err := strconv.ParseUint(args[0], 0, 64)
	if err != nil {
		return program.Misuse("the seed is a number")
	}
	span, err := program.Span(args[1])
	if err != nil {
		return err
	}
	way := "calls"
	if len(args) == 3 {
		way = args[2]
	}
	s := &state{seed: seed, end: time.Now().Add(span)}
	switch way {
	case "calls":
		if err = s.dispatchers(); err == nil { // while there is something to build them from
			s.start(nativeCall, nativeCall, linuxCall)
		}
	case "native":
		s.start(nativeCall)
	case "linux":
		s.start(linuxCall)
	case "wild":
		spareProgram() // as it is run again and again
		s.start(wildCall)
	case "victims":
		return s.victims(out)
	case "dispatchers":
		err = s.dispatchers()
	default:
		return program.Misuse("there is no way " + strconv.Quote(way))
	}
	if err != nil {
		return err
	}
	time.Sleep(time.Until(s.end))
	s.done.Store(true)
	fmt.Fprintf(out, "fuzzcalls: seed %d, %d calls, %d refused, %d threads kept; %d calls of dispatchers\n",
		seed, s.counts[made].Load(), s.counts[refused].Load(), s.counts[kept].Load(), s.own.Load())
	return nil
}

// start has threads make calls of these kinds in turn.
func (s *state) start(kinds ...func(*source) (refused bool)) {
	for n := range threads {
		s.thread(uint64(n), kinds)
	}
}

// mostKept bounds the threads that wait in a call that nobody ends.
const mostKept = 24

// thread makes calls until the time is over. If one does not come back for a while another
// thread goes on: what waits forever in the kernel is part of the test.
func (s *state) thread(n uint64, kinds []func(*source) bool) {
	var last atomic.Uint64
	go func() {
		r := newSource(rand.New(rand.NewPCG(s.seed, n)))
		for !s.done.Load() {
			s.counts[made].Add(1)
			if kinds[r.IntN(len(kinds))](r) {
				s.counts[refused].Add(1)
			}
			last.Add(1)
		}
	}()
	go func() {
		for before := ^uint64(0); !s.done.Load(); {
			now := last.Load()
			if now == before {
				if s.counts[kept].Add(1) < mostKept {
					s.thread(n+100, kinds)
				}
				return
			}
			before = now
			time.Sleep(time.Second)
		}
	}()
}
