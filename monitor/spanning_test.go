package monitor

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"atoll/arch/layout"
	"atoll/monitor/route"
	"atoll/monitor/spans"
)

// simPort is a core's CPU driver as far as it hears of threads of others: a goroutine that does one thing
// after the other, until its work is closed.
type simPort struct {
	work  chan func()
	took  []spans.Msg
	shot  []spans.Shoot
	died  []int
	stuck chan struct{} // a shootdown waits for it
	busy  atomic.Bool   // programs want the hart
}

func newSimPort() *simPort {
	p := &simPort{work: make(chan func(), 1000)}
	go func() {
		for f := range p.work {
			f()
		}
	}()
	return p
}

func (p *simPort) do(f func()) { p.work <- f }

func (p *simPort) Take(_ int, m *spans.Msg) { p.took = append(p.took, *m) }
func (p *simPort) Idle() bool               { return !p.busy.Load() }
func (p *simPort) Died(core int)            { p.died = append(p.died, core) }
func (p *simPort) Shoot(_ int, s *spans.Shoot) {
	if p.stuck != nil {
		<-p.stuck
	}
	p.shot = append(p.shot, *s)
}

// see lets f look at what a port has got.
func (p *simPort) see(f func()) {
	done := make(chan struct{})
	p.do(func() { f(); close(done) })
	<-done
}

// A shootdown is over when each core has dropped the pages, or is dead, by whatever route; and not before:
// a core that does not answer is waited for as long as it lives.
// Sabotages: in shootPages, call done though some have not replied, or ask the dead; in shootAsked, answer
// before the port has been told.
func TestShootPages(t *testing.T) {
	const cores = 6
	for strategy := range route.NumStrategies {
		c, _ := withPrograms(cores)
		simulate(t, c, func(t *testing.T, m *machine) {
			ports := make([]*simPort, cores)
			var carrier spans.Carrier
			for core := range ports {
				p := newSimPort()
				defer close(p.work)
				ports[core] = p
				x := m.mon(core).Spans(p.do, p)
				if core == 1 {
					carrier = x
				}
				m.mon(core).do(func() { m.mon(core).setChoice(strategy) })
			}
			settle()
			all := uint64(route.First(cores) &^ route.Of(1))
			over := make(chan struct{}, 1)
			shoot := func(number uint64) {
				carrier.Shoot(all, &spans.Shoot{Program: 7, Space: 1, Number: number, Lo: 4096, Hi: 8192}, func() { over <- struct{}{} })
			}
			shoot(1)
			<-over
			for core, p := range ports {
				p.see(func() {
					if len(p.shot) != min(1, core^1) || core != 1 && p.shot[0].Number != 1 {
						t.Errorf("%v: core %d has dropped %v", strategy, core, p.shot)
					}
				})
			}
			ports[3].stuck = make(chan struct{})
			shoot(2)
			time.Sleep(30 * time.Second) // longer than a multicast is waited for
			if len(over) != 0 {
				t.Fatalf("%v: it is over though core 3 has not dropped anything", strategy)
			}
			close(ports[3].stuck)
			<-over
			ports[4].see(func() { ports[4].stuck = make(chan struct{}) })
			defer close(ports[4].stuck)
			shoot(3)
			settle()
			m.harts[4].kill(layout.CausePanic, false)
			<-over
			settle()
			ports[1].see(func() {
				if !slices.Equal(ports[1].died, []int{4}) {
					t.Errorf("%v: core 1 is told that %v have died", strategy, ports[1].died)
				}
			})
		})
	}
}

// Who waits for replies to a shootdown, and has nothing else to do, looks for them longer than for other messages.
// Sabotages: in patience, do not ask whether it is idle, or look at shots; in Shoot, do not count them down.
func TestShootPatience(t *testing.T) {
	c, _ := withPrograms(2)
	simulate(t, c, func(t *testing.T, m *machine) {
		home, host := newSimPort(), newSimPort()
		defer close(home.work)
		defer close(host.work)
		carrier := m.mon(0).Spans(home.do, home)
		m.mon(1).Spans(host.do, host)
		settle()
		looks := func(when string, want time.Duration) {
			t.Helper()
			m.mon(0).wait(func() {
				if got := m.mon(0).patience(); got != m.mon(0).hart.Ticks(want) {
					t.Errorf("%s: it looks for %d ticks", when, got)
				}
			})
		}
		looks("before", pollTime)
		stuck, over := make(chan struct{}), make(chan struct{})
		host.see(func() { host.stuck = stuck })
		carrier.Shoot(2, &spans.Shoot{Program: 7, Space: 1, Number: 1, Lo: 4096, Hi: 8192}, func() { close(over) })
		looks("a shootdown is under way", replyPoll)
		home.busy.Store(true)
		looks("others want the hart", pollTime)
		home.busy.Store(false)
		close(stuck)
		<-over
		looks("it is over", pollTime)
	})
}

// A shootdown takes a message to each core that has the pages, and its reply, and no other core hears of it.
// Sabotage: in Shoot, send to all cores.
func TestShootCosts(t *testing.T) {
	const cores = 6
	c, _ := withPrograms(cores)
	simulate(t, c, func(t *testing.T, m *machine) {
		var carrier spans.Carrier
		for core := range cores {
			p := newSimPort()
			defer close(p.work)
			x := m.mon(core).Spans(p.do, p)
			if core == 0 {
				carrier = x
			}
		}
		settle()
		heard := func(core int) (asked, replies uint64) {
			m.mon(core).wait(func() {
				asked, replies = m.mon(core).counts[askedThere.Number()].in, m.mon(core).counts[repliedBack.Number()].in
			})
			return asked, replies
		}
		for n := 0; n < cores; n++ {
			to := uint64(route.First(n+1) &^ route.Of(0))
			var before, repliesBefore [cores]uint64
			for core := range cores {
				before[core], repliesBefore[core] = heard(core)
			}
			over := make(chan struct{}, 1)
			carrier.Shoot(to, &spans.Shoot{Program: 7, Space: 1, Number: uint64(n), Lo: 4096, Hi: 8192}, func() { over <- struct{}{} })
			<-over
			for core := range cores {
				asked, replies := heard(core)
				if asked -= before[core]; asked != to>>core&1 {
					t.Errorf("%d cores have the page: core %d is asked %d times", n, core, asked)
				}
				replies -= repliesBefore[core]
				if want := uint64(n); core == 0 && replies != want || core != 0 && replies != 0 {
					t.Errorf("%d cores have the page: core %d gets %d replies", n, core, replies)
				}
			}
		}
	})
}

// Messages come in their order, and a core without programs is made ready by a question.
// Sabotages: in Send, begin with the last; in Prepare, answer false.
func TestSpanMessages(t *testing.T) {
	c, _ := withPrograms(3)
	simulate(t, c, func(t *testing.T, m *machine) {
		from, to := newSimPort(), newSimPort()
		defer close(from.work)
		defer close(to.work)
		carrier := m.mon(2).Spans(from.do, from)
		m.mon(1).Spans(to.do, to)
		var want []spans.Msg
		for i := range 100 {
			want = append(want, spans.Msg{Kind: spans.Page, Guest: uint32(i)})
		}
		carrier.Send(1, want[:40]...)
		carrier.Send(1, want[40:]...)
		carrier.Send(0, want...) // runs no programs
		settle()
		to.see(func() {
			if !slices.Equal(to.took, want) {
				t.Errorf("%d messages have come, not %d", len(to.took), len(want))
			}
		})
		ready := make(chan bool, 1)
		carrier.Prepare(0, func(ok bool) { ready <- ok })
		if !<-ready {
			t.Error("core 0 is not ready")
		}
		m.harts[0].kill(layout.CausePanic, false)
		settle()
		carrier.Prepare(0, func(ok bool) { ready <- ok })
		if <-ready {
			t.Error("a dead core is ready")
		}
	})
}
