package threads

import (
	"math/rand"
	"testing"

	"atoll/arch/upcall"
	"atoll/kernel/abi"
)

// hart is the hart and the kernel under a control: it has the registers of the thread that
// runs, and knows what those of all others must be.
type hart struct {
	t    *testing.T
	rnd  *rand.Rand
	c    *control
	runs uint64                      // the thread
	live upcall.Save                 // its registers
	kept [MaxThreads + 1]upcall.Save // what each thread had when it stopped
	all  [MaxThreads + 1]bool        // it was interrupted: all of that counts
	now  uint64
}

// newHart makes a control with so many threads, and room for as many as there can be.
func newHart(t *testing.T, seed int64, n int) *hart {
	h := &hart{t: t, rnd: rand.New(rand.NewSource(seed)), c: &control{}}
	h.c.queue.most = MaxThreads
	for range n {
		i := h.c.spawn(7, 8)
		h.kept[i], h.all[i] = h.c.threads[i].Save, true
	}
	h.c.note(uint64(abi.UpcallRun), 0, 0)
	h.next()
	return h
}

// next resumes whom the control picks, and checks that it has its registers.
func (h *hart) next() {
	for {
		s, all, i := h.c.pick(h.now)
		h.runs = i
		if i == none {
			if h.c.queue.count == 0 {
				return
			}
			h.now++ // CallWait
			if h.rnd.Intn(4) == 0 {
				h.c.Pending = 1 << abi.UpcallMessage
			}
			continue
		}
		if h.rnd.Intn(8) == 0 { // Resume finds something pending
			h.c.Pending = 1 << abi.Upcall(h.rnd.Intn(5))
			h.c.queue.goOn(i)
			continue
		}
		h.live = *s
		k := &h.kept[i]
		if h.all[i] != all {
			h.t.Fatalf("thread %d is resumed with all registers: %v", i, all)
		}
		if all && *k != *s {
			h.t.Fatalf("thread %d has other registers than before", i)
		}
		for _, r := range []int{upcall.RegPC, upcall.RegSP, upcall.RegG} {
			if k.X[r] != s.X[r] {
				h.t.Fatalf("thread %d has %#x in x%d, want %#x", i, s.X[r], r, k.X[r])
			}
		}
		return
	}
}

// scramble has the thread change its registers.
func (h *hart) scramble() {
	for i := range h.live.X {
		h.live.X[i] = h.rnd.Uint64()
		h.live.F[i] = h.rnd.Uint64()
	}
	h.live.FCSR = h.rnd.Uint64()
}

// upcall interrupts the thread that runs.
func (h *hart) upcall(why abi.Upcall, a, b uint64) {
	h.scramble()
	to := asSave(&h.c.Enabled)
	if why == abi.UpcallFault || why == abi.UpcallCall {
		to = asSave(&h.c.Trap)
	}
	*to = h.live
	h.kept[h.runs], h.all[h.runs] = h.live, true
	h.c.note(uint64(why), a, b)
	h.next()
}

// enter has the thread enter the scheduler: only what Enter saves is left.
func (h *hart) enter(why, a, b uint64) {
	h.scramble()
	s := &h.c.threads[h.runs].Save
	for _, r := range []int{upcall.RegPC, upcall.RegSP, upcall.RegG} {
		s.X[r] = h.live.X[r]
	}
	h.kept[h.runs], h.all[h.runs] = *s, false
	h.c.note(why, a, b)
	h.next()
}

// TestRegisters has random upcalls and calls of threads, and checks that each thread goes
// on with the registers it had: all of them if it was interrupted.
// Sabotage: no evict in pick.
func TestRegisters(t *testing.T) {
	for seed := range int64(200) {
		h := newHart(t, seed, 1+int(seed%5))
		if err := page4(h); err != nil {
			t.Fatal(err)
		}
		for step := 0; step < 500 && h.runs != none; step++ {
			switch op := h.rnd.Intn(14); op {
			case 0, 1, 2:
				h.upcall(abi.UpcallRun, 0, 0)
			case 3, 4:
				h.upcall(abi.UpcallMessage, 0, 0)
			case 5:
				h.upcall(abi.UpcallFault, 13, 4*page+uint64(h.rnd.Intn(page)))
			case 6:
				h.upcall(abi.UpcallTime, 0, 0)
			case 7:
				h.enter(whyWake, uint64(h.rnd.Intn(MaxThreads+9)), 0)
			case 8, 9:
				h.enter(whySleep, h.now+uint64(h.rnd.Intn(9)), never)
			case 10:
				h.enter(whySleep, h.now+uint64(h.rnd.Intn(90)), h.c.told)
			case 11:
				if i := h.c.queue.free(); i != none {
					h.enterSpawn(i)
				}
			case 12:
				switch h.rnd.Intn(9) {
				case 0:
					h.enter(upcall.Exit, 0, 0)
				case 1:
					h.upcall(abi.UpcallFault, 15, 5*page)
				case 2:
					h.upcall(abi.UpcallCall, 64, 0)
				}
			default:
				h.enter(whyYield, 0, 0)
			}
			h.now += uint64(h.rnd.Intn(2))
		}
	}
}

// enterSpawn has the thread make another, which begins with the registers of a new one.
func (h *hart) enterSpawn(i uint64) {
	h.all[i] = true
	h.kept[i] = upcall.Save{}
	h.kept[i].X[upcall.RegPC], h.kept[i].X[upcall.RegS0] = upcall.Begin(), 5
	h.kept[i].X[upcall.RegA0], h.kept[i].X[upcall.RegG] = 6, address(&h.c.threads[i])
	by := h.runs
	h.enter(whySpawn, 5, 6)
	if got := h.c.threads[by].Save.X[upcall.RegA0]; got != i {
		h.t.Fatalf("thread %d made, want %d", got, i)
	}
}

// page4 has page 4 paged.
func page4(h *hart) error {
	d := &Dispatcher{c: h.c}
	return d.Page(4*page, 5*page, func(word, cause, addr uint64) bool { return word == 9 }, 9)
}

// TestNoLostMessage has a message come between a thread's look and its sleep: it does not
// sleep. A thread that has looked since does.
// Sabotage: no comparison with told in call.
func TestNoLostMessage(t *testing.T) {
	c := &control{}
	c.queue.most = 1
	i := c.spawn(1, 1)
	c.note(uint64(abi.UpcallRun), 0, 0)
	c.pick(0)
	seen := c.told
	c.note(uint64(abi.UpcallMessage), 0, 0)
	c.pick(0)
	c.note(whySleep, forever, seen)
	if _, _, runs := c.pick(0); runs != i {
		t.Fatal("the thread sleeps over a message")
	}
	c.note(whySleep, forever, c.told)
	if _, _, runs := c.pick(0); runs != none {
		t.Fatal("the thread does not sleep, and has looked")
	}
	c.Pending = 1 << abi.UpcallMessage
	if _, _, runs := c.pick(0); runs != i || c.Pending != 0 {
		t.Fatal("a pending message wakes nobody, or stays")
	}
}

// TestEnds has threads end in all the ways there are, and reads how.
// Sabotage: no place for the cause in fault's End.
func TestEnds(t *testing.T) {
	c := &control{}
	c.queue.most = 3
	for range 3 {
		c.spawn(1, 1)
	}
	if c.spawn(1, 1) != none {
		t.Fatal("more threads than stacks")
	}
	c.note(uint64(abi.UpcallRun), 0, 0)
	ends := []func(){
		func() { c.note(upcall.Exit, 0, 0) },
		func() { c.Trap.X[0] = 77; c.note(uint64(abi.UpcallFault), 13, 42) },
		func() { c.note(uint64(abi.UpcallCall), 64, 0) },
	}
	want := []End{{How: Ended}, {Faulted, 13, 42, 77}, {Faulted, causeCall, 64, 77}}
	for n, end := range ends {
		_, _, i := c.pick(0)
		end()
		if got := c.threads[i].End; got != want[n] {
			t.Errorf("thread %d ended as %+v, want %+v", i, got, want[n])
		}
	}
	if _, _, i := c.pick(0); i != none || c.queue.count != 0 {
		t.Errorf("thread %d runs, of %d", i, c.queue.count)
	}
}

// TestNoStarving has three threads wake each other all the time, beside one that computes: it
// gets every other turn at least.
// Sabotage: no jumped in awake, so that who has woken is ahead always.
func TestNoStarving(t *testing.T) {
	c := &control{}
	c.queue.most, c.queue.turn = 4, 1
	for range 4 {
		c.spawn(1, 1)
	}
	c.note(uint64(abi.UpcallRun), 0, 0)
	const turns, calls = 20, 100
	had := 0 // turns of thread 4
	var step [5]uint64
	for range turns {
		for n := range calls {
			_, _, i := c.pick(0)
			if i == 4 {
				had++
			}
			if i == 4 || n == calls-1 {
				break
			}
			if step[i]++; step[i]%3 == 0 {
				c.note(whySleep, forever, never)
			} else {
				c.note(whyWake, (i-1+step[i]%3)%3+1, 0)
			}
		}
		c.note(uint64(abi.UpcallRun), 0, 0)
	}
	if had < turns/2 {
		t.Errorf("thread 4 has had %d of %d turns", had, turns)
	}
}
