package vfs_test

import (
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"atoll/user/memfs"
	"atoll/user/pipe"
	"atoll/user/synth"
	"atoll/user/vfs"
)

// closer counts its closes.
type closer struct {
	vfs.Stream
	closed int
}

func (c *closer) Close() error { c.closed++; return nil }

// Sabotages: in Fork, do not hold the files; in Put, do not release what was there; in Exec,
// close all.
func TestTable(t *testing.T) {
	table := vfs.NewTable()
	table.SetLimit(4)
	c := &closer{}
	f := vfs.NewFile(c, syscall.O_RDWR, "it")
	for want := range uint64(3) {
		if fd, err := table.Add(f, 0, want == 1); fd != want || err != nil {
			t.Errorf("descriptor %d, %v", fd, err)
		}
	}
	if fd, err := table.Add(f, 3, false); fd != 3 || err != nil {
		t.Errorf("descriptor %d, %v", fd, err)
	}
	if _, err := table.Add(f, 0, false); err != syscall.EMFILE {
		t.Error(err)
	}
	if err := table.Put(f, 4, false); err != syscall.EBADF {
		t.Error(err)
	}
	child := table.Fork()
	child.Exec()
	if _, err := child.Get(1); err != syscall.EBADF {
		t.Error(err)
	}
	if err := child.Put(vfs.NewFile(&closer{}, 0, ""), 0, false); err != nil {
		t.Error(err)
	}
	table.Clear()
	if c.closed != 0 {
		t.Error("it is closed while the child has it")
	}
	child.Clear()
	if c.closed != 1 {
		t.Errorf("it is closed %d times", c.closed)
	}
	if err := child.Close(2); err != syscall.EBADF {
		t.Error(err)
	}
}

// A wake that takes others out of the queue, and one that puts itself in again.
// Sabotage: in Notify, do not ask whether a waiter still waits.
func TestQueue(t *testing.T) {
	var q vfs.Queue
	var woken []string
	var a, b, c vfs.Waiter
	a.Wake = func() { woken = append(woken, "a"); b.Remove() }
	b.Wake = func() { woken = append(woken, "b") }
	c.Wake = func() { woken = append(woken, "c"); c.Remove(); q.Add(&c) }
	for _, w := range []*vfs.Waiter{&a, &b, &c} {
		q.Add(w)
		q.Add(w)
	}
	q.Notify()
	q.Notify()
	if !slices.Equal(woken, []string{"a", "c", "a", "c"}) {
		t.Errorf("%q were woken", woken)
	}
	a.Remove()
	c.Remove()
	b.Remove()
	if !q.Empty() {
		t.Error("somebody waits")
	}
}

// Waiters leave a long queue as fast as a short one: programs make many, and wake them at once. Sabotage: in Remove, look through the queue for the waiter.
func TestLongQueue(t *testing.T) {
	var q vfs.Queue
	list := make([]vfs.Waiter, 100_000)
	for i := range list {
		q.Add(&list[i])
	}
	from := time.Now()
	for i := range list {
		list[len(list)-1-i].Remove()
	}
	if took := time.Since(from); took > time.Second || !q.Empty() {
		t.Errorf("%d waiters take %v to leave", len(list), took)
	}
}

// A set tells of what is ready as long as it is, or once an edge, or once; a file that is
// closed leaves it. Sabotages: in Collect, leave due; in Release, do not end watches; in wake,
// do not notify.
func TestSet(t *testing.T) {
	r, w := pipe.New(&pipe.Pool{})
	rf, wf := vfs.NewFile(r, syscall.O_RDONLY, ""), vfs.NewFile(w, syscall.O_WRONLY, "")
	rf.Hold()
	wf.Hold()
	o, _ := newOurs(1 << 20)
	s := vfs.NewSet(o.NS)
	woken := 0
	waiter := vfs.Waiter{Wake: func() { woken++ }}
	s.Queue().Add(&waiter)
	collect := func() (list []vfs.Report) {
		s.Collect(func(r vfs.Report) bool { list = append(list, r); return true })
		return list
	}
	want := func(what string, list ...vfs.Report) {
		t.Helper()
		if got := collect(); !slices.Equal(got, list) {
			t.Errorf("%s: %+v, want %+v", what, got, list)
		}
	}
	if err := s.Add(3, rf, vfs.In|vfs.RdHup|vfs.EdgeTriggered, 33); err != nil {
		t.Fatal(err)
	}
	if err := s.Add(3, rf, vfs.In, 33); err != syscall.EEXIST {
		t.Error(err)
	}
	if err := s.Add(4, wf, vfs.Out, 44); err != nil {
		t.Fatal(err)
	}
	out, in := vfs.Report{Events: vfs.Out, Data: 44}, vfs.Report{Events: vfs.In, Data: 33}
	want("an empty pipe", out)
	want("again", out)
	wf.Write([]byte("x"))
	if woken < 2 {
		t.Errorf("woken %d times", woken)
	}
	want("a byte", in, out)
	want("no new edge", out)
	wf.Write([]byte("x"))
	want("a new edge", in, out)
	if err := s.Modify(4, wf, vfs.Out|vfs.OneShot, 45); err != nil {
		t.Fatal(err)
	}
	want("once", vfs.Report{Events: vfs.Out, Data: 45})
	want("and never again")
	inner := vfs.NewFile(s, syscall.O_RDWR, "")
	if err := s.Add(5, inner, vfs.In, 0); err != syscall.EINVAL {
		t.Errorf("a set in itself: %v", err)
	}
	outer := vfs.NewSet(o.NS)
	if err := outer.Add(5, inner, vfs.In, 5); err != nil {
		t.Error(err)
	}
	if err := s.Add(6, vfs.NewFile(outer, syscall.O_RDWR, ""), vfs.In, 0); err != syscall.ELOOP {
		t.Errorf("sets in a round: %v", err)
	}
	wf.Release()
	want("the writer's end", vfs.Report{Events: vfs.In | vfs.Hup, Data: 33})
	rf.Release()
	if s.Remove(3, rf) != syscall.ENOENT {
		t.Error("a closed file is watched")
	}
	f, _ := o.Open(o.Cwd, "/", syscall.O_RDONLY, 0)
	if err := s.Add(7, f, vfs.In, 0); err != syscall.EPERM {
		t.Error(err)
	}
}

// File systems hide what they are mounted on, ".." leads out of them, and one in use stays.
func TestMounts(t *testing.T) {
	o, _ := newOurs(1 << 20)
	o.Mkdir("m")
	o.Mkdir("m/below")
	fs := memfs.New(2, 1<<20, func() int64 { return 0 })
	if err := o.NS.Mount(o.Context, "/m", vfs.Mount{Type: "tmpfs", Root: fs.Root()}); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Stat("m/below", true); err != syscall.ENOENT {
		t.Error(err)
	}
	o.Mkdir("m/x")
	o.Chdir("m/x")
	if got, err := o.Path(o.Cwd); got != "/m/x" || err != nil {
		t.Error(got, err)
	}
	if err := o.Mkdir("../../y"); err != nil {
		t.Error(err)
	}
	for what, err := range map[string]error{
		"rename out": o.Rename("/m/x", "/x"), "link out": o.Link("/y", "/m/y"), "remove": o.Rmdir("/m"), "move": o.Rename("/m", "/n"),
	} {
		if err != syscall.EXDEV && err != syscall.EBUSY && err != syscall.EPERM {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := o.NS.Unmount(o.Context, "/"); err != syscall.EBUSY {
		t.Error(err)
	}
	if _, err := o.NS.Unmount(o.Context, "/m"); err != nil {
		t.Error(err)
	}
	if _, err := o.Path(o.Cwd); err != syscall.ENOENT {
		t.Error(err)
	}
	if _, err := o.Stat("/m/below", true); err != nil {
		t.Error(err)
	}
	o.Chroot("/m")
	o.Chdir("/")
	if got, _ := o.Path(o.Cwd); got != "/" {
		t.Error(got)
	}
	if _, err := o.Stat("../../../below", true); err != nil {
		t.Error(err)
	}
}

// What was removed is where nothing can be made, and what was unlinked stays while it is
// open. Sabotage: in node.end, do not ask for open files.
func TestRemoved(t *testing.T) {
	o, fs := newOurs(1 << 20)
	before, _ := fs.Used()
	o.Mkdir("d")
	o.Chdir("d")
	f, err := o.Open(o.Cwd, "f", syscall.O_CREAT|syscall.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	f.Hold()
	f.Write([]byte(strings.Repeat("x", 5000)))
	o.Unlink("f")
	if got := f.Path(o.Context); got != "/d/f (deleted)" {
		t.Error(got)
	}
	var b [10]byte
	if n, err := f.ReadAt(b[:], 4995); n != 5 || err != nil {
		t.Error(n, err)
	}
	if used, _ := fs.Used(); used < 8000 {
		t.Errorf("%d bytes in use", used)
	}
	f.Release()
	o.Rmdir("/d")
	if err := o.Write("f", syscall.O_CREAT|syscall.O_WRONLY, ""); err != syscall.ENOENT {
		t.Error(err)
	}
	if used, _ := fs.Used(); used != before {
		t.Errorf("%d bytes in use, %d before", used, before)
	}
}

// Open files are counted until they are closed, and so is what was made for them, which nobody
// maps. Sabotages: in Release, do not count down; in Admit, do not count what was made; in
// ReaderAt, take what was made.
func TestAdmit(t *testing.T) {
	o, _ := newOurs(1 << 20)
	var list []*vfs.File
	for range 1000 {
		f := vfs.NewFile(&closer{}, 0, "")
		f.Hold()
		if err := o.NS.Admit(f); err != nil {
			if err != syscall.ENFILE {
				t.Error(err)
			}
			break
		}
		list = append(list, f)
	}
	if len(list) == 1000 {
		t.Error("there is no bound")
	}
	for _, f := range list {
		f.Release()
	}
	for range 2 {
		var made []*vfs.File
		for range 10 {
			f := &vfs.File{Content: synth.Content(make([]byte, 200<<10))}
			f.Hold()
			if o.NS.Admit(f) == nil {
				made = append(made, f)
			}
		}
		if len(made) != 5 {
			t.Errorf("%d files of 200 KiB are open", len(made))
		}
		if _, err := made[0].ReaderAt(); err == nil {
			t.Error("what was made for who opened it can be mapped")
		}
		for _, f := range made {
			f.Release()
		}
	}
}
