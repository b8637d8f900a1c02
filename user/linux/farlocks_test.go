package linux

import (
	"syscall"
	"testing"
	"time"

	"atoll/user/farfs"
	"atoll/user/vfs"
)

// shareFiles has the processes of core 1 see the files of the home, as an annex does.
func (w *world) shareFiles() *farfs.FS {
	s := w.others[0]
	calls := vfs.NewNamespace(vfs.Mount{Type: "home", Root: vfs.NewContext(s.files).Root}).Coroutines()
	far := farfs.New(&HomeFiles{s}, 3, calls, w.loop.Do, 1<<20)
	s.files = vfs.NewNamespaceFor(calls, vfs.Mount{Type: "home", Root: far.Root()})
	s.coroutines = calls
	w.idle = func() bool { time.Sleep(time.Millisecond); return !w.p.dead }
	return far
}

// Processes of two cores see each other's locks of a file, wait for them, and lose them with the file, with themselves, and with their core.
// Sabotages: in SetLock, do not ask; in lockAfar, do not wait; in unlock, tell nobody; in DropLocks, tell nobody; in Lost, keep the locks; in lock of the home, do not look who it is.
func TestFarLocks(t *testing.T) {
	const nrFcntl, nrFlock = 25, 32
	const wholly, unlocks, now = 2, 8, 4 // LOCK_EX, LOCK_UN, LOCK_NB
	w := newRealmWorld(t, 2)
	far := w.shareFiles()
	defer far.End()
	for _, th := range w.p.threads {
		th.p.fs.Open(th.p.fs.Root, "/f", syscall.O_CREAT|syscall.O_RDWR, 0o644)
	}
	const at = scratch + 0x1000
	w.putString(at+0x100, "/f")
	phase := 0 // how far they are, of which each waits for the other
	until := func(n int, then func(*thread) bool) (f func(*thread) bool) {
		var id uint64
		s := &w.script
		f = func(th *thread) bool {
			if id = th.id; phase < n {
				(*s)[id] = append([]func(*thread) bool{f}, (*s)[id]...)
				return th.set(nrYield)
			}
			return then(th)
		}
		return f
	}
	waits := func(then func(*thread) bool) (f func(*thread) bool) { // until the other waits in its call
		f = func(th *thread) bool {
			if p := w.others[0].processes[2]; p == nil || !p.threads[2].asleep || !p.threads[2].again {
				w.script[1] = append([]func(*thread) bool{f}, w.script[1]...)
				return th.set(nrYield)
			}
			return then(th)
		}
		return f
	}
	next := func(then func(*thread) bool) func(*thread) bool {
		return func(th *thread) bool { phase++; return then(th) }
	}
	place := func(th *thread) uint64 { return th.X[regSP] - 0x200 }
	lock := func(op, kind uint64) func(*thread) bool {
		return func(th *thread) bool {
			va := place(th)
			if th.p.sys == w.s {
				va = at
			}
			th.p.store64(va, kind)
			th.p.store64(va+lockStart, 3)
			th.p.store64(va+lockLength, 4)
			th.p.store64(va+lockPID, 0)
			return th.set(nrFcntl, 3, op, va)
		}
	}
	pid := func(want uint64, then func(*thread) bool) func(*thread) bool {
		return func(th *thread) bool {
			va := place(th)
			if th.p.sys == w.s {
				va = at
			}
			kind, _ := th.p.load64(va)
			if id, _ := th.p.load64(va + lockPID); kind&0xffff != lockWrite || uint64(uint32(id)) != want {
				t.Errorf("process %d: what bars is of kind %d, of process %d, want %d", th.id, kind&0xffff, uint32(id), want)
			}
			return then(th)
		}
	}
	busy := again.result()
	w.script = script{
		1: {
			do(nrOpenat, 1<<64+atCwd, at+0x100, syscall.O_RDWR, 0),
			see(t, "open", 3, lock(fSetLock, lockWrite)),
			see(t, "lock", 0, do(nrClone, forkFlags)),
			until(1, waits(lock(fSetLock, lockNone))),
			see(t, "unlock", 0, until(2, lock(fSetLock, lockRead))),
			see(t, "lock of what is locked elsewhere", busy, lock(fGetLock, lockRead)),
			pid(2, do(nrFlock, 3, wholly|now)),
			see(t, "flock", 0, next(until(4, waits(do(nrFlock, 3, unlocks))))),
			until(5, do(nrFlock, 3, wholly|now)),
			see(t, "flock of what is locked elsewhere", busy, next(do(nrWait4, 2, atStatus, 0, 0))),
			see(t, "wait4", 2, lock(fSetLock, lockWrite)),
			see(t, "lock of what nobody has any more", 0, do(nrFlock, 3, wholly|now)),
			see(t, "and of all", 0, do(nrExitGroup, 0)),
		},
		2: {
			to(1), do(nrExecve, atPath, atArgv, 0),
			there(t, 1, do(nrClose, 3)),
			func(th *thread) bool {
				th.p.space.Write(place(th), []byte("/f\x00"))
				return th.set(nrOpenat, 1<<64+atCwd, place(th), syscall.O_RDWR, 0)
			},
			see(t, "open", 3, lock(fSetLock, lockRead)),
			see(t, "lock of what is locked at home", busy, lock(fGetLock, lockRead)),
			pid(1, next(lock(fSetLockWait, lockWrite))),
			see(t, "lock that was waited for", 0, next(until(3, do(nrFlock, 3, wholly|now)))),
			see(t, "flock of what is locked at home", busy, next(do(nrFlock, 3, wholly))),
			see(t, "flock that was waited for", 0, next(until(6, do(nrExitGroup, 0)))),
		},
	}
	w.start(func(th *thread) bool { return w.script.next(th) })
	w.finish(t, w.script, 0)
	if n := len(w.s.realm.lockers); n != 0 {
		t.Errorf("%d who have locks are left", n)
	}
}

// The locks of a core go with it. Nobody gets one by a question that is none.
func TestFarLocksLost(t *testing.T) {
	w := newRealmWorld(t, 2)
	r := w.s.realm
	ask := func(q farfs.LockQuestion) error {
		f := &fileServer{r: r, c: vfs.NewContext(w.s.files), from: 1, life: r.deaths[1], q: &fileQuestion{file: farfs.Ref{ID: 5, Path: "bin/child"}, lock: q}}
		return f.serve(fileLock)
	}
	q := farfs.LockQuestion{Owner: 1, Kind: vfs.WholeFiles, Lock: vfs.Lock{Range: vfs.Whole, Exclusive: true}}
	other := q
	other.Owner = 2
	if err, err2 := ask(q), ask(other); err != nil || err2 != syscall.EAGAIN {
		t.Errorf("the first: %v, the second: %v", err, err2)
	}
	r.others |= 2
	if w.s.loop = w.loop; len(r.lockers) != 1 {
		t.Errorf("%d have locks", len(r.lockers))
	}
	w.s.Lost(1)
	if err := ask(other); err != nil {
		t.Errorf("when the core is dead: %v", err)
	}
	for _, q := range []farfs.LockQuestion{
		{Kind: 7, Lock: q.Lock}, {Kind: vfs.Records, Lock: vfs.Lock{Range: vfs.Range{First: -1}}}, {Lock: vfs.Lock{Range: vfs.Range{First: 2, Last: 1}}},
	} {
		if err := ask(q); err != syscall.EINVAL {
			t.Errorf("%+v: %v", q, err)
		}
	}
}

// Who waits for a lock on another core asks once, and once more when he is told; those who would wait for each other in a circle over cores are told
// so, whoever comes last; and who is killed, or whose core dies, waits for nothing more.
// Sabotages: in await of the home, add it to no queue, or do not join; in Waits of a locker, return nil; in Leave, forget nothing; in Lost, end no waits.
func TestFarLockWaits(t *testing.T) {
	const nrFcntl, nrKill = 25, 129
	w := newRealmWorld(t, 2)
	far := w.shareFiles()
	defer far.End()
	const at = scratch + 0x1000
	w.p.fs.Open(w.p.fs.Root, "/f", syscall.O_CREAT|syscall.O_RDWR, 0o644)
	w.putString(at+0x100, "/f")
	phase, parcels := 0, 0
	until := func(is func() bool, then func(*thread) bool) (f func(*thread) bool) {
		f = func(th *thread) bool {
			if !is() {
				w.script[th.id] = append([]func(*thread) bool{f}, w.script[th.id]...)
				return th.set(nrYield)
			}
			return then(th)
		}
		return f
	}
	reached := func(n int) func() bool { return func() bool { return phase >= n } }
	waits := func(n int) func() bool { return func() bool { return len(w.s.realm.lockWaits) == n } }
	homeWaits := func() bool {
		for _, th := range w.p.threads {
			return th.asleep && th.again
		}
		return false
	}
	next := func(then func(*thread) bool) func(*thread) bool {
		return func(th *thread) bool { phase++; return then(th) }
	}
	lock := func(op, kind, start uint64) func(*thread) bool {
		return func(th *thread) bool {
			va := th.X[regSP] - 0x200
			if th.p.sys == w.s {
				va = at
			}
			th.p.store64(va, kind)
			th.p.store64(va+lockStart, start)
			th.p.store64(va+lockLength, 1)
			return th.set(nrFcntl, 3, op, va)
		}
	}
	count := func(then func(*thread) bool) func(*thread) bool {
		return func(th *thread) bool { parcels = w.parcels[parcelFile]; return then(th) }
	}
	same := func(then func(*thread) bool) func(*thread) bool {
		return func(th *thread) bool {
			if n := w.parcels[parcelFile]; n != parcels {
				t.Errorf("who waits has asked %d times more", n-parcels)
			}
			return then(th)
		}
	}
	deadlock := errno(syscall.EDEADLK).result()
	w.put(scratch, 0, 100_000_000)
	w.script = script{
		1: {
			do(nrOpenat, 1<<64+atCwd, at+0x100, syscall.O_RDWR, 0),
			see(t, "open", 3, lock(fSetLock, lockWrite, 0)),
			see(t, "lock", 0, do(nrClone, forkFlags)),
			until(waits(1), count(do(nrNanosleep, scratch))),
			see(t, "sleep", 0, same(lock(fSetLockWait, lockWrite, 1))),
			see(t, "wait for who waits elsewhere", deadlock, lock(fSetLock, lockNone, 0)),
			see(t, "unlock", 0, until(reached(1), lock(fSetLockWait, lockWrite, 1))),
			see(t, "lock that was waited for", 0, lock(fSetLock, lockNone, 0)), // of the other, who has been told of a circle
			see(t, "unlock", 0, until(reached(2), lock(fSetLock, lockWrite, 5))),
			see(t, "lock", 0, until(waits(1), do(nrKill, 2, sigKILL))),
			see(t, "kill", 0, do(nrWait4, 2, atStatus, 0, 0)),
			see(t, "wait4", 2, lock(fSetLock, lockWrite, 0)),
			see(t, "lock of what nobody has any more", 0, until(func() bool { return len(w.others[0].realm.unlocked) == 0 }, do(nrExitGroup, 0))),
		},
		2: {
			to(1), do(nrExecve, atPath, atArgv, 0),
			there(t, 1, do(nrClose, 3)),
			func(th *thread) bool {
				th.p.space.Write(th.X[regSP]-0x200, []byte("/f\x00"))
				return th.set(nrOpenat, 1<<64+atCwd, th.X[regSP]-0x200, syscall.O_RDWR, 0)
			},
			see(t, "open", 3, lock(fSetLock, lockWrite, 1)),
			see(t, "lock", 0, lock(fSetLockWait, lockWrite, 0)),
			see(t, "lock that was waited for", 0, lock(fSetLock, lockWrite, 7)),
			see(t, "lock", 0, next(until(homeWaits, lock(fGetLock, lockWrite, 9)))),
			see(t, "look", 0, lock(fSetLock, lockNone, 1)),
			see(t, "unlock", 0, next(until(func() bool { return len(w.script[1]) <= 4 }, lock(fSetLockWait, lockWrite, 5)))),
		},
	}
	w.start(func(th *thread) bool { return w.script.next(th) })
	w.finish(t, w.script, 0)
	r, o := w.s.realm, w.others[0].realm
	if len(r.lockWaits) != 0 || len(r.parties) != 0 || len(r.lockers) != 0 || len(o.unlocked) != 0 {
		t.Errorf("in the end %d wait, of %d processes, %d have locks, %d are to be told", len(r.lockWaits), len(r.parties), len(r.lockers), len(o.unlocked))
	}
}

// The home takes what it is told of waits as it comes, and ends those of a core with it.
func TestFarLockWaitsLost(t *testing.T) {
	w := newRealmWorld(t, 3)
	r := w.s.realm
	w.s.loop = w.loop
	ask := func(core int, q farfs.LockQuestion) error {
		f := &fileServer{r: r, c: vfs.NewContext(w.s.files), from: core, q: &fileQuestion{file: farfs.Ref{ID: 5, Path: "bin/child"}, lock: q}}
		return f.serve(fileLock)
	}
	lock := func(op farfs.LockOp, owner uint64, first int64, pid int, wait uint64) farfs.LockQuestion {
		return farfs.LockQuestion{Op: op, Owner: owner, Wait: wait, Lock: vfs.Lock{Range: vfs.Range{First: first, Last: first}, Exclusive: true, PID: pid}}
	}
	is := func(what string, got, want error) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	is("lock", ask(1, lock(farfs.SetLock, 1, 0, 11, 0)), nil)
	is("lock of another core", ask(2, lock(farfs.SetLock, 1, 1, 11, 0)), nil)
	is("wait", ask(2, lock(farfs.AwaitLock, 1, 0, 11, 1)), syscall.EAGAIN)
	is("a second one of that number", ask(2, lock(farfs.AwaitLock, 1, 0, 11, 1)), syscall.ENOLCK)
	is("a circle", ask(1, lock(farfs.AwaitLock, 1, 1, 11, 1)), syscall.EDEADLK)
	ask(2, farfs.LockQuestion{Op: farfs.ForgetWait, Wait: 1})
	ask(2, farfs.LockQuestion{Op: farfs.ForgetWait, Wait: 1})
	is("no circle any more", ask(1, lock(farfs.AwaitLock, 1, 1, 11, 1)), syscall.EAGAIN)
	is("a wait of who ends", ask(2, lock(farfs.AwaitLock, 9, 0, 12, 2)), syscall.EAGAIN)
	ask(2, farfs.LockQuestion{Op: farfs.DropLocks, Owner: 9})
	if len(r.lockWaits) != 1 || len(r.parties) != 2 {
		t.Errorf("%d waits of %d processes", len(r.lockWaits), len(r.parties))
	}
	for i := range uint64(mostLockWaits - 1) {
		is("many", ask(2, lock(farfs.AwaitLock, 1+i%7, 0, 1000+int(i), 10+i)), syscall.EAGAIN)
	}
	is("too many", ask(2, lock(farfs.AwaitLock, 1, 0, 1000, 5)), syscall.ENOLCK)
	r.others |= 6
	w.s.Lost(1)
	w.s.Lost(2)
	if len(r.lockWaits) != 0 || len(r.parties) != 0 {
		t.Errorf("when the cores are dead there are %d waits, of %d processes", len(r.lockWaits), len(r.parties))
	}
}
