package inside

import (
	"testing"
	"time"

	"atoll/arch/sbi"
	"atoll/arch/shim"
	"atoll/kernel"
)

// in returns the time CSR after a span from now.
func in(d time.Duration) uint64 { return shim.Now() + shim.Ticks(d) }

// drain takes the events that an earlier test has left.
func drain() {
	for range 10 {
		if shim.WaitEvent(in(0)) == shim.EventTimeout {
			return
		}
	}
}

// wantEvent waits for the event and checks that nothing else comes in.
func wantEvent(t *testing.T, want shim.Event) {
	t.Helper()
	if e := shim.WaitEvent(in(patience)); e != want {
		t.Errorf("events %#x, want %#x", e, want)
	}
}

func TestPostBeforeWait(t *testing.T) {
	drain()
	shim.Post()
	shim.Post()
	wantEvent(t, shim.EventLocal)
	if e := shim.WaitEvent(in(time.Millisecond)); e != shim.EventTimeout {
		t.Errorf("events %#x after all were fetched", e)
	}
}

// TestPostWakes posts while the event loop waits: alone, and beside goroutines that
// spin on every P.
func TestPostWakes(t *testing.T) {
	drain()
	wake := func() {
		for range 10 {
			go func() {
				time.Sleep(time.Millisecond)
				shim.Post()
			}()
			wantEvent(t, shim.EventLocal)
		}
	}
	wake()
	spin(1, 2, wake)
	spin(2, 4, wake)
}

func TestWaitTimeout(t *testing.T) {
	drain()
	until := in(20 * time.Millisecond)
	e := shim.WaitEvent(until)
	if now := shim.Now(); e != shim.EventTimeout || now < until || shim.Duration(now-until) > patience {
		t.Errorf("events %#x, %v after the bound", e, shim.Duration(now-until))
	}
}

// TestDoorbell rings the hart's own doorbell, from outside and inside a wait.
func TestDoorbell(t *testing.T) {
	drain()
	before := shim.ReadStats().Doorbells
	ring := func() {
		if err := sbi.SendIPI(1, shim.Row().Hart); err != 0 {
			t.Errorf("SBI send_ipi: error %d", err)
		}
	}
	ring()
	wantEvent(t, shim.EventDoorbell)
	go func() {
		time.Sleep(time.Millisecond)
		ring()
	}()
	wantEvent(t, shim.EventDoorbell)
	if n := shim.ReadStats().Doorbells - before; n != 2 {
		t.Errorf("%d doorbells were counted, want 2", n)
	}
}

// TestMonitorRests has the hart wake up often. The runtime's monitor is not to run each
// time, nor is a thread that looks for work: each would be two switches of threads.
func TestMonitorRests(t *testing.T) {
	drain()
	kernel.KeepPoller()
	time.Sleep(time.Millisecond) // who is to wait for timers does
	const waits = 200
	before := shim.ReadStats().Switches
	for range waits {
		shim.WaitEvent(in(100 * time.Microsecond))
	}
	if n := shim.ReadStats().Switches - before; n > waits {
		t.Errorf("%d switches of threads in %d waits", n, waits)
	}
}

// TestKick kicks before a wait, which ends once for it, lets a wait come to its time, and
// kicks who waits: alone, and beside goroutines that spin on every P.
func TestKick(t *testing.T) {
	wait := func(what string, bound time.Duration, kicked bool) {
		t.Helper()
		until := in(bound)
		shim.WaitKick(until)
		if late := shim.Now() >= until; late == kicked {
			t.Errorf("%s: kicked %v, want %v", what, !late, kicked)
		}
	}
	shim.Kick()
	shim.Kick()
	wait("before", patience, true)
	wait("nobody", 2*time.Millisecond, false)
	wake := func() {
		for range 10 {
			go func() {
				time.Sleep(time.Millisecond)
				shim.Kick()
			}()
			wait("while it waits", patience, true)
		}
	}
	wake()
	spin(1, 2, wake)
	spin(2, 4, wake)
	wait("after all", 2*time.Millisecond, false)
}
