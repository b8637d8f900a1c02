package console

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"atoll/arch/layout"
	"atoll/boot/plan"
	"atoll/monitor/grant"
)

// fakeSystem is a machine of as many cores as its plan says, where all is well
// unless a test says otherwise.
type fakeSystem struct {
	plan *plan.Plan
	ctx  context.Context // of the latest view
	self int
	fakeLives
	fakeBench
	fakeTrace
	fakeKnowledge
	fakeDisks
	fakePrograms
	down     map[int]bool // cores that do not live: dead ones, if not odd
	silent   map[int]bool // living cores that do not answer
	ping     *PingResult  // instead of a good one
	blank    map[int]bool // cores that report no mapping
	extra    map[int][]layout.Mapping
	books    map[int]grant.Account
	looks    int              // at books
	restless int              // how many of these find that they have changed
	fleeting bool             // what is mapped besides is elsewhere after each
	streams  map[int][]Stream // instead of good ones
	works    []Work           // of both cores, one after the other; nil = there was no work
	asks     int              // for those
	differs  bool             // core 1 has agreed on something else
	working  bool
	offErr   error
	asked    []string // calls that reached the machine
	off      []int    // statuses it was powered off with
	reboots  int
	halts    int
	strange  uint64 // messages of no type that each core has counted
}

const page = layout.PageSize

// newFake makes a machine of n cores, with hart numbers unlike core numbers.
func newFake(n int) *fakeSystem {
	p := &plan.Plan{
		NCores: uint32(n), Harts: uint32(n), Timebase: 10_000_000, RAM: 128 << 20, NDevices: 1,
		Image:    plan.Range{Base: 0x8020_0000, Size: 4 * page},
		Area:     plan.Range{Base: 0x8100_0000, Size: page},
		Channels: plan.Range{Base: 0x8200_0000, Size: uint64(n*(n-1)/2) * page},
	}
	for i := range n {
		base := 0x9000_0000 + uint64(i)*16<<20
		p.Cores[i] = plan.Core{
			Row:     layout.Row{Core: uint64(i), Hart: uint64(i + 1), Pool: base, PoolEnd: base + 8<<20},
			Reserve: plan.Range{Base: base, Size: 8 << 20},
			User:    plan.Range{Base: base + 8<<20, Size: 6 << 20},
			DMA:     plan.Range{Base: base + 14<<20, Size: 2 << 20},
		}
	}
	p.Devices[0] = plan.Device{Kind: plan.DeviceUART, Regs: plan.Range{Base: 0x1000_0000, Size: 0x100}, IRQ: 10}
	copy(p.Devices[0].Path[:], "/soc/serial@10000000")
	return &fakeSystem{plan: p, fakeLives: newFakeLives(), down: map[int]bool{}, silent: map[int]bool{}, blank: map[int]bool{}, extra: map[int][]layout.Mapping{}}
}

// With keeps the context, which a call may look at.
func (f *fakeSystem) With(ctx context.Context) System {
	f.ctx = ctx
	return f
}

func (f *fakeSystem) Self() int        { return f.self }
func (f *fakeSystem) Plan() *plan.Plan { return f.plan }

func (f *fakeSystem) Alive() []int {
	var cores []int
	for i := range int(f.plan.NCores) {
		if !f.down[i] {
			cores = append(cores, i)
		}
	}
	return cores
}

// ask notes a call and answers for the cores it is about.
func (f *fakeSystem) ask(call string, cores ...int) error {
	f.asked = append(f.asked, fmt.Sprint(call, cores))
	for _, c := range cores {
		if f.down[c] {
			panic(fmt.Sprintf("%s asks core %d, which is down", call, c))
		}
		if f.silent[c] {
			return fmt.Errorf("core %d did not answer within 1s", c)
		}
	}
	return nil
}

func (f *fakeSystem) Stat(core int) (CoreStat, error) {
	return CoreStat{
		Core: core, Hart: core + 1, State: "up", Up: 75 * time.Second, HeapBytes: 700 << 10, HeapSys: 4 << 20,
		PagesUsed: 300, PagesTotal: 2048, GCs: 2, GCPause: 150 * time.Microsecond, Goroutines: 7,
		MsgsIn: 12, MsgsOut: 34, Doorbells: 5, IdlePermille: 987,
	}, f.ask("stat", core)
}

func (f *fakeSystem) Mappings(core int) ([]layout.Mapping, error) {
	if f.blank[core] {
		return nil, nil
	}
	c := &f.plan.Cores[core]
	maps := []layout.Mapping{
		{VA: layout.LinkBase, PA: f.plan.Image.Base, Pages: 4, Perm: layout.R | layout.X, Kind: layout.Text},
		{VA: layout.PlanBase, PA: f.plan.Area.Base, Pages: 1, Perm: layout.R, Kind: layout.Plan},
		{VA: layout.HeapBase, PA: c.Row.Pool, Pages: 100, Perm: layout.R | layout.W, Kind: layout.Private},
	}
	for o := range int(f.plan.NCores) {
		if o != core {
			pa := f.plan.Pair(core, o)
			maps = append(maps, layout.Mapping{VA: layout.WindowBase + pa, PA: pa, Pages: 1, Perm: layout.R | layout.W, Kind: layout.Channel})
		}
	}
	maps = append(maps, f.extra[core]...)
	if f.fleeting && len(f.extra[core]) > 0 {
		maps[len(maps)-1].PA += uint64(f.looks) * layout.PageSize
	}
	return maps, f.ask("mappings", core)
}

func (f *fakeSystem) Grants(core int) (grant.Account, error) {
	a := f.books[core]
	f.looks++
	if f.looks <= f.restless {
		a.Changes += uint64(f.looks)
	}
	return a, f.ask("grants", core)
}

func (f *fakeSystem) Ping(a, b, count int) (PingResult, error) {
	if f.ping != nil {
		return *f.ping, nil
	}
	return PingResult{Count: count, Min: 900, Median: 1100, P99: 12_000, Max: 40_000}, f.ask("ping", a, b)
}

func (f *fakeSystem) PowerOff(status int) error {
	f.off = append(f.off, status)
	return f.offErr
}

func (f *fakeSystem) Halt() { f.halts++ }

func (f *fakeSystem) Reboot() error {
	f.reboots++
	return f.offErr
}

// fakeLine is a serial line. What is typed is a list of steps: a string is
// delivered by one Read, a func is called while the console waits for input.
type fakeLine struct {
	mu    sync.Mutex
	steps []any
	out   bytes.Buffer
}

func (l *fakeLine) Read(p []byte) (int, error) {
	for len(l.steps) > 0 {
		switch s := l.steps[0].(type) {
		case func():
			l.steps = l.steps[1:]
			s()
		case string:
			n := copy(p, s)
			l.steps = l.steps[1:]
			if n < len(s) {
				l.steps = append([]any{s[n:]}, l.steps...)
			}
			return n, nil
		}
	}
	return 0, io.EOF
}

func (l *fakeLine) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(p)
}

// text is what came out so far, with plain newlines.
func (l *fakeLine) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.ReplaceAll(l.out.String(), "\r\n", "\n")
}

// execute runs one line on a machine and returns what it printed, with its status.
func execute(sys System, line string, more ...*Command) (string, int) {
	l := &fakeLine{}
	status := New(sys, l, more...).Execute(line)
	return l.text(), status
}

// check compares what a line of commands did with what it should have done.
func check(t *testing.T, sys System, line string, status int, want string, more ...*Command) {
	t.Helper()
	got, s := execute(sys, line, more...)
	if s != status {
		t.Errorf("%s: status %d, want %d; it printed:\n%s", line, s, status, got)
	}
	if !strings.Contains(got, want) {
		t.Errorf("%s printed:\n%swhich lacks:\n%s", line, got, want)
	}
}

var errBroken = errors.New("the finisher did not answer within 1s")
