package monitor

import (
	"errors"
	"sync"
	"time"

	"atoll/arch/layout"
	"atoll/boot/plan"
	"atoll/monitor/console"
)

// Bounds of the console's requests.
const (
	askTime   = 2 * time.Second
	spaceTime = 10 * time.Second
	benchTime = 60 * time.Second
)

// System is the machine as the console sees it: each of its calls is a request to
// the core that it concerns.
type System struct {
	m     *Monitor
	drain func()        // waits until the console's output is out
	ready time.Duration // from the firmware's hand-over until all cores were up
	view  sync.Once
	moved *plan.Plan
}

// NewSystem returns the view of core 0's monitor. drain is called before the
// machine ends.
func NewSystem(m *Monitor, drain func()) *System { return &System{m: m, drain: drain} }

// SetReady says how long the machine took to come up.
func (s *System) SetReady(d time.Duration) { s.ready = d }

func (s *System) Self() int    { return s.m.self }
func (s *System) Alive() []int { return s.m.Alive() }

// Plan returns the plan with the console's devices at their present owner.
func (s *System) Plan() *plan.Plan {
	if s.m.self == int(ConsoleOwner(s.m.plan)) {
		return s.m.plan
	}
	s.view.Do(func() { s.moved = movedPlan(s.m.plan, uint32(s.m.self)) })
	return s.moved
}

// movedPlan returns a copy of the plan in which self owns what the console's first
// owner did.
func movedPlan(p *plan.Plan, self uint32) *plan.Plan {
	c := *p
	from := ConsoleOwner(p)
	for i := range c.Devices[:c.NDevices] {
		if c.Devices[i].Owner == from {
			c.Devices[i].Owner = self
		}
	}
	for i := range c.Controllers[:c.NControllers] {
		if c.Controllers[i].Owner == from {
			c.Controllers[i].Owner = self
		}
	}
	return &c
}

// States gives what this core knows of the lives of all.
func (s *System) States() []console.CoreState {
	lives := s.m.Lives()
	states := make([]console.CoreState, len(lives))
	for core, l := range lives {
		states[core] = console.CoreState{
			Core: core, Hart: int(s.m.plan.Cores[core].Row.Hart),
			State: l.State.String(), Incarnation: l.Incarnation, Cause: l.CauseOf(),
		}
	}
	return states
}

// Crash makes a core die in the way that the word names.
func (s *System) Crash(core int, how string) error {
	mode, err := ParseFailure(how)
	if err != nil {
		return err
	}
	s.drainOwn(core)
	err = s.m.Crash(core, mode)
	s.drain() // its last words come before what the command says
	return err
}

// Stop ends a core in good order.
func (s *System) Stop(core int) error {
	s.drainOwn(core)
	err := s.m.StopCore(core)
	s.drain()
	return err
}

// drainOwn waits until what was said is out, if it is this core that is to end.
func (s *System) drainOwn(core int) {
	if core == s.m.self {
		s.drain()
	}
}

// Start starts a dead core afresh.
func (s *System) Start(core int) error { return s.m.StartCore(core) }

// Stat asks a core for its report.
func (s *System) Stat(core int) (console.CoreStat, error) {
	words, err := s.m.Call(core, opReport, askTime)
	var r Report
	if err == nil {
		_, err = decode(words, &r)
	}
	return console.CoreStat{
		Core: core, Hart: int(s.m.plan.Cores[core].Row.Hart), State: "up", Up: r.Up,
		HeapBytes: r.HeapBytes, HeapSys: r.HeapSys, PagesUsed: r.PagesUsed, PagesTotal: r.PagesTotal,
		GCs: r.GCs, GCPause: r.GCPause, Goroutines: int(r.Goroutines),
		MsgsIn: r.MsgsIn, MsgsOut: r.MsgsOut, Doorbells: r.Doorbells, IdlePermille: int(r.IdlePermille),
	}, err
}

// Mappings asks a core for all that it maps.
func (s *System) Mappings(core int) ([]layout.Mapping, error) {
	words, err := s.m.Call(core, opSpace, spaceTime)
	if err != nil {
		return nil, err
	}
	return decodeSpace(words)
}

// Ping has core a ping core b.
func (s *System) Ping(a, b, count int) (console.PingResult, error) {
	bound := pingCallMin + time.Duration(count)*10*time.Millisecond
	words, err := s.m.Call(a, opPing, bound, uint64(b), uint64(count))
	var r PingReport
	if err == nil {
		_, err = decode(words, &r)
	}
	return console.PingResult{
		Count: int(r.Count), Lost: int(r.Lost), Reordered: int(r.Reordered), Doubled: int(r.Doubled),
		Min: r.Min, Median: r.Median, P99: r.P99, Max: r.Max,
	}, err
}

// BenchUMP measures the channel from core a to core b.
func (s *System) BenchUMP(a, b, rounds int) (console.UMPResult, error) {
	if _, err := s.Ping(a, b, 1); err != nil { // opens the channel if need be
		return console.UMPResult{}, err
	}
	words, err := s.m.Call(a, opBenchPair, benchTime, uint64(b), uint64(rounds))
	var r PairReport
	if err == nil {
		_, err = decode(words, &r)
	}
	return console.UMPResult{Bare: latency(r.Bare), Round: latency(r.Round), OneWay: r.OneWay}, err
}

func latency(t Times) console.Latency {
	return console.Latency{Median: time.Duration(t.Median + 0.5), P99: time.Duration(t.P99 + 0.5)}
}

// BenchCore measures a core on a channel to itself, and how long a doorbell from
// another core takes to wake it: idle, and beside a goroutine that spins.
func (s *System) BenchCore(core, rounds int) (console.CoreResult, error) {
	r := console.CoreResult{DoorbellFrom: -1, Boot: s.ready}
	words, err := s.m.Call(core, opBenchSelf, benchTime, uint64(rounds))
	var self SelfReport
	if err == nil {
		_, err = decode(words, &self)
	}
	if err != nil {
		return r, err
	}
	r.Send, r.Receive = time.Duration(self.Send+0.5), time.Duration(self.Receive+0.5)
	stat, err := s.Stat(core)
	if err != nil {
		return r, err
	}
	r.Touched = stat.PagesUsed * layout.PageSize
	for _, from := range s.Alive() {
		if from != core {
			r.DoorbellFrom = from
			break
		}
	}
	if r.DoorbellFrom >= 0 {
		err = s.bells(&r, core)
	}
	return r, err
}

// bellRounds is how often a doorbell is rung, 2 ms apart.
const bellRounds = 250

func (s *System) bells(r *console.CoreResult, core int) error {
	from := r.DoorbellFrom
	if _, err := s.Ping(from, core, 1); err != nil {
		return err
	}
	ring := func(to *console.Latency) error {
		words, err := s.m.Call(from, opBenchBell, benchTime, uint64(core), bellRounds)
		var t Times
		if err == nil {
			_, err = decode(words, &t)
		}
		*to = latency(t)
		return err
	}
	if err := ring(&r.Idle); err != nil {
		return err
	}
	if _, err := s.m.Call(core, opSpin, askTime, 1); err != nil {
		return err
	}
	err := ring(&r.Busy)
	_, stop := s.m.Call(core, opSpin, askTime, 0)
	return errors.Join(err, stop)
}

// PowerOff ends the machine, once what was said has been heard.
func (s *System) PowerOff(status int) error {
	s.drain()
	return s.m.hart.PowerOff(status)
}

// Reboot starts the machine afresh.
func (s *System) Reboot() error {
	s.drain()
	return s.m.hart.Reboot()
}
