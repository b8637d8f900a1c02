package farfs

import (
	"slices"
	"syscall"
	"testing"

	"atoll/user/vfs"
)

// locker is a server of which every lock is another's, until it is free.
type locker struct {
	*server
	do     func(func())
	early  bool // it tells before it answers, once
	free   bool
	asked  int
	told   func()
	forgot []uint64
}

func (l *locker) Lock(_ Ref, q LockQuestion) (*vfs.Lock, error) {
	if l.asked++; l.free || q.Op != AwaitLock {
		return nil, nil
	}
	l.told = q.Told
	if l.early {
		l.early, l.free = false, true
		l.do(q.Told)
	}
	return nil, syscall.EAGAIN
}
func (l *locker) Forget(wait uint64) { l.forgot = append(l.forgot, wait) }
func (*locker) Dropped(uint64)       {}

// Who waits for a lock is told once, also if that comes before he waits; if he leaves before, or is killed before he knows that he waits, the server is
// told. Sabotages: in AwaitLock, do not look whether it was told; in Leave, forget nothing, or always; in await, leave EINTR out.
func TestAwaitLock(t *testing.T) {
	w := newWorld(t)
	w.write(t, "f", "x")
	l := &locker{server: w.s, do: func(f func()) { w.work <- f }}
	w.fs.locks = l
	n, _ := w.node("/f")
	await := func() (got vfs.LockWait, err error) {
		err = w.call(func() (err error) { got, err = n.(vfs.FarLocks).AwaitLock(vfs.Records, vfs.Lock{Owner: t}); return err })
		return got, err
	}
	first, err := await()
	if err != nil || first == nil || l.asked != 1 {
		t.Fatalf("%v, %v, asked %d times", first, err, l.asked)
	}
	woken := 0
	first.Queue().Add(&vfs.Waiter{Wake: func() { woken++ }})
	l.told()
	if first.Leave(); woken != 1 || len(l.forgot) != 0 {
		t.Errorf("woken %d times, forgot %v", woken, l.forgot)
	}
	second, _ := await()
	if second.Leave(); !slices.Equal(l.forgot, []uint64{2}) {
		t.Errorf("forgot %v", l.forgot)
	}
	w.s.gate = make(chan struct{})
	c, _ := w.calls.Start(func() { n.(vfs.FarLocks).AwaitLock(vfs.Records, vfs.Lock{Owner: t}) }, func() {})
	c.End()
	close(w.s.gate)
	w.call(func() error { _, err := w.fs.root.Refresh(); return err })
	if !slices.Equal(l.forgot, []uint64{2, 3}) {
		t.Errorf("when one was killed: forgot %v", l.forgot)
	}
	l.early, l.asked = true, 0
	if third, err := await(); third != nil || err != nil || l.asked != 2 {
		t.Errorf("one that was told before the answer: %v, %v, asked %d times", third, err, l.asked)
	}
}
