package monitor

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"atoll/arch/layout"
	"atoll/monitor/grant"
	"atoll/monitor/message"
)

// A storm kills, freezes and restarts the cores of a machine at random while all
// of them stream to one another and call one another.
type storm struct {
	t        *testing.T
	m        *machine
	n        int
	r        *rand.Rand
	calls    sync.WaitGroup
	done     chan struct{}
	calm     atomic.Bool
	thaws    []thaw
	mu       sync.Mutex
	log      []string
	bookings []*booking
}

type thaw struct {
	core int
	at   time.Time
	do   func()
}

func newStorm(t *testing.T, m *machine, seed uint64) *storm {
	return &storm{t: t, m: m, n: len(m.harts), r: rand.New(rand.NewPCG(seed, 99)), done: make(chan struct{})}
}

func (s *storm) note(format string, a ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(s.log, fmt.Sprintf("%v %s", time.Since(s.m.born).Round(time.Microsecond), fmt.Sprintf(format, a...)))
}

// living are the cores that run and are not about to end. frozen ones count.
func (s *storm) living() (list []int) {
	for core, h := range s.m.harts {
		if l := h.now(); l.running && !l.doomed {
			list = append(list, core)
		}
	}
	return list
}

func (s *storm) frozen(core int) bool { return s.m.harts[core].now().frozen }

// owner is the core that has the console, -1 if it is dead.
func (s *storm) owner() int {
	s.m.mu.Lock()
	core, life := s.m.owner, s.m.ownerLife
	s.m.mu.Unlock()
	if l := s.m.harts[core].now(); !l.running || l.doomed || l.incarnation != life {
		return -1
	}
	return core
}

// watch checks at all times that nobody takes a core for dead whose hart runs.
func (s *storm) watch() {
	defer s.calls.Done()
	for {
		for a := range s.m.harts {
			if l := s.m.harts[a].now(); !l.running {
				continue
			}
			for b, life := range s.m.mon(a).Lives() {
				l := s.m.harts[b].now()
				if l.incarnation != life.Incarnation || !l.running || a == b {
					continue
				}
				if life.State == Dead {
					s.t.Errorf("core %d takes core %d for dead in incarnation %d, but its hart runs", a, b, life.Incarnation)
				}
				if life.State == Zombie && l.disturbed == 0 {
					s.t.Errorf("core %d takes core %d for a zombie in incarnation %d, but it was never disturbed", a, b, life.Incarnation)
				}
			}
		}
		gap := 5 * time.Millisecond
		if s.calm.Load() { // minutes in which little happens
			gap = 50 * time.Millisecond
		}
		select {
		case <-s.done:
			return
		case <-time.After(gap):
		}
	}
}

// asker calls other cores from one core as long as that lives, and checks that a
// call between two that lived all the time succeeds.
func (s *storm) asker(core int) {
	defer s.calls.Done()
	r := rand.New(rand.NewPCG(uint64(core), 5))
	for {
		select {
		case <-s.done:
			return
		case <-time.After(time.Duration(r.IntN(300)) * time.Millisecond):
		}
		h := s.m.harts[core]
		before := h.now()
		if to := r.IntN(s.n); before.running {
			there := s.m.harts[to].now()
			life := s.m.mon(core).Lives()[to]
			start := time.Now()
			_, err := query(s.m.mon(core), to, askForReport, askTime, message.None{})
			if d := time.Since(start); d > askTime+time.Second {
				s.t.Errorf("a call from core %d to core %d took %v", core, to, d)
			}
			if err != nil && s.same(core, before) && s.same(to, there) && life.State == Up && life.Incarnation == there.incarnation &&
				s.m.mon(core).Lives()[to].State == Up {
				s.t.Errorf("at %v core %d asked core %d, and both lived: %v", time.Since(s.m.born), core, to, err)
			}
		}
	}
}

// same reports whether a core has run since, in the same life.
func (s *storm) same(core int, then simInstance) bool {
	now := s.m.harts[core].now()
	return now.running && then.running && now.incarnation == then.incarnation && now.disturbed == then.disturbed &&
		!now.doomed && !now.frozen && !now.hangs
}

// strike does one random thing.
func (s *storm) strike() {
	for len(s.thaws) > 0 && time.Now().After(s.thaws[0].at) {
		s.note("thaw %d", s.thaws[0].core)
		s.thaws[0].do()
		s.thaws = s.thaws[1:]
	}
	living := s.living()
	victim := living[s.r.IntN(len(living))]
	if s.r.IntN(4) == 0 && s.owner() >= 0 {
		victim = s.owner()
	}
	sound := slices.DeleteFunc(living, func(c int) bool { l := s.m.harts[c].now(); return l.frozen || l.hangs })
	last := len(sound) <= 1 // somebody must be left who can act
	switch what := s.r.IntN(14); {
	case what < 4 && !(last && slices.Contains(sound, victim)) && !s.frozen(victim):
		cause := layout.Cause(1 + s.r.IntN(6))
		quiet := s.r.IntN(5) == 0
		s.note("kill %d quiet=%v", victim, quiet)
		s.m.harts[victim].kill(cause, quiet)
	case what == 4 && !last && slices.Contains(sound, victim):
		s.note("hang %d", victim)
		s.m.harts[victim].stall()
	case what == 5 && !last && slices.Contains(sound, victim):
		d := time.Duration(s.r.IntN(20_000)) * time.Millisecond
		s.note("freeze %d for %v", victim, d)
		s.thaws = append(s.thaws, thaw{victim, time.Now().Add(d), s.m.harts[victim].freeze()})
		slices.SortFunc(s.thaws, func(a, b thaw) int { return a.at.Compare(b.at) })
	case what < 10:
		s.restart(s.r.IntN(s.n))
	}
}

// restart has the owner start a core, if that is dead, and does not wait.
func (s *storm) restart(core int) {
	owner := s.owner()
	if owner < 0 || s.frozen(owner) || owner == core {
		return
	}
	mon := s.m.mon(owner)
	mon.do(func() {
		if _, err := mon.restart(core); err == nil {
			s.note("core %d starts core %d", owner, core)
		}
	})
}

// stream lets a core stream to all others, unless the storm is over.
func (s *storm) stream(core int, mon *Monitor) {
	set := uint64(1<<s.n-1) &^ (1 << core)
	if s.calm.Load() {
		set = 0
	}
	mon.do(func() {
		err := mon.soakTo(set)
		if s.works() {
			err = errors.Join(err, mon.workWith(set))
		}
		if err != nil {
			s.t.Error(err)
		}
	})
}

// settle ends the storm: all thaw, all are started again, and all is quiet.
func (s *storm) settle() {
	for _, t := range s.thaws {
		s.note("thaw %d", t.core)
		t.do()
	}
	s.thaws = nil
	s.calm.Store(true) // a storm takes little time for who waits, but not for who sends
	for core := range s.n {
		s.stream(core, s.m.mon(core))
	}
	time.Sleep(2 * time.Minute) // every watch has had its time
	for range 3 {
		for core := range s.n {
			if !s.m.harts[core].now().running {
				s.note("start %d", core)
				s.restart(core)
				time.Sleep(time.Minute)
			}
		}
	}
}

// check looks at what is left when all is quiet.
func (s *storm) check() {
	owner := s.owner()
	for a := range s.n {
		mon := s.m.mon(a)
		for b, life := range mon.Lives() {
			if l := s.m.harts[b].now(); life.State != Up || life.Incarnation != l.incarnation || !l.running {
				s.t.Errorf("core %d takes core %d for %v in incarnation %d, of %d, running: %v", a, b, life.State, life.Incarnation, l.incarnation, l.running)
			}
		}
		s.inside(a, func(m *Monitor) {
			if m.owner != owner {
				s.t.Errorf("core %d takes core %d for the owner, not core %d", a, m.owner, owner)
			}
			if len(m.calls) > 0 || len(m.dying) > 0 || len(m.lines.held) > 0 || m.heirDeadline != 0 {
				s.t.Errorf("core %d has %d calls, %d deaths and %d lines left, and an heir to wait for: %v", a, len(m.calls), len(m.dying), len(m.lines.held), m.heirDeadline != 0)
			}
			for _, p := range m.order {
				if !p.linked || p.lost != nil || len(p.outbox) > 0 {
					_, with := p.ch.Peer()
					mine, theirs := p.ch.Lines()
					s.t.Errorf("core %d and core %d: linked %v, lost %v, %d messages wait, %v with %d, %v; %x and %x", a, p.core, p.linked, p.lost, len(p.outbox), p.ch.State(), with, p.ch.Err(), *mine, *theirs)
				}
			}
		})
	}
}

// inside has the event loop of a core call f.
func (s *storm) inside(core int, f func(m *Monitor)) {
	mon := s.m.mon(core)
	done := make(chan struct{})
	mon.do(func() { f(mon); close(done) })
	select {
	case <-done:
	case <-time.After(time.Minute):
		s.t.Errorf("core %d does nothing", core)
	}
}

// checkStreams ends the streams and checks that nothing was lost, doubled or
// reordered between the living.
func (s *storm) checkStreams() {
	s.calm.Store(false)
	for core := range s.n {
		s.stream(core, s.m.mon(core))
	}
	time.Sleep(time.Second)
	for core := range s.n {
		s.inside(core, func(m *Monitor) { m.soakTo(0) })
	}
	time.Sleep(10 * time.Second)
	reports := make([][]SoakReport, s.n)
	received := uint64(0)
	for core := range s.n {
		s.inside(core, func(m *Monitor) { reports[core] = append(reports[core], m.soak.streams[:s.n]...) })
		for from, r := range reports[core] {
			if r.Lost+r.Doubled+r.Reordered+r.Alien > 0 {
				s.t.Errorf("core %d from core %d: %+v", core, from, r)
			}
			received += r.Received
		}
	}
	for a := range s.n {
		for b := range s.n {
			if a != b && reports[a] != nil && reports[b] != nil && reports[a][b].Sent != reports[b][a].Next-1 {
				s.t.Errorf("core %d has sent %d to core %d, which has received %d", a, reports[a][b].Sent, b, reports[b][a].Next-1)
			}
		}
	}
	if received == 0 {
		s.t.Error("nothing was received at all")
	}
}

// run is a storm of so many blows.
func (s *storm) run(blows int) {
	s.m.reborn = func(core int, mon *Monitor) { s.stream(core, mon); takeAll(mon); s.choose(mon) }
	for core := range s.n {
		takeAll(s.m.mon(core))
		s.choose(s.m.mon(core))
		s.stream(core, s.m.mon(core))
		s.calls.Add(3)
		go s.asker(core)
		go s.namer(core)
		go s.lender(core)
	}
	s.calls.Add(1)
	go s.watch()
	for range blows {
		if s.t.Failed() {
			break
		}
		time.Sleep(time.Duration(s.r.IntN(1500)) * time.Millisecond)
		s.strike()
	}
	s.settle()
	close(s.done)
	s.calls.Wait()
	time.Sleep(time.Second)
	s.check()
	s.checkNames()
	s.checkStreams()
	s.checkWork()
	s.checkFrames()
	if s.t.Failed() {
		s.t.Logf("what happened:\n%s", strings.Join(s.log, "\n"))
		for _, l := range s.m.console.all() {
			s.t.Logf("%d: %s", l.core, strings.TrimSpace(l.text))
		}
	}
}

// lender takes frames, grants and frees them from one core as long as that lives. That
// no core takes frames which another still maps, MapFrames checks.
func (s *storm) lender(core int) {
	defer s.calls.Done()
	r := rand.New(rand.NewPCG(uint64(core), 6))
	var own []*grant.Memory // of this life; a binding's is not to be touched
	var life *Monitor
	for {
		select {
		case <-s.done:
			return
		case <-time.After(time.Duration(r.IntN(300)) * time.Millisecond):
		}
		mon, what, to := s.m.mon(core), r.IntN(4), r.IntN(s.n)
		mon.do(func() {
			if life != mon {
				life, own = mon, nil
			}
			switch {
			case what == 0 && len(own) > 3:
				mon.grants.Free(own[0], nil)
				own = own[1:]
			case what < 2 && len(own) < 6 && mon.openPool() == nil:
				if memory, err := mon.grants.New(uint64(1 + to)); err == nil {
					own = append(own, memory)
				}
			case len(own) > 0:
				mon.grants.Give(own[to%len(own)], to, layout.R, grant.ForBroadcast, [3]uint64{}, nil) // may have died
			}
		})
	}
}

// takeAll lets a core take grants that are for all.
func takeAll(m *Monitor) {
	m.do(func() { m.grants.Take(grant.ForBroadcast, func(*grant.Held) grant.Why { return 0 }) })
}

// works reports whether the cores work in this storm, beside all else: in every third,
// for it takes long.
func (s *storm) works() bool { return s.m.seed%3 == 2 }

// checkWork checks that no two cores have had two outcomes of an operation, that no
// message over a binding was another than the next, and that all is given back. Who was
// frozen may have lost a binding to one that lives.
func (s *storm) checkWork() {
	for core := range s.n {
		s.stream(core, s.m.mon(core))
		s.inside(core, func(m *Monitor) { m.workWith(0) })
	}
	time.Sleep(2 * soakFate)
	var all WorkReport
	for core := range s.n {
		s.inside(core, func(m *Monitor) {
			r := m.workReport()
			if r.False+r.Alien+r.Running+r.Ends+r.Opening > 0 {
				s.t.Errorf("the work of core %d: %+v", core, r)
			}
			all.Judged += r.Judged
			all.Messages += r.Messages
			all.Bound += r.Bound
			all.Broken += r.Broken
			all.Failed += r.Failed
		})
	}
	s.note("work: %+v", all)
	if s.works() && (all.Judged == 0 || all.Messages == 0) {
		s.t.Errorf("little work was done: %+v", all)
	}
}

// checkFrames frees all frames and checks that they are free, and mapped nowhere.
func (s *storm) checkFrames() {
	given := 0
	for core := range s.n {
		s.inside(core, func(m *Monitor) {
			given += len(m.grants.Account().Given)
			for _, memory := range m.grants.Memory() {
				m.grants.Free(memory, nil)
			}
			m.openPool()
		})
	}
	time.Sleep(time.Second)
	for core := range s.n {
		s.inside(core, func(m *Monitor) {
			if err := m.openPool(); err != nil || m.grants.Frames() != simPoolPages || m.grants.Dropped > 0 {
				s.t.Errorf("core %d has %d frames of %d, and dropped %d messages: %v", core, m.grants.Frames(), simPoolPages, m.grants.Dropped, err)
			}
		})
		if n := s.m.harts[core].mappedFrames(); n > 0 {
			s.t.Errorf("core %d maps %d frames", core, n)
		}
	}
	if given == 0 {
		s.t.Error("nothing was granted when the storm was over")
	}
}

// Whatever dies, hangs, stands still or starts, in whatever order: no core is
// taken for dead whose hart runs, none for a zombie that was not disturbed, one
// core owns the console, all know the same in the end, and nothing is lost between
// those that live.
func TestStorm(t *testing.T) {
	seeds := uint64(3)
	if os.Getenv("ATOLL_SOAK") != "" {
		seeds = 12
	}
	if s := os.Getenv("ATOLL_STORMS"); s != "" {
		fmt.Sscan(s, &seeds)
	}
	for seed := uint64(0); seed < seeds; seed += every {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			n := 2 + int(seed)%4
			synctest.Test(t, func(t *testing.T) {
				m := newMachine(t, config{cores: n, seed: seed, tick: 100 * time.Microsecond})
				defer m.close()
				m.up()
				newStorm(t, m, seed).run(30)
			})
		})
	}
}
