package monitor

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"atoll/arch/layout"
	"atoll/monitor/replica"
	"atoll/monitor/route"
)

// booking is what a core of a storm was told of a name that it wanted.
type booking struct {
	name   string
	core   int
	life   uint32
	number uint32
	state  bookingState
}

type bookingState uint8

const (
	booked  bookingState = iota // done, and not given back
	refused                     // not done
	over                        // given back
	unclear                     // begun, and its end not seen
)

// namer registers names of few and takes them back, from one core as long as that lives.
// Each try has a number of its own, so that its outcome can be told in the end.
func (s *storm) namer(core int) {
	defer s.calls.Done()
	r := rand.New(rand.NewPCG(uint64(core), 7))
	var held *booking
	for n := uint32(0); ; n++ {
		select {
		case <-s.done:
			return
		case <-time.After(time.Duration(r.IntN(200)) * time.Millisecond):
		}
		h := s.m.harts[core]
		before := h.now()
		mon := s.m.mon(core)
		if !before.running || mon.incarnation != before.incarnation {
			continue
		}
		if held != nil && held.life == before.incarnation {
			s.giveBack(core, before, held)
			held = nil
			continue
		}
		b := &booking{fmt.Sprint("name", r.IntN(4)), core, before.incarnation, n<<8 | uint32(core), unclear}
		s.mu.Lock()
		s.bookings = append(s.bookings, b)
		s.mu.Unlock()
		name, _ := replica.NameOf(b.name)
		start := time.Now()
		switch err := s.operate(mon, &Operation{replica.Put, true, replica.PutData(name, b.number)}); {
		case time.Since(start) > nameTime+time.Second:
			s.t.Errorf("an operation of core %d took %v", core, time.Since(start))
		case err == nil:
			b.state, held = booked, b
		case errors.Is(err, ErrExists), errors.Is(err, ErrConflict), errors.Is(err, ErrNotBegun):
			b.state = refused
		case !errors.Is(err, ErrUndecided) && s.same(core, before):
			s.t.Errorf("core %d: %v", core, err)
		}
	}
}

// choose has a core send to all by a tree, in every other storm.
func (s *storm) choose(mon *Monitor) {
	if s.m.seed%2 == 1 {
		mon.do(func() { mon.routing.choice, mon.routing.stale = route.TwoLevel, true })
	}
}

// operate is Operate for a core that may die: nobody answers then.
func (s *storm) operate(mon *Monitor, o *Operation) error {
	done := make(chan error, 1)
	ctx, end := context.WithCancel(context.Background())
	defer end()
	go func() { done <- mon.Operate(ctx, nameTime, o) }()
	select {
	case err := <-done:
		return err
	case <-time.After(nameTime + 500*time.Millisecond):
		return errDown
	}
}

// giveBack takes a name back that a core has.
func (s *storm) giveBack(core int, before simInstance, b *booking) {
	name, _ := replica.NameOf(b.name)
	b.state = unclear
	switch err := s.operate(s.m.mon(core), &Operation{replica.Delete, false, replica.DeleteData(name)}); {
	case err == nil:
		b.state = over
	case errors.Is(err, ErrNotBegun):
		b.state = booked
	case errors.Is(err, ErrNotOurs):
		s.t.Errorf("core %d has lost %s, which it was told it has", core, b.name)
	}
}

// checkNames checks that all cores have the same replica, that it has what was said to be
// done and not what was said not to be, and that nothing is left to be agreed on.
func (s *storm) checkNames() {
	s.m.peek(func() {
		for core, h := range s.m.harts {
			all, zero := h.mon.agreement.replica, s.m.harts[0].mon.agreement.replica
			if r := all.Cores.Get(core); !all.Equal(zero) || r.State != replica.Member || r.Incarnation != h.now().incarnation {
				s.t.Errorf("core %d: equal to core 0's: %v, its own record %+v", core, all.Equal(zero), r)
			}
		}
	})
	first := s.m.registered(0)
	there := map[uint32]replica.Entry{}
	for core := range s.n {
		if got := s.m.registered(core); got != first {
			s.t.Errorf("core %d has %s\ncore 0 has %s", core, got, first)
		}
		s.inside(core, func(m *Monitor) {
			a := &m.agreement
			if n := a.node.Pending(); n != 0 || len(a.waiting) != 0 || !a.node.Open() || a.decisions != 0 {
				s.t.Errorf("core %d: %d operations are on their way and %d wait, open: %v, %d decisions", core, n, len(a.waiting), a.node.Open(), a.decisions)
			}
			if n := a.node.Dropped(); n != 0 {
				s.t.Errorf("core %d took %d messages for nonsense", core, n)
			}
			for e := range a.replica.Services.All {
				there[e.Number] = e
			}
		})
	}
	count := map[bookingState]int{}
	for _, b := range s.bookings {
		count[b.state]++
		e, ok := there[b.number]
		lives := s.m.harts[b.core].now().incarnation == b.life
		switch {
		case b.state == booked && lives && (!ok || e.Name.String() != b.name || int(e.Core) != b.core):
			s.t.Errorf("%+v is not there: %v", *b, e)
		case ok && b.number > 255 && (b.state == refused || b.state == over || !lives):
			s.t.Errorf("%+v is there: %v", *b, e)
		}
	}
	s.note("names: %v", count)
	if count[booked]+count[over] < 5 {
		s.t.Errorf("few names were agreed on: %v", count)
	}
}

// At every step of an operation and of the change of view after it the coordinator, a
// member or the leader dies, or two of them: all that live have one table, and may go on.
// Sabotage: leave partAgreement out of bury.
func TestDeathAtEveryStep(t *testing.T) {
	for _, strategy := range []route.Strategy{route.Unicast, route.TwoLevel} {
		for _, victims := range [][]int{{3}, {1}, {0}, {3, 0}, {0, 1}} {
			t.Run(fmt.Sprint(strategy, victims), func(t *testing.T) {
				simulate(t, config{cores: 6, seed: uint64(len(victims))}, func(t *testing.T, m *machine) {
					settle()
					for step := 0; step < 30; step += every {
						m.dieAt(t, strategy, time.Duration(step)*40*time.Microsecond, victims)
					}
				})
			})
		}
	}
}

// dieAt lets cores die so long after core 3 has begun to register a name, and the second
// of them so long after the first; and brings them back.
func (m *machine) dieAt(t *testing.T, strategy route.Strategy, after time.Duration, victims []int) {
	t.Helper()
	m.choose(strategy, 0, 1, 2, 3, 4, 5)
	outcome := make(chan error, 1)
	coordinator := m.mon(3)
	go func() {
		name, _ := replica.NameOf("step")
		outcome <- coordinator.Operate(context.Background(), nameTime, &Operation{replica.Put, true, replica.PutData(name, 9)})
	}()
	for _, v := range victims {
		time.Sleep(after)
		m.harts[v].kill(layout.CausePanic, false)
	}
	settle()
	err := <-outcome
	dead := victims[0] == 3
	if err != nil && !dead {
		t.Errorf("after %v: the coordinator lives, and: %v", after, err)
	}
	living := route.First(6) &^ route.Of(victims...)
	m.agree(t, living, "after "+after.String())
	other := m.mon(4).Operate(context.Background(), nameTime, &Operation{opNothing, true, [4]uint64{}})
	if other != nil {
		t.Errorf("after %v: the next operation: %v", after, other)
	}
	for _, v := range victims {
		if err := m.mon(m.console4()).StartCore(v); err != nil {
			t.Fatal(err)
		}
	}
	settle()
	m.agree(t, route.First(6), "then")
	if !dead {
		if err := m.mon(3).Withdraw(context.Background(), "step"); err != nil {
			t.Errorf("after %v: %v", after, err)
		}
	}
}

// console4 is the core that has the console.
func (m *machine) console4() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.owner
}

// agree checks that the cores of a set have one table, and are its members.
func (m *machine) agree(t *testing.T, cores route.Set, when string) {
	t.Helper()
	want := ""
	for core := range cores.All() {
		got := m.registered(core)
		if want == "" {
			want = got
		}
		if got != want || !strings.HasPrefix(got, fmt.Sprintf("%#x:", cores)) {
			t.Errorf("%s core %d has %s\nwant %s of %#x", when, core, got, want, cores)
		}
		if n := m.mon(core).agreement.node.Dropped(); n != 0 {
			t.Errorf("%s core %d took %d messages for nonsense", when, core, n)
		}
	}
}
