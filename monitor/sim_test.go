package monitor

import (
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"atoll/boot/plan"
	"atoll/monitor/ump"
)

// A machine is simulated in one process: a goroutine for the event loop of each
// core, pair frames in memory, doorbells that arrive after a while. Inside a
// synctest bubble its time is virtual and stands still while anybody runs, so
// that a bound of 30 s costs nothing and a load on the host ends no wait early.
// A core that sleeps is woken by a doorbell, a Poke, its output or its deadline
// and by nothing else: an announcement or a doorbell that is missing shows as a
// deadline that passes.
type machine struct {
	config
	t       testing.TB
	plan    *plan.Plan
	born    time.Time
	harts   []*simHart
	console *transcript
	ready   chan struct{}
	stop    chan struct{}
	running sync.WaitGroup

	mu     sync.Mutex
	frames map[[2]int]*ump.Frame
	pools  simMemory
	readys int
	simConsole
	noMapping atomic.Bool // MapFrames fails
	bound     []*Monitor  // all lives of all cores
}

// config is what a test may want of its machine.
type config struct {
	cores, boot int
	real        bool          // real time, outside a bubble
	prints      time.Duration // how long a line is on its way to the console
	fails       map[int]error // cores that the firmware does not start
	silent      map[int]bool  // cores that start and are never heard of
	rogues      []int         // cores that the test plays
	tick        time.Duration // mean virtual cost of reading the clock, 0 = 10 us
	seed        uint64
	service     map[int]Service          // devices of cores
	noFrame     [2]int                   // a pair of cores whose frame cannot be mapped
	outfit      func(*plan.Plan)         // if set, adds devices to the plan
	drive       func(*simHart, *Monitor) // if set, gives a life its drivers
}

func newMachine(t testing.TB, c config) *machine {
	m := &machine{
		config: c, t: t, born: time.Now(), console: &transcript{},
		plan:  &plan.Plan{NCores: uint32(c.cores), BootCore: uint32(c.boot)},
		ready: make(chan struct{}), stop: make(chan struct{}), frames: map[[2]int]*ump.Frame{},
	}
	if c.tick == 0 && !c.real {
		m.tick = 10 * time.Microsecond
	}
	if c.outfit != nil {
		c.outfit(m.plan)
	}
	for core := range c.cores {
		m.plan.Cores[core].User = simPool(core)
		m.plan.Cores[core].Row.Core, m.plan.Cores[core].Row.Hart = uint64(core), uint64(core+100)
		h := &simHart{
			m: m, core: core, wake: make(chan struct{}, 1), fail: c.fails[core], silent: c.silent[core],
			rand: rand.New(rand.NewPCG(c.seed, uint64(core))), gate: make(chan struct{}),
		}
		close(h.gate)
		h.setUp()
		var console Console
		var onReady func()
		if core == 0 {
			console, onReady = h.printer(), m.onReady
		}
		h.mon = New(h, m.plan, core, console, c.service[core], onReady)
		h.bind(h.mon)
		if c.drive != nil {
			c.drive(h, h.mon)
		}
		m.harts = append(m.harts, h)
	}
	return m
}

// onReady notes that core 0 has called the machine ready.
func (m *machine) onReady() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.readys++
	if m.readys == 1 {
		m.console.Line(0, []byte("ready\n"))
		close(m.ready)
	}
}

// up starts the boot core, which starts the others, and waits until the
// machine is ready.
func (m *machine) up() *machine {
	m.t.Helper()
	for _, core := range m.rogues {
		m.harts[core].silent = true
	}
	if err := m.harts[m.boot].run(); err != nil {
		m.t.Fatal(err)
	}
	select {
	case <-m.ready:
	case <-time.After(2 * upTime):
		m.t.Fatal("the machine does not come up")
	}
	return m
}

// close stops all event loops.
func (m *machine) close() {
	close(m.stop)
	m.running.Wait()
	for _, mon := range m.bound { // goroutines of the dead, too
		mon.soaking.peers.Store(0)
		for _, e := range mon.bindings.ends {
			e.End(errors.New("the machine is switched off"))
		}
	}
	if !m.real {
		time.Sleep(time.Minute) // who still asks has a bound
	}
}

// mon returns the monitor of a core.
func (m *machine) mon(core int) *Monitor {
	h := m.harts[core]
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.mon
}

// simulate runs a test on a machine in virtual time that has booted. That all
// its goroutines end is part of the test.
func simulate(t *testing.T, c config, f func(t *testing.T, m *machine)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t, c)
		defer m.close()
		m.up()
		f(t, m)
	})
}

// settle waits until everything has happened that does not wait for a deadline,
// and nobody runs.
func settle() {
	time.Sleep(50 * time.Millisecond)
	synctest.Wait()
}

// peek lets f look at what belongs to event loops, when none of them runs, and
// wakes none.
func (m *machine) peek(f func()) {
	synctest.Wait()
	f()
	for _, h := range m.harts { // f has looked before the loops go on
		h.mu.Lock()
		h.mu.Unlock()
	}
}

// transcript is a console that keeps what it gets.
type transcript struct {
	mu    sync.Mutex
	lines []simLine
}

type simLine struct {
	core int
	text string
}

func (c *transcript) Line(core int, text []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lines = append(c.lines, simLine{core, string(text)})
}

// all returns the lines so far.
func (c *transcript) all() []simLine {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]simLine(nil), c.lines...)
}

// of returns the lines of one core so far.
func (c *transcript) of(core int) []string {
	var list []string
	for _, l := range c.all() {
		if l.core == core {
			list = append(list, l.text)
		}
	}
	return list
}

// frame returns the pair frame of two cores.
func (m *machine) frame(a, b int) *ump.Frame {
	m.mu.Lock()
	defer m.mu.Unlock()
	pair := [2]int{min(a, b), max(a, b)}
	if m.frames[pair] == nil {
		m.frames[pair] = new(ump.Frame)
	}
	return m.frames[pair]
}

// scribble lets f write into the frame of a core and a peer as if that core had
// done it, when nobody else runs, and rings the peer's doorbell.
func (m *machine) scribble(core, peer int, f func(frame *ump.Frame, end int)) {
	synctest.Wait()
	end := 0
	if core > peer {
		end = 1
	}
	f(m.frame(core, peer), end)
	m.harts[peer].post(Doorbell)
}
