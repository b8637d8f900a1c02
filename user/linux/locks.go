package linux

import (
	"errors"
	"syscall"

	"atoll/kernel/dispatch"
	"atoll/user/vfs"
)

// Operations of fcntl on locks (uapi/asm-generic/fcntl.h), for the process and for the open file.
const (
	fGetLock, fSetLock, fSetLockWait             = 5, 6, 7
	fGetFileLock, fSetFileLock, fSetFileLockWait = 36, 37, 38
)

// Types of a lock of a range, and where they and the rest stand (struct flock).
const (
	lockRead, lockWrite, lockNone = 0, 1, 2

	lockStart, lockLength, lockPID = 8, 16, 24
	lockSize                       = 32
)

// lockRange locks a range of a file for an owner, unlocks it, or says which lock is in the way.
func (t *thread) lockRange(f *vfs.File, owner any, operation, at uint64) {
	var b [lockSize]byte
	if _, err := t.p.read(at, b[:]); err != nil {
		t.fail(fault)
		return
	}
	kind := le.Uint16(b[:])
	r, err := f.Range(int64(le.Uint64(b[lockStart:])), int64(le.Uint64(b[lockLength:])), int(int16(le.Uint16(b[2:]))))
	_, ofFile := owner.(*vfs.File)
	l := vfs.Lock{Range: r, Owner: owner, Exclusive: kind == lockWrite, OfFile: ofFile, PID: int(t.p.id), NS: t.p.fs.NS}
	switch {
	case err != nil:
	case kind > lockNone || operation == fGetLock && kind == lockNone || ofFile && le.Uint32(b[lockPID:]) != 0:
		err = syscall.EINVAL
	case operation == fGetLock:
		t.barring(f, l, at, b[:])
		return
	case kind == lockNone:
		err = unlock(f, vfs.Records, l)
	default:
		t.lock(f, vfs.Records, l, operation == fSetLockWait)
		return
	}
	t.reply(err)
}

// unlock takes locks away. A file that can have none has none.
func unlock(f *vfs.File, k vfs.LockKind, l vfs.Lock) error {
	switch n := f.Node.(type) {
	case vfs.FarLocks:
		return n.UnsetLock(k, l)
	case vfs.Lockable:
		if s := n.Locks(false); s != nil {
			return s.Unset(k, l)
		}
	}
	return nil
}

// bars returns the lock that bars one, nil if none does.
func bars(f *vfs.File, k vfs.LockKind, l vfs.Lock) (*vfs.Lock, error) {
	switch n := f.Node.(type) {
	case vfs.FarLocks:
		return n.BarringLock(k, l)
	case vfs.Lockable:
		if s := n.Locks(false); s != nil {
			return s.Barring(k, &l), nil
		}
	}
	return nil, nil
}

// lockAfar is lock where another core keeps the locks.
func (t *thread) lockAfar(f *vfs.File, n vfs.FarLocks, k vfs.LockKind, l vfs.Lock, waits bool) {
	err := f.MayLock(k, l.Exclusive)
	var w vfs.LockWait
	switch {
	case err != nil:
	case waits:
		w, err = n.AwaitLock(k, l)
	default:
		err = n.SetLock(k, l)
	}
	if w == nil {
		t.reply(err)
		return
	}
	t.queues = append(t.queues, farLockWaiter{w})
	t.await(dispatch.Forever, []*vfs.Queue{w.Queue()})
	t.restarts = true
}

// farLockWaiter is a thread that waits so.
type farLockWaiter struct{ vfs.LockWait }

func (w farLockWaiter) leave(*thread) { w.Leave() }

// lock gives a lock, or has the call wait until it can.
func (t *thread) lock(f *vfs.File, k vfs.LockKind, l vfs.Lock, waits bool) {
	if n, is := f.Node.(vfs.FarLocks); is {
		t.lockAfar(f, n, k, l, waits)
		return
	}
	locks, err := f.Lockable(k, l.Exclusive)
	if err == nil {
		err = locks.Set(k, l)
	}
	if !waits || !errors.Is(err, syscall.EAGAIN) {
		t.reply(err)
		return
	}
	if _, is := l.Owner.(*vfs.Table); is {
		r, err := t.p.files.AwaitLock(locks, l)
		if err != nil {
			t.reply(err)
			return
		}
		t.queues = append(t.queues, lockWaiter{r})
	}
	t.await(dispatch.Forever, []*vfs.Queue{locks.Queue()})
	t.restarts = true
}

// lockWaiter is a thread in those that wait for a lock.
type lockWaiter struct{ *vfs.LockRequest }

func (w lockWaiter) leave(t *thread) { t.p.files.Withdraw(w.LockRequest) }

// barring says which lock is in the way of one that somebody might ask for, or that none is. Whose it is is known within
// the system, and for processes.
func (t *thread) barring(f *vfs.File, l vfs.Lock, at uint64, b []byte) {
	bar, err := bars(f, vfs.Records, l)
	if err != nil {
		t.reply(err)
		return
	}
	if bar == nil {
		le.PutUint16(b, lockNone)
		t.put(at, b[:2])
		return
	}
	kind, pid, length := uint16(lockRead), 0, uint64(0)
	if bar.Exclusive {
		kind = lockWrite
	}
	if bar.OfFile {
		pid = -1
	} else if bar.NS == t.p.fs.NS {
		pid = bar.PID
	}
	if bar.Last != vfs.Whole.Last {
		length = uint64(bar.Last-bar.First) + 1
	}
	le.PutUint16(b, kind)
	le.PutUint16(b[2:], 0) // from the beginning
	le.PutUint64(b[lockStart:], uint64(bar.First))
	le.PutUint64(b[lockLength:], length)
	le.PutUint32(b[lockPID:], uint32(pid))
	t.put(at, b)
}

// flock locks a whole file for who has it open. A lock of the other kind goes before it is known whether there can be
// this one, or two who have a shared one would wait for each other.
func flock(t *thread, a args) {
	f, err := t.file(a[0])
	l := vfs.Lock{Range: vfs.Whole, Owner: f, OfFile: true, PID: int(t.p.id), NS: t.p.fs.NS}
	switch operation := uint32(a[1]); {
	case err != nil:
		t.reply(err)
	case operation&^syscall.LOCK_NB == syscall.LOCK_UN:
		t.reply(unlock(f, vfs.WholeFiles, l))
	case operation&^syscall.LOCK_NB == syscall.LOCK_SH || operation&^syscall.LOCK_NB == syscall.LOCK_EX:
		l.Exclusive = operation&syscall.LOCK_EX != 0
		if bar, _ := bars(f, vfs.WholeFiles, l); bar != nil {
			unlock(f, vfs.WholeFiles, l)
		}
		t.lock(f, vfs.WholeFiles, l, operation&syscall.LOCK_NB == 0)
	default:
		t.fail(inval)
	}
}
