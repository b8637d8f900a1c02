package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"atoll/arch/layout"
	"atoll/arch/shim"
	"atoll/kernel"
	"atoll/kernel/dispatch"
	"atoll/kernel/domain"
	"atoll/monitor"
	"atoll/monitor/parcel"
	"atoll/monitor/spans"
	"atoll/user/block"
	"atoll/user/ninep"
	"atoll/user/spawn"
)

// userland is what runs the programs of this core, between the monitor and package spawn.
type userland struct {
	i    *instance
	core *spawn.Core
}

func newUserland(i *instance) *userland {
	u := &userland{i: i}
	u.core = spawn.New(u)
	return u
}

// poolTime bounds the wait for the user pool, parts of which an earlier life may have
// granted.
const poolTime = 2 * time.Second

// shareTime bounds the wait for the core that drives the folder of the host: it may have died just now.
const shareTime = 5 * time.Second

// Core is the number of the core.
func (u *userland) Core() int { return u.i.self }

// Pool waits until the user pool may be used.
func (u *userland) Pool() (spawn.Pool, error) {
	frames, err := u.i.monitor.UserPool(poolTime)
	r := u.i.plan.Cores[u.i.self].User
	return spawn.Pool{Frames: frames, Base: r.Base, Size: r.Size}, err
}

// Archive maps the initial RAM disk, to read it.
func (u *userland) Archive() (data []byte, at uint64, err error) {
	p := u.i.plan
	r := p.InitrdPages()
	if r.Size == 0 {
		return nil, 0, nil
	}
	if err := shim.Map(p.WindowVA(r.Base), r.Base, r.Size, layout.R); err != nil {
		return nil, 0, fmt.Errorf("core %d cannot map the initial RAM disk: %w", u.i.self, err)
	}
	return shim.Bytes(p.WindowVA(p.Initrd.Base), p.Initrd.Size), p.Initrd.Base, nil
}

func (u *userland) Channels() domain.Channels           { return u.i.monitor.Channels() }
func (u *userland) Remote(c *domain.Core) domain.Remote { return u.i.monitor.Remote(c) }
func (u *userland) Spans(c *domain.Core, p spans.Port) spans.Carrier {
	return u.i.monitor.Spans(c.Loop().Do, p)
}
func (u *userland) Parcels(do func(func()), p parcel.Port) parcel.Carrier {
	return u.i.monitor.Parcels(do, p)
}
func (u *userland) Programs() domain.Programs { return u.i.monitor.Programs() }
func (u *userland) Sources() domain.Sources   { return u.i.monitor.Sources() }
func (u *userland) Share() func() (ninep.Transport, error) {
	if !u.i.args.Share {
		return nil
	}
	return func() (ninep.Transport, error) { return u.i.monitor.OpenShare(context.Background(), shareTime) }
}
func (u *userland) Volume(number int) (block.Disk, error) {
	v, err := u.i.monitor.OpenVolume(number)
	if err != nil {
		return nil, err
	}
	return v, nil
}
func (u *userland) Machine() dispatch.Machine { return dispatch.Hart() }
func (u *userland) Memory() spawn.Memory      { return &kernel.Physical{} }
func (u *userland) Say(lines []byte)          { os.Stdout.Write(lines) }
func (u *userland) Random(b []byte)           { rand.Read(b) }
func (u *userland) Clock() (wall, monotonic uint64) {
	monotonic = uint64(shim.Duration(shim.Now()))
	return shim.Row().WallBase + monotonic, monotonic
}
func (u *userland) Ticks(ns uint64) uint64          { return shim.Ticks(time.Duration(ns)) }
func (u *userland) Nanoseconds(ticks uint64) uint64 { return uint64(shim.Duration(ticks)) }

// Facts are those of /mk: which core this is, what it knows of all cores, the plan, and which Go
// made the kernel.
func (u *userland) Facts() []spawn.Fact {
	return []spawn.Fact{
		{Name: "core", Text: func() string { return fmt.Sprintln(u.i.self) }},
		{Name: "cores", Text: u.cores},
		{Name: "plan", Text: u.i.plan.String},
		{Name: "version", Text: func() string { return runtime.Version() + "\n" }},
	}
}

// cores has a line for each core: its number, the state of its life and the incarnation.
func (u *userland) cores() string {
	var b strings.Builder
	for core, l := range u.i.monitor.Lives() {
		fmt.Fprintln(&b, core, l.State, l.Incarnation)
	}
	return b.String()
}

// Start starts a program for the monitor.
func (u *userland) Start(p monitor.Program) (uint64, error) {
	q := spawn.Program{Args: p.Args, Share: p.Share, Memory: p.Memory, Trusted: p.Trusted, Span: p.Span, Trace: p.Trace, Calls: p.Calls, Commander: p.Commander, Off: p.Off, Ended: p.Ended}
	if p.Terminal != nil {
		q.Terminal = p.Terminal
	}
	return u.core.Start(q)
}

// Open has the core be ready for what programs of others lend it.
func (u *userland) Open() error { return u.core.Open() }

// Lend gives RAM to a program of another core.
func (u *userland) Lend(to int, number uint32, bytes, align uint64) error {
	return u.core.Lend(to, number, bytes, align)
}

// Kill ends a program.
func (u *userland) Kill(pid uint64) bool { return u.core.Kill(pid) }

// Running lists the programs that run.
func (u *userland) Running() (list []monitor.RunningProgram, m monitor.ProgramMemory) {
	for _, s := range u.core.List() {
		list = append(list, monitor.RunningProgram{
			PID: s.PID, Threads: s.Threads, Used: s.Used, Pages: s.Pages, Most: s.Most, Name: monitor.ProgramName(s.Name),
		})
	}
	m.Free, m.All, m.Capabilities = u.core.Left()
	return list, m
}

// Mappings returns all that this instance maps, for itself and for user code.
func (u *userland) Mappings(kernel func() []layout.Mapping) []layout.Mapping {
	return u.core.Mappings(kernel, func(pa uint64) layout.Kind {
		if kind := u.i.machine.Kind(pa); kind != layout.User {
			return kind
		}
		return layout.Process
	})
}

// Files lists the programs there are.
func (u *userland) Files() (list []monitor.ProgramFile, err error) {
	files, err := u.core.Programs()
	for _, f := range files {
		list = append(list, monitor.ProgramFile{Size: f.Size, Name: monitor.ProgramName(f.Name)})
	}
	return list, err
}
