package farfs

import (
	"syscall"

	"atoll/user/vfs"
)

// Locker is a server that keeps the locks of files. Of one that is none files have no locks.
type Locker interface {
	// Lock does what is asked for. Of AskLock it returns the lock that bars this one, nil if none does.
	Lock(f Ref, q LockQuestion) (*vfs.Lock, error)
	// Forget says that nobody waits any more for a lock that was asked for with a number. It is called in the loop, behind the answer, and does not wait.
	Forget(wait uint64)
	// Dropped says that an owner has no locks any more. It is called in the loop, and does not wait; what was asked for the owner
	// before may come later, and DropLocks behind that.
	Dropped(owner uint64)
}

// LockQuestion is what is asked of a Locker.
type LockQuestion struct {
	Op    LockOp
	Owner uint64 // who has or wants it: of one file, never another's
	Kind  vfs.LockKind
	vfs.Lock
	Wait uint64 // of AwaitLock: names it, never another
	Told func() // called in the loop when the lock is to be asked for again, unless it is Forgotten
}

// LockOp is what is to be done.
type LockOp uint64

const (
	SetLock LockOp = iota
	UnsetLock
	AwaitLock // SetLock, and Told later if another's lock is in the way: EAGAIN, or EDEADLK
	AskLock
	DropLocks // of the owner, all
	ForgetWait
)

var _ vfs.FarLocks = file{}

// lock asks for something that has to do with a lock.
func (f file) lock(op LockOp, k vfs.LockKind, l vfs.Lock) (*vfs.Lock, error) {
	r, q := f.ref(), f.question(op, l.Owner, k, l)
	var bar *vfs.Lock
	_, err := f.fs.ask(func(Server) answer {
		b, err := f.fs.locks.Lock(r, q)
		return answer{lock: b, err: err}
	}, func(a *answer) { bar = a.lock })
	return bar, err
}

// question names the owner by a number.
func (n *node) question(op LockOp, owner any, k vfs.LockKind, l vfs.Lock) LockQuestion {
	number, there := n.owners[owner]
	if !there {
		n.fs.lastOwner++
		if number = n.fs.lastOwner; op == SetLock || op == AwaitLock {
			if n.owners == nil {
				n.owners = map[any]uint64{}
			}
			n.owners[owner] = number
		}
	}
	return LockQuestion{Op: op, Owner: number, Kind: k, Lock: l}
}

func (f file) SetLock(k vfs.LockKind, l vfs.Lock) error {
	if f.fs.locks == nil {
		return syscall.ENOLCK
	}
	_, err := f.lock(SetLock, k, l)
	return err
}

func (f file) AwaitLock(k vfs.LockKind, l vfs.Lock) (vfs.LockWait, error) {
	if f.fs.locks == nil {
		return nil, syscall.ENOLCK
	}
	for {
		w, err := f.await(k, l)
		if err == nil && w != nil && w.told {
			continue
		}
		if w == nil {
			return nil, err
		}
		return w, err
	}
}

// await asks once. Who is killed before the answer has come waits for nothing.
func (f file) await(k vfs.LockKind, l vfs.Lock) (*lockWait, error) {
	f.fs.lastWait++
	w, answered := &lockWait{fs: f.fs, number: f.fs.lastWait}, false
	r, q := f.ref(), f.question(AwaitLock, l.Owner, k, l)
	q.Wait, q.Told = w.number, w.tell
	_, err := f.fs.ask(func(Server) answer {
		_, err := f.fs.locks.Lock(r, q)
		return answer{err: err}
	}, func(*answer) { answered = true })
	switch {
	case answered && err == syscall.EAGAIN:
		return w, nil
	case err == syscall.EINTR:
		f.fs.behind(w.Leave)
	}
	return nil, err
}

// lockWait is a wait for a lock.
type lockWait struct {
	fs     *FS
	number uint64
	told   bool
	queue  vfs.Queue
}

func (w *lockWait) tell() {
	w.told = true
	w.queue.Notify()
}

func (w *lockWait) Queue() *vfs.Queue { return &w.queue }

func (w *lockWait) Leave() {
	if !w.told && !w.fs.closed {
		w.fs.locks.Forget(w.number)
	}
}

func (f file) UnsetLock(k vfs.LockKind, l vfs.Lock) error {
	if f.fs.locks == nil {
		return nil
	}
	_, err := f.lock(UnsetLock, k, l)
	return err
}

func (f file) BarringLock(k vfs.LockKind, l vfs.Lock) (*vfs.Lock, error) {
	if f.fs.locks == nil {
		return nil, nil
	}
	return f.lock(AskLock, k, l)
}

// DropLocks is told at once, and once more behind what has been asked for the owner and is still to come.
func (f file) DropLocks(owner any) {
	if _, there := f.owners[owner]; !there || f.fs.closed {
		return
	}
	r, q := f.ref(), f.question(DropLocks, owner, 0, vfs.Lock{})
	delete(f.owners, owner)
	f.fs.locks.Dropped(q.Owner)
	f.fs.put(job{work: func(Server) answer {
		f.fs.locks.Lock(r, q)
		return answer{}
	}, land: func(answer) {}})
}
