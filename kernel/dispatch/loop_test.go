package dispatch

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"atoll/arch/shim"
)

// simHart is a hart whose time passes only while code runs on it, or while it waits for a
// time. What the code of a dispatcher does is said by its sim.
type simHart struct {
	now  uint64
	root uint64
	sims map[*shim.User]*sim
	kick chan struct{}
	stop uint32
	runs int
	ways int // how often it has been asked to give way
	t    testing.TB
}

// sim is the code of a dispatcher and its handler.
type sim struct {
	Dispatcher
	burst func() uint64 // ticks until it makes a call, 0: it spins
	call  func(l *Loop) *Dispatcher
	left  uint64 // of the burst
	used  uint64
	calls int

	alarms int
}

func newSimHart(t testing.TB) *simHart {
	return &simHart{now: 1, sims: map[*shim.User]*sim{}, kick: make(chan struct{}, 1), t: t}
}

func (h *simHart) add(root uint64, burst func() uint64, call func(l *Loop) *Dispatcher) *sim {
	s := &sim{burst: burst, call: call}
	s.Root, s.Handler = root, s
	h.sims[&s.User] = s
	return s
}

func (s *sim) Trap(l *Loop) *Dispatcher {
	s.calls++
	return s.call(l)
}

func (s *sim) Alarm(*Loop) { s.alarms++ }

func (h *simHart) Run(u *shim.User, until uint64, serve func() *shim.User) {
	for ; u != nil; u = serve() {
		h.once(u, until)
	}
}

func (h *simHart) Stop() *uint32 { return &h.stop }

func (h *simHart) once(u *shim.User, until uint64) {
	s := h.sims[u]
	h.root = u.Root
	if atomic.LoadUint32(&h.stop) != 0 || until <= h.now {
		u.Cause = shim.CauseStopped
		return
	}
	h.runs++
	if s.left == 0 && s.burst != nil {
		s.left = s.burst()
	}
	ran := until - h.now
	u.Cause = shim.CauseInterrupt
	if s.left != 0 && s.left <= ran {
		ran, u.Cause = s.left, shim.CauseUserCall
	}
	if s.left != 0 {
		s.left -= ran
	}
	h.now += ran
	s.used += ran
}

func (h *simHart) GiveWay() { h.ways++ }

func (h *simHart) Leave(root uint64) {
	if h.root == root {
		h.root = 0
	}
}

func (h *simHart) Now() uint64 { return h.now }

func (h *simHart) Wait(until uint64) {
	select {
	case <-h.kick:
		return
	default:
	}
	if until != Forever {
		h.now = max(h.now, until)
		return
	}
	<-h.kick
}

func (h *simHart) Kick() {
	select {
	case h.kick <- struct{}{}:
	default:
	}
}

func ticks(n uint64) func() uint64 { return func() uint64 { return n } }

// Two that spin and one that calls share the hart.
// Sabotage: in run, do not charge.
func TestLoopShares(t *testing.T) {
	h := newSimHart(t)
	l := New(h, NewScheduler(slice))
	a := h.add(1, nil, nil)
	b := h.add(2, nil, nil)
	var c *sim
	c = h.add(3, ticks(7), func(l *Loop) *Dispatcher {
		if c.calls == 20_000 {
			l.Stop()
		}
		return &c.Dispatcher
	})
	for _, s := range []*sim{a, b, c} {
		l.Wake(&s.Dispatcher)
	}
	l.Run()
	for _, s := range []*sim{a, b, c} {
		if s.used+2*slice < h.now/3 || s.used > h.now/3+2*slice {
			t.Errorf("dispatcher of space %d has had %d of %d ticks", s.Root, s.used, h.now)
		}
	}
}

// A direct switch goes straight to the other, past all that are ready, and what the other
// does within the slice the first one pays for. Sabotage: in run, charge
// d.
func TestLoopSwitch(t *testing.T) {
	h := newSimHart(t)
	l := New(h, NewScheduler(slice))
	spin := h.add(1, nil, nil)
	var client, server *sim
	late := 0
	client = h.add(2, ticks(3), func(l *Loop) *Dispatcher {
		if client.calls == 30_000 {
			l.Stop()
		}
		return l.Switch(&client.Dispatcher, &server.Dispatcher)
	})
	server = h.add(3, ticks(9), func(l *Loop) *Dispatcher {
		if server.calls > client.calls {
			late++
		}
		return l.Switch(&server.Dispatcher, &client.Dispatcher)
	})
	l.Wake(&spin.Dispatcher)
	l.Wake(&client.Dispatcher)
	l.Run()
	if late != 0 || server.used+2*slice < 3*client.used || server.used > 3*client.used+2*slice {
		t.Errorf("client %d, server %d ticks; %d calls out of turn", client.used, server.used, late)
	}
	// The pair has between one share and two.
	if spin.used+2*slice < h.now/3 || spin.used > h.now/2+2*slice {
		t.Errorf("beside them one that spins has had %d of %d ticks", spin.used, h.now)
	}
}

// Who sleeps until a time runs at that time, beside one that spins, and a wake before it
// ends the sleep. Sabotages: in Run, do not bound a run by the next alarm; in Wake, leave
// out disarm.
func TestLoopAlarm(t *testing.T) {
	h := newSimHart(t)
	l := New(h, NewScheduler(slice))
	late := 0 // times
	var sleeper *sim
	wanted, woken := uint64(0), false
	sleeper = h.add(1, ticks(1), func(l *Loop) *Dispatcher {
		if wanted != 0 && h.now > wanted+1 {
			late++
		}
		if sleeper.calls == 500 {
			l.Stop()
		}
		wanted = h.now + 100 + uint64(sleeper.calls)%77
		l.Sleep(&sleeper.Dispatcher, wanted)
		return nil
	})
	spin := h.add(2, nil, nil)
	other := h.add(3, ticks(50), func(l *Loop) *Dispatcher { return nil })
	l.Wake(&sleeper.Dispatcher)
	l.Wake(&spin.Dispatcher)
	l.Sleep(&other.Dispatcher, 1<<40)
	other.call = func(l *Loop) *Dispatcher {
		woken = true
		l.Sleep(&other.Dispatcher, Forever)
		return nil
	}
	l.Wake(&other.Dispatcher)
	l.Run()
	// At the beginning the other has not used its share either.
	if late > 5 {
		t.Errorf("it was late %d times of %d", late, sleeper.calls)
	}
	if sleeper.alarms != sleeper.calls-1 || other.alarms != 0 {
		t.Errorf("in %d calls it was told of %d alarms, who was woken before of %d", sleeper.calls, sleeper.alarms, other.alarms)
	}
	if d, _ := l.alarms.min(); !woken || d == &other.Dispatcher {
		t.Error("who was woken before its time waits for it still, or has not run")
	}
}

// Who is woken by a call of one that has had more of the hart runs at once.
// Sabotage: in Wake, do not set yield.
func TestLoopYield(t *testing.T) {
	h := newSimHart(t)
	l := New(h, NewScheduler(slice))
	var busy, light *sim
	var woken uint64
	waits := 0
	busy = h.add(1, ticks(10), func(l *Loop) *Dispatcher {
		switch {
		case busy.calls == 5000:
			l.Stop()
		case busy.calls > 300 && busy.calls%7 == 0 && woken == 0:
			woken = h.now
			l.Wake(&light.Dispatcher)
		}
		return &busy.Dispatcher
	})
	light = h.add(2, ticks(1), func(l *Loop) *Dispatcher {
		if h.now > woken+1 {
			waits++
		}
		woken = 0
		l.Sleep(&light.Dispatcher, Forever)
		return nil
	})
	l.Wake(&busy.Dispatcher)
	l.Run()
	if light.calls < 100 || waits > 0 {
		t.Errorf("of %d times it had to wait %d", light.calls, waits)
	}
}

// Other goroutines wake dispatchers at any time, and none of the wakes is lost.
// Sabotages: in WakeLater, leave out Kick; in take, set stop to 0 before the lock is taken
// and look at the list without it (found with -race).
func TestLoopWakeLater(t *testing.T) {
	h := newSimHart(t)
	l := New(h, NewScheduler(slice))
	const n = 8
	var sims [n]*sim
	var done [n]chan struct{}
	for i := range sims {
		done[i] = make(chan struct{}, 1)
		sims[i] = h.add(uint64(i+1), ticks(5), func(l *Loop) *Dispatcher {
			l.Sleep(&sims[i].Dispatcher, Forever)
			done[i] <- struct{}{}
			return nil
		})
	}
	var wg sync.WaitGroup
	for i := range sims {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), 2))
			for range 300 {
				l.WakeLater(&sims[i].Dispatcher)
				if r.IntN(4) == 0 {
					time.Sleep(time.Duration(r.IntN(20)) * time.Microsecond)
				}
				select {
				case <-done[i]:
				case <-time.After(20 * time.Second):
					t.Errorf("dispatcher %d was woken and has not run", i)
					return
				}
			}
		})
	}
	go func() {
		wg.Wait()
		l.Stop()
	}()
	l.Run()
}

// Who answers other cores comes first between any two runs of those that spin.
// Sabotage: in Run, leave out GiveWay.
func TestLoopGivesWay(t *testing.T) {
	h := newSimHart(t)
	l := New(h, NewScheduler(slice))
	for root := range uint64(10) {
		spins := h.add(1+root, nil, nil)
		l.Wake(&spins.Dispatcher)
	}
	const runs = 1000
	ends := h.add(20, ticks(1), func(l *Loop) *Dispatcher { l.Stop(); return nil })
	l.Sleep(&ends.Dispatcher, runs*slice)
	l.Run()
	if h.runs < runs/2 || h.ways < h.runs {
		t.Errorf("the loop gave way %d times in %d runs", h.ways, h.runs)
	}
}

// Who has ended runs no more, whoever wakes it, and its address space is not in use.
// Sabotages: in Wake, do not look at ended; in Forget, leave out Leave; in End, leave out Remove.
func TestLoopEnd(t *testing.T) {
	h := newSimHart(t)
	l := New(h, NewScheduler(slice))
	var a, b *sim
	a = h.add(1, ticks(5), func(l *Loop) *Dispatcher {
		l.End(&a.Dispatcher)
		if h.root == a.Root {
			t.Error("the address space of one that has ended is in use")
		}
		if a.turn.queued || a.group != nil {
			t.Error("it is in a queue, though its memory may be another's")
		}
		l.Wake(&a.Dispatcher)
		l.WakeLater(&a.Dispatcher)
		return nil
	})
	b = h.add(2, ticks(slice), func(l *Loop) *Dispatcher {
		if b.calls == 10 {
			l.Stop()
		}
		return &b.Dispatcher
	})
	l.Wake(&a.Dispatcher)
	l.Wake(&b.Dispatcher)
	l.Run()
	if a.calls != 1 {
		t.Errorf("it has run %d times after its end", a.calls-1)
	}
}

// Who ends while it pays is not charged: its memory may be somebody else's by then.
// Sabotage: in End, leave the payer.
func TestLoopEndPayer(t *testing.T) {
	h := newSimHart(t)
	l := New(h, NewScheduler(slice))
	var ends *sim
	ends = h.add(2, ticks(3), func(l *Loop) *Dispatcher {
		l.End(&ends.Dispatcher)
		ends.turn = turn[Dispatcher]{}
		l.Stop()
		return nil
	})
	l.Wake(&ends.Dispatcher)
	l.Run()
	if ends.turn.key != 0 {
		t.Errorf("who has ended was charged %d ticks", ends.turn.key)
	}
}

// Who ends has its time charged to its group, which so has no more of the hart by dispatchers
// that each end in their first turn. Sabotage: in End, do not charge.
func TestLoopEndCharges(t *testing.T) {
	h := newSimHart(t)
	l := New(h, NewScheduler(slice))
	var bomb, rivals Group
	used := uint64(0)
	var next func()
	next = func() {
		var d *sim
		d = h.add(1, ticks(slice/3), func(l *Loop) *Dispatcher {
			used += d.used
			next()
			l.End(&d.Dispatcher)
			return nil
		})
		l.Join(&d.Dispatcher, &bomb)
		l.Wake(&d.Dispatcher)
	}
	next()
	var rival *sim
	rival = h.add(2, ticks(slice/3), func(l *Loop) *Dispatcher {
		if rival.calls == 600 {
			l.Stop()
		}
		return &rival.Dispatcher
	})
	l.Join(&rival.Dispatcher, &rivals)
	l.Wake(&rival.Dispatcher)
	l.Run()
	if used > rival.used+2*slice || used+2*slice < rival.used {
		t.Errorf("who ends and comes again has had %d ticks, the other %d", used, rival.used)
	}
}

// picker counts its turns.
type picker struct {
	*sim
	turns int
	ok    func() bool
}

func (p *picker) Picked(l *Loop) bool {
	p.turns++
	if p.ok() {
		return true
	}
	l.Sleep(&p.Dispatcher, Forever)
	return false
}

// Turns begin when a slice is over or somebody else has run, not at each interrupt; who does
// not want its turn does not run.
// Sabotage: in turn, do not look at last.
func TestLoopPicked(t *testing.T) {
	h := newSimHart(t)
	l := New(h, NewScheduler(slice))
	p := &picker{sim: h.add(1, nil, nil)}
	p.Handler, p.Picks = p, true
	// Other goroutines stop it in the middle of turns.
	const stops = 10
	left := stops
	var stop func()
	stop = func() {
		if left--; left > 0 {
			h.now++
			l.Do(stop)
		}
	}
	const turns = 5
	p.ok = func() bool {
		if p.turns > turns {
			l.Stop()
			return false
		}
		return true
	}
	l.Wake(&p.Dispatcher)
	l.Do(stop)
	l.Run()
	if p.turns != turns+1 || p.used > turns*slice || p.used+stops < turns*slice {
		t.Errorf("%d turns of %d ticks took %d", p.turns-1, slice, p.used)
	}
}

// idleHart ends the loop when that waits, and takes note of whether it said so.
type idleHart struct {
	*simHart
	l    *Loop
	idle bool
}

func (h *idleHart) Wait(uint64) {
	h.idle = h.l.Idle()
	h.l.Stop()
}

// The loop is idle while it waits, and then alone. Sabotages: in Run, say nothing before it waits, or after.
func TestLoopIdle(t *testing.T) {
	h := &idleHart{simHart: newSimHart(t)}
	l := New(h, NewScheduler(10))
	h.l = l
	l.Do(func() {
		if l.Idle() {
			t.Error("it is idle while it does something")
		}
	})
	l.Run()
	if !h.idle || l.Idle() {
		t.Errorf("idle while it waits: %t, afterwards: %t", h.idle, l.Idle())
	}
}

// Before the loop waits it does what it is told to do idly, and waits only if that has found nothing; a turn ends at a time that Picked has
// said. Sabotages: in Run, wait whatever is found; in Run, do it when somebody wants the hart; in Until, do nothing.
func TestLoopSetIdle(t *testing.T) {
	h := &idleHart{simHart: newSimHart(t)}
	l := New(h, NewScheduler(slice))
	h.l = l
	p := &picker{sim: h.add(1, nil, nil)}
	p.Handler, p.Picks = p, true
	const short, found = 3, 5
	p.ok = func() bool {
		if p.turns > 1 {
			l.Sleep(&p.Dispatcher, Forever)
			return false
		}
		l.Until(h.now + short)
		return true
	}
	looks := 0
	l.SetIdle(func() bool {
		if p.turns < 2 {
			t.Error("it is idle although somebody wants the hart")
		}
		looks++
		return looks < found
	})
	l.Wake(&p.Dispatcher)
	l.Run()
	if looks != found || p.used != short {
		t.Errorf("it has looked %d times; the turn took %d", looks, p.used)
	}
}
