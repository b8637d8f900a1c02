package dispatch

import (
	"slices"
	"testing"
)

// What other goroutines leave for the loop is done there in its order, beside a dispatcher
// that spins.
// Sabotage: in Do, do not set stop.
func TestLoopDo(t *testing.T) {
	h := newSimHart(t)
	l := New(h, NewScheduler(slice))
	spinner := h.add(1, nil, nil)
	l.Wake(&spinner.Dispatcher)
	var order []int
	go func() {
		for i := range 10 {
			l.Do(func() { order = append(order, i) })
		}
		l.Do(l.Stop)
	}()
	l.Run()
	if !slices.Equal(order, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}) {
		t.Errorf("the order was %v", order)
	}
}

// A long work goes on to its end, with and without dispatchers, and these run between its
// parts.
// Sabotages: in Run, wait although there are chores; in doChores, call part until it is done.
func TestLoopChore(t *testing.T) {
	for _, busy := range []bool{false, true} {
		h := newSimHart(t)
		l := New(h, NewScheduler(slice))
		if spinner := h.add(1, nil, nil); busy {
			l.Wake(&spinner.Dispatcher)
		}
		const parts = 5
		done, last := 0, -1
		l.Chore(func() bool {
			if done++; busy && h.runs == last {
				t.Errorf("nobody has run before part %d", done)
			}
			if last = h.runs; done == parts {
				l.Stop()
			}
			return done < parts
		})
		l.Run()
		if done != parts {
			t.Errorf("%d parts were done, want %d", done, parts)
		}
	}
}
