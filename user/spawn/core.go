package spawn

import (
	"encoding/binary"
	"sync"

	"atoll/arch/layout"
	"atoll/kernel/capability"
	"atoll/kernel/dispatch"
	"atoll/kernel/domain"
	"atoll/kernel/ram"
	"atoll/monitor/parcel"
	"atoll/monitor/spans"
	"atoll/user/vfs"
)

// Core starts and ends the programs of a core. Its methods are for any goroutine.
type Core struct {
	host Host

	opening  sync.Mutex
	files    *vfs.Namespace // belongs to the loop as soon as there is one
	rom      capability.Cap // to the pages of the archive
	programs []File
	land     *land
}

// New returns the programs of a core, none.
func New(h Host) *Core { return &Core{host: h} }

// Program is a program to start.
type Program struct {
	Args   []string // the first is its name
	Share  uint64   // name of the run of whose share of the hart it is, 0: it is a run itself
	Memory uint64   // bytes, 0: as much as is usual
	// Terminal is what it reads from and writes to, nil: it reads nothing, and the lines that
	// it writes are said.
	Terminal Terminal
	Trace    bool   // its system calls are told in lines
	Calls    string // which (linux.System.Trace), all if empty
	Trusted  bool   // it gets the capability to the core
	// Commander carries out what it, and all that it starts, write to /mk/console; nil: it may not.
	Commander Commander
	// Off is told, before that, that it ends for it has called for the end of the machine, or for
	// its restart; nil: nobody has to know.
	Off func(restart bool)
	// Span is a set of cores, a bit each, that its threads may run on beside this one, and among which they
	// are placed; empty: only threads that say so run on others.
	Span uint64
	// Ended is told, in the loop, the number and the status of one that has ended: all it
	// had is free, and all it wrote has been said.
	Ended func(pid uint64, status int)
}

// State is what a program does.
type State struct {
	PID     uint64
	Name    string
	Threads uint64
	Used    uint64 // nanoseconds on the hart
	Pages   uint64 // of its RAM in use
	Most    uint64 // pages that it has
}

// Programs lists the programs that came with the kernel.
func (c *Core) Programs() ([]File, error) {
	c.opening.Lock()
	defer c.opening.Unlock()
	return c.programs, c.openFiles()
}

func (c *Core) openFiles() (err error) {
	if c.files == nil {
		if c.files, c.rom, err = newFiles(c.host); err == nil {
			c.programs = programsOf(c.files)
		}
	}
	return err
}

// Start starts a program and returns its number, from 1 on. It fails with a sentence.
func (c *Core) Start(p Program) (pid uint64, err error) {
	c.opening.Lock()
	l, err := c.open()
	c.opening.Unlock()
	if err != nil {
		return 0, err
	}
	l.wait(func() { pid, err = l.start(p) })
	return pid, err
}

// open makes the land of programs with the first of them.
func (c *Core) open() (*land, error) {
	err := c.openFiles()
	if err == nil && c.land == nil {
		c.land, err = newLand(c.host, c.files, c.rom)
	}
	return c.land, err
}

// running returns the land of programs, nil if no program has been started.
func (c *Core) running() *land {
	c.opening.Lock()
	defer c.opening.Unlock()
	return c.land
}

// Open has the core be ready for what others lend it, as the start of a program does.
func (c *Core) Open() error {
	c.opening.Lock()
	defer c.opening.Unlock()
	_, err := c.open()
	return err
}

// Kill ends a program, and reports whether there was one.
func (c *Core) Kill(pid uint64) (there bool) {
	if l := c.running(); l != nil {
		l.wait(func() { there = l.kill(pid) })
	}
	return there
}

// List lists the programs that run, by their numbers.
func (c *Core) List() (list []State) {
	if l := c.running(); l != nil {
		l.wait(func() { list = l.list() })
	}
	return list
}

// Left returns how many pages of RAM are free for programs, how many there are in all, and
// how many capabilities the core has. All are 0 as long as no program has been started.
func (c *Core) Left() (free, all, capabilities uint64) {
	if l := c.running(); l != nil {
		l.wait(func() {
			free, all = l.ram.Left()
			capabilities = l.db.Count()
		})
	}
	return free, all, capabilities
}

// Mappings returns what kernel says that it maps, and behind it what user code maps, with
// kind saying of what kind the memory at a physical address is. What is mapped of the archive is there once,
// however many processes map it alike. Nothing of user code changes meanwhile.
func (c *Core) Mappings(kernel func() []layout.Mapping, kind func(pa uint64) layout.Kind) (list []layout.Mapping) {
	l := c.running()
	if l == nil {
		return kernel()
	}
	l.wait(func() {
		list = kernel()
		n := len(list)
		archive := map[capability.Leaf]bool{}
		l.db.Leaves(func(f capability.Leaf) {
			if archive[f] {
				return
			}
			if f.PA-c.rom.Base < c.rom.Size {
				archive[f] = true
			}
			m := layout.Mapping{VA: f.VA, PA: f.PA, Pages: f.Size / layout.PageSize, Perm: layout.Perm(f.Rights), Kind: kind(f.PA)}
			if last := len(list) - 1; last >= n && follows(&list[last], &m) {
				list[last].Pages += m.Pages
				return
			}
			list = append(list, m)
		})
	})
	return list
}

// follows reports whether a mapping goes on with another.
func follows(a, b *layout.Mapping) bool {
	size := a.Pages * layout.PageSize
	return a.VA+size == b.VA && a.PA+size == b.PA && a.Perm == b.Perm && a.Kind == b.Kind
}

// land is where programs live. It belongs to the loop.
type land struct {
	host     Host
	files    *vfs.Namespace
	loop     *dispatch.Loop
	mem      Memory
	core     *domain.Core
	db       *capability.Database
	ram      *ram.Manager
	rom      capability.Ref // slot of the capability to the pages of the archive, for good
	lent     *ram.Domain    // of RAM that other cores have, nil: none can
	server   capability.Ref // slot of the memory server's endpoint
	out      *output
	programs map[uint64]*program
	shares   map[uint64]*share // by the names of runs
	commands int               // of the console that are being carried out for programs
	lastPID  uint64
	lastRun  uint64 // in the name of a run

	parcels parcel.Carrier      // of runs over several cores, nil: there are no others
	realms  map[uint64]*program // by the names of runs
	places  map[place]uint64    // that are kept, until when, in ticks

	carrier  spans.Carrier // nil: there are no other cores
	hosted   []*hosted
	guests   map[guestID]*guest
	away     map[uint32]*program // of threads that are sent to other cores, by their numbers
	lastAway uint32
}

// slice is for how long a dispatcher runs when others want to.
const slice = 5_000_000 // ns

func newLand(h Host, files *vfs.Namespace, rom capability.Cap) (*land, error) {
	pool, err := h.Pool()
	if err != nil {
		return nil, err
	}
	var seed [8]byte
	h.Random(seed[:])
	l := &land{host: h, files: files, mem: h.Memory(), programs: map[uint64]*program{}, shares: map[uint64]*share{}}
	l.loop = dispatch.New(h.Machine(), dispatch.NewScheduler(h.Ticks(slice)))
	l.core = domain.New(l.mem, l.loop, binary.NativeEndian.Uint64(seed[:]))
	l.core.SetChannels(h.Channels())
	l.core.SetPrograms(h.Programs())
	l.core.SetSources(h.Sources())
	l.db = l.core.Database()
	if l.ram, err = ram.New(l.db, l.mem, pool.Frames, pool.Base, pool.Size, l.loop.Chore); err != nil {
		return nil, err
	}
	if err := l.openROM(rom); err != nil {
		return nil, err
	}
	if r := h.Remote(l.core); r != nil {
		l.core.SetRemote(r, l.ram)
		l.ram.Recall = l.core.Recall
		l.openBooks()
		l.openSpans()
	}
	l.openRealms()
	if err := l.openBank(); err != nil {
		return nil, err
	}
	if err := l.mountHost(); err != nil {
		return nil, err
	}
	l.out = newOutput(h.Say, func() { l.loop.Do(l.writable) })
	go l.out.run()
	go l.loop.Run()
	return l, nil
}

// openROM has the pages of the archive be the ROM of programs.
func (l *land) openROM(pages capability.Cap) (err error) {
	if l.rom, err = l.ram.Slot(); err != nil {
		return err
	}
	if e := l.db.Plant(l.rom, pages); e != capability.OK {
		return e
	}
	return nil
}

// wait has the loop call f, and returns when it has.
func (l *land) wait(f func()) {
	done := make(chan struct{})
	l.loop.Do(func() { f(); close(done) })
	<-done
}
