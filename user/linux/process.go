package linux

import (
	"atoll/kernel/capability"
	"atoll/kernel/dispatch"
	"atoll/kernel/domain"
	"atoll/kernel/vspace"
)

// MaxThreads bounds the threads of a process.
const MaxThreads = 128

// Env is what a process has around it. Its methods are called in the loop and must not
// block.
type Env interface {
	// Output takes what the process writes to its standard output (1) and error (2), or
	// the beginning of it, and returns how many bytes that was. Who has got rid of none
	// waits until Writable is called.
	Output(fd int, b []byte) int
	// Random fills b with random bytes.
	Random(b []byte)
	// Clock returns nanoseconds since 1970, 0 if nobody knows, and since the machine began.
	Clock() (wall, monotonic uint64)
	// Ticks converts nanoseconds to ticks of the loop.
	Ticks(ns uint64) uint64
	// Exit is told that the process has ended, with the status that wait would give: the
	// low byte of the exit status, or 128 and the number of a signal.
	Exit(status int)
}

// Process is a domain that runs a Linux program.
type Process struct {
	env     Env
	loop    *dispatch.Loop
	core    *domain.Core   // serves native calls; nil: nobody does
	table   capability.Ref // slot of the capability to the root CNode for them
	space   *vspace.Space
	threads map[uint64]*thread // by their ids
	lastID  uint64
	actions [maxSignal + 1]action
	futexes map[uint64]*waiters // by address
	files   files
	writers []*thread
	hint    uint64 // where to look for free addresses
	used    uint64 // ticks, of threads that have ended
	ended   bool
	Unknown map[uint64]int // calls that are not in the table, and how many there were; up to mostUnknown
}

// mostUnknown bounds the unknown calls that are counted by their numbers: the process says
// them, and the kernel's heap holds them.
const mostUnknown = 32

// countUnknown counts a call that is not in the table.
func (p *Process) countUnknown(n uint64) {
	if _, there := p.Unknown[n]; there || len(p.Unknown) < mostUnknown {
		p.Unknown[n]++
	}
}

// newProcess makes a process without a program.
func newProcess(env Env, space *vspace.Space) *Process {
	p := &Process{
		env: env, space: space, hint: mmapBase,
		threads: map[uint64]*thread{}, futexes: map[uint64]*waiters{}, Unknown: map[uint64]int{},
	}
	p.files.init()
	return p
}

// Begin lets the loop run the process's first thread. Any goroutine may call it.
func (p *Process) Begin(l *dispatch.Loop) {
	p.loop = l
	l.WakeLater(&p.threads[1].Dispatcher)
}

// Native lets the process make native calls with a table of capabilities, whose root
// CNode's capability is in a slot. It is called before Begin.
func (p *Process) Native(c *domain.Core, table capability.Ref) {
	p.core, p.table = c, table
	for _, t := range p.threads {
		t.Woken = t.deliverPending
		c.Admit(&t.Caller, table, p.space.Table())
	}
}

// newThread makes a thread that does not run yet; nil if there are too many.
func (p *Process) newThread() *thread {
	if len(p.threads) == MaxThreads {
		return nil
	}
	p.lastID++
	t := &thread{p: p, id: p.lastID}
	t.Reset() // who was at this address before may have left registers on the hart
	t.Root, t.Handler = p.space.Root(), t
	p.threads[t.id] = t
	if p.core != nil {
		t.Woken = t.deliverPending
		p.core.Admit(&t.Caller, p.table, p.space.Table())
	}
	return t
}

// Writable lets those go on who wait to write. For the loop.
func (p *Process) Writable() {
	list := p.writers
	p.writers = nil
	for _, t := range list {
		if p.threads[t.id] == t {
			t.wake(0)
		}
	}
}

// Kill ends the process as SIGKILL would. For the loop.
func (p *Process) Kill() { p.exit(128 + sigKILL) }

// Used returns how many threads the process has, and for how many ticks they and those that
// have ended have had the hart. For the loop.
func (p *Process) Used() (threads int, ticks uint64) {
	ticks = p.used
	for _, t := range p.threads {
		ticks += t.Used()
	}
	return len(p.threads), ticks
}

// exit ends the process.
func (p *Process) exit(status int) {
	if p.ended {
		return
	}
	p.ended = true
	for _, t := range p.threads {
		p.dismiss(t)
	}
	clear(p.threads)
	clear(p.futexes)
	p.env.Exit(status)
}

// dismiss lets a thread run no more.
func (p *Process) dismiss(t *thread) {
	if p.core != nil {
		p.core.Dismiss(&t.Caller)
	}
	p.loop.End(&t.Dispatcher)
	p.used += t.Used()
}
