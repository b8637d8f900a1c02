package monitor

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"atoll/arch/layout"
	"atoll/monitor/console"
	"atoll/monitor/message"
)

// benchTime bounds a measurement of one pair of cores.
const benchTime = 60 * time.Second

// unlessStreaming says why nothing can be measured while this core streams.
func (s *System) unlessStreaming() (err error) {
	s.m.wait(func() { err = s.m.unlessStreaming() })
	return err
}

// BenchUMP measures the channel from core a to core b.
func (s *System) BenchUMP(a, b, rounds int) (console.UMPResult, error) {
	if _, err := s.Ping(a, b, 1); err != nil { // opens the channel if need be
		return console.UMPResult{}, err
	}
	r, err := ask(s.ctx, s.m, a, askBench, benchTime, benchQuestion{uint64(b), uint64(rounds)})
	return console.UMPResult{Bare: latency(r.Bare), Round: latency(r.Round), OneWay: r.OneWay}, err
}

func latency(t Times) console.Latency {
	return console.Latency{Median: time.Duration(t.Median + 0.5), P99: time.Duration(t.P99 + 0.5)}
}

// BenchCore measures a core on a channel to itself, and how long a doorbell from
// another core takes to wake it: idle, and beside a goroutine that spins.
func (s *System) BenchCore(core, rounds int) (console.CoreResult, error) {
	r := console.CoreResult{DoorbellFrom: -1, Boot: s.ready}
	self, err := ask(s.ctx, s.m, core, askBenchSelf, benchTime, uint64(rounds))
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
		t, err := ask(s.ctx, s.m, from, askBell, benchTime, benchQuestion{uint64(core), bellRounds})
		*to = latency(t)
		return err
	}
	if err := ring(&r.Idle); err != nil {
		return err
	}
	if _, err := ask(s.ctx, s.m, core, askSpin, askTime, spinQuestion{1}); err != nil {
		return err
	}
	err := ring(&r.Busy)
	return errors.Join(err, s.endSpin(core))
}

// endSpin ends what opSpin has begun, also when its command is to end.
func (s *System) endSpin(core int) error {
	_, err := ask(context.WithoutCancel(s.ctx), s.m, core, askSpin, askTime, spinQuestion{0})
	return err
}

// BenchWake measures blocked round trips from core a to core b.
func (s *System) BenchWake(a, b, rounds int) (console.WakeResult, error) {
	if _, err := s.Ping(a, b, 1); err != nil { // opens the channel if need be
		return console.WakeResult{}, err
	}
	r, err := ask(s.ctx, s.m, a, askWake, benchTime, benchQuestion{uint64(b), uint64(rounds)})
	ns := func(v float64) time.Duration { return time.Duration(v + 0.5) }
	return console.WakeResult{
		Bare:  console.WakeTrips{Latency: latency(r.Bare), Mean: ns(r.BareMean), Max: ns(r.BareSlowest), Count: int(r.BareCount), Awake: int(r.BareAwake)},
		Round: console.WakeTrips{Latency: latency(r.Round), Mean: ns(r.RoundMean), Max: ns(r.Slowest), Count: int(r.Count), Awake: int(r.Awake)},
	}, err
}

// lifeWakes is how many bare wake-ups stand beside a measurement of lives.
const lifeWakes = 50

// BenchLife ends a core and starts it afresh, so many times.
func (s *System) BenchLife(core, rounds int) (r console.LifeResult, err error) {
	wake, err := s.BenchWake(s.m.self, core, lifeWakes)
	if err != nil {
		return r, err
	}
	r.Wake = wake.Bare.Median / 2
	for range rounds {
		if s.ctx.Err() != nil {
			return r, fmt.Errorf("%w after %d rounds", context.Cause(s.ctx), len(r.Rounds))
		}
		l, err := s.lifeRound(core)
		if err != nil {
			return r, fmt.Errorf("after %d rounds: %w", len(r.Rounds), err)
		}
		r.Rounds = append(r.Rounds, l)
	}
	return r, nil
}

// lifeRound ends a life of a core and begins the next.
func (s *System) lifeRound(core int) (r console.LifeRound, err error) {
	m := s.m
	ctx := console.Unhurried(s.ctx) // who was stopped is started
	incarnation := m.lives.get(core).Incarnation
	if err := m.crash(ctx, core, FailStop); err != nil {
		return r, err
	}
	read := make(chan layout.Crash, 1)
	m.do(func() {
		c, e := m.hart.Crash(core)
		if e == nil && c.Incarnation != uint64(incarnation) {
			e = fmt.Errorf("core %d has not said when it died", core)
		}
		err = e
		read <- c
	})
	crash := <-read
	if err != nil {
		return r, err
	}
	if err := m.startCore(ctx, core); err != nil {
		return r, err
	}
	now, err := ask(ctx, m, core, askForReport, askTime, message.None{})
	noticed, started, up := m.lives.entered(core, Dead), m.lives.entered(core, Starting), m.lives.entered(core, Up)
	if err == nil && !(crash.Time <= noticed && noticed <= started && started <= now.Born && now.Born <= up) {
		err = fmt.Errorf("core %d died at %d, which was noticed at %d; started at %d, born at %d, up at %d", core, crash.Time, noticed, started, now.Born, up)
	}
	return console.LifeRound{
		Noticed: m.hart.Duration(noticed - crash.Time),
		Born:    m.hart.Duration(now.Born - started),
		Up:      m.hart.Duration(up - started),
	}, err
}

// BenchInterference measures round trips from core a to core b for a span each:
// while nothing else goes on, while the other cores' harts spin, and while the other
// cores are ended and started afresh all the time.
func (s *System) BenchInterference(a, b int, others []int, span time.Duration) (r console.InterferenceResult, err error) {
	if r.Quiet, err = s.pingFor(a, b, span); err != nil {
		return r, err
	}
	for _, c := range others {
		if _, e := ask(s.ctx, s.m, c, askSpin, askTime, spinQuestion{1}); e != nil {
			err = errors.Join(err, e)
		}
	}
	if err == nil {
		r.Busy, err = s.pingFor(a, b, span)
	}
	for _, c := range others {
		err = errors.Join(err, s.endSpin(c))
	}
	if err != nil {
		return r, err
	}
	stop, ended := make(chan struct{}), make(chan error, len(others))
	var lives atomic.Int64
	for _, c := range others {
		go func() { ended <- s.restartUntil(c, stop, &lives) }()
	}
	r.Restarts, err = s.pingFor(a, b, span)
	close(stop)
	r.Lives = int(lives.Load())
	for range others {
		err = errors.Join(err, <-ended)
	}
	return r, err
}

// restartUntil ends and starts a core until it is told to stop, and counts.
func (s *System) restartUntil(core int, stop chan struct{}, lives *atomic.Int64) error {
	for {
		select {
		case <-stop:
			return nil
		default:
		}
		ctx := console.Unhurried(s.ctx)
		if err := s.m.crash(ctx, core, FailStop); err != nil {
			return err
		}
		if err := s.m.startCore(ctx, core); err != nil {
			return err
		}
		lives.Add(1)
	}
}

// pingFor has core a ping core b for a span.
func (s *System) pingFor(a, b int, span time.Duration) (console.PingResult, error) {
	return pingResult(ask(s.ctx, s.m, a, askPingFor, span+pingCallMin, pingForQuestion{uint64(b), uint64(span / time.Millisecond)}))
}

// BootTime says how long the machine took from entry until all cores were up; 0 if
// another core saw that.
func (s *System) BootTime() time.Duration { return s.ready }
