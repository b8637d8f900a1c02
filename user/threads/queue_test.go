package threads

import (
	"math/rand"
	"slices"
	"testing"
)

// naive is the queue as its comments say it: lists.
type naive struct {
	ahead  []uint64
	ready  []uint64
	jumped map[uint64]uint64
	turn   uint64
	asleep []sleeper // in the order in which they began to sleep
	token  map[uint64]bool
	live   map[uint64]bool
	onTime map[uint64]bool
}

type sleeper struct {
	i, until uint64
	message  bool
}

// wakeIf wakes, in the order of their times, those for whom f holds.
func (n *naive) wakeIf(onTime bool, f func(sleeper) bool) {
	slices.SortStableFunc(n.asleep, func(a, b sleeper) int { return int(a.until) - int(b.until) })
	n.asleep = slices.DeleteFunc(n.asleep, func(s sleeper) bool {
		if f(s) {
			if n.jumped[s.i] == n.turn {
				n.ready = append(n.ready, s.i)
			} else {
				n.ahead = append(n.ahead, s.i)
			}
			n.jumped[s.i] = n.turn
			n.onTime[s.i] = onTime
		}
		return f(s)
	})
}

// TestQueue does random things to a queue, and to lists that say what it must do.
// Sabotage: `<` instead of `<=` in sleep, and threads of one time wake in the wrong order.
func TestQueue(t *testing.T) {
	for seed := range int64(300) {
		rnd := rand.New(rand.NewSource(seed))
		q := queue{most: MaxThreads}
		n := &naive{token: map[uint64]bool{}, live: map[uint64]bool{}, onTime: map[uint64]bool{}, jumped: map[uint64]uint64{}}
		now, current := uint64(0), uint64(none)
		for step := range 400 {
			i := 1 + uint64(rnd.Intn(MaxThreads))
			switch op := rnd.Intn(12); {
			case op == 0 || op == 1:
				got := q.add()
				if (got == none) != (len(n.live) == MaxThreads) || n.live[got] {
					t.Fatalf("seed %d, step %d: thread %d added to %d", seed, step, got, len(n.live))
				}
				if got != none {
					n.live[got] = true
					delete(n.onTime, got)
					delete(n.jumped, got)
					n.ready = append(n.ready, got)
				}
			case op == 2:
				q.wake(i)
				switch {
				case slices.ContainsFunc(n.asleep, func(s sleeper) bool { return s.i == i }):
					n.wakeIf(false, func(s sleeper) bool { return s.i == i })
				case n.live[i]:
					n.token[i] = true
				}
			case op == 3:
				q.message()
				n.wakeIf(false, func(s sleeper) bool { return s.message })
			case op == 4:
				now += uint64(rnd.Intn(5))
				q.expire(now)
				n.wakeIf(true, func(s sleeper) bool { return s.until <= now })
			case current == none:
				current = q.take()
				if want := n.take(); current != want {
					t.Fatalf("seed %d, step %d: %d taken, want %d", seed, step, current, want)
				}
				if current != none && q.places[current].onTime != n.onTime[current] {
					t.Fatalf("seed %d, step %d: thread %d woke on time: %v", seed, step, current, q.places[current].onTime)
				}
			case op == 5:
				q.push(current)
				n.ready, current = append(n.ready, current), none
			case op == 6:
				q.goOn(current)
				n.ready, current = slices.Insert(n.ready, 0, current), none
			case op == 10:
				q.keep(current)
				n.ahead, current = slices.Insert(n.ahead, 0, current), none
			case op == 11:
				q.push(current)
				n.ready, current = append(n.ready, current), none
				q.turn++
				n.turn++
			case op == 7 && rnd.Intn(3) == 0:
				q.end(current)
				delete(n.live, current)
				delete(n.token, current)
				current = none
			default:
				until, message := now+uint64(rnd.Intn(20)), rnd.Intn(2) == 0
				slept := q.sleep(current, until, message)
				if slept == n.token[current] {
					t.Fatalf("seed %d, step %d: slept=%v with a token %v", seed, step, slept, n.token[current])
				}
				if delete(n.token, current); !slept {
					n.onTime[current] = false
					continue
				}
				n.asleep, current = append(n.asleep, sleeper{current, until, message}), none
			}
			if q.count != uint64(len(n.live)) {
				t.Fatalf("seed %d, step %d: %d threads, want %d", seed, step, q.count, len(n.live))
			}
			want := uint64(forever)
			for _, s := range n.asleep {
				want = min(want, s.until)
			}
			if q.alarm() != want {
				t.Fatalf("seed %d, step %d: the next alarm is at %d, want %d", seed, step, q.alarm(), want)
			}
		}
	}
}

// take takes the first of all.
func (n *naive) take() (i uint64) {
	for _, l := range []*[]uint64{&n.ahead, &n.ready} {
		if len(*l) > 0 {
			i, *l = (*l)[0], (*l)[1:]
			return i
		}
	}
	return none
}
