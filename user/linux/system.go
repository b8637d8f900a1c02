package linux

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
	"syscall"

	"atoll/arch/layout"
	"atoll/kernel/capability"
	"atoll/kernel/dispatch"
	"atoll/kernel/domain"
	"atoll/kernel/vspace"
	"atoll/user/coroutine"
	"atoll/user/farfs"
	"atoll/user/pipe"
	"atoll/user/tty"
	"atoll/user/vfs"
)

// Env is what processes have around them. Its methods are called in the loop and must not
// block.
type Env interface {
	// Terminal is the terminal of the processes, nil for none: then Output takes what they
	// write, and there is nothing to read.
	Terminal() *tty.Terminal
	// Output takes what the processes write to standard output (1) and error (2), or
	// the beginning of it, and returns how many bytes that was. Who has got rid of none
	// waits until Writable is called.
	Output(fd int, b []byte) int
	// Random fills b with random bytes.
	Random(b []byte)
	// Clock returns nanoseconds since 1970, and since the machine began, which the vDSO computes
	// too: ticks of the time CSR, and the same span more for the former, always.
	Clock() (wall, monotonic uint64)
	// Ticks converts nanoseconds to ticks of the loop.
	Ticks(ns uint64) uint64
	// Files is what the processes see as files.
	Files() *vfs.Namespace
	// Console opens the console of the machine, to give it commands, for processes that may: else it
	// fails with EACCES.
	Console() (vfs.Stream, error)
	// Off is told, before Exit, that the processes end for one has called reboot: to begin
	// afresh, or for good.
	Off(restart bool)
	// Volume returns the file system of a kind on a disk, which is not attached yet. It fails with ENODEV if
	// there is no such kind, with ENOTBLK if that is no name of a disk. number tells it from others.
	Volume(kind, source string, number uint64) (*farfs.FS, error)
	// Exit is told that the first process has ended, and all others with it, with the
	// status that a shell would give: the low byte of the exit status, or 128 and the number
	// of a signal.
	Exit(status int)
}

// foreground is the process group that has the terminal, -1 for none.
func (s *System) foreground() int {
	if s.terminal == nil || s.terminal.Group == 0 {
		return -1
	}
	return s.terminal.Group
}

// initID is the id of the first process, the one that gets the orphans.
const initID = 1

// System is a system of processes, a PID namespace as Linux calls it: they have ids of
// their own, see each other and nobody else, and share the RAM of one store. The first
// process is its init; when that ends, the others are killed.
type System struct {
	env             Env
	loop            *dispatch.Loop
	share           *dispatch.Group // of the hart: all threads have it together
	store           *vspace.Store
	processes       map[uint64]*Process // by their ids, with those that are dead and not waited for
	tasks           int                 // threads, and the dead
	mostTasks       int
	waits           int // for files, of all threads
	firstID, lastID uint64
	ending          []*vspace.Space // address spaces that nobody has any more
	ended           bool
	caller          *thread // whose call is being served, nil: nobody's
	coroutines      *coroutine.Group
	killing         bool // makeRoom is
	files           *vfs.Namespace
	kinds           map[string]vfs.Mount        // file systems that there are once, by their types
	tmpfs           map[vfs.Directory]vfs.Tmpfs // file systems that processes have mounted, by their roots
	volumes         map[vfs.Directory]*farfs.FS // and those on disks
	shared          map[vfs.Node]*sharedFile
	storing         int      // files on their way back to who has them, with what was stored to their pages
	behindStored    []func() // called when they have arrived
	devices         uint64   // the last number of one
	outputs         [2]*output
	proc            procFS
	pipes           pipe.Pool
	futexes         map[uint64]*waiters // in memory that processes have in common, by physical addresses
	terminal        *tty.Terminal       // nil: none
	realm           *realm              // nil: processes do not move
	mounts          ownMounts           // of an annex, that are still to be made
	twins           *vfs.Namespace      // files of the core beside those of the home, nil: none
	copies          copies              // of programs that have run
	span            *spanning           // nil: no other cores
	trace           func(line []byte)   // nil: nobody traces
	traced          chosen
	Unknown         map[uint64]int // calls that are not in the table, and how many there were; up to mostUnknown
}

// Tasks are bounded, for the kernel's heap holds them: by a number, and by the RAM, so that
// many systems have no more tasks than one that has all of it.
const (
	maxTasks     = 512
	pagesPerTask = 8
	leastTasks   = 32
	spare        = 16 // one of so many tasks, areas or open files is for jobs that have little
)

// mostUnknown bounds the unknown calls that are counted by their numbers: the processes say
// them, and the kernel's heap holds them.
const mostUnknown = 32

// countUnknown counts a call that is not in the table.
func (s *System) countUnknown(n uint64) {
	if n < uint64(len(calls)) && calls[n].name != "" {
		return
	}
	if _, there := s.Unknown[n]; there || len(s.Unknown) < mostUnknown {
		s.Unknown[n]++
	}
}

// newSystem makes a system without processes.
func newSystem(env Env, store *vspace.Store) *System {
	_, pages := store.Pages()
	s := &System{
		files: env.Files().Fork(), env: env, store: store, processes: map[uint64]*Process{}, futexes: map[uint64]*waiters{}, Unknown: map[uint64]int{}, tmpfs: map[vfs.Directory]vfs.Tmpfs{}, volumes: map[vfs.Directory]*farfs.FS{}, shared: map[vfs.Node]*sharedFile{}, kinds: map[string]vfs.Mount{}, devices: deviceProc,
		mostTasks: min(maxTasks, max(int(pages/pagesPerTask), leastTasks)),
	}
	s.mountProc()
	s.coroutines = s.files.Coroutines()
	for _, m := range vfs.NewContext(s.files).Mounts()[1:] { // but for the root
		s.kinds[m.Type] = *m.Mount
	}
	return s
}

// Start makes a system of one process, of the program of a path, a static linux/riscv64 ELF
// file or a script, in an address space that is empty. It runs when Begin is called. It
// fails with a sentence that says what is wrong with the program.
func Start(env Env, space *vspace.Space, path string, argv, environ []string) (*System, error) {
	s := newSystem(env, space.Store)
	p := s.newProcess(nil)
	p.memory = s.newMemory(space)
	f, argv, e := p.findProgram(path, argv)
	if e != 0 {
		return nil, fmt.Errorf("%s cannot be run: %w", path, syscall.Errno(e))
	}
	defer f.Release()
	im, err := p.memory.load(env, f)
	var stack uint64
	if err == nil {
		stack, err = p.memory.addAll(env, im, argv, environ)
	}
	if err != nil {
		p.memory.dropFiles()
		return nil, err
	}
	p.name = baseName(argv[0])
	t := p.newThread(p.id)
	t.PC, t.X[regSP] = im.entry, stack
	return s, nil
}

// addAll writes arguments and environment of a program that has been loaded, and returns its stack
// pointer.
func (m *memory) addAll(env Env, im *image, argv, environ []string) (stack uint64, err error) {
	args := m.newArguments()
	for _, list := range [][]string{argv, environ} {
		for _, s := range list {
			if err == nil {
				err = args.add(s)
			}
		}
		if err == nil {
			err = args.end()
		}
	}
	if err != nil {
		return 0, err
	}
	return args.finish(env, im)
}

// init returns the first process, nil if it has ended.
func (s *System) init() *Process { return s.processes[initID] }

// Begin lets the loop run the first process, which has one share of the hart with all that
// come from it. Any goroutine may call it.
func (s *System) Begin(l *dispatch.Loop, share *dispatch.Group) {
	s.loop, s.share = l, share
	if first := s.init(); first != nil {
		l.Do(func() { first.threads[initID].run(nil) })
	}
}

// Native lets the first process make native calls with a table of capabilities, whose root
// CNode's capability is in a slot, until it runs another program. It is called before Begin.
func (s *System) Native(c *domain.Core, table capability.Ref) {
	p := s.init()
	p.core, p.table = c, table
	for _, t := range p.threads {
		t.admit()
	}
}

// maxID bounds ids, as Linux does. Each core gives out idsPerCore of them.
const maxID = 1 << 22

// newID returns an id that no process, thread, group or session has.
func (s *System) newID() uint64 {
	for {
		if s.lastID++; s.lastID < s.firstID || s.lastID >= s.firstID+idsPerCore {
			s.lastID = max(s.firstID, 1)
		}
		if !s.used(s.lastID) {
			return s.lastID
		}
	}
}

func (s *System) used(id uint64) bool {
	if s.processes[id] != nil {
		return true
	}
	for _, p := range s.processes {
		if p.group == id || p.session == id || p.threads[id] != nil {
			return true
		}
	}
	return false
}

// Writable lets those go on who wait to write to the console. For the loop.
func (s *System) Writable() {
	for _, o := range s.outputs {
		if o != nil {
			o.writable()
		}
	}
}

// Kill ends all processes as SIGKILL would. For the loop.
func (s *System) Kill() {
	if p := s.init(); p != nil && !s.annex() {
		p.exit(killed(sigKILL))
	} else if s.annex() && !s.ended {
		s.end(killed(sigKILL))
	}
}

// Used returns how many threads there are, and for how many ticks they and those that have
// ended have had the hart. For the loop.
func (s *System) Used() (threads int, ticks uint64) {
	for _, p := range s.processes {
		threads += len(p.threads)
		ticks += p.ticks() + p.childTicks
	}
	return threads, ticks
}

// end ends all processes, for the first has ended.
func (s *System) end(status waitStatus) {
	s.ended = true
	s.realm.end()
	for _, p := range s.processes {
		p.exit(killed(sigKILL))
	}
	for root := range s.tmpfs {
		s.clear(root)
	}
	for _, fs := range s.volumes {
		fs.End()
	}
	s.env.Exit(status.shell())
}

// endMemory begins to give back memory that nobody has any more, on other cores first.
func (s *System) endMemory(m *memory) {
	if s.span != nil {
		s.span.withdrawAll(m, func() { s.endSpace(m.space) })
		return
	}
	s.endSpace(m.space)
}

// endSpace begins to give back an address space that nobody has any more.
func (s *System) endSpace(space *vspace.Space) {
	s.ending = append(s.ending, space)
	if len(s.ending) == 1 {
		s.loop.Chore(s.reclaimSome)
	}
}

// spaceStep is how many pages are given back at once, and spaceSteps how often that is done between two runs if nobody
// is to be woken: with one long step that one waits for it, and with one short step memory is made faster than given back.
const spaceStep, spaceSteps = 16, 4

// reclaimSome gives back what there is between two runs, and returns whether there is more.
func (s *System) reclaimSome() (more bool) {
	for n := 0; n < spaceSteps; n++ {
		if more = s.reclaim(spaceStep); !more || s.loop.Due() {
			break
		}
	}
	return more
}

// reclaim gives back pages of address spaces that nobody has, at most budget, and returns
// whether there are more. When all has ended, the RAM is taken as it is.
func (s *System) reclaim(budget int) (more bool) {
	if s.ended {
		return false
	}
	if len(s.ending) > 0 && !s.ending[0].End(budget) {
		s.ending = s.ending[1:]
	}
	return len(s.ending) > 0
}

// roomStep is how many pages are made room for at once: to find out who has most takes a look at all tables, and who forks without end has many
// processes of some pages each.
const roomStep = 64

// makeRoom gets memory when there is none left: it kills the processes, but no shell, that have
// most pages for themselves, the youngest of those, of the job that has most: who forks without end, and
// not what else somebody has begun at a shell. It spares who is in a call, and the process for which
// it is done, nil for none. It reports whether there may be some memory now, or the next time.
func (s *System) makeRoom(spare *Process) bool {
	if len(s.ending) > 0 && !s.ended {
		s.reclaim(spaceStep)
		return true
	}
	if s.killing || s.span.settling() {
		return false // the memory of who is being killed is not all that somebody wants of it; or other cores have to drop it first
	}
	victims := s.victims(spare)
	s.killing = true
	for _, p := range victims {
		if !p.dead {
			p.exit(killed(sigKILL))
		}
	}
	s.killing = false
	return len(victims) > 0
}

// victims returns whom makeRoom kills, who has most first: no more than are needed, and of one job. They are none if who makes the call under way has more.
func (s *System) victims(spare *Process) (list []*Process) {
	own, jobs := map[*Process]int{}, map[uint64]int{} // their pages
	for _, p := range s.processes {
		if p.dead || p.ghost() {
			continue
		}
		own[p] = p.space.Own()
		jobs[p.job] += own[p]
		if !p.shell() && p != spare && (s.caller == nil || p != s.caller.p) {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(p, q *Process) int {
		return cmp.Or(cmp.Compare(jobs[q.job], jobs[p.job]), cmp.Compare(q.job, p.job), cmp.Compare(own[q], own[p]), cmp.Compare(q.id, p.id))
	})
	n, pages := 0, 0
	for n < len(list) && list[n].job == list[0].job && pages < roomStep {
		pages += own[list[n]]
		n++
	}
	if n > 0 && s.caller != nil && !s.caller.p.shell() && jobs[s.caller.p.job] > jobs[list[0].job] {
		return nil // others do not pay for it: its next page fault, or anybody's, ends it
	}
	return list[:n]
}

// reserve makes room until so much is free as a part of an execve needs, for a process, or as far as that can be.
func (s *System) reserve(of *Process) {
	for !s.store.Room(execPages, execTables) && s.makeRoom(of) {
	}
}

// nanoseconds converts ticks of the loop.
func (s *System) nanoseconds(ticks uint64) uint64 {
	hi, lo := bits.Mul64(ticks, 1e9)
	ns, _ := bits.Div64(hi, lo, max(s.env.Ticks(1e9), hi+1))
	return ns
}

// memoryLeft returns how many bytes of RAM are free and how many there are.
func (s *System) memoryLeft() (free, all uint64) {
	used, pages := s.store.Pages()
	return (pages - used) * layout.PageSize, pages * layout.PageSize
}
