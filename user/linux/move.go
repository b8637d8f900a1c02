package linux

import (
	"math/bits"
	"strings"
	"syscall"

	"atoll/kernel/vspace"
	"atoll/monitor/parcel"
	"atoll/user/coroutine"
	"atoll/user/vfs"
)

// Processes that move to another core. A process has nothing but its descriptors, its number and its relations when it
// executes a program: execve moves it, and makes its memory where it is to live.

// leaving is a process on its way: its thread waits in execve.
type leaving struct {
	number uint64 // of the move, among those of its core
	core   int
	name   string
	x      *execution

	through *transit       // it only passes through here, and x is nil
	ended   *parcel.Parcel // the word of its end, which has come from where it went on to before the answer
	endedOn int            // that core
}

// mostMoves bounds the processes of a core that are about to move to others, for a realm: each has a record in the
// kernel's heap, here and there.
const mostMoves = 8

// hasLeave reports whether another may begin to.
func (r *realm) hasLeave() bool { return r.records+len(r.moves) < mostMoves }

// mayLeave reports whether another may begin to, and if so counts it. If not the thread makes its call again when it may.
func (t *thread) mayLeave() bool {
	r := t.p.sys.realm
	if r.hasLeave() {
		r.records++
		return true
	}
	t.waitIn(&r.movers)
	t.retry()
	t.deaf = true // execve is ended by nothing but the end of its process
	return false
}

// goesNot is for one that does not go after it was counted.
func (r *realm) goesNot() {
	r.records--
	r.movers.wakeAll()
}

// emigrate sends the process to the core where it is to run the program. Its thread waits for the answer.
func (x *execution) emigrate() error {
	t, p := x.t, x.t.p
	s := p.sys
	r := s.realm
	d := x.args.(*record)
	err := r.room()
	if err != nil {
		return err
	}
	if err = p.memory.flushShared(); err != nil {
		return err
	}
	to := x.way()
	if err = p.bringIn(func(f *farFile) bool { return f.origin.core == to || f.origin.core == x.core }); err != nil {
		return err
	}
	switch {
	case s.coroutines.Ends():
		return syscall.EINTR
	case p.leaving != nil:
		return syscall.EAGAIN // another thread executes a program there
	}
	if d.cwd, err = p.fs.Path(p.fs.Cwd); err != nil {
		return err // where it would be nobody could tell
	}
	path, a := x.file.Path(p.fs), x.file.Attr()
	d.ino, d.size, d.mtime, d.ctime, d.mode = a.Ino, uint64(a.Size), uint64(a.Mtime), uint64(a.Ctime), uint64(a.Mode)
	d.pid, d.group, d.session, d.job = p.id, p.group, p.session, p.job
	if p.parent != nil {
		d.parent, d.parentGroup, d.parentSession = p.parent.id, p.parent.group, p.parent.session
	}
	d.route, d.behind = p.route, p.behind
	p.recordChildren(d)
	d.tours = p.toursHad()
	d.mask, d.cores, d.umask = t.mask, t.cores, uint64(p.fs.Umask)
	for sig := range p.actions {
		if p.actions[sig].handler == handlerIgnore {
			d.ignored |= bit(uint64(sig))
		}
	}
	d.path, d.name, d.limits = path, baseName(x.name), p.limits
	if to != x.core {
		d.onward = uint64(x.core) + 1
	}
	r.lastMove++
	number := r.lastMove
	if err := r.exportFiles(p, to, number, d); err != nil {
		r.dropExports(number)
		return err
	}
	x.file.Release()
	x.file, x.counted = nil, false
	r.send(to, parcelMove, p.id, s.share.Name, number, d.bytes())
	x.sent()
	p.left = number
	p.leaving = &leaving{number: number, core: to, name: d.name, x: x}
	r.records--
	r.moves[number] = p.leaving
	t.deaf = true
	t.sleep(forever, 0)
	return nil
}

// lostMove is the answer of a core that is dead: nobody knows whether the process had come there, and gone on.
const lostMove = ^errno(0)

// moved takes the answer of the core that a process is to live on. If that was chosen for it, and it cannot be there, it stays: nothing
// of its program has been heard of, or the answer would have come before.
func (r *realm) moved(from int, number uint64, e errno) {
	l := r.moves[number]
	if l == nil || l.core != from {
		return
	}
	delete(r.moves, number)
	if e != 0 {
		r.dropExports(number)
	}
	if l.through != nil {
		r.passed(l, e)
		r.movers.wakeAll()
		return
	}
	switch p := l.x.t.p; {
	case p.leaving != l && e == 0: // it was killed on its way
		r.send(from, parcelSignal, p.id, sigKILL, 0, nil)
	case p.leaving != l && e == lostMove:
		p.killAfter()
	case p.leaving != l: // and has not come there
		p.lived = true
		p.tellAside()
	case e == lostMove && !l.x.free:
		p.exit(killed(sigKILL)) // on its way: what has come there is killed, too
		if !p.parent.foreign() {
			p.killAfter()
		}
	case e != 0 && l.straighten(e):
		p.leaving = nil
		l.x.t.backToParts(l.x.part, l.x.drop)
	case e != 0:
		p.leaving = nil
		if l.x.free {
			l.x.stay()
			l.x.t.backToParts(l.x.part, l.x.drop)
			break
		}
		l.x.t.deaf = false
		l.x.t.wake(e.result())
	default:
		p.leaving = nil
		p.haunt(l)
		if l.ended != nil {
			r.heard(l.endedOn, l.ended)
		}
	}
	r.movers.wakeAll()
}

// killAfter kills a process that is dead to its parent, if it had gone on from the core that is dead to one that it had been on before.
func (p *Process) killAfter() {
	set := p.behind
	for i := range len(p.route) {
		set |= 1 << p.route[i]
	}
	for set &= p.sys.realm.link.Alive(); set != 0; set &= set - 1 {
		p.sys.realm.send(bits.TrailingZeros64(set), parcelSignal, p.id, sigKILL, 0, nil)
	}
}

// arrival is a process that has come from another core: its program is being loaded.
type arrival struct {
	r       *realm
	from    int
	number  uint64 // of its move there
	d       *record
	p       *Process
	im      *image
	args    *arguments
	signals []siginfo // that have come meanwhile
	more    bool      // there is more to do
	c       *coroutine.Coroutine
	lost    bool // the core that it comes from is dead
}

// arrive takes a process.
func (r *realm) arrive(from int, p *parcel.Parcel) {
	d, ok := recordOf(p.Data)
	d.behind &= r.link.Alive() // nobody else has to be told
	var e errno
	switch {
	case !ok || d.pid != p.W[1] || d.pid == 0 || d.pid > maxID, !r.knows(d.route):
		e = inval
	case r.sys.processes[d.pid] != nil && !r.sys.processes[d.pid].ghost() || r.arrivals[d.pid] != nil:
		e = inval
	case d.onward != 0:
		if e = r.passThrough(from, p.W[3], d); e == 0 {
			return
		}
	case r.sys.tasks+len(r.arrivals)+len(d.children) >= r.sys.mostTasks, r.arrivalsFrom(from) >= mostMoves:
		e = again
	}
	if e != 0 {
		r.send(from, parcelMoved, p.W[1], uint64(e), p.W[3], nil)
		return
	}
	a := &arrival{r: r, from: from, number: p.W[3], d: d}
	r.arrivals[d.pid] = a
	r.sys.loop.Chore(a.work)
}

// knows reports whether all cores of a route are, or have been: one that is only said to be would be waited for.
func (r *realm) knows(route string) bool {
	known := r.link.Alive() | r.others | r.died()
	for i := range len(route) {
		if known>>route[i]&1 == 0 {
			return false
		}
	}
	return true
}

// arrivalsFrom returns how many come from a core: no more than it may have under way, if it keeps to that.
func (r *realm) arrivalsFrom(core int) (n int) {
	for _, a := range r.arrivals {
		if a.from == core {
			n++
		}
	}
	return n
}

// answer says what has become of it.
func (a *arrival) answer(e errno) {
	a.r.send(a.from, parcelMoved, a.d.pid, uint64(e), a.number, nil)
}

// work does a part, which may wait in its middle, and reports whether another is to follow.
func (a *arrival) work() (more bool) {
	s := a.r.sys
	c, err := s.coroutines.Start(func() { a.more = a.part() }, func() { s.loop.Do(a.goOn) })
	if err != nil {
		return true // when others are over
	}
	a.c = c
	return c == nil && a.more
}

// goOn goes on with a part that has waited.
func (a *arrival) goOn() {
	if a.c.Resume() && a.more {
		a.r.sys.loop.Chore(a.work)
	}
}

// part does a part of the work, and with the last answers.
func (a *arrival) part() (more bool) {
	more, err := a.step()
	if more && err == nil {
		return true
	}
	delete(a.r.arrivals, a.d.pid)
	if err == nil {
		err = a.settle()
	}
	if err != nil {
		a.drop()
		a.answer(execErrno(err))
	}
	return false
}

func (a *arrival) step() (more bool, err error) {
	switch {
	case a.r.sys.ended || a.lost:
		return false, syscall.ESRCH
	case a.p == nil:
		return true, a.begin()
	}
	return a.add()
}

// begin makes the process, and loads its program.
func (a *arrival) begin() error {
	s, d := a.r.sys, a.d
	a.p = &Process{sys: s, id: d.pid, seat: a.r.here, threads: map[uint64]*thread{}, fs: vfs.NewContext(s.files)}
	p := a.p
	_, p.born = s.env.Clock()
	p.fs.PID, p.fs.Umask, p.fs.Console = int(p.id), uint32(d.umask), a.r.openConsole
	if err := s.prepare(); err != nil {
		return err
	}
	n, err := p.fs.Find(p.fs.Root, d.cwd, true)
	if err != nil {
		return err
	}
	dir, is := n.(vfs.Directory)
	if !is {
		return syscall.ENOTDIR
	}
	p.fs.Cwd = dir
	file, err := a.open()
	if err != nil {
		return err
	}
	defer file.Release()
	s.reserve(nil)
	if a.r.arrivals[d.pid] != a || s.ended {
		return syscall.ESRCH // over the wait
	}
	space, err := vspace.New(s.store)
	if err != nil {
		return err
	}
	p.memory = s.newMemory(space)
	if a.im, err = p.memory.load(s.env, file); err == nil {
		a.args = p.memory.newArguments()
	}
	return err
}

// open opens the program: the core's own, if that is the same, or a copy that it has.
func (a *arrival) open() (*vfs.File, error) {
	d := a.d
	of := vfs.Attr{Ino: d.ino, Size: int64(d.size), Mtime: int64(d.mtime), Ctime: int64(d.ctime), Mode: uint32(d.mode)}
	if f := a.r.sys.twin(d.path, of); f != nil {
		err := f.Run()
		if err != nil {
			f.Release()
		}
		return f, err
	}
	s := a.r.sys
	if f := s.copies.find(d.path, of); f != nil {
		return f, nil
	}
	f, e := a.p.openProgram(d.path)
	if e != 0 {
		return nil, syscall.Errno(e)
	}
	s.copies.keep(d.path, of, f)
	return f, nil
}

// add adds some of the strings.
func (a *arrival) add() (more bool, err error) {
	a.r.sys.reserve(nil)
	for range partWork {
		l := &a.d.args
		if a.args.environ {
			l = &a.d.environment
		}
		switch {
		case len(*l) > 0:
			err = a.args.add((*l)[0])
			*l = (*l)[1:]
		case !a.args.environ:
			err = a.args.end()
		default:
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

// settle lets the process run.
func (a *arrival) settle() error {
	s, d, p := a.r.sys, a.d, a.p
	g := s.processes[p.id]
	if g != nil && !g.ghost() || g == nil && strings.IndexByte(d.route, byte(s.core())) >= 0 {
		return syscall.ESRCH // it comes back, and has been given up here, or the number is one's that has begun here meanwhile
	}
	if !a.r.mayImport(a.from, d) {
		return syscall.ENFILE
	}
	if s.tasks+len(d.children) >= s.mostTasks {
		return syscall.EAGAIN // others have come meanwhile, or begun here
	}
	if err := a.args.end(); err != nil {
		return err
	}
	stack, err := a.args.finish(s.env, a.im)
	if err != nil {
		return err
	}
	p.group, p.session, p.job, p.name, p.limits, p.exitSignal = d.group, d.session, d.job, d.name, d.limits, sigCHLD
	p.tours = d.tours[max(0, len(d.tours)-mostTours):]
	p.parent, p.route = &Process{sys: s, id: d.parent, group: d.parentGroup, session: d.parentSession, seat: a.from}, cut(d.route+string([]byte{byte(a.from)}), s.core())
	p.behind = (d.behind | 1<<a.from) &^ (1 << s.core())
	if g != nil {
		g.replace(p)
	}
	for sig := range p.actions {
		if d.ignored>>max(sig-1, 0)&1 != 0 && sig > 0 {
			p.actions[sig].handler = handlerIgnore
		}
	}
	p.files = vfs.NewTable()
	a.r.importFiles(p, a.from, d)
	s.processes[p.id] = p
	a.r.takeChildren(p, a)
	t := p.newThread(p.id)
	t.PC, t.X[regSP] = a.im.entry, stack
	t.mask, t.cores = d.mask&^unblockable, d.cores
	a.answer(0)
	t.run(nil)
	if g != nil && g.doom != nil {
		p.signal(*g.doom)
	}
	for _, i := range a.signals {
		p.signal(i)
	}
	return nil
}

// cut leaves out of a route what is a detour if it leads to a core.
func cut(route string, to int) string {
	if i := strings.IndexByte(route, byte(to)); i >= 0 {
		route = route[:i]
	}
	return route
}

// replace has a process that comes back take the place of its ghost.
func (g *Process) replace(p *Process) {
	s := p.sys
	p.parent, p.orphan, p.usedTicks, p.childTicks = g.parent, g.orphan, g.usedTicks, g.childTicks
	for _, c := range s.processes {
		if c.parent == g {
			c.parent = p
		}
	}
	s.tasks--
	if g.standsIn != 0 {
		g.forgetBehind(uint64(s.core())) // it has come itself
	}
}

// drop gives back what was made for a process that does not live here.
func (a *arrival) drop() {
	if p := a.p; p != nil && p.memory != nil {
		p.memory.dropFiles()
		a.r.sys.endSpace(p.memory.space)
	}
}
