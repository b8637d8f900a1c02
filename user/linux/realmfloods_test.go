package linux

import (
	"syscall"
	"testing"

	"atoll/monitor/parcel"
	"atoll/user/farfs"
	"atoll/user/vfs"
)

// What a core can ask for that asks without end.

// asks has core 1 ask core 0 something of files.
func (w *world) asks(op uint64, q fileQuestion) {
	c := &coder{}
	q.each(c)
	w.s.Take(1, &parcel.Parcel{Kind: parcelFile, W: [parcel.Words]uint64{77, op, 1, 0}, Data: c.b})
}

// An owner that has no locks any more is forgotten, however many a core names: nobody else ends them.
// Sabotage: in lock, forget none.
func TestFloodOfLockers(t *testing.T) {
	w := newRealmWorld(t, 2)
	w.s.loop = w.loop
	r := w.s.realm
	for i := range uint64(5000) {
		for _, op := range []farfs.LockOp{farfs.SetLock, farfs.UnsetLock} {
			w.asks(fileLock, fileQuestion{file: farfs.Ref{ID: 5, Path: "bin/child"}, lock: farfs.LockQuestion{
				Op: op, Owner: i, Lock: vfs.Lock{Range: vfs.Whole, PID: int(i)},
			}})
		}
	}
	if n, m := len(r.lockers), len(r.parties); n+m != 0 {
		t.Errorf("%d owners without locks are kept, of %d processes", n, m)
	}
}

// What waits of all that a core asks of open files is bounded in bytes, and a file to which it asks more is not its any more; what has been answered
// does not count. Sabotages: in take, do not look at the bytes; in step, or in end, do not count back.
func TestFloodOfRequests(t *testing.T) {
	w := newRealmWorld(t, 2)
	w.s.loop = w.loop
	w.room = 0
	r := w.s.realm
	f, _ := w.p.files.Get(1)
	send := func(kind uint16, file uint64, data []byte) {
		w.s.Take(1, &parcel.Parcel{Kind: kind, W: [parcel.Words]uint64{77, file, farStat, 1}, Data: data})
	}
	const files = 8
	var ids []uint64
	for range files {
		ids = append(ids, r.exportFile(1, 0, 0, f))
		send(parcelWrite, ids[len(ids)-1], []byte("x"))
	}
	waits := func() (n int) {
		for _, e := range r.exports {
			for _, ask := range e.asks {
				n += len(ask.in)
			}
		}
		return n
	}
	data := make([]byte, parcel.MostData)
	for i := range 20 * files {
		if send(parcelControl, ids[i%files], data); waits() > mostAsked {
			t.Fatalf("%d bytes wait", waits())
		}
	}
	if len(r.exports) == files || r.asked[1] != waits() {
		t.Errorf("it has %d of its %d files; %d bytes are said to wait, %d do", len(r.exports), files, r.asked[1], waits())
	}
	left := r.exportFile(1, 0, 0, f)
	send(parcelWrite, left, []byte("x"))
	send(parcelControl, left, data)
	w.room = files + 1
	for _, e := range r.exports {
		e.progress()
	}
	if r.asked[1] != 0 || waits() != 0 || r.exports[left] == nil {
		t.Errorf("%d bytes are said to wait when all is answered, %d do", r.asked[1], waits())
	}
}

// A core has no more files used here than it may have exported, however many processes come from it with however many.
// Sabotage: in settle, do not look.
func TestFloodOfFiles(t *testing.T) {
	w := newRealmWorld(t, 2)
	s := w.others[0]
	comes := func(pid uint64) error {
		d := &record{pid: pid, path: "/bin/child", cwd: "/", limits: usualLimits, args: []string{"child"}}
		for i := range uint64(200) {
			d.files = append(d.files, fileRecord{fd: i, file: 1000*pid + i, mode: syscall.S_IFIFO})
		}
		a := &arrival{r: s.realm, from: 0, number: pid, d: d}
		s.realm.arrivals[pid] = a
		for more := true; more; {
			var err error
			if more, err = a.step(); err != nil {
				t.Fatal(err)
			}
		}
		delete(s.realm.arrivals, pid)
		err := a.settle()
		if err != nil {
			a.drop()
		}
		return err
	}
	for pid := uint64(9); pid < 14; pid++ {
		if err := comes(pid); (err != nil) != (pid >= 11) || err != nil && err != syscall.ENFILE {
			t.Errorf("process %d: %v", pid, err)
		}
	}
	if n := len(s.realm.imports); n != 400 {
		t.Errorf("it has %d files", n)
	}
}
