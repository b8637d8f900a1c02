package spawn

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"atoll/arch/layout"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/kernel/ram"
	"atoll/kernel/vspace"
	"atoll/user/farfs"
	"atoll/user/linux"
	"atoll/user/tty"
	"atoll/user/vfs"
)

// Bounds of programs.
const (
	maxPrograms = 64
	// usualRAM is what a process has, if there is so much: for a program of Go 4 MiB do.
	// leastRAM is the least with which it is worth trying.
	usualRAM = 32 << 20
	leastRAM = 4 << 20
	// ownRAM is what a program may take beside, of the memory server.
	ownRAM = 16 << 20
)

// program is a program that runs: a domain whose code is a Linux process, with those that
// it makes. It is their linux.Env.
type program struct {
	l         *land
	pid       uint64
	name      string
	domain    *ram.Domain
	slots     []capability.Ref // of the kernel's
	space     *vspace.Space
	process   *linux.System
	share     *share
	lines     [2]line   // of its standard output and error
	screen    *screen   // nil: it has no terminal
	commander Commander // nil: it may give the console no commands
	status    int
	off       func(restart bool)
	ended     func(uint64, int)
	spanned   bool // its threads may run on other cores
	store     *vspace.Store
	files     *vfs.Namespace // what its processes see as files
	far       *farfs.FS      // the home's, nil: it is at home
	run       uint64         // name of the run that it is a part of, 0: of none that has others
}

// start makes a process of a program and lets it run. For the loop.
func (l *land) start(p Program) (pid uint64, err error) {
	if len(l.programs) >= maxPrograms {
		return 0, fmt.Errorf("core %d runs %d programs already", l.host.Core(), maxPrograms)
	}
	size, err := l.size(p.Memory)
	if err != nil {
		return 0, err
	}
	g := &program{l: l, files: l.files, pid: l.lastPID + 1, name: p.Args[0], commander: p.Commander, off: p.Off, ended: p.Ended}
	g.domain = l.ram.NewDomain(size + objectsSize + abi.FirstRAM + ownRAM)
	if p.Terminal != nil {
		g.screen = l.newScreen(p.Terminal)
	}
	if err := g.make(p, size); err != nil {
		if g.screen != nil {
			g.screen.end(func() {})
		}
		g.domain.End(g.returnSlots)
		return 0, fmt.Errorf("core %d cannot start %s: %w", l.host.Core(), g.name, err)
	}
	l.lastPID = g.pid
	l.programs[g.pid] = g
	g.share = l.enter(l.runOf(g, p))
	g.realm(l.newRun())
	g.process.Begin(l.loop, &g.share.Group)
	return g.pid, nil
}

// size says how much RAM a process gets: what was asked for, or as much as is usual, or
// less if there is less.
func (l *land) size(asked uint64) (uint64, error) {
	free, _ := l.ram.Left()
	const beside = objectsSize + abi.FirstRAM
	size := (asked + layout.PageSize - 1) &^ (layout.PageSize - 1)
	if asked == 0 {
		for size = usualRAM; size > leastRAM && size+beside > free; size /= 2 {
		}
	}
	if size > free || size+beside > free {
		return 0, fmt.Errorf("core %d has not enough memory for the program: %d KiB are left", l.host.Core(), free>>10)
	}
	return size, nil
}

// Objects that every program has beside its memory: its root CNode, and the table of the
// part of its address space that is its own.
const (
	cnodeSize   = abi.RootSlots * capability.SlotSize
	tableSize   = 2 * layout.PageSize
	objectsSize = cnodeSize + tableSize
)

// Which of the program's slots has which capability.
const (
	slotRAM = iota
	slotObjects
	slotCNode
	slotTable
	numSlots
)

// leastProcs is how many Ps a Go program has, unless it may run on more cores: two, as an instance has (docs/interrupts.md). With one the
// runtime's monitor takes it away from whoever waits in a native call for some 40 us, must
// then be woken when he comes back, and naps and looks for a while each time: that would
// cost more than to be woken. With two it looks every 10 ms.
const leastProcs = 2

// make makes the process and its capabilities. On an error the domain is to be ended.
func (g *program) make(p Program, size uint64) error {
	path, err := find(g.l.files, g.name)
	if err != nil {
		return err
	}
	if err := g.reserve(size); err != nil {
		return err
	}
	if g.space, err = vspace.New(g.store); err != nil {
		return err
	}
	g.space.Exclude(abi.OwnBase, layout.GigaPage)
	if g.process, err = linux.Start(g, g.space, path, g.arguments(path, p.Args), g.environment(p.Span)); err != nil {
		return err
	}
	if p.Trace {
		if err := g.process.Trace(g.trace, p.Calls); err != nil {
			return err
		}
	}
	g.span(p.Span)
	g.process.Native(g.l.core, g.slots[slotCNode])
	if err := g.fill(); err != nil || !p.Trusted {
		return err
	}
	return g.trust()
}

// reserve takes the RAM of the program's processes, and makes the objects beside it.
func (g *program) reserve(size uint64) (err error) {
	for range numSlots {
		r, err := g.l.ram.Slot()
		if err != nil {
			return err
		}
		g.slots = append(g.slots, r)
	}
	if err := g.makeObjects(); err != nil {
		return err
	}
	if err := g.domain.Take(size, 0, g.slots[slotRAM]); err != nil {
		return err
	}
	if g.store, err = vspace.NewStore(g.l.db, g.l.mem, g.slots[slotRAM], g.slots[slotCNode], uint64(abi.SlotFree>>16)); err != nil {
		return err
	}
	g.store.SetROM(g.l.rom)
	return nil
}

// arguments are the program's, the first of which is its path if that is a link: who goes by
// several names looks at where they lead.
func (g *program) arguments(path string, args []string) []string {
	c := vfs.NewContext(g.l.files)
	n, err := c.Find(c.Root, path, false)
	if _, link := n.(vfs.Symlink); err != nil || !link {
		return args
	}
	return append([]string{path}, args[1:]...)
}

// environment is what the program's environment begins with.
func (g *program) environment(span uint64) []string {
	home := g.l.host.Core()
	procs := max(bits.OnesCount64(span|1<<home), leastProcs)
	return []string{fmt.Sprintf("ATOLL_CORE=%d", home), fmt.Sprintf("GOMAXPROCS=%d", procs), "PATH=" + searchPath, "HOME=/root"}
}

// makeObjects makes the root CNode and the table.
func (g *program) makeObjects() error {
	objects := g.slots[slotObjects]
	if err := g.domain.Take(objectsSize, 0, objects); err != nil {
		return err
	}
	for slot, m := range map[int]capability.Made{
		slotCNode: {Type: capability.CNode, Size: cnodeSize},
		slotTable: {Type: capability.VNodeL1, Size: tableSize, Offset: cnodeSize},
	} {
		if e := g.l.db.Carve(objects, g.slots[slot], m); e != capability.OK {
			return e
		}
	}
	return nil
}

// fill fills the root CNode with what a program begins with.
func (g *program) fill() error {
	db := g.l.db
	if e := db.Map(g.slots[slotTable], capability.Place{VNode: g.space.Table(), Index: abi.OwnBase / layout.GigaPage, Count: 1}); e != capability.OK {
		return e
	}
	for a, src := range map[capability.Address]capability.Ref{
		abi.SlotRoot: g.slots[slotCNode], abi.SlotTable: g.slots[slotTable],
	} {
		dst, e := db.Find(g.slots[slotCNode], a, capability.Write)
		if e == capability.OK {
			e = db.Copy(dst, src)
		}
		if e != capability.OK {
			return e
		}
	}
	dst, e := db.Find(g.slots[slotCNode], abi.SlotMemory, capability.Write)
	if e == capability.OK {
		e = db.Mint(dst, g.l.server, capability.Write, uint32(g.pid))
	}
	if e != capability.OK {
		return e
	}
	dst, e = db.Find(g.slots[slotCNode], abi.SlotRAM, capability.Write)
	if e != capability.OK {
		return e
	}
	return g.domain.Take(abi.FirstRAM, 0, dst)
}

// trust gives the program the capability to the core, one of its own: to revoke it takes
// it away from those alone that run already.
func (g *program) trust() error {
	dst, e := g.l.db.Find(g.slots[slotCNode], abi.SlotKernel, capability.Write)
	if e == capability.OK {
		e = g.l.db.Plant(dst, capability.Cap{Type: capability.Kernel, Rights: capability.Write, Base: uint64(g.l.host.Core()), Size: 1})
	}
	if e != capability.OK {
		return e
	}
	return nil
}

// returnSlots gives the program's slots back, which its end has emptied.
func (g *program) returnSlots() {
	for _, r := range g.slots {
		g.l.ram.Return(r)
	}
}

// Terminal is the program's terminal, nil for none.
func (g *program) Terminal() *tty.Terminal {
	if g.screen == nil {
		return nil
	}
	return g.screen.tty
}

// Files is what programs of the core see as files.
func (g *program) Files() *vfs.Namespace { return g.files }

// Random, Clock and Ticks are the instance's.
func (g *program) Random(b []byte)                 { g.l.host.Random(b) }
func (g *program) Clock() (wall, monotonic uint64) { return g.l.host.Clock() }
func (g *program) Ticks(ns uint64) uint64          { return g.l.host.Ticks(ns) }

// trace tells a call in a line. When there is no room it is lost: who traces is not to wait.
func (g *program) trace(text []byte) {
	if !g.l.out.full() {
		var l line
		l.write(g.l.out, text)
	}
}

// Off passes a call for the end of the machine on to who ran the program.
func (g *program) Off(restart bool) {
	if g.off != nil {
		g.off(restart)
	}
}

// Exit takes back all that the program has: not now, for the process is still in a call.
func (g *program) Exit(status int) {
	g.status = status
	g.l.loop.Chore(func() bool {
		g.l.core.EndChannels(uint32(g.pid))
		g.domain.End(g.over)
		return false
	})
}

// over tells the program's end, when all that it wrote has been said.
func (g *program) over() {
	g.returnSlots()
	g.share.programs--
	delete(g.l.programs, g.pid)
	delete(g.l.realms, g.run)
	if g.annex() {
		g.far.End()
		return
	}
	for i := range g.lines {
		g.lines[i].end(g.l.out)
	}
	if g.screen != nil {
		g.screen.end(func() { g.l.loop.Do(g.tell) })
		return
	}
	g.tell()
}

// tell says that the program has ended.
func (g *program) tell() {
	text := fmt.Sprintf("@%d program name=%s pid=%d status=%d\n", g.l.host.Core(), word(g.name), g.pid, g.status)
	g.l.out.last([]byte(text), func() { g.l.loop.Do(func() { g.ended(g.pid, g.status) }) })
}

// annex reports whether it is a part of a run that began on another core.
func (g *program) annex() bool { return g.run != 0 && homeOf(g.run) != g.l.host.Core() }

// word makes a name one word of a fact.
func word(name string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r == '=' || r > '~' {
			return '_'
		}
		return r
	}, name)
}

// kill ends a program. For the loop.
func (l *land) kill(pid uint64) bool {
	g := l.programs[pid]
	if g != nil {
		g.process.Kill()
	}
	return g != nil
}

// list lists the programs. For the loop.
func (l *land) list() (list []State) {
	for pid, g := range l.programs {
		threads, ticks := g.process.Used()
		used, most := g.store.Pages()
		held, _ := g.domain.Held()
		beside := held/layout.PageSize - min(most, held/layout.PageSize)
		list = append(list, State{
			PID: pid, Name: g.name, Threads: uint64(threads), Used: l.host.Nanoseconds(ticks), Pages: used + beside, Most: most + beside,
		})
	}
	slices.SortFunc(list, func(a, b State) int { return int(a.PID) - int(b.PID) })
	return list
}
