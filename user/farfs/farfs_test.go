package farfs

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"

	"atoll/user/coroutine"
	"atoll/user/memfs"
	"atoll/user/vfs"
)

// server is a Server over files in memory: what it does is what package vfs does there.
type server struct {
	t      *testing.T
	c      *vfs.Context
	open   map[uint64]*vfs.File
	broken int
	panics bool
	size   int64         // that it says all files have, 0: the true one
	gate   chan struct{} // unless nil, all waits for it
}

func newServer(t *testing.T) *server {
	ns := vfs.NewNamespace(vfs.Mount{Root: memfs.New(7, 1<<20, func() int64 { return 5 }).Root()})
	return &server{t: t, c: vfs.NewContext(ns), open: map[uint64]*vfs.File{}}
}

func (s *server) Attach() (Info, error) { return s.Attr(Ref{}) }
func (s *server) Detach() error         { return nil }
func (s *server) Broken(any)            { s.broken++ }

func (s *server) node(r Ref) (vfs.Node, error) {
	if s.gate != nil {
		<-s.gate
	}
	if f := s.open[r.ID]; f != nil {
		return f.Node, nil
	}
	if r.Gone {
		return nil, syscall.ESTALE
	}
	return s.c.Find(s.c.Root, "/"+r.Path, false)
}

func (s *server) dir(r Ref) (vfs.Directory, error) {
	n, err := s.node(r)
	if err != nil {
		return nil, err
	}
	d, is := n.(vfs.Directory)
	if !is {
		return nil, syscall.ENOTDIR
	}
	return d, nil
}

func (s *server) info(n vfs.Node, err error) (Info, error) {
	if err != nil {
		return Info{}, err
	}
	i := Info{Attr: n.Attr()}
	if s.size != 0 {
		i.Size = s.size
	}
	if l, is := n.(vfs.Symlink); is {
		i.Target = l.Target(s.c)
	}
	return i, nil
}

func (s *server) Attr(r Ref) (Info, error) { return s.info(s.node(r)) }

func (s *server) Lookup(r Ref, name string) (Info, error) {
	d, err := s.dir(r)
	if err != nil {
		return Info{}, err
	}
	return s.info(d.Lookup(name))
}

func (s *server) List(r Ref) (list []vfs.Entry, err error) {
	d, err := s.dir(r)
	if err != nil {
		return nil, err
	}
	for at := uint64(0); ; {
		e, more := d.Next(at)
		if !more {
			return list, nil
		}
		at = e.Cookie
		list = append(list, e)
	}
}

func (s *server) Stat() (vfs.SystemStat, error) { return s.c.Root.(vfs.System).Stat(), nil }

func (s *server) Open(r Ref, write bool) error {
	n, err := s.node(r)
	if err != nil || s.open[r.ID] != nil {
		return err
	}
	f, err := s.c.Open(s.c.Root, "/"+r.Path, syscall.O_RDWR, 0)
	if err != nil {
		return err
	}
	if f.Node != n {
		s.t.Errorf("%+v is two files", r)
	}
	f.Hold()
	s.open[r.ID] = f
	return nil
}

func (s *server) Close(id uint64) {
	if f := s.open[id]; f != nil {
		delete(s.open, id)
		f.Release()
	}
}

func (s *server) data(r Ref) (vfs.Data, error) {
	n, err := s.node(r)
	if err != nil {
		return nil, err
	}
	return n.(vfs.Data), nil
}

func (s *server) ReadAt(r Ref, b []byte, off int64) (int, error) {
	if s.panics {
		panic("the other side lies")
	}
	d, err := s.data(r)
	if err != nil {
		return 0, err
	}
	return d.ReadAt(b, off)
}

func (s *server) WriteAt(r Ref, b []byte, off int64) (int, error) {
	d, err := s.data(r)
	if err != nil {
		return 0, err
	}
	return d.WriteAt(b, off)
}

func (s *server) Truncate(r Ref, size int64) error {
	d, err := s.data(r)
	if err != nil {
		return err
	}
	return d.Truncate(size)
}

func (s *server) Set(r Ref, c vfs.Change) error {
	n, err := s.node(r)
	if err != nil {
		return err
	}
	return vfs.SetAttr(n, c)
}

func (s *server) Sync(Ref) error { return nil }

func (s *server) Create(r Ref, name string, n vfs.New) (Info, error) {
	d, err := s.dir(r)
	if err != nil {
		return Info{}, err
	}
	return s.info(d.(vfs.Changeable).Create(name, n))
}

func (s *server) Link(r Ref, name string, f Ref) error {
	d, err := s.dir(r)
	if err != nil {
		return err
	}
	n, err := s.node(f)
	if err != nil {
		return err
	}
	return d.(vfs.Changeable).Link(name, n)
}

func (s *server) Unlink(r Ref, name string, f Ref, isDir, open bool) error {
	path := "/" + r.Path + "/" + name
	if isDir {
		return s.c.Rmdir(s.c.Root, path)
	}
	return s.c.Unlink(s.c.Root, path)
}

func (s *server) Rename(r Ref, name string, to Ref, newName string) error {
	return s.c.Rename(s.c.Root, "/"+r.Path+"/"+name, s.c.Root, "/"+to.Path+"/"+newName, 0)
}

// world is a loop with a slow file system as its only one.
type world struct {
	*vfs.Context
	s     *server
	fs    *FS
	calls *coroutine.Group
	work  chan func()
}

func newWorld(t *testing.T) *world {
	w := &world{s: newServer(t), work: make(chan func(), 1000)}
	root := memfs.New(9, 1<<20, func() int64 { return 5 }).Root()
	ns := vfs.NewNamespace(vfs.Mount{Root: root})
	w.calls = ns.Coroutines()
	w.fs = New(w.s, 3, w.calls, func(f func()) { w.work <- f }, 1<<16)
	w.Context = vfs.NewContext(vfs.NewNamespace(vfs.Mount{Root: w.fs.Root()}))
	t.Cleanup(w.fs.End)
	return w
}

// call makes a call until it is over, as package linux does.
func (w *world) call(do func() error) (err error) {
	c, _ := w.calls.Start(func() { err = do() }, func() {})
	for c != nil {
		for !c.Ready() {
			(<-w.work)()
		}
		if c.Resume() {
			break
		}
	}
	return err
}

// both does the same with the slow file system and with one that is not.
type both struct {
	t     *testing.T
	far   *world
	near  *vfs.Context
	files [][2]*vfs.File // open in both
}

// do compares what two calls come to.
func (b *both) do(name string, call func(c *vfs.Context, i int) (string, error)) bool {
	b.t.Helper()
	var got, want string
	err := b.far.call(func() (err error) { got, err = call(b.far.Context, 0); return err })
	want, err2 := call(b.near, 1)
	if fmt.Sprint(err) != fmt.Sprint(err2) || err == nil && got != want {
		b.t.Fatalf("%s: %.60q, %v; without waiting %.60q, %v", name, got, err, want, err2)
	}
	return err == nil
}

// Random calls come to the same with a slow file system, over one in memory, as with that itself: paths, links,
// directories, files that are written, cut, renamed and unlinked while they are open, and errors.
// Sabotage: let Rename not adopt; let Unlink not set gone; let end return c.Size(); let child always make a
// node.
func TestModel(t *testing.T) {
	for seed := range uint64(20) {
		b := &both{t: t, far: newWorld(t), near: newServer(t).c}
		r := rand.New(rand.NewPCG(seed, 1))
		name := func() string {
			parts := make([]string, 1+r.IntN(3))
			for i := range parts {
				parts[i] = []string{"a", "b", "c", "..", "d"}[r.IntN(5)]
			}
			return strings.Join(parts, "/")
		}
		for range 600 {
			b.step(r, name(), name())
		}
		for len(b.files) > 0 {
			b.close(0)
		}
		b.far.call(func() error { return b.far.fs.root.Sync() }) // behind the last Close
		if n := b.far.fs.open; n != 0 || len(b.far.s.open) != 0 {
			t.Errorf("%d files are open at the end, at the server %d", n, len(b.far.s.open))
		}
	}
}

// step does something to a path, or to something that is open.
func (b *both) step(r *rand.Rand, path, other string) {
	simple := func(do func(c *vfs.Context) error) {
		b.do(path+" "+other, func(c *vfs.Context, _ int) (string, error) { return "", do(c) })
	}
	mode := uint32(r.IntN(0o1000))
	switch n := r.IntN(16); {
	case n == 0:
		simple(func(c *vfs.Context) error { return c.Mkdir(c.Root, path, 0o755) })
	case n == 1:
		simple(func(c *vfs.Context) error { return c.Unlink(c.Root, path) })
	case n == 2:
		simple(func(c *vfs.Context) error { return c.Rmdir(c.Root, path) })
	case n == 3:
		simple(func(c *vfs.Context) error { return c.Symlink(other, c.Root, path) })
	case n == 4:
		simple(func(c *vfs.Context) error { return c.Rename(c.Root, path, c.Root, other, 0) })
	case n == 5:
		simple(func(c *vfs.Context) error {
			n, err := c.Find(c.Root, path, false)
			if err != nil {
				return err
			}
			return c.Link(n, c.Root, other)
		})
	case n == 6:
		simple(func(c *vfs.Context) error {
			n, err := c.Find(c.Root, path, true)
			if err != nil {
				return err
			}
			return vfs.SetAttr(n, vfs.Change{Mode: &mode})
		})
	case n == 7:
		b.do("attr "+path, func(c *vfs.Context, _ int) (string, error) {
			n, err := c.Find(c.Root, path, false)
			if err != nil {
				return "", err
			}
			a, err := vfs.Refresh(n)
			size := a.Size
			if a.IsDir() {
				size = 0
			}
			return fmt.Sprintf("%o %d", a.Mode, size), err
		})
	case n == 8:
		b.do("list "+path, list(path))
	case n < 12 && len(b.files) < 8:
		flags := syscall.O_RDWR | []int{0, syscall.O_CREAT, syscall.O_CREAT | syscall.O_EXCL, syscall.O_CREAT | syscall.O_TRUNC, syscall.O_APPEND | syscall.O_CREAT}[r.IntN(5)]
		var pair [2]*vfs.File
		if b.do("open "+path, func(c *vfs.Context, i int) (_ string, err error) {
			pair[i], err = c.Open(c.Root, path, flags, 0o644)
			return "", err
		}) {
			pair[0].Hold()
			pair[1].Hold()
			b.files = append(b.files, pair)
		}
	case len(b.files) > 0:
		b.use(r, r.IntN(len(b.files)))
	}
}

// list is what stands in a directory, in no order.
func list(path string) func(c *vfs.Context, _ int) (string, error) {
	return func(c *vfs.Context, _ int) (string, error) {
		f, err := c.Open(c.Root, path, syscall.O_DIRECTORY, 0)
		if err != nil {
			return "", err
		}
		f.Hold()
		defer f.Release()
		var names []string
		err = f.Entries(func(e vfs.Entry) bool {
			names = append(names, fmt.Sprintf("%s %o", e.Name, e.Mode&syscall.S_IFMT))
			return true
		})
		slices.Sort(names)
		return fmt.Sprint(names), err
	}
}

// use does something with an open file.
func (b *both) use(r *rand.Rand, i int) {
	at, size := int64(r.IntN(50000)), r.IntN(40000)
	fill := byte(r.Uint32())
	pair := b.files[i]
	var n [2]int
	switch r.IntN(6) {
	case 0:
		b.close(i)
	case 1:
		b.do("truncate", func(_ *vfs.Context, k int) (string, error) { return "", pair[k].Truncate(at) })
	case 2, 3:
		data := bytes.Repeat([]byte{fill}, size)
		b.do("write", func(_ *vfs.Context, k int) (_ string, err error) {
			n[k], err = pair[k].Write(data[:min(size, 30000)])
			return fmt.Sprint(n[k]), err
		})
	default:
		b.do("read", func(_ *vfs.Context, k int) (string, error) {
			data := make([]byte, min(size, 30000))
			n, err := pair[k].ReadAt(data, at)
			return string(data[:n]), err
		})
	}
}

func (b *both) close(i int) {
	b.files[i][0].Release()
	b.files[i][1].Release()
	b.files = slices.Delete(b.files, i, i+1)
}

// write makes a file of some content.
func (w *world) write(t *testing.T, path, content string) {
	t.Helper()
	var f *vfs.File
	err := w.call(func() (err error) {
		if f, err = w.Open(w.Root, path, syscall.O_RDWR|syscall.O_CREAT|syscall.O_TRUNC, 0o755); err != nil {
			return err
		}
		f.Hold()
		_, err = f.WriteAt([]byte(content), 0)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	f.Release()
}

// keep opens a file, and keeps its content.
func (w *world) keep(path string) (f *vfs.File, content string, err error) {
	err = w.call(func() error {
		n, err := w.Open(w.Root, path, syscall.O_RDONLY, 0)
		if err != nil {
			return err
		}
		n.Hold()
		from, err := n.ReaderAt()
		if err != nil {
			n.Release()
			return err
		}
		b := make([]byte, 100)
		k, _ := from.ReadAt(b, 0)
		f, content = n, string(b[:k])
		return nil
	})
	return f, content, err
}

// What runs is a copy: it stays what it was when the file changes, is shared by those who run the same, and
// counts as long as somebody has it. Beyond the bound there is none.
// Sabotage: leave the version out of Keep; leave release out of Close; leave charge out of land.
func TestKeep(t *testing.T) {
	w := newWorld(t)
	w.write(t, "p", "one")
	f, content, err := w.keep("p")
	g, _, _ := w.keep("p")
	if err != nil || content != "one" || w.fs.kept != 3 {
		t.Fatalf("%q, %v, %d bytes are kept", content, err, w.fs.kept)
	}
	w.write(t, "p", "other")
	h, content, err := w.keep("p")
	if err != nil || content != "other" || w.fs.kept != 8 {
		t.Fatalf("%q, %v, %d bytes are kept", content, err, w.fs.kept)
	}
	from, _ := f.ReaderAt()
	b := make([]byte, 3)
	if from.ReadAt(b, 0); string(b) != "one" {
		t.Errorf("what runs has become %q", b)
	}
	for _, f := range []*vfs.File{f, g, h} {
		f.Release()
	}
	if w.fs.kept != 0 {
		t.Errorf("%d bytes are kept for nobody", w.fs.kept)
	}
	w.write(t, "large", strings.Repeat("x", 1<<15))
	for n, want := range []error{nil, nil, syscall.ENOMEM} {
		w.write(t, fmt.Sprint("large", n), strings.Repeat("x", 1<<15))
		if _, _, err := w.keep(fmt.Sprint("large", n)); err != want {
			t.Errorf("copy %d: %v, want %v", n, err, want)
		}
	}
}

// A server that panics is told so, the question fails, and the next is answered.
// Sabotage: leave recover out of try.
func TestBroken(t *testing.T) {
	w := newWorld(t)
	w.write(t, "p", "one")
	w.s.panics = true
	if _, _, err := w.keep("p"); err != syscall.EIO || w.s.broken != 1 {
		t.Errorf("%v, broken %d times", err, w.s.broken)
	}
	w.s.panics = false
	if _, content, err := w.keep("p"); err != nil || content != "one" {
		t.Errorf("%q, %v", content, err)
	}
}

// A file system with open files is busy; when it has ended every question fails.
// Sabotage: leave the look at open out of Detach; leave closed out of ask.
func TestDetach(t *testing.T) {
	w := newWorld(t)
	w.write(t, "p", "one")
	f, _, _ := w.keep("p")
	if err := w.call(w.fs.Detach); err != syscall.EBUSY {
		t.Errorf("with an open file: %v", err)
	}
	f.Release()
	if err := w.call(w.fs.Detach); err != nil {
		t.Error(err)
	}
	if _, _, err := w.keep("p"); err != syscall.ENODEV {
		t.Errorf("behind the end: %v", err)
	}
}

// What is killed while it opens a file leaves none open, at the server neither, and while it keeps a copy none
// that counts; what the answer says is noted all the same.
// Sabotage: count only when the server has answered, in Hold; leave waits out of Keep.
func TestKilled(t *testing.T) {
	w := newWorld(t)
	w.write(t, "p", "one")
	kill := func(do func()) {
		w.s.gate = make(chan struct{})
		c, err := w.calls.Start(do, func() {})
		if c == nil || err != nil {
			t.Fatal("it does not wait")
		}
		c.End()
		close(w.s.gate)
		w.call(func() error { _, err := w.fs.root.Refresh(); return err }) // behind all that is under way
		w.s.gate = nil
	}
	for _, path := range []string{"p", "q"} {
		n, _ := w.node(path)
		kill(func() { w.Open(w.Root, path, syscall.O_RDWR|syscall.O_CREAT, 0o644) })
		if n != nil {
			kill(func() { n.(vfs.Keeper).Hold(vfs.Writing) })
			kill(func() { n.(vfs.Keeping).Keep() })
		}
	}
	if w.fs.open != 0 || len(w.s.open) != 0 || w.fs.kept != 0 {
		t.Errorf("%d files are open, %d at the server, %d bytes are kept", w.fs.open, len(w.s.open), w.fs.kept)
	}
}

// node returns what a path leads to.
func (w *world) node(path string) (n vfs.Node, err error) {
	err = w.call(func() (err error) { n, err = w.Find(w.Root, path, true); return err })
	return n, err
}

// A directory that is renamed is where it has been moved to for who is in it; one that is removed has no path, and nothing can be made in it.
// What somebody else appends is before what is appended then.
// Sabotage: let renamed not adopt; let Unlink not set gone; let end return what is known.
func TestMoved(t *testing.T) {
	w := newWorld(t)
	do := func(want error, call func() error) {
		t.Helper()
		if err := w.call(call); err != want {
			t.Fatalf("%v, want %v", err, want)
		}
	}
	do(nil, func() error { return w.Mkdir(w.Root, "d", 0o755) })
	do(nil, func() error { return w.Chdir("d") })
	do(nil, func() error { return w.Rename(w.Root, "/d", w.Root, "/e", 0) })
	do(nil, func() error { return w.Mkdir(w.Cwd, "sub", 0o755) })
	if _, err := w.node("/e/sub"); err != nil {
		t.Error(err)
	}
	if path, err := w.Path(w.Cwd); path != "/e" || err != nil {
		t.Errorf("it is in %q, %v", path, err)
	}
	do(nil, func() error { return w.Rmdir(w.Root, "/e/sub") })
	do(nil, func() error { return w.Rmdir(w.Root, "/e") })
	if _, err := w.Path(w.Cwd); err != syscall.ENOENT {
		t.Errorf("the path of what was removed: %v", err)
	}
	do(syscall.ESTALE, func() error { return w.Mkdir(w.Cwd, "sub", 0o755) })

	w.write(t, "f", "one")
	var f *vfs.File
	do(nil, func() (err error) { f, err = w.Open(w.Root, "/f", syscall.O_WRONLY|syscall.O_APPEND, 0); return err })
	f.Hold()
	n, _ := w.s.c.Find(w.s.c.Root, "/f", true)
	n.(vfs.Data).WriteAt([]byte("two"), 3)
	do(nil, func() error { _, err := f.Write([]byte("three")); return err })
	f.Release()
	if g, content, err := w.keep("/f"); content != "onetwothree" || err != nil {
		t.Errorf("%q, %v", content, err)
	} else {
		g.Release()
	}
}
