package inside

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"math/bits"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"atoll/arch/shim"
)

// TestMonotonic checks that no goroutine sees a time before one that any goroutine
// has seen.
func TestMonotonic(t *testing.T) {
	start := time.Now()
	var latest atomic.Int64
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 20_000 {
				seen := latest.Load()
				now := int64(time.Since(start))
				if now < seen {
					t.Errorf("%d ns, after %d ns were seen", now, seen)
					return
				}
				latest.Store(now) // may go back: the next check is weaker then, not wrong
			}
		})
	}
	wg.Wait()
}

// TestClockRate compares the runtime's clock with the time CSR.
func TestClockRate(t *testing.T) {
	type reading struct {
		lo, hi uint64 // time CSR before and after
		at     time.Time
	}
	read := func() reading { return reading{lo: shim.Now(), at: time.Now(), hi: shim.Now()} }
	a := read()
	time.Sleep(200 * time.Millisecond)
	b := read()
	const rounding = time.Microsecond
	least, most := shim.Duration(b.lo-a.hi)-rounding, shim.Duration(b.hi-a.lo)+rounding
	if d := b.at.Sub(a.at); d < least || d > most {
		t.Errorf("the monotonic clock went on by %v, the time CSR by %v to %v", d, least, most)
	}
	if d := b.at.Round(0).Sub(a.at.Round(0)); d < least || d > most {
		t.Errorf("the wall clock went on by %v, the time CSR by %v to %v", d, least, most)
	}
	if ticks := shim.Ticks(shim.Duration(12345678)); ticks > 12345678 || ticks < 12345678-1 {
		t.Errorf("12345678 ticks became %d", ticks)
	}
}

func TestSleep(t *testing.T) {
	sleeps := map[string]func(d time.Duration){
		"time.Sleep": time.Sleep,
		"nanosleep": func(d time.Duration) {
			span := syscall.NsecToTimespec(int64(d))
			if err := syscall.Nanosleep(&span, nil); err != nil {
				t.Errorf("nanosleep: %v", err)
			}
		},
	}
	for name, sleep := range sleeps {
		for _, d := range []time.Duration{time.Microsecond, 300 * time.Microsecond, time.Millisecond, 20 * time.Millisecond, 1100 * time.Millisecond} {
			start := time.Now()
			sleep(d)
			if took := time.Since(start); took < d || took > d+patience {
				t.Errorf("%s of %v took %v", name, d, took)
			}
		}
	}
}

// TestRandom checks the generator roughly: no value twice, no bit preferred. The
// keys of different boots are compared on the host.
func TestRandom(t *testing.T) {
	const n = 1000
	seen := map[[16]byte]bool{}
	ones := 0
	for range n {
		var b [16]byte
		rand.Read(b[:])
		seen[b] = true
		for _, v := range b {
			ones += bits.OnesCount8(v)
		}
	}
	if len(seen) != n {
		t.Errorf("%d values of 128 bits, %d different", n, len(seen))
	}
	const half, slack = n * 128 / 2, 2000 // more than ten times the standard deviation
	if ones < half-slack || ones > half+slack {
		t.Errorf("%d of %d bits are set", ones, 2*half)
	}
	if shim.Row().Seed == [4]uint64{} {
		t.Error("the seed is zero")
	}
}

// TestEndPrint prints what the host compares with another boot and with its clock.
func TestEndPrint(t *testing.T) {
	b := make([]byte, 16)
	rand.Read(b)
	seed := shim.Row().Seed
	fmt.Printf("\nseed=%x random=%s wall=%d\n", seed, hex.EncodeToString(b), time.Now().UnixNano())
}
