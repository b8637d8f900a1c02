package inside

import (
	"reflect"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"atoll/arch/shim"
	"atoll/arch/shim/probe"
)

// pattern returns registers with values that differ from each other, from those of
// other seeds, and in both halves.
func pattern(seed uint64) *probe.Registers {
	r := &probe.Registers{FCSR: 1<<5 | seed&0x1f} // round towards zero, some flags
	for i := range r.X {
		r.X[i] = (seed<<8|uint64(i))*0x9e3779b97f4a7c15 + 1
		r.F[i] = (seed<<8|uint64(i)|0x80)*0xd1342543de82ef95 + 1
	}
	return r
}

// TestRegistersOverTraps holds known values in all registers of several threads
// while interrupts, signals and switches between the threads come and go.
func TestRegistersOverTraps(t *testing.T) {
	const threads, rounds = 3, 10_000_000
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(threads + 1))
	before := shim.ReadStats()
	enough := func() bool {
		now := shim.ReadStats()
		return now.Switches > before.Switches+100 && now.Traps > before.Traps+100 && now.Signals > before.Signals+5
	}
	start := time.Now()
	var wg sync.WaitGroup
	for i := range threads {
		wg.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			for n := uint64(0); n < 5 || !enough() && time.Since(start) < patience; n++ {
				checkHold(t, uint64(i)<<8|n, rounds)
			}
		})
	}
	wg.Wait()
	if !enough() {
		t.Errorf("too little happened: %+v before, %+v after", before, shim.ReadStats())
	}
}

// checkHold holds a pattern once and reports what changed.
func checkHold(t *testing.T, seed, rounds uint64) {
	in, out := pattern(seed), new(probe.Registers)
	probe.Hold(in, out, rounds)
	for i := range in.X {
		bit := uint64(1) << i
		if bit&probe.Counters != 0 {
			in.X[i] = 0
		}
		if bit&probe.Untouchable == 0 && out.X[i] != in.X[i] {
			t.Errorf("X%d was %#x and became %#x", i, in.X[i], out.X[i])
		}
	}
	for i := range in.F {
		if out.F[i] != in.F[i] {
			t.Errorf("F%d was %#x and became %#x", i, in.F[i], out.F[i])
		}
	}
	if out.FCSR != in.FCSR {
		t.Errorf("fcsr was %#x and became %#x", in.FCSR, out.FCSR)
	}
}

// TestRegistersOverCalls checks that the shim's calls change no register but those
// that a system call of Linux and the overlay's macro may change.
func TestRegistersOverCalls(t *testing.T) {
	span := [2]uint64{0, 2_000_000} // 2 ms
	at := uint64(reflect.ValueOf(&span).Pointer())
	for _, c := range []struct {
		name      string
		number    uint64
		arg0      uint64
		arg1, ret uint64
	}{
		{"yield", syscall.SYS_SCHED_YIELD, 0, 0, 0},
		{"a call that blocks", syscall.SYS_NANOSLEEP, at, 0, 0},
		{"getpid", syscall.SYS_GETPID, 0, 0, 1},
		{"an unknown call", 999, 0, 0, ^(uint64(syscall.ENOSYS) - 1)},
		{"clock_gettime", syscall.SYS_CLOCK_GETTIME, 1, at, 0},
	} {
		in, out := pattern(c.number), new(probe.Registers)
		in.X[17], in.X[10], in.X[11] = c.number, c.arg0, c.arg1
		probe.Call(in, out)
		for i := range in.X {
			bit := uint64(1) << i
			if bit&(probe.Untouchable|probe.Scratch) == 0 && out.X[i] != in.X[i] {
				t.Errorf("%s: X%d was %#x and became %#x", c.name, i, in.X[i], out.X[i])
			}
		}
		if out.X[10] != c.ret {
			t.Errorf("%s: result %#x, want %#x", c.name, out.X[10], c.ret)
		}
	}
	runtime.KeepAlive(&span)
}
