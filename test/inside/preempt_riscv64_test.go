package inside

import (
	"fmt"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"atoll/arch/shim"
	"atoll/kernel/dispatch"
)

// patience bounds what must not take long, on a host that may be busy.
const patience = 20 * time.Second

// spin runs do beside n goroutines in loops that call nothing, on procs Ps.
func spin(procs, n int, do func()) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
	var stop atomic.Bool
	var started, ended sync.WaitGroup
	started.Add(n)
	for range n {
		ended.Go(func() {
			started.Done()
			for !stop.Load() {
			}
		})
	}
	started.Wait()
	do()
	stop.Store(true)
	ended.Wait()
}

// TestSpinners checks that goroutines in tight loops stop neither timers nor the
// collector.
func TestSpinners(t *testing.T) {
	for _, procs := range []int{1, 2} {
		t.Run(fmt.Sprintf("procs=%d", procs), func(t *testing.T) {
			before := shim.ReadStats().Signals
			spin(procs, 4, func() {
				for range 5 {
					start := time.Now()
					time.Sleep(time.Millisecond)
					runtime.GC()
					if took := time.Since(start); took > patience {
						t.Errorf("a millisecond's sleep and a collection took %v", took)
					}
				}
			})
			if shim.ReadStats().Signals == before {
				t.Error("nothing was preempted by a signal")
			}
		})
	}
}

// TestSignalStorm signals a thread all the time, as who stops the world does on a slow hart. It has a slice of
// its own before it enters the handler again, and so gets on: it makes no calls. Where the host has much to do only some
// of the rounds are as short as they should be.
func TestSignalStorm(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	var thread atomic.Uintptr
	var stop atomic.Bool
	var ended sync.WaitGroup
	ended.Go(func() {
		runtime.LockOSThread()
		thread.Store(uintptr(syscall.Gettid()))
		for !stop.Load() {
		}
	})
	for thread.Load() == 0 {
		runtime.Gosched()
	}
	const rounds, sends, slice = 50, 20, 500 * time.Microsecond
	first := shim.ReadStats().Signals
	for range rounds {
		before, begun := shim.ReadStats().Signals, shim.Now()
		for range sends {
			syscall.RawSyscall(syscall.SYS_TGKILL, 1, thread.Load(), uintptr(syscall.SIGURG))
			var word uint32
			gap := syscall.Timespec{Nsec: 20_000}
			syscall.RawSyscall6(syscall.SYS_FUTEX, uintptr(unsafe.Pointer(&word)), 0, 0, uintptr(unsafe.Pointer(&gap)), 0, 0)
		}
		n, took := shim.ReadStats().Signals-before, shim.Duration(shim.Now()-begun)
		// Go's runtime preempts it each 10 ms, too, with calls after each of which it may be signalled.
		if most := 4 + uint64(took/slice+took/(2*time.Millisecond)); n > most {
			t.Errorf("%d handlers in %v", n, took)
			break
		}
	}
	stop.Store(true)
	ended.Wait()
	if shim.ReadStats().Signals == first {
		t.Error("no signal has been handled")
	}
}

// TestLoopHasWay has an event loop take turns beside a goroutine that keeps a P and one that gives way, as the CPU
// driver's loop does between two runs. Between two turns that has one run, or two.
func TestLoopHasWay(t *testing.T) {
	drain()
	const turns = 50
	runs := 0
	spin(2, 1, func() {
		var stop atomic.Bool
		var ended sync.WaitGroup
		ended.Go(func() {
			for ; !stop.Load(); runs++ {
				for until := in(100 * time.Microsecond); shim.Now() < until; {
				}
				dispatch.Hart().GiveWay()
			}
		})
		for range turns {
			shim.WaitEvent(in(0))
		}
		stop.Store(true)
		ended.Wait()
	})
	if runs == 0 || runs > 4*turns {
		t.Errorf("%d runs between %d turns", runs, turns)
	}
}

// orbit is a chaotic sequence: a change in any bit of its state grows until it
// shows in the sum. The conversions keep the compiler from fusing operations.
//
//go:noinline
func orbit(seed float64, steps int) (float64, uint64) {
	a, b, c, d := seed, 1-seed, seed/2, seed/3
	h, k := math.Float64bits(seed), uint64(steps)
	for range steps {
		a = float64(float64(3.9*a) * (1 - a))
		b = float64(float64(3.8*b) * (1 - b))
		c = float64(float64(3.7*c) * (1 - c))
		d = float64(float64(3.95*d) * (1 - d))
		h = h*0x9e3779b97f4a7c15 + k
		k = k ^ h>>29
	}
	return a + b + c + d, h ^ k
}

// TestPreemptedOrbits checks that goroutines which are preempted all the time
// compute what one does that has the hart for itself.
func TestPreemptedOrbits(t *testing.T) {
	const n, steps = 12, 2_000_000
	var wantF [n]float64
	var wantI [n]uint64
	seed := func(i int) float64 { return 0.1 + float64(i)/100 }
	for i := range n {
		wantF[i], wantI[i] = orbit(seed(i), steps)
	}
	for _, procs := range []int{1, 4} {
		t.Run(fmt.Sprintf("procs=%d", procs), func(t *testing.T) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
			before := shim.ReadStats().Signals
			var wg sync.WaitGroup
			for i := range n {
				wg.Go(func() {
					if f, h := orbit(seed(i), steps); f != wantF[i] || h != wantI[i] {
						t.Errorf("orbit %d ends at %v, %#x; want %v, %#x", i, f, h, wantF[i], wantI[i])
					}
				})
			}
			wg.Wait()
			if shim.ReadStats().Signals == before {
				t.Error("nothing was preempted by a signal")
			}
		})
	}
}
