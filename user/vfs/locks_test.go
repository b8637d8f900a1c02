package vfs_test

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"atoll/user/vfs"
)

// lockers are open files of one file, here and on the host.
type lockers struct {
	t     *testing.T
	ns    *vfs.Namespace
	files []*vfs.File
	hosts []*os.File
}

func newLockers(t *testing.T, n int) *lockers {
	t.Helper()
	t.Chdir(t.TempDir())
	o, _ := newOurs(1 << 20)
	l := &lockers{t: t, ns: o.NS}
	for range n {
		f, err := o.Open(o.Cwd, "f", syscall.O_RDWR|syscall.O_CREAT, 0o600)
		h, err2 := os.OpenFile("f", syscall.O_RDWR|syscall.O_CREAT, 0o600)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		f.Hold()
		l.files, l.hosts = append(l.files, f), append(l.hosts, h)
	}
	return l
}

// random is a request for a range; kind is F_RDLCK, F_WRLCK or F_UNLCK.
func random(r *rand.Rand) unix.Flock_t {
	q := unix.Flock_t{Type: int16(r.IntN(3)), Whence: int16(r.IntN(3)), Start: int64(r.IntN(30) - 5), Len: int64(r.IntN(25) - 8)}
	if r.IntN(10) == 0 {
		q.Start = math.MaxInt64 - int64(r.IntN(4))
	}
	return q
}

// set asks for it, or takes it away.
func (l *lockers) set(i int, q unix.Flock_t) (ours, host error) {
	f := l.files[i]
	r, err := f.Range(q.Start, q.Len, int(q.Whence))
	if ours = err; err == nil {
		lock := vfs.Lock{Range: r, Owner: f, Exclusive: q.Type == unix.F_WRLCK, NS: l.ns}
		locks, err := f.Lockable(vfs.Records, lock.Exclusive)
		if ours = err; err == nil && q.Type == unix.F_UNLCK {
			ours = locks.Unset(vfs.Records, lock)
		} else if err == nil {
			ours = locks.Set(vfs.Records, lock)
		}
	}
	return ours, unix.FcntlFlock(l.hosts[i].Fd(), unix.F_OFD_SETLK, &q)
}

// barring tells which lock is in the way of one for a byte, here and on the host. Of shared ones, of which there can be several, it
// tells no more than that.
func (l *lockers) barring(i int, from int64) (ours, host string) {
	f := l.files[i]
	locks, err := f.Lockable(vfs.Records, true)
	if err != nil {
		l.t.Fatal(err)
	}
	ours, host = "none", "none"
	all := vfs.Lock{Range: vfs.Range{First: from, Last: from}, Owner: f, Exclusive: true}
	if b := locks.Barring(vfs.Records, &all); b != nil {
		if ours = "shared"; b.Exclusive {
			ours = fmt.Sprint(b.First, b.Last)
		}
	}
	q := unix.Flock_t{Type: unix.F_WRLCK, Start: from, Len: 1}
	if err := unix.FcntlFlock(l.hosts[i].Fd(), unix.F_OFD_GETLK, &q); err != nil {
		l.t.Fatal(err)
	}
	if q.Type != unix.F_UNLCK {
		last := int64(math.MaxInt64)
		if q.Len != 0 {
			last = q.Start + q.Len - 1
		}
		if host = "shared"; q.Type == unix.F_WRLCK {
			host = fmt.Sprint(q.Start, last)
		}
	}
	return ours, host
}

// Random locks of ranges, by three who have a file open, are granted, refused, split and joined as on the host, whose kernel
// is a Linux. Sabotages: in replace, join none, or keep nothing behind; in bars, let all be exclusive; in Range, take a negative
// length for its amount.
func TestLockModel(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	l := newLockers(t, 3)
	for step := range 20000 {
		i, q := r.IntN(3), random(r)
		if r.IntN(20) == 0 {
			pos := int64(r.IntN(20))
			l.files[i].Seek(pos, io.SeekStart)
			l.hosts[i].Seek(pos, io.SeekStart)
		}
		if ours, host := l.set(i, q); ours != host {
			t.Fatalf("step %d: %d asks for %+v: %v, on the host %v", step, i, q, ours, host)
		}
		at := int64(r.IntN(30))
		if ours, host := l.barring(i, at); ours != host {
			t.Fatalf("step %d: for %d, behind %+v, byte %d is barred by %s, on the host by %s", step, i, q, at, ours, host)
		}
	}
}

// A process loses its locks of a file with any of its descriptors of it, an open file with the last one; a fork has none.
// Sabotages: in Close, or in Put, keep the locks; in File.Release, do.
func TestLocksGo(t *testing.T) {
	o, _ := newOurs(1 << 20)
	file := func() *vfs.File {
		f, err := o.Open(o.Cwd, "f", syscall.O_RDWR|syscall.O_CREAT, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	table, other := vfs.NewTable(), file()
	other.Hold()
	locks, err := other.Lockable(vfs.Records, true)
	if err != nil {
		t.Fatal(err)
	}
	barred := func(k vfs.LockKind) bool {
		return locks.Barring(k, &vfs.Lock{Range: vfs.Whole, Owner: other}) != nil
	}
	lock := func(k vfs.LockKind, owner any) {
		t.Helper()
		if err := locks.Set(k, vfs.Lock{Range: vfs.Whole, Owner: owner, Exclusive: true, NS: o.NS}); err != nil || !barred(k) {
			t.Fatal(err)
		}
	}
	one, two := file(), file()
	table.Add(one, 0, false)
	for name, lose := range map[string]func(fd uint64){
		"closed": func(fd uint64) { table.Close(fd) },
		"used for another": func(fd uint64) {
			f := file()
			f.Node = nil
			table.Put(f, fd, false)
		},
	} {
		fd, _ := table.Add(two, 0, false)
		two.Hold()
		lock(vfs.Records, table)
		if lose(fd); barred(vfs.Records) {
			t.Errorf("a descriptor is %s, and the locks stay", name)
		}
	}
	lock(vfs.WholeFiles, one)
	fork := table.Fork()
	lock(vfs.Records, table)
	if locks.Barring(vfs.Records, &vfs.Lock{Range: vfs.Whole, Owner: fork}) == nil {
		t.Error("a fork has the locks")
	}
	table.Clear()
	if barred(vfs.Records) || !barred(vfs.WholeFiles) {
		t.Error("a process that ends keeps its locks, or an open file that another has does not")
	}
	if fork.Clear(); barred(vfs.WholeFiles) {
		t.Error("the last descriptor is closed, and the lock stays")
	}
}

// Who waits for one who waits for him is told; and there are only so many locks. Sabotages: in leads, look at the first only; in
// replace, do not count, or do not give back.
func TestLockBounds(t *testing.T) {
	o, _ := newOurs(1 << 20)
	f, err := o.Open(o.Cwd, "f", syscall.O_RDWR|syscall.O_CREAT, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	f.Hold()
	locks, _ := f.Lockable(vfs.Records, true)
	var tables [3]*vfs.Table
	lock := func(i, at int) vfs.Lock {
		return vfs.Lock{Range: vfs.Range{First: int64(at), Last: int64(at)}, Owner: tables[i], Exclusive: true, NS: o.NS}
	}
	for i := range tables {
		tables[i] = vfs.NewTable()
		if err := locks.Set(vfs.Records, lock(i, 2*i)); err != nil {
			t.Fatal(err)
		}
	}
	first, err := tables[0].AwaitLock(locks, lock(0, 2))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tables[1].AwaitLock(locks, lock(1, 4)); err != nil {
		t.Fatal(err)
	}
	if _, err := tables[2].AwaitLock(locks, lock(2, 0)); err != syscall.EDEADLK {
		t.Error("three wait in a circle:", err)
	}
	tables[0].Withdraw(first)
	if _, err := tables[2].AwaitLock(locks, lock(2, 0)); err != nil {
		t.Error("one of the circle has gone:", err)
	}
	for range 2 { // the second time all of the first have been given back
		n := 0
		for ; err == nil && n < 3000; n++ {
			err = locks.Set(vfs.Records, lock(0, 10+2*n))
		}
		if err != syscall.ENOLCK || n < 1000 || n > 2000 {
			t.Errorf("%d locks, then %v", n, err)
		}
		l := lock(0, 0)
		l.Range = vfs.Whole
		err = locks.Unset(vfs.Records, l)
	}
}
