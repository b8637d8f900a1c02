package linux

import "atoll/user/vfs"

// limit is a bound on what a process may have (struct rlimit64).
type limit struct{ soft, hard uint64 }

// unlimited as a limit is none.
const unlimited = ^uint64(0)

// Limits (uapi/asm-generic/resource.h). Those that are named hold.
const (
	limitStack     = 3
	limitTasks     = 6 // RLIMIT_NPROC
	limitFiles     = 7 // RLIMIT_NOFILE
	limitAddresses = 9 // RLIMIT_AS
	numLimits      = 16
)

type limits [numLimits]limit

// usualLimits are those of the first process.
var usualLimits = func() (l limits) {
	for i := range l {
		l[i] = limit{unlimited, unlimited}
	}
	l[limitStack] = limit{stackSize, stackSize}
	l[limitTasks] = limit{maxTasks, maxTasks}
	l[limitFiles] = limit{vfs.MaxFiles, vfs.MaxFiles}
	return l
}()

// prlimit64 tells a limit of a process, and sets another: no higher than the hard one.
func prlimit64(t *thread, a args) {
	p := t.process(a[0])
	if p == nil {
		t.fail(srch)
		return
	}
	t.limit(p, a[1], a[2], a[3])
}

func getrlimit(t *thread, a args) { t.limit(t.p, a[0], 0, a[1]) }
func setrlimit(t *thread, a args) { t.limit(t.p, a[0], a[1], 0) }

func (t *thread) limit(p *Process, which, set, tell uint64) {
	if uint32(which) >= numLimits {
		t.fail(inval)
		return
	}
	now := &p.limits[uint32(which)]
	next := *now
	if set != 0 {
		var ok, ok2 bool
		next.soft, ok = t.p.load64(set)
		next.hard, ok2 = t.p.load64(set + 8)
		switch {
		case !ok || !ok2:
			t.fail(fault)
			return
		case next.soft > next.hard:
			t.fail(inval)
			return
		case next.hard > now.hard:
			t.fail(notPermitted)
			return
		}
	}
	if tell != 0 && !(t.p.store64(tell, now.soft) && t.p.store64(tell+8, now.hard)) {
		t.fail(fault)
		return
	}
	*now = next
	if uint32(which) == limitFiles {
		p.files.SetLimit(int(min(next.soft, vfs.MaxFiles)))
	}
	t.answer(0)
}
