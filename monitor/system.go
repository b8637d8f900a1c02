package monitor

import (
	"context"
	"time"

	"atoll/arch/layout"
	"atoll/boot/plan"
	"atoll/monitor/console"
	"atoll/monitor/grant"
	"atoll/monitor/message"
	"atoll/monitor/skb"
)

// Bounds of the console's requests.
const (
	askTime   = 2 * time.Second
	spaceTime = 10 * time.Second
)

// System is the machine as the console sees it: each of its calls is a request to
// the core that it concerns.
type System struct {
	m     *Monitor
	ctx   context.Context // ends its calls; see With
	drain func()          // waits until the console's output is out
	ready time.Duration   // from the firmware's hand-over until all cores were up
}

// NewSystem returns the view of core 0's monitor. drain is called before the
// machine ends.
func NewSystem(m *Monitor, drain func()) *System {
	return &System{m: m, ctx: context.Background(), drain: drain}
}

// With returns a view of the machine whose calls end with the context.
func (s *System) With(ctx context.Context) console.System {
	v := *s
	v.ctx = ctx
	return &v
}

// SetReady says how long the machine took to come up.
func (s *System) SetReady(d time.Duration) { s.ready = d }

// Settle waits until the event loop is through with what it does now. Not for the event
// loop.
func (s *System) Settle() { s.m.wait(func() {}) }

func (s *System) Self() int    { return s.m.self }
func (s *System) Alive() []int { return s.m.Alive() }

// Plan returns the plan with all devices at their present holders. Not for the event
// loop.
func (s *System) Plan() *plan.Plan {
	var p *plan.Plan
	s.m.wait(func() { p = movedPlan(s.m.plan, s.m.holderNow) })
	return p
}

// holderNow is the core that has a device of the plan now, or is about to take it over.
func (m *Monitor) holderNow(device int) uint32 {
	d := m.agreement.replica.Devices
	switch {
	case skb.ConsoleSide(m.plan, device) && !d.Held(device):
		return uint32(m.owner)
	default:
		return uint32(d.Get(device).Core)
	}
}

// movedPlan returns the plan, or if a device has another holder now, a copy that says so.
func movedPlan(p *plan.Plan, holder func(device int) uint32) *plan.Plan {
	moved := p
	for i := range p.Devices[:p.NDevices] {
		if now := holder(i); now != p.Devices[i].Owner {
			if moved == p {
				c := *p
				moved = &c
			}
			moved.Devices[i].Owner = now
		}
	}
	for i := range moved.Controllers[:p.NControllers] {
		if c := &moved.Controllers[i]; c.Owner != moved.Devices[c.Device].Owner {
			c.Owner = moved.Devices[c.Device].Owner
		}
	}
	return moved
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

// Cores asks a core for its copy of what has been agreed on of all cores.
func (s *System) Cores(core int) (console.CoreTable, error) {
	a, list, err := s.m.members(s.ctx, core)
	t := console.CoreTable{View: a.Number, Agreed: a.Settled != 0}
	for _, r := range list {
		l := Life{LifeState(r.State), r.Incarnation, layout.Cause(r.Cause)}
		t.Cores = append(t.Cores, console.CoreRecord{
			CoreState: console.CoreState{Core: int(r.Core), Hart: int(r.Hart), State: l.State.String(), Incarnation: l.Incarnation, Cause: l.CauseOf()},
			Node:      int(r.Node), Agreed: r.Agreed != 0, Since: r.Since,
		})
	}
	return t, err
}

// Crash makes a core die in the way that the word names.
func (s *System) Crash(core int, how string) error {
	mode, err := ParseFailure(how)
	if err != nil {
		return err
	}
	s.drainOwn(core)
	err = s.m.crash(s.ctx, core, mode)
	s.drain() // its last words come before what the command says
	return err
}

// Stop ends a core in good order.
func (s *System) Stop(core int) error {
	s.drainOwn(core)
	err := s.m.crash(s.ctx, core, FailStop)
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
func (s *System) Start(core int) error { return s.m.startCore(s.ctx, core) }

// Stat asks a core for its report.
func (s *System) Stat(core int) (console.CoreStat, error) {
	r, err := ask(s.ctx, s.m, core, askForReport, askTime, message.None{})
	return console.CoreStat{
		Core: core, Hart: int(s.m.plan.Cores[core].Row.Hart), State: "up", Up: r.Up,
		HeapBytes: r.HeapBytes, HeapSys: r.HeapSys, PagesUsed: r.PagesUsed, PagesTotal: r.PagesTotal,
		GCs: r.GCs, GCPause: r.GCPause, Goroutines: int(r.Goroutines),
		MsgsIn: r.MsgsIn, MsgsOut: r.MsgsOut, Doorbells: r.Doorbells, IdlePermille: int(r.IdlePermille),
	}, err
}

// Mappings asks a core for all that it maps.
func (s *System) Mappings(core int) ([]layout.Mapping, error) {
	_, list, err := askStream(s.ctx, s.m, core, askForSpace, spaceTime, message.None{})
	if err != nil {
		return nil, err
	}
	mappings := make([]layout.Mapping, len(list))
	for i := range list {
		mappings[i] = list[i].layout()
	}
	return mappings, nil
}

// Grants asks a core what it says of its grants.
func (s *System) Grants(core int) (grant.Account, error) {
	head, list, err := askStream(s.ctx, s.m, core, askGrants, spaceTime, message.None{})
	if err != nil {
		return grant.Account{}, err
	}
	return unpackAccount(head, list)
}

// Ping has core a ping core b.
func (s *System) Ping(a, b, count int) (console.PingResult, error) {
	bound := pingCallMin + time.Duration(count)*10*time.Millisecond
	return pingResult(ask(s.ctx, s.m, a, askPing, bound, pingQuestion{uint64(b), uint64(count)}))
}

// pingResult is the answer to a ping as the console wants it.
func pingResult(r PingReport, err error) (console.PingResult, error) {
	return console.PingResult{
		Count: int(r.Count), Lost: int(r.Lost), Reordered: int(r.Reordered), Doubled: int(r.Doubled),
		Min: r.Min, Median: r.Median, P99: r.P99, Max: r.Max,
	}, err
}

// PowerOff ends the machine, once what was said has been heard.
func (s *System) PowerOff(status int) error {
	s.drain()
	return s.m.hart.PowerOff(status)
}

// Halt stops all harts, once what was said has been heard.
func (s *System) Halt() {
	s.drain()
	s.m.hart.Halt()
}

// Reboot starts the machine afresh.
func (s *System) Reboot() error {
	s.drain()
	return s.m.hart.Reboot()
}
