package vfs

import (
	"math"
	"syscall"
)

// Locks of files, which bind nobody but those who ask for them. Records are ranges of bytes, which a table of
// descriptors owns (fcntl) and loses when it closes any descriptor of the file, or an open file (open file description
// locks), which loses them at its end. An open file can own the whole file, too (flock), which is another matter: the two
// do not see each other.

// Lockable is a node that has locks.
type Lockable interface {
	Node
	// Locks returns its locks, nil if nobody has asked for any; with make it has some from then on.
	Locks(make bool) *Locks
}

// FarLocks is a node whose locks somebody else keeps, who is asked, within a call.
type FarLocks interface {
	Node
	// SetLock and UnsetLock are as those of Locks, BarringLock returns the lock that bars one, nil if none does.
	SetLock(k LockKind, l Lock) error
	UnsetLock(k LockKind, l Lock) error
	BarringLock(k LockKind, l Lock) (*Lock, error)
	// AwaitLock is SetLock, but that it returns a wait, and no error, if another's lock is in the way: when that is told, the lock is to be asked for
	// again. It fails with EDEADLK as AwaitLock of Waiting does.
	AwaitLock(k LockKind, l Lock) (LockWait, error)
	// DropLocks takes all of an owner away. It waits for nobody.
	DropLocks(owner any)
}

// LockWait is a wait for a lock that somebody else keeps.
type LockWait interface {
	Queue() *Queue
	// Leave ends the wait, told or not.
	Leave()
}

// Range is bytes of a file, from the first to the last.
type Range struct{ First, Last int64 }

// Whole is all bytes that a file may have.
var Whole = Range{0, math.MaxInt64}

func (r Range) overlaps(o Range) bool { return r.First <= o.Last && o.First <= r.Last }

// Lock is a lock that somebody has, or asks for.
type Lock struct {
	Range
	Owner     any // *Table or *File, or somebody of another core
	Exclusive bool
	OfFile    bool       // the owner is an open file
	PID       int        // of who asks for it
	NS        *Namespace // in which that counts, and is counted
}

// bars reports whether a lock keeps another from being.
func (l *Lock) bars(o *Lock) bool {
	return l.Owner != o.Owner && l.overlaps(o.Range) && (l.Exclusive || o.Exclusive)
}

// LockKind tells the locks of ranges from those of whole files.
type LockKind int

const (
	Records LockKind = iota
	WholeFiles
	numLockKinds
)

// Locks are those of a file.
type Locks struct {
	held    [numLockKinds][]Lock
	changed Queue
}

// Queue is who waits for some to go.
func (s *Locks) Queue() *Queue { return &s.changed }

// Barring returns a lock that bars another, nil if none does.
func (s *Locks) Barring(k LockKind, l *Lock) *Lock {
	for i := range s.held[k] {
		if h := &s.held[k][i]; h.bars(l) {
			return h
		}
	}
	return nil
}

// maxLocks bounds the locks of a name space, which lie in the kernel's heap.
const maxLocks = 1024

// Set gives an owner a lock, in place of those that it has within the range. It fails with EAGAIN if another's bars it, and
// with ENOLCK if there are too many.
func (s *Locks) Set(k LockKind, l Lock) error {
	if s.Barring(k, &l) != nil {
		return syscall.EAGAIN
	}
	return s.replace(k, l, true)
}

// Unset takes an owner's locks away within the range.
func (s *Locks) Unset(k LockKind, l Lock) error { return s.replace(k, l, false) }

// replace takes an owner's locks away within a range, and puts one there, or none.
func (s *Locks) replace(k LockKind, l Lock, put bool) error {
	after := make([]Lock, 0, len(s.held[k])+2)
	for _, h := range s.held[k] {
		joins := put && h.Owner == l.Owner && h.Exclusive == l.Exclusive &&
			h.First-1 <= l.Last && l.First-1 <= h.Last
		switch {
		case joins: // it becomes a part of the new one
			l.First, l.Last = min(l.First, h.First), max(l.Last, h.Last)
			continue
		case h.Owner != l.Owner || !h.overlaps(l.Range):
			after = append(after, h)
			continue
		}
		if before := h; before.First < l.First {
			before.Last = l.First - 1
			after = append(after, before)
		}
		if behind := h; behind.Last > l.Last {
			behind.First = l.Last + 1
			after = append(after, behind)
		}
	}
	if put {
		after = append(after, l)
	}
	more := len(after) - len(s.held[k])
	if more > 0 && l.NS.locks+more > maxLocks {
		return syscall.ENOLCK
	}
	l.NS.locks += more
	s.held[k] = after
	s.changed.Notify()
	return nil
}

// Holds reports whether an owner has any.
func (s *Locks) Holds(owner any) bool {
	for k := range s.held {
		for i := range s.held[k] {
			if s.held[k][i].Owner == owner {
				return true
			}
		}
	}
	return false
}

// Drop takes all locks of an owner away.
func (s *Locks) Drop(owner any) {
	for k := range s.held {
		for _, h := range s.held[k] {
			if h.Owner == owner {
				s.replace(LockKind(k), Lock{Range: Whole, Owner: owner, NS: h.NS}, false)
				break
			}
		}
	}
}

// dropLocks takes all locks of an owner on a node away.
func dropLocks(n Node, owner any) {
	switch n := n.(type) {
	case FarLocks:
		n.DropLocks(owner)
	case Lockable:
		if s := n.Locks(false); s != nil {
			s.Drop(owner)
		}
	}
}

// LockRequest is a lock of a range for which a thread of a process waits.
type LockRequest struct {
	locks *Locks
	lock  Lock
}

// Waiting is the locks of ranges for which the threads of a process wait.
type Waiting struct{ requests map[*LockRequest]struct{} }

// waits is an owner of locks that may itself wait for some: nil if it never does.
type waits interface{ Waits() *Waiting }

func (w *Waiting) Waits() *Waiting { return w }

// AwaitLock notes that the process waits for a lock until Withdraw is called. It fails with EDEADLK if the lock
// would never come: who bars it waits for the process.
func (w *Waiting) AwaitLock(s *Locks, l Lock) (*LockRequest, error) {
	if s.leads(&l, w, map[*Waiting]bool{}) {
		return nil, syscall.EDEADLK
	}
	r := &LockRequest{s, l}
	if w.requests == nil {
		w.requests = map[*LockRequest]struct{}{}
	}
	w.requests[r] = struct{}{}
	return r, nil
}

// Withdraw says that nobody waits for it any more.
func (w *Waiting) Withdraw(r *LockRequest) { delete(w.requests, r) }

// leads reports whether those who bar a lock wait for a process, themselves or by others.
func (s *Locks) leads(l *Lock, to *Waiting, seen map[*Waiting]bool) bool {
	for i := range s.held[Records] {
		h := &s.held[Records][i]
		owner, is := h.Owner.(waits)
		if !is || !h.bars(l) {
			continue
		}
		w := owner.Waits()
		if w == nil || seen[w] {
			continue
		}
		if w == to {
			return true
		}
		seen[w] = true
		for r := range w.requests {
			if r.locks.leads(&r.lock, to, seen) {
				return true
			}
		}
	}
	return false
}
