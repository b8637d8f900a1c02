package memfs

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"

	"atoll/user/vfs"
)

func now() int64 { return 0 }

// create makes a regular file in the root.
func create(t testing.TB, fs *FS, name string) *file {
	t.Helper()
	n, err := fs.root.Create(name, vfs.New{Mode: syscall.S_IFREG | 0o644})
	if err != nil {
		t.Fatal(err)
	}
	return n.(*file)
}

// A file of an archive, written, cut and read at random, is what a slice is. The archive stays
// as it was. Sabotages: in readPage, leave out the clear; in Truncate, do not shorten what is
// below, or do not clear the page; in own, do not read the page.
func TestModel(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	archive := make([]byte, 3*pageSize+100)
	for i := range archive {
		archive[i] = byte(i%251) + 1
	}
	original := bytes.Clone(archive)
	fs := New(1, 1<<20, now)
	if err := fs.Add(Member{Path: "f", Mode: syscall.S_IFREG | 0o644, Data: archive}); err != nil {
		t.Fatal(err)
	}
	f := fs.root.names["f"].node.(*file)
	model := bytes.Clone(archive)
	for range 2000 {
		off := r.IntN(6 * pageSize)
		b := make([]byte, r.IntN(2*pageSize))
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		switch r.IntN(4) {
		case 0:
			if n, err := f.WriteAt(b, int64(off)); n != len(b) || err != nil {
				t.Fatal(n, err)
			}
			if len(b) > 0 && off+len(b) > len(model) {
				model = append(model, make([]byte, off+len(b)-len(model))...)
			}
			if len(b) > 0 {
				copy(model[off:], b)
			}
		case 1:
			if r.IntN(4) > 0 {
				continue
			}
			f.Truncate(int64(off))
			if off > len(model) {
				model = append(model, make([]byte, off-len(model))...)
			}
			model = model[:off]
		default:
			n, _ := f.ReadAt(b, int64(off))
			want := []byte{}
			if off < len(model) {
				want = model[off:min(off+len(b), len(model))]
			}
			if !bytes.Equal(b[:n], want) {
				t.Fatalf("at %d: %d bytes, which are others than the %d that were written", off, n, len(want))
			}
		}
	}
	if !bytes.Equal(archive, original) {
		t.Error("the archive was written")
	}
}

// A file system holds no more than it may, and all comes back.
// Sabotages: in own, do not charge; in drop (of a dir), do not give back the name.
func TestBound(t *testing.T) {
	const limit = 100 << 10
	fs := New(1, limit, now)
	f := create(t, fs, "big")
	n, err := f.WriteAt(make([]byte, 1<<20), 0)
	if n == 0 || n >= limit || err != nil {
		t.Errorf("%d bytes were written (%v)", n, err)
	}
	if n, err := f.WriteAt([]byte("x"), 1<<20); n != 0 || err != syscall.ENOSPC {
		t.Error(n, err)
	}
	if _, err := f.WriteAt([]byte("x"), maxSize); err != syscall.EFBIG {
		t.Error(err)
	}
	names := 0
	for ; ; names++ {
		if _, err = fs.root.Create(strings.Repeat("x", names+1), vfs.New{Mode: syscall.S_IFDIR | 0o755}); err != nil {
			break
		}
	}
	if used, _ := fs.Used(); err != syscall.ENOSPC || used > limit {
		t.Errorf("%d bytes in use, %d directories, %v", used, names, err)
	}
	for i := range names {
		fs.root.Unlink(strings.Repeat("x", i+1))
	}
	fs.root.Create("link", vfs.New{Mode: syscall.S_IFLNK | 0o777, Target: "target"})
	fs.root.Rename("link", fs.root, "a longer name")
	fs.root.Unlink("a longer name")
	fs.root.Unlink("big")
	if used, _ := fs.Used(); used != 0 {
		t.Errorf("%d bytes in use at the end", used)
	}
}

// Another file system takes its bytes of the same bound, and gives them back when it is ended: those
// of what is still open when that is closed.
// Sabotages: in Another, make it a bound of its own; in Clear, leave out the root, or what is below a
// directory.
func TestAnother(t *testing.T) {
	const limit = 100 << 10
	fs := New(1, limit, now)
	root, err := fs.root.Another(2)
	if err != nil {
		t.Fatal(err)
	}
	d, _ := root.Create("d", vfs.New{Mode: syscall.S_IFDIR | 0o755})
	n, _ := d.(*dir).Create("f", vfs.New{Mode: syscall.S_IFREG | 0o644})
	f := n.(*file)
	f.Hold(vfs.Writing)
	f.WriteAt(make([]byte, limit), 0)
	f.Truncate(pageSize)
	held, _ := fs.Used()
	if _, err := create(t, fs, "big").WriteAt(make([]byte, limit), 0); err != nil {
		t.Error(err)
	}
	if _, err := fs.root.Another(3); err != syscall.ENOSPC {
		t.Errorf("another, where there is no room: %v", err)
	}
	fs.root.Unlink("big")
	root.Clear()
	if used, _ := fs.Used(); used != nodeCost+pageCost || used >= held {
		t.Errorf("%d bytes are in use for an open file of one page, %d before", used, held)
	}
	f.Release(vfs.Writing)
	if used, _ := fs.Used(); used != 0 {
		t.Errorf("%d bytes are in use at the end", used)
	}
}

// Whoever lists a directory that changes meanwhile sees what stays, once.
// Sabotage: in behind, look for the cookie itself.
func TestNext(t *testing.T) {
	fs := New(1, 1<<20, now)
	for _, name := range strings.Fields("a b c d e f") {
		create(t, fs, name)
	}
	seen := ""
	for cookie := uint64(0); ; {
		e, more := fs.root.Next(cookie)
		if !more {
			break
		}
		seen += e.Name
		cookie = e.Cookie
		switch e.Name {
		case "b":
			fs.root.Unlink("b")
			fs.root.Unlink("a")
			fs.root.Unlink("d")
		case "e":
			create(t, fs, "g")
		}
	}
	if seen != "abcefg" {
		t.Errorf("%q were seen", seen)
	}
}

func TestAdd(t *testing.T) {
	fs := New(1, 1<<20, now)
	for _, c := range []struct {
		m    Member
		want error
	}{
		{Member{Path: "bin/x", Mode: syscall.S_IFREG | 0o755, Data: []byte("x")}, nil},
		{Member{Path: "/bin", Mode: syscall.S_IFDIR | 0o700}, nil},
		{Member{Path: "./bin/../bin/y", Mode: syscall.S_IFLNK | 0o777, Target: "x"}, nil},
		{Member{Path: "bin/x", Mode: syscall.S_IFREG | 0o600, Data: []byte("newer")}, nil},
		{Member{Path: "bin/x/z", Mode: syscall.S_IFREG | 0o600}, syscall.ENOTDIR},
		{Member{Path: "bin", Mode: syscall.S_IFREG | 0o600}, syscall.EISDIR},
		{Member{Path: "dev/null", Mode: syscall.S_IFCHR | 0o600}, nil},
		{Member{Path: ".", Mode: syscall.S_IFDIR | 0o711}, nil},
	} {
		if err := fs.Add(c.m); err != c.want {
			t.Errorf("%s: %v, want %v", c.m.Path, err, c.want)
		}
	}
	bin := fs.root.names["bin"].node.(*dir)
	if a := bin.Attr(); a.Mode != syscall.S_IFDIR|0o700 || len(bin.names) != 2 {
		t.Errorf("%+v, %d names", a, len(bin.names))
	}
	if a := bin.names["x"].node.Attr(); a.Size != 5 || a.Mode&0o777 != 0o600 {
		t.Errorf("%+v", a)
	}
}

// What is said to lie in place is the archive's, and nothing else of the file is there.
// Sabotages: in InPlace, look neither at the pages, nor at what is mapped, nor at the end; in addMember, leave out At.
func TestInPlace(t *testing.T) {
	fs := New(1, 1<<20, now)
	data := make([]byte, 3*pageSize)
	const at = 0x8000_0000
	fs.Add(Member{Path: "a", Mode: syscall.S_IFREG | 0o755, Data: data, At: at})
	fs.Add(Member{Path: "b", Mode: syscall.S_IFREG | 0o755, Data: data})
	open := func(name string) *file {
		n, err := fs.root.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		return n.(*file)
	}
	f := open("a")
	for _, c := range []struct {
		off, size uint64
		ok        bool
	}{{0, pageSize, true}, {pageSize, 2 * pageSize, true}, {pageSize, 2*pageSize + 1, false}, {3*pageSize + 1, 0, false}, {pageSize, ^uint64(0), false}} {
		if pa, ok := f.InPlace(c.off, c.size); ok != c.ok || ok && pa != at+c.off {
			t.Errorf("%d bytes at %d lie at %#x, %v", c.size, c.off, pa, ok)
		}
	}
	if _, ok := open("b").InPlace(0, pageSize); ok {
		t.Error("a file lies nobody knows where")
	}
	in := func() bool { _, ok := f.InPlace(0, pageSize); return ok }
	if f.Map(pagesAt{}); in() {
		t.Error("it is in place and elsewhere")
	}
	if f.Map(nil); !in() {
		t.Error("it is not in place again")
	}
	f.Truncate(pageSize + 1)
	if _, ok := f.InPlace(0, 2*pageSize); ok || !in() {
		t.Error("the end of a file that was cut is in place")
	}
	if f.WriteAt([]byte{1}, pageSize); in() {
		t.Error("a file is in place of which something was written")
	}
}

// Who watches a file is told of each change, until he no longer wants to be.
// Sabotage: in Watch, take nothing back.
func TestWatch(t *testing.T) {
	fs := New(1, 1<<20, func() int64 { return 0 })
	n, err := fs.root.Create("f", vfs.New{Mode: syscall.S_IFREG | 0o644})
	if err != nil {
		t.Fatal(err)
	}
	f, told := n.(*file), ""
	tell := func(who string) func(off, size int64) {
		return func(off, size int64) { told += fmt.Sprintf("%s %d %d; ", who, off, size) }
	}
	stop := f.Watch(tell("a"))
	f.WriteAt([]byte("text"), 10)
	stop()
	f.Watch(tell("b"))
	f.Truncate(12)
	if want := fmt.Sprintf("a 10 4; b 12 %d; ", maxSize-12); told != want {
		t.Errorf("%q is told, want %q", told, want)
	}
}

// pagesAt is pages that are elsewhere.
type pagesAt map[uint64][]byte

func (p pagesAt) Bytes(n uint64) []byte { return p[n] }
func (p pagesAt) Sync()                 {}
func (p pagesAt) Cut(from uint64) {
	for n := range p {
		if n >= from {
			delete(p, n)
		}
	}
}

// Bytes are read from where they are, written there too, and stored in the end: no more than there is
// room for, and nothing that stands behind the end of the file, which is clear when that is longer.
// Sabotages: in clearTail, or in Store, clear nothing; in WriteAt, leave out elsewhere; in Truncate, Cut.
func TestMapped(t *testing.T) {
	fs := New(1, 2*pageCost+nodeCost+nameCost+1, now)
	f := create(t, fs, "f")
	f.WriteAt(make([]byte, 10), 0)
	there := pagesAt{0: make([]byte, pageSize), 1: make([]byte, pageSize)}
	if !f.Map(there) || f.Map(pagesAt{}) {
		t.Error("a file is mapped twice, or not at all")
	}
	see := func(want string, off int64) {
		t.Helper()
		b := make([]byte, len(want))
		if n, _ := f.ReadAt(b, off); string(b[:n]) != want {
			t.Errorf("%q stands at %d, want %q", b[:n], off, want)
		}
	}
	copy(there[0], "stored")
	copy(there[0][10:], "behind the end")
	see("stored\x00\x00\x00\x00", 0)
	f.WriteAt([]byte("W"), 6)
	if string(there[0][:7]) != "storedW" {
		t.Errorf("a write does not come to %q", there[0][:7])
	}
	f.Truncate(12)
	see("\x00\x00", 10)
	copy(there[0][12:], "behind")
	f.WriteAt([]byte("x"), pageSize)
	see("\x00\x00", 12)
	if !f.Own(1) || f.Own(2) {
		t.Error("there is no room, or too much")
	}
	f.Truncate(pageSize)
	if there[1] != nil {
		t.Error("a page is there that was cut off")
	}
	f.Truncate(8)
	copy(there[0][8:], "behind")
	f.Store(0, there[0])
	f.Map(nil)
	f.Truncate(20)
	see("storedW\x00\x00\x00\x00", 0)
}
