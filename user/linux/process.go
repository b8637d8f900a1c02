package linux

import (
	"atoll/arch/layout"
	"atoll/kernel/capability"
	"atoll/kernel/domain"
	"atoll/kernel/vspace"
	"atoll/user/synth"
	"atoll/user/vfs"
)

// Process is a process: threads, and what they have in common.
type Process struct {
	*memory
	sys            *System
	id             uint64
	parent         *Process // nil for the first
	seat           int      // the core that it lives on
	leaving        *leaving // on its way to another, nil: it is not
	route          string   // the cores that it has come through from where it began, a byte each, without detours
	behind         uint64   // the cores that it has been on before, which have ghosts of it, a bit each
	group, session uint64
	job            uint64     // the child of a shell from which it comes, itself if it is one or the first
	name           string     // of its program, as ps shows it
	born           uint64     // when it began, in nanoseconds since the machine did
	dir            *synth.Dir // in /proc, nil: nobody has looked

	threads map[uint64]*thread // by their ids; the first has the process's
	files   *vfs.Table
	fs      *vfs.Context
	actions [maxSignal + 1]action
	pending pending // signals to whichever thread takes them
	tours   []tour  // those that it has had, the latest
	limits  limits
	timer   *timer // ITIMER_REAL, nil: never used

	core  *domain.Core   // serves native calls; nil: nobody does
	table capability.Ref // slot of the capability to the root CNode for them

	standsIn   uint64   // it is here for its parent, and was never: the number of the move by which that came from its seat
	doom       *siginfo // SIGKILL, which the ghost has passed on to it
	left       uint64   // the number of the last move by which it went from here
	orphan     bool     // its parent has ended, and it is the first process's since
	anyChild   bool     // it has waited for whichever child, and may be told of orphans
	stopped    bool
	dead       bool       // it has ended, and is there to be waited for
	lived      bool       // it has ended here, and not on its way to another core or as a ghost
	status     waitStatus // how it has ended, or was stopped
	news       news       // what there is to tell who waits
	exitSignal uint64     // sent to the parent at the end, 0: none
	waiters    queue      // threads that wait for children
	vforker    *thread    // who waits until it has memory of its own, or ends

	usedTicks  uint64 // of threads that have ended
	childTicks uint64 // of children that were waited for
}

// newProcess makes a process without threads and memory, a child of parent or the first.
func (s *System) newProcess(parent *Process) *Process {
	p := &Process{sys: s, seat: s.core(), id: s.newID(), threads: map[uint64]*thread{}}
	_, p.born = s.env.Clock()
	if p.job = p.id; parent != nil && !parent.shell() {
		p.job = parent.job
	}
	if parent == nil {
		p.group, p.session, p.limits = p.id, p.id, usualLimits
		p.files, p.fs = vfs.NewTable(), vfs.NewContext(s.files)
		p.fs.PID, p.fs.Console = int(p.id), s.env.Console
		p.standard()
	} else {
		p.parent, p.group, p.session = parent, parent.group, parent.session
		p.name, p.actions, p.limits = parent.name, parent.actions, parent.limits
		p.files, p.fs = parent.files.Fork(), parent.fs.Fork(int(p.id))
	}
	s.processes[p.id] = p
	return p
}

// shell reports whether the process is one whose children are jobs: the first, or the leader of the
// terminal's session, which the first has begun.
func (p *Process) shell() bool {
	term := p.sys.terminal
	return p.id == initID || term != nil && p.id == uint64(term.Session)
}

// newThread makes a thread that does not run yet.
func (p *Process) newThread(id uint64) *thread {
	t := &thread{p: p, id: id}
	t.Reset() // who was at this address before may have left registers on the hart
	t.Root, t.Handler, t.Leads, t.Picks = p.space.Root(), t, p.job == p.id, true
	p.threads[t.id] = t
	p.sys.tasks++
	if p.core != nil {
		t.admit()
	}
	return t
}

// admit lets the thread make native calls.
func (t *thread) admit() {
	t.Woken = t.deliverPending
	t.Page = func(va uint64, perm layout.Perm) bool { return t.p.space.Fault(va, perm) == nil }
	t.p.core.Admit(&t.Caller, t.p.table, t.p.space.Table())
}

// room reports whether there may be another task.
func (p *Process) room() bool {
	s := p.sys
	if s.tasks >= s.mostTasks || uint64(s.tasks) >= p.limits[limitTasks].soft {
		return false
	}
	return p.mayHave(s.tasks+1, s.mostTasks, s.jobTasks)
}

// roomForAreas reports whether there may be so many more areas in its memory.
func (p *Process) roomForAreas(more int) bool {
	return p.mayHave(p.sys.store.Areas()+more, vspace.MaxAreas, p.sys.jobAreas)
}

// roomForFile reports whether there may be another open file.
func (p *Process) roomForFile() bool {
	return p.mayHave(p.sys.files.Open()+1, vfs.MaxOpen, p.sys.jobFiles)
}

// mayHave reports whether its job may have more of something, so that so much of most is used by all. The last of it is
// for jobs that have little, so that at a shell somebody can begin what ends the others, and for the shell.
func (p *Process) mayHave(used, most int, ofJob func(job uint64) int) bool {
	return used <= most-most/spare || p.shell() || ofJob(p.job) < most/spare
}

// jobTasks returns how many tasks a job has.
func (s *System) jobTasks(job uint64) (n int) {
	for _, p := range s.processes {
		if p.job == job {
			n += len(p.threads)
			if p.dead {
				n++
			}
		}
	}
	return n
}

// jobAreas returns how many areas the memory of a job has. Who was made by vfork has them with another.
func (s *System) jobAreas(job uint64) int {
	return s.sumOf(job, func(p *Process) int { return p.space.CountAreas() })
}

// jobFiles returns how many open files a job's processes have, each for itself.
func (s *System) jobFiles(job uint64) int {
	return s.sumOf(job, func(p *Process) int { return p.files.Count() })
}

// sumOf adds up what the processes of a job have that live here.
func (s *System) sumOf(job uint64, has func(*Process) int) (n int) {
	for _, p := range s.processes {
		if p.job == job && !p.dead && !p.ghost() {
			n += has(p)
		}
	}
	return n
}

// ticks returns for how long its threads have had the hart.
func (p *Process) ticks() uint64 {
	ticks := p.usedTicks
	for _, t := range p.threads {
		ticks += t.Used()
	}
	return ticks
}

// exit ends the process: it is dead until its parent has waited for it.
func (p *Process) exit(status waitStatus) {
	if p.dead {
		return
	}
	minded, ghost := p.sys.minding(), p.ghost()
	p.dead, p.stopped, p.status = true, false, status
	p.lived = !ghost && p.leaving == nil
	if !ghost {
		p.leaveAll()
	}
	if p.id == initID && !p.sys.annex() {
		p.sys.end(status)
	}
	if p.sys.ended {
		return
	}
	p.tellAside()
	p.leaveTerminal()
	p.orphanChildren()
	p.sys.release(minded)
	p.tell(newsEnd)
}

// leaveAll gives back what a process has that lives here, but its number: it is counted as one that is dead, or elsewhere.
func (p *Process) leaveAll() {
	for _, t := range p.threads {
		p.dismiss(t)
	}
	p.sys.tasks++
	p.leaving = nil
	p.files.Clear()
	p.endTimer()
	p.leaveMemory()
}

// dismiss lets a thread run no more.
func (p *Process) dismiss(t *thread) {
	t.leaveCall()
	t.leaveQueues()
	t.dropParts()
	if p.core != nil {
		p.core.Dismiss(&t.Caller)
	}
	p.sys.loop.End(&t.Dispatcher)
	if p.sys.span != nil {
		p.sys.span.close(t)
	}
	p.usedTicks += t.Used()
	p.sys.tasks--
	delete(p.threads, t.id)
	t.gone = true
}

// leaveMemory gives up the address space, which ends if nobody else has it, and lets the
// parent go on whose space it was.
func (p *Process) leaveMemory() {
	if p.memory.users--; p.memory.users == 0 {
		p.memory.dropFiles()
		if !p.sys.ended {
			p.sys.endMemory(p.memory)
		}
	}
	if t := p.vforker; t != nil {
		p.vforker = nil
		t.wake(p.id)
	}
}

// orphanChildren gives the children to the first process.
func (p *Process) orphanChildren() {
	for _, c := range p.children() {
		if c.standsIn != 0 {
			c.vanish()
			continue
		}
		c.parent, c.orphan = p.sys.heir(), true
		if c.ghost() {
			p.sys.realm.send(c.seat, parcelOrphan, c.id, 0, 0, nil)
		}
		c.exitSignal = sigCHLD   // the first has asked for no other
		if c.news&newsEnd != 0 { // one that is ending tells it itself
			c.tell(newsEnd)
		}
	}
}

// bury forgets a dead process: it has been waited for.
func (p *Process) bury() {
	p.parent.childTicks += p.ticks() + p.childTicks
	p.sys.tasks--
	delete(p.sys.processes, p.id)
}
