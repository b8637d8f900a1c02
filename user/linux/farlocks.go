package linux

import (
	"syscall"

	"atoll/user/farfs"
	"atoll/user/vfs"
)

// Locks of the home's files that processes of other cores have: the home keeps them beside those of its own processes, for owners that those
// cores name by numbers.

// locker is an owner of locks of one file on another core.
type locker struct {
	of    *vfs.Locks
	by    farKey // whose they are
	party *party // nil: it has none yet
	file  bool   // an open file's, which waits for nothing
}

func (x *locker) Waits() *vfs.Waiting {
	if x.file || x.party == nil {
		return nil
	}
	return &x.party.Waiting
}

// party is a process of another core that has locks of ranges, or waits for some.
type party struct {
	vfs.Waiting
	users int
}

// join counts one more that a process of another core has, or waits for.
func (r *realm) join(key farKey) *party {
	p := r.parties[key]
	if p == nil {
		p = &party{}
		r.parties[key] = p
	}
	p.users++
	return p
}

// part is the reverse.
func (r *realm) part(key farKey) {
	if p := r.parties[key]; p != nil {
		if p.users--; p.users == 0 {
			delete(r.parties, key)
		}
	}
}

// lockerKey names one.
type lockerKey struct {
	core   int
	number uint64
}

var _ farfs.Locker = (*HomeFiles)(nil)

// codeLock codes a lock, but for who has it here.
func codeLock(c *coder, q *farfs.LockQuestion) {
	words := []uint64{uint64(q.Op), q.Owner, uint64(q.Kind), uint64(q.First), uint64(q.Last), uint64(q.PID), q.Wait}
	for i := range words {
		c.word(&words[i])
	}
	flag(c, &q.Exclusive)
	flag(c, &q.OfFile)
	q.Op, q.Owner, q.Kind = farfs.LockOp(words[0]), words[1], vfs.LockKind(words[2])
	q.First, q.Last, q.PID, q.Wait = int64(words[3]), int64(words[4]), int(words[5]), words[6]
}

// Lock has the home do what is asked.
func (h *HomeFiles) Lock(f farfs.Ref, q farfs.LockQuestion) (*vfs.Lock, error) {
	ns, r := q.NS, h.sys.realm
	if q.Op == farfs.AwaitLock {
		h.sys.loop.Do(func() { r.unlocked[q.Wait] = q.Told })
	}
	a, err := h.ask(fileLock, fileQuestion{file: f, lock: q})
	if q.Op == farfs.AwaitLock && err != syscall.EAGAIN {
		h.sys.loop.Do(func() { delete(r.unlocked, q.Wait) })
	}
	if err != nil || !a.barred {
		return nil, err
	}
	a.bar.NS = ns
	return &a.bar.Lock, nil
}

// Dropped tells the home, before the word that the process has ended that had the locks.
func (h *HomeFiles) Dropped(owner uint64) {
	h.say(farfs.LockQuestion{Op: farfs.DropLocks, Owner: owner})
}

// Forget tells the home, unless that has told.
func (h *HomeFiles) Forget(wait uint64) {
	if _, there := h.sys.realm.unlocked[wait]; there {
		delete(h.sys.realm.unlocked, wait)
		h.say(farfs.LockQuestion{Op: farfs.ForgetWait, Wait: wait})
	}
}

// say tells the home something of locks to which there is no answer.
func (h *HomeFiles) say(l farfs.LockQuestion) {
	r, c := h.sys.realm, &coder{}
	q := fileQuestion{lock: l}
	q.each(c)
	r.send(r.home, parcelFile, fileLock, 0, 0, c.b)
}

// unlock takes the word of the home that a lock is to be asked for again.
func (r *realm) unlock(from int, wait uint64) {
	if told := r.unlocked[wait]; told != nil && from == r.home {
		delete(r.unlocked, wait)
		told()
	}
}

// lock does it at home.
func (f *fileServer) lock() error {
	q, r := f.q.lock, f.r
	key := lockerKey{f.from, q.Owner}
	switch q.Op {
	case farfs.DropLocks:
		r.loseLocker(key, nil)
		r.endWaits(func(w *lockWait) bool { return w.owner == key })
		return nil
	case farfs.ForgetWait:
		if w := r.lockWaits[farKey{f.from, q.Wait}]; w != nil {
			w.end()
		}
		return nil
	}
	n, err := f.node(f.q.file, "")
	if err != nil {
		return err
	}
	node, is := n.(vfs.Lockable)
	sets := q.Op == farfs.SetLock || q.Op == farfs.AwaitLock
	switch {
	case f.lost():
		return syscall.EIO
	case !is && sets:
		return syscall.ENOLCK
	case !is:
		return nil
	case q.Kind != vfs.Records && q.Kind != vfs.WholeFiles, q.First < 0, q.Last < q.First:
		return syscall.EINVAL
	}
	s := node.Locks(true)
	x := r.lockers[key]
	if x == nil || x.of != s {
		x = &locker{of: s, file: q.OfFile}
	}
	l := q.Lock
	l.Owner, l.NS = x, f.c.NS
	switch {
	case sets:
		if err = s.Set(q.Kind, l); err == nil {
			r.loseLocker(key, x)
			r.keepLocker(key, x, farKey{f.from, uint64(q.PID)})
		} else if err == syscall.EAGAIN && q.Op == farfs.AwaitLock {
			err = f.await(key, s, l)
		}
		return err
	case q.Op == farfs.UnsetLock:
		err = s.Unset(q.Kind, l)
		if r.lockers[key] == x && !s.Holds(x) { // who has none is not kept: he may be one of very many
			r.loseLocker(key, nil)
		}
		return err
	case q.Op == farfs.AskLock:
		f.bars(s.Barring(q.Kind, &l))
	}
	return nil
}

// lockWait is a process of another core that waits for a lock. It is told once, when any lock of the file has changed.
type lockWait struct {
	r       *realm
	key     farKey // by which it is told
	owner   lockerKey
	waiter  vfs.Waiter
	party   farKey
	request *vfs.LockRequest // nil: it is in nobody's way, as of a whole file
}

// mostLockWaits bounds them: each core can have no more threads of a run, and a few that it has forgotten.
const mostLockWaits = 1024

// await has a process wait, and answers EAGAIN.
func (f *fileServer) await(owner lockerKey, s *vfs.Locks, l vfs.Lock) error {
	r, q := f.r, f.q.lock
	w := &lockWait{r: r, key: farKey{f.from, q.Wait}, owner: owner, party: farKey{f.from, uint64(q.PID)}}
	if len(r.lockWaits) >= mostLockWaits || r.lockWaits[w.key] != nil {
		return syscall.ENOLCK
	}
	if q.Kind == vfs.Records && !q.OfFile {
		var err error
		if w.request, err = r.join(w.party).AwaitLock(s, l); err != nil {
			r.part(w.party)
			return err
		}
	}
	w.waiter.Wake = func() {
		w.end()
		r.send(w.key.core, parcelUnlocked, w.key.id, 0, 0, nil)
	}
	s.Queue().Add(&w.waiter)
	r.lockWaits[w.key] = w
	return syscall.EAGAIN
}

// end says that it waits no more.
func (w *lockWait) end() {
	delete(w.r.lockWaits, w.key)
	w.waiter.Remove()
	if w.request != nil {
		w.r.parties[w.party].Withdraw(w.request)
		w.r.part(w.party)
	}
}

// endWaits ends some.
func (r *realm) endWaits(which func(*lockWait) bool) {
	for _, w := range r.lockWaits {
		if which(w) {
			w.end()
		}
	}
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

// keepLocker notes whose locks an owner's are.
func (r *realm) keepLocker(key lockerKey, x *locker, by farKey) {
	if r.lockers[key] == x {
		return
	}
	r.lockers[key] = x
	x.by = by
	x.party = r.join(by)
}

// loseLocker takes all locks of an owner away, unless it is that one.
func (r *realm) loseLocker(key lockerKey, but *locker) {
	if x := r.lockers[key]; x != nil && x != but {
		delete(r.lockers, key)
		x.of.Drop(x)
		r.part(x.by)
	}
}
