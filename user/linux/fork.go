package linux

import "atoll/kernel/vspace"

// Flags of clone (uapi/linux/sched.h); the low byte is the signal that is sent at the end.
const (
	cloneSignal       = 0xff
	cloneVM           = 0x100
	cloneSigHandlers  = 0x800
	clonePIDFD        = 0x1000
	cloneVFork        = 0x4000
	cloneParent       = 0x8000
	cloneThread       = 0x10000
	cloneSetTLS       = 0x80000
	cloneParentSetTID = 0x100000
	cloneClearTID     = 0x200000
	cloneChildSetTID  = 0x1000000
	cloneNewAny       = 0x7e02_0000 // namespaces
)

// clone makes a thread or a process. The order of the arguments is riscv64's.
func clone(t *thread, a args) {
	flags := a[0]
	var e errno
	switch {
	case flags&cloneThread != 0 && (flags&cloneVM == 0 || flags&(cloneVFork|clonePIDFD) != 0), flags&clonePIDFD != 0,
		flags&cloneSignal > maxSignal:
		e = inval
	case flags&cloneNewAny != 0:
		e = notPermitted
	case !t.p.room():
		e = again
	}
	switch {
	case e != 0:
		t.fail(e)
	case flags&cloneThread != 0:
		t.cloned(t.p.newThread(t.p.sys.newID()), a)
	case flags&cloneVM != 0:
		t.p.memory.users++
		t.cloned(t.fork(flags, t.p.memory), a)
	default:
		t.copyMemory(func(m *memory) { t.cloned(t.fork(flags, m), a) })
	}
}

// cloned lets a new thread run, and answers the call that has made it.
func (t *thread) cloned(n *thread, a args) {
	flags := a[0]
	n.begin(t, a)
	t.answer(n.id)
	if flags&cloneVFork != 0 {
		n.p.vforker = t
		t.deaf = true
		t.sleep(forever, 0)
	}
	t.p.sys.span.settleAll(n) // the child of a fork begins with what its parent had then
	n.run(t)
	for i, ok := t.long.came.take(^uint64(0)); ok; i, ok = t.long.came.take(^uint64(0)) {
		n.p.signal(i)
	}
}

// fork makes a process with one thread, which has the caller's memory or a copy of it.
func (t *thread) fork(flags uint64, m *memory) *thread {
	parent, sig := t.p, flags&cloneSignal
	if flags&cloneParent != 0 && parent.parent != nil {
		parent, sig = parent.parent, parent.exitSignal // it is for the parent to say what it gets
	}
	p := t.p.sys.newProcess(t.p)
	p.parent, p.memory, p.exitSignal = parent, m, sig
	return p.newThread(p.id)
}

// copyMemory copies the caller's memory, which nobody changes meanwhile, and goes on with the
// copy. If there is no memory for one it makes room, and tries once more.
func (t *thread) copyMemory(then func(*memory)) {
	s := t.p.sys
	var f *vspace.Forking
	var m *memory
	drop := func() {
		if f != nil {
			m.dropFiles()
			s.endSpace(f.Space)
			f = nil
		}
	}
	retry, reclaims := len(s.ending) > 0, false
	t.inPartsAlone(func() (more bool) {
		if reclaims && s.reclaim(partWork) {
			return true
		}
		var err error
		if reclaims = false; f == nil {
			if !t.p.roomForAreas(t.p.space.CountAreas()) {
				err = vspace.ErrTooMany
			} else if f, err = t.p.space.Fork(); err == nil {
				m = t.newCopy(f.Space)
			}
		}
		if err == nil {
			more, err = f.Part(partWork)
		}
		switch {
		case more:
		case err == nil && t.p.room():
			then(m)
		case err == nil:
			drop()
			t.fail(again)
		case retry:
			retry, reclaims, more = false, true, true
			drop()
		default:
			drop()
			t.fail(noMem)
		}
		return more
	}, drop)
}

// newCopy is the memory of a space that becomes a copy of the caller's.
func (t *thread) newCopy(space *vspace.Space) *memory {
	m := t.p.sys.newMemory(space)
	m.hint, m.breakStart, m.breakEnd = t.p.hint, t.p.breakStart, t.p.breakEnd
	m.program, m.commandLine = t.p.program, t.p.commandLine
	for _, f := range t.p.memory.files {
		m.keep(f)
	}
	for sf := range t.p.memory.shared {
		m.share(sf)
	}
	for n, c := range t.p.memory.common {
		m.watch(n, c.contents)
	}
	return m
}

// begin gives a new thread the caller's registers, with what clone's arguments change.
func (t *thread) begin(caller *thread, a args) {
	flags := a[0]
	t.X, t.PC, t.mask, t.cores = caller.X, caller.PC, caller.mask, caller.cores
	f, fcsr := caller.FP()
	t.SetFP(&f, fcsr)
	if a[1] != 0 {
		t.X[regSP] = a[1]
	}
	t.answer(0)
	if flags&(cloneVM|cloneVFork) != cloneVM {
		t.altBase, t.altSize = caller.altBase, caller.altSize
	}
	if flags&cloneSetTLS != 0 {
		t.X[regTP] = a[3]
	}
	if flags&cloneParentSetTID != 0 {
		caller.p.store32(a[2], uint32(t.id))
	}
	if flags&cloneChildSetTID != 0 {
		t.p.store32(a[4], uint32(t.id))
	}
	if flags&cloneClearTID != 0 {
		t.clearID = a[4]
	}
}
