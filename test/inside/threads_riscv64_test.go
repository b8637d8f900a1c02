package inside

import (
	"reflect"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"atoll/arch/shim"
)

// lockThreads runs do in n goroutines, each on a thread of its own that ends with
// it.
func lockThreads(n int, do func()) {
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			runtime.LockOSThread() // never unlocked
			do()
		})
	}
	wg.Wait()
}

func TestManyThreads(t *testing.T) {
	const n = 100
	var mu sync.Mutex
	ids := map[int]bool{}
	var together sync.WaitGroup
	together.Add(n)
	lockThreads(n, func() {
		mu.Lock()
		ids[syscall.Gettid()] = true
		mu.Unlock()
		together.Done()
		together.Wait()
	})
	if len(ids) != n {
		t.Errorf("%d threads at the same time have %d ids", n, len(ids))
	}
	if s := shim.ReadStats(); s.Threads < n {
		t.Errorf("the shim counts %d threads, want at least %d", s.Threads, n)
	}
}

// TestThreadsEnd checks that the slot of a thread that ended is used again.
func TestThreadsEnd(t *testing.T) {
	const batches, batch = 50, 20
	lockThreads(batch, func() {})
	before := shim.ReadStats()
	used := pagesUsed()
	for range batches {
		lockThreads(batch, func() {})
	}
	after := shim.ReadStats()
	if after.Threads > before.Threads+2*batch {
		t.Errorf("%d thread slots before, %d after %d threads have come and gone", before.Threads, after.Threads, batches*batch)
	}
	most := used + 256
	if now := pagesUsedAtMost(most); now > most {
		t.Errorf("%d pages in use before, %d after", used, now)
	}
}

// word is what the futex tests wait on.
var word uint32

const (
	futexWait = 128 // FUTEX_WAIT_PRIVATE
	futexWake = 129 // FUTEX_WAKE_PRIVATE
)

func futex(op, val int, timeout *syscall.Timespec) (int, syscall.Errno) {
	at := uintptr(0)
	if timeout != nil {
		at = reflect.ValueOf(timeout).Pointer()
	}
	n, _, errno := syscall.Syscall6(syscall.SYS_FUTEX, reflect.ValueOf(&word).Pointer(), uintptr(op), uintptr(val), at, 0, 0)
	runtime.KeepAlive(timeout)
	return int(n), errno
}

func TestFutexTimeout(t *testing.T) {
	const span = 20 * time.Millisecond
	timeout := syscall.NsecToTimespec(int64(span))
	if _, errno := futex(futexWait, int(word)+1, &timeout); errno != syscall.EAGAIN {
		t.Errorf("waiting for another value: %v, want EAGAIN", errno)
	}
	start := time.Now()
	_, errno := futex(futexWait, int(word), &timeout)
	if took := time.Since(start); errno != syscall.ETIMEDOUT || took < span || took > patience {
		t.Errorf("a wait of %v ended after %v with %v, want ETIMEDOUT", span, took, errno)
	}
	if n, errno := futex(futexWake, 1, nil); n != 0 || errno != 0 {
		t.Errorf("waking nobody: %d, %v", n, errno)
	}
}

// TestFutexWake checks that a wake of one wakes one, and that each is woken once.
func TestFutexWake(t *testing.T) {
	const waiters = 3
	ended := make(chan syscall.Errno, waiters)
	for range waiters {
		go func() {
			_, errno := futex(futexWait, int(word), nil)
			ended <- errno
		}()
	}
	for start, woken := time.Now(), 0; woken < waiters; {
		time.Sleep(time.Millisecond) // lets more than one of them wait
		n, errno := futex(futexWake, 1, nil)
		if n > 1 || errno != 0 || time.Since(start) > patience {
			t.Fatalf("a wake of one: %d, %v, after %v and %d before", n, errno, time.Since(start), woken)
		}
		woken += n
	}
	for range waiters {
		if errno := <-ended; errno != 0 {
			t.Errorf("a woken wait ended with %v", errno)
		}
	}
}
