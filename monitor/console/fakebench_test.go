package console

import (
	"fmt"
	"time"
)

// fakeBench is what a fake machine measures, if not something good.
type fakeBench struct {
	ump      *UMPResult
	core     *CoreResult
	bound    *BindingResult
	ends     [][2]int // bindings that are kept
	wake     *WakeResult
	life     *LifeResult
	inter    *InterferenceResult
	shoot    *ShootRow
	agree    *AgreementRow
	updates  *UpdatesRow
	routes   map[int]string
	nameless bool // no view
	young    bool // another core saw the boot
	flows    int  // 1 = multicasts have begun
}

func (f *fakeSystem) BenchUMP(a, b, rounds int) (UMPResult, error) {
	if f.ump != nil {
		return *f.ump, nil
	}
	return UMPResult{Latency{146, 300}, Latency{170, 400}, 12_345_678.4}, f.ask("bench-ump", a, b)
}

func (f *fakeSystem) BenchLines() (LineCount, error) { return LineCount{1, 0.129}, nil }

func (f *fakeSystem) BenchUpdates(cores []int, rounds int, each func(UpdatesRow)) error {
	if f.updates != nil {
		each(*f.updates)
		return nil
	}
	for n := 2; n <= len(cores); n++ {
		for _, lines := range UpdateLines {
			median := time.Duration(100*n + lines)
			each(UpdatesRow{Cores: n, Lines: lines, Latency: Latency{median, 2 * median}, Updates: (n - 1) * rounds, PerSecond: float64(n) * 1e6})
		}
	}
	return f.ask("bench-updates", cores...)
}

func (f *fakeSystem) BenchUpdateCosts(rounds, lines int) (UpdateCosts, error) {
	return UpdateCosts{Server: time.Duration(130 + lines), Client: 120}, nil
}

func (f *fakeSystem) BenchBinding(a, b, rounds int) (BindingResult, error) {
	if f.bound != nil {
		return *f.bound, nil
	}
	return BindingResult{150_000, Latency{200, 500}, Latency{90_000, 180_000}, 250e6}, f.ask("bench-binding", a, b)
}

func (f *fakeSystem) Bind(a, b int, service uint64) (time.Duration, error) {
	err := f.ask(fmt.Sprint("bind-", service), a, b)
	if err == nil {
		f.ends = append(f.ends, [2]int{a, b})
	}
	return 150 * time.Microsecond, err
}

// Names are those that a machine has when it is up.
func (f *fakeSystem) Names(core int) (NameTable, error) {
	t := NameTable{View: 1, Members: f.Alive(), Services: []NamedService{{"console", f.self, 1, 3}}}
	for _, c := range t.Members {
		t.Services = append(t.Services, NamedService{fmt.Sprint("echo.", c), c, 1, 1})
	}
	t.Settled = true
	if f.nameless {
		t = NameTable{}
	}
	return t, f.ask("names", core)
}

func (f *fakeSystem) CloseBindings(core int) error {
	f.ends = nil
	return f.ask("close-bindings", core)
}

func (f *fakeSystem) Bindings(core int) (list []BindingEnd, err error) {
	for _, e := range f.ends {
		switch core {
		case e[0]:
			list = append(list, BindingEnd{Peer: e[1], Service: 1})
		case e[1]:
			list = append(list, BindingEnd{Peer: e[0], Service: 1, Serves: true})
		}
	}
	return list, f.ask("bindings", core)
}

func (f *fakeSystem) BenchCore(core, rounds int) (CoreResult, error) {
	if f.core != nil {
		return *f.core, nil
	}
	r := CoreResult{
		Send: 30, Receive: 25, SendInstr: 60, ReceiveInstr: 55, DoorbellFrom: -1,
		Boot: 42 * time.Millisecond, Touched: 175 * page,
	}
	if f.plan.NCores > 1 {
		r.DoorbellFrom = (core + 1) % int(f.plan.NCores)
		r.Idle, r.Busy = Latency{110_000, 220_000}, Latency{130_000, 900_000}
	}
	return r, f.ask("bench-core", core)
}

func (f *fakeSystem) BenchDoorbell(a, b, rounds int, plain bool) (DoorbellResult, error) {
	if plain {
		return DoorbellResult{900, Latency{50_000, 90_000}}, f.ask("bench-doorbell", a, b)
	}
	return DoorbellResult{40, Latency{48_000, 80_000}}, f.ask("bench-doorbell", a, b)
}

func (f *fakeSystem) BenchWake(a, b, rounds int) (WakeResult, error) {
	if f.wake != nil {
		return *f.wake, nil
	}
	return WakeResult{
		Bare:  WakeTrips{Latency{20_000, 90_000}, 21_000, 100_000, rounds - 1, 1},
		Round: WakeTrips{Latency{25_000, 95_000}, 27_000, 200_000, rounds - 2, 2},
	}, f.ask("bench-wake", a, b)
}

func (f *fakeSystem) BenchLife(core, rounds int) (LifeResult, error) {
	if f.life != nil {
		return *f.life, nil
	}
	r := LifeResult{Wake: 10_000}
	for n := range rounds {
		ms := time.Duration(n+1) * time.Millisecond
		r.Rounds = append(r.Rounds, LifeRound{Noticed: ms, Born: 2 * ms, Up: 10 * ms})
	}
	return r, f.ask("bench-life", core)
}

func (f *fakeSystem) BenchInterference(a, b int, others []int, span time.Duration) (InterferenceResult, error) {
	if f.inter != nil {
		return *f.inter, nil
	}
	ping := func(k time.Duration) PingResult {
		return PingResult{Count: 1000, Min: k, Median: 2 * k, P99: 3 * k, Max: 4 * k}
	}
	r := InterferenceResult{Quiet: ping(1000), Busy: ping(2000), Restarts: ping(1500), Lives: int(span / (10 * time.Millisecond))}
	return r, f.ask(fmt.Sprint("bench-interference", others), a, b)
}

func (f *fakeSystem) BenchShootdown(cores []int, rounds int, each func(ShootRow)) error {
	if f.shoot != nil {
		each(*f.shoot)
		return nil
	}
	for n := 2; n <= len(cores); n++ {
		for i, s := range Strategies {
			k := time.Duration(n + i)
			each(ShootRow{Strategy: s, Cores: n, Latency: Latency{k * 100, k * 200}, Rounds: rounds, Hops: 2, Messages: 2 * (n - 1), Critical: k * 50})
		}
	}
	return f.ask("bench-shootdown", cores...)
}

func (f *fakeSystem) BenchAgreement(cores []int, rounds int, each func(AgreementRow)) error {
	if f.agree != nil {
		each(*f.agree)
		return nil
	}
	for n := 2; n <= len(cores); n++ {
		for i, s := range AgreementStrategies {
			k := time.Duration(n + i)
			each(AgreementRow{
				Strategy: s, Cores: n, Message: 500, One: Latency{k * 1000, k * 1500}, Two: Latency{k * 2000, k * 3000}, Decided: k * 900,
				Rounds: rounds, OneHops: 2, Hops: 4, Messages: float64(4 * (n - 1)), Single: 250e3, Pipelined: 1.25e6, InFlight: 16, PipelinedMessages: 1.5,
			})
		}
	}
	return f.ask("bench-agreement", cores...)
}

func (f *fakeSystem) BenchAgreementCosts(rounds int) (AgreementCosts, error) {
	return AgreementCosts{800, 1500}, f.ask("bench-agreement-costs", f.self)
}

func (f *fakeSystem) BootTime() time.Duration {
	if f.young {
		return 0
	}
	return 42 * time.Millisecond
}

// fakeRoute is how the cores of a fake machine send to many.
func (f *fakeSystem) SetRoute(core int, strategy string) error {
	if f.routes == nil {
		f.routes = map[int]string{}
	}
	f.routes[core] = strategy
	return f.ask("set-route "+strategy, core)
}

func (f *fakeSystem) Flow(core int, on bool) (Flow, error) {
	if on {
		f.flows = 1
		return Flow{}, f.ask("flow", core)
	}
	return Flow{Begun: f.flows > 0, Count: 100 + core, Short: 3, Missing: max(core-1, 0), Slowest: time.Millisecond}, f.ask("flow", core)
}

func (f *fakeSystem) Route(core int) (RouteState, error) {
	s := RouteState{"auto", "unicast"}
	if r := f.routes[core]; r != "" {
		s = RouteState{r, r}
	}
	return s, f.ask("route", core)
}

func (f *fakeSystem) Multicast() (MulticastResult, error) {
	r := MulticastResult{Members: 3, Hops: 4, Took: 1500}
	for _, core := range f.Alive() {
		if core != f.self {
			r.Asks = append(r.Asks, [2]int{core - 1, core})
			r.Replied = append(r.Replied, core)
		}
	}
	return r, f.ask("multicast", f.self)
}
