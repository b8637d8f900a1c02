package linux

import (
	"syscall"

	"atoll/user/farfs"
	"atoll/user/vfs"
)

// Locks of the home's files that processes of other cores have: the home keeps them beside those of its own processes, for owners that those
// cores name by numbers.

// locker is an owner of locks of one file on another core.
type locker struct{ of *vfs.Locks }

// lockerKey names one.
type lockerKey struct {
	core   int
	number uint64
}

var _ farfs.Locker = (*HomeFiles)(nil)

// codeLock codes a lock, but for who has it here.
func codeLock(c *coder, q *farfs.LockQuestion) {
	words := []uint64{uint64(q.Op), q.Owner, uint64(q.Kind), uint64(q.First), uint64(q.Last), uint64(q.PID)}
	for i := range words {
		c.word(&words[i])
	}
	flag(c, &q.Exclusive)
	flag(c, &q.OfFile)
	q.Op, q.Owner, q.Kind = farfs.LockOp(words[0]), words[1], vfs.LockKind(words[2])
	q.First, q.Last, q.PID = int64(words[3]), int64(words[4]), int(words[5])
}

// Lock has the home do what is asked.
func (h *HomeFiles) Lock(f farfs.Ref, q farfs.LockQuestion) (*vfs.Lock, error) {
	ns := q.NS
	a, err := h.ask(fileLock, fileQuestion{file: f, lock: q})
	if err != nil || !a.barred {
		return nil, err
	}
	a.bar.NS = ns
	return &a.bar.Lock, nil
}

// Dropped tells the home, before the word that the process has ended that had the locks.
func (h *HomeFiles) Dropped(owner uint64) {
	r, c := h.sys.realm, &coder{}
	q := fileQuestion{lock: farfs.LockQuestion{Op: farfs.DropLocks, Owner: owner}}
	q.each(c)
	r.send(r.home, parcelFile, fileLock, 0, 0, c.b)
}

// lock does it at home.
func (f *fileServer) lock() error {
	q, r := f.q.lock, f.r
	key := lockerKey{f.from, q.Owner}
	if q.Op == farfs.DropLocks {
		r.loseLocker(key, nil)
		return nil
	}
	n, err := f.node(f.q.file, "")
	if err != nil {
		return err
	}
	node, is := n.(vfs.Lockable)
	switch {
	case !is && q.Op == farfs.SetLock:
		return syscall.ENOLCK
	case !is:
		return nil
	case q.Kind != vfs.Records && q.Kind != vfs.WholeFiles, q.First < 0, q.Last < q.First:
		return syscall.EINVAL
	}
	s := node.Locks(true)
	x := r.lockers[key]
	if x == nil || x.of != s {
		x = &locker{s}
	}
	l := q.Lock
	l.Owner, l.NS = x, f.c.NS
	switch q.Op {
	case farfs.SetLock:
		if err = s.Set(q.Kind, l); err == nil {
			r.loseLocker(key, x)
			r.lockers[key] = x
		}
		return err
	case farfs.UnsetLock:
		return s.Unset(q.Kind, l)
	case farfs.AskLock:
		f.bars(s.Barring(q.Kind, &l))
	}
	return nil
}

// bars answers which lock bars one, if any does.
func (f *fileServer) bars(l *vfs.Lock) {
	if l == nil {
		return
	}
	f.a.barred, f.a.bar.Lock = true, *l
	if l.NS != f.c.NS {
		f.a.bar.PID = 0
	}
}

// loseLocker takes all locks of an owner away, unless it is that one.
func (r *realm) loseLocker(key lockerKey, but *locker) {
	if x := r.lockers[key]; x != nil && x != but {
		delete(r.lockers, key)
		x.of.Drop(x)
	}
}
