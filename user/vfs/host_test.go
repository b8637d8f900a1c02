package vfs_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"
	"testing"

	"atoll/user/memfs"
	"atoll/user/vfs"
)

// files are the operations of the test, on the host's files and on ours.
type files interface {
	Mkdir(path string) error
	Rmdir(path string) error
	Unlink(path string) error
	Rename(path, newPath string) error
	Symlink(target, path string) error
	Link(path, newPath string) error
	Readlink(path string) (string, error)
	Stat(path string, follow bool) (string, error)
	Truncate(path string, size int64) error
	Chmod(path string, mode uint32) error
	Chdir(path string) error
	Write(path string, flags int, text string) error
	Read(path string, flags int) (string, error)
}

// host is the files of the host's kernel, in a folder.
type host struct{}

func (host) Mkdir(path string) error           { return syscall.Mkdir(path, 0o755) }
func (host) Rmdir(path string) error           { return syscall.Rmdir(path) }
func (host) Unlink(path string) error          { return syscall.Unlink(path) }
func (host) Rename(path, newPath string) error { return syscall.Rename(path, newPath) }
func (host) Symlink(target, path string) error { return syscall.Symlink(target, path) }
func (host) Chdir(path string) error           { return syscall.Chdir(path) }
func (host) Chmod(path string, m uint32) error { return syscall.Chmod(path, m) }
func (host) Truncate(path string, n int64) error {
	return syscall.Truncate(path, n)
}

func (host) Link(path, newPath string) error { return syscall.Link(path, newPath) }

func (host) Readlink(path string) (string, error) {
	var b [4096]byte
	n, err := syscall.Readlink(path, b[:])
	return string(b[:max(n, 0)]), err
}

func (host) Stat(path string, follow bool) (string, error) {
	var s syscall.Stat_t
	f := syscall.Lstat
	if follow {
		f = syscall.Stat
	}
	if err := f(path, &s); err != nil {
		return "", err
	}
	return described(s.Mode, uint64(s.Nlink), s.Size), nil
}

func (host) Write(path string, flags int, text string) error {
	fd, err := syscall.Open(path, flags, 0o644)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	if flags&syscall.O_ACCMODE != 0 {
		_, err = syscall.Write(fd, []byte(text))
	}
	return err
}

func (host) Read(path string, flags int) (string, error) {
	fd, err := syscall.Open(path, flags, 0)
	if err != nil {
		return "", err
	}
	f := os.NewFile(uintptr(fd), path)
	defer f.Close()
	var s syscall.Stat_t
	if syscall.Fstat(fd, &s); s.Mode&syscall.S_IFMT == syscall.S_IFDIR {
		names, err := f.Readdirnames(-1)
		return fmt.Sprint(len(names)), err
	}
	b, err := io.ReadAll(f)
	return string(b), err
}

// described is what file systems agree on: sizes and links of directories are theirs.
func described(mode uint32, links uint64, size int64) string {
	if mode&syscall.S_IFMT == syscall.S_IFDIR {
		return fmt.Sprintf("%o", mode)
	}
	return fmt.Sprintf("%o %d %d", mode, links, size)
}

// ours is the files of a context.
type ours struct{ *vfs.Context }

func (o ours) Mkdir(path string) error  { return o.Context.Mkdir(o.Cwd, path, 0o755) }
func (o ours) Rmdir(path string) error  { return o.Context.Rmdir(o.Cwd, path) }
func (o ours) Unlink(path string) error { return o.Context.Unlink(o.Cwd, path) }
func (o ours) Rename(path, newPath string) error {
	return o.Context.Rename(o.Cwd, path, o.Cwd, newPath, 0)
}
func (o ours) Symlink(target, path string) error { return o.Context.Symlink(target, o.Cwd, path) }
func (o ours) Readlink(path string) (string, error) {
	return o.Context.Readlink(o.Cwd, path)
}

func (o ours) Link(path, newPath string) error {
	n, err := o.Find(o.Cwd, path, false)
	if err != nil {
		return err
	}
	return o.Context.Link(n, o.Cwd, newPath)
}

func (o ours) Stat(path string, follow bool) (string, error) {
	n, err := o.Find(o.Cwd, path, follow)
	if err != nil {
		return "", err
	}
	a := n.Attr()
	return described(a.Mode, uint64(a.Links), a.Size), nil
}

func (o ours) Truncate(path string, size int64) error {
	n, err := o.Find(o.Cwd, path, true)
	if err != nil {
		return err
	}
	return vfs.Truncate(n, size)
}

func (o ours) Chmod(path string, mode uint32) error {
	n, err := o.Find(o.Cwd, path, true)
	if err != nil {
		return err
	}
	return vfs.SetAttr(n, vfs.Change{Mode: &mode})
}

func (o ours) Write(path string, flags int, text string) error {
	f, err := o.Open(o.Cwd, path, flags, 0o644)
	if err != nil {
		return err
	}
	f.Hold()
	defer f.Release()
	if flags&syscall.O_ACCMODE != 0 {
		_, err = f.Write([]byte(text))
	}
	return err
}

func (o ours) Read(path string, flags int) (string, error) {
	f, err := o.Open(o.Cwd, path, flags, 0)
	if err != nil {
		return "", err
	}
	f.Hold()
	defer f.Release()
	if _, err := f.Directory(); err == nil {
		n := -2 // "." and ".."
		f.Entries(func(vfs.Entry) bool { n++; return true })
		return fmt.Sprint(n), nil
	}
	var b [64]byte
	text := ""
	for {
		n, err := f.Read(b[:])
		if n == 0 || err != nil {
			return text, err
		}
		text += string(b[:n])
	}
}

func newOurs(limit int64) (ours, *memfs.FS) {
	fs := memfs.New(1, limit, func() int64 { return 0 })
	return ours{vfs.NewContext(vfs.NewNamespace(vfs.Mount{Root: fs.Root()}))}, fs
}

// deep is where the test works: no path leads more than two directories up, so that the
// host's other files are out of its reach.
const deep = "1/2/3/4"

// anyPath returns a path that may lead somewhere.
func anyPath(r *rand.Rand) string {
	var b strings.Builder
	ups := 0
	for i := range 1 + r.IntN(4) {
		if i > 0 {
			b.WriteString("///"[:1+r.IntN(8)/7])
		}
		switch k := r.IntN(40); {
		case k < 2 && ups < 2:
			ups++
			b.WriteString("..")
		case k < 4:
			b.WriteString(".")
		case k == 4:
			b.WriteString(strings.Repeat("n", 254+r.IntN(3)))
		default:
			b.WriteByte("abcd"[r.IntN(4)])
		}
	}
	if r.IntN(8) == 0 {
		b.WriteString("/")
	}
	return b.String()
}

// step does one random operation and returns what it was and what came of it.
func step(r *rand.Rand, f files) (what, result string) {
	path, other := anyPath(r), anyPath(r)
	say := func(format string, a ...any) { what = fmt.Sprintf(format, a...) }
	var err error
	switch r.IntN(16) {
	case 0, 1, 2:
		say("mkdir %s", path)
		err = f.Mkdir(path)
	case 3:
		say("rmdir %s", path)
		err = f.Rmdir(path)
	case 4:
		say("unlink %s", path)
		err = f.Unlink(path)
	case 5, 6:
		say("rename %s %s", path, other)
		err = f.Rename(path, other)
	case 7, 8:
		target := strings.ReplaceAll(other, "..", "a")
		say("symlink %s %s", target, path)
		err = f.Symlink(target, path)
	case 9:
		say("link %s %s", path, other)
		err = f.Link(path, other)
	case 10:
		follow := r.IntN(2) == 0
		say("stat %s %v", path, follow)
		result, err = f.Stat(path, follow)
	case 11:
		say("readlink %s", path)
		result, err = f.Readlink(path)
	case 12:
		n := int64(r.IntN(3) * 5000)
		say("truncate %s %d", path, n)
		err = f.Truncate(path, n)
	case 13:
		flags := anyFlags(r) &^ syscall.O_ACCMODE
		say("read %s %x", path, flags)
		result, err = f.Read(path, flags&^(syscall.O_TRUNC))
	default:
		flags := anyFlags(r)
		say("write %s %x", path, flags)
		err = f.Write(path, flags, other)
	}
	if e, ok := err.(syscall.Errno); ok {
		return what, fmt.Sprintf("%q error %d (%v)", result, int(e), e)
	}
	return what, fmt.Sprintf("%q %v", result, err)
}

func anyFlags(r *rand.Rand) int {
	flags := r.IntN(3)
	for _, f := range []int{syscall.O_CREAT, syscall.O_CREAT, syscall.O_EXCL, syscall.O_TRUNC, syscall.O_APPEND, syscall.O_NOFOLLOW, syscall.O_DIRECTORY} {
		if r.IntN(3) == 0 {
			flags |= f
		}
	}
	if flags&syscall.O_CREAT != 0 {
		flags &^= syscall.O_DIRECTORY // what kernels make of both has changed
	}
	return flags
}

// Random operations have the results that they have on the host, whose kernel is a Linux.
// Sabotages: in renamable, do not ask whether a directory goes into itself; in Walk, follow
// the last link always; in WriteAt, forget the size; in Unlink, take a directory; in through,
// drop the rest of the path.
func TestModel(t *testing.T) {
	steps, seeds := 3000, 4
	if os.Getenv("ATOLL_SOAK") != "" {
		seeds = 200
	}
	for seed := range uint64(seeds) {
		t.Chdir(t.TempDir())
		o, _ := newOurs(1 << 20)
		for _, f := range []files{host{}, o} {
			path := ""
			for name := range strings.SplitSeq(deep, "/") {
				path += name + "/"
				if err := f.Mkdir(path); err != nil {
					t.Fatal(err)
				}
			}
			if err := f.Chdir(deep); err != nil {
				t.Fatal(err)
			}
		}
		a, b := rand.New(rand.NewPCG(seed, 1)), rand.New(rand.NewPCG(seed, 1))
		for i := range steps {
			what, want := step(a, host{})
			if _, got := step(b, o); got != want {
				t.Fatalf("seed %d, step %d: %s: %s, and on the host %s", seed, i, what, got, want)
			}
		}
	}
}

// However long the way is that links make, the walk ends.
// Sabotage: in through, do not count.
func TestLinks(t *testing.T) {
	o, _ := newOurs(1 << 20)
	for i := range 41 {
		o.Symlink(fmt.Sprintf("l%d", i+1), fmt.Sprintf("l%d", i))
	}
	o.Write("l41", syscall.O_CREAT|syscall.O_WRONLY, "x")
	for i, want := range []error{1: nil, 0: syscall.ELOOP} {
		if _, err := o.Stat(fmt.Sprintf("l%d", i), true); err != want {
			t.Errorf("from link %d: %v, want %v", i, err, want)
		}
	}
	o.Symlink("round", "round")
	if _, err := o.Read("round/x", 0); err != syscall.ELOOP {
		t.Error(err)
	}
	o.Symlink(strings.Repeat("./", 2000)+"l41", "long")
	if _, err := o.Stat(strings.Repeat("./", 40)+"long", true); err != nil {
		t.Error(err)
	}
	if _, err := o.Stat("long/"+strings.Repeat("./", 100), true); err != syscall.ENOTDIR {
		t.Error(err)
	}
	if _, err := o.Stat(strings.Repeat("/", vfs.MaxPath+1), true); err != syscall.ENAMETOOLONG {
		t.Error(err)
	}
}

// No path panics, or leaves the tree.
func FuzzWalk(f *testing.F) {
	f.Add("a/../b/./c//", "../../x")
	f.Add("l/l/l", "l")
	f.Fuzz(func(t *testing.T, path, target string) {
		o, _ := newOurs(1 << 20)
		o.Mkdir("a")
		o.Symlink(target, "l")
		o.Symlink(target, "a/l")
		for _, follow := range []bool{false, true} {
			found, err := o.Walk(o.Cwd, path, follow)
			if err == nil && found.Dir == nil {
				t.Errorf("%q leads to %+v", path, found)
			}
		}
		o.Write(path, syscall.O_CREAT|syscall.O_WRONLY, "x")
		o.Rename(path, target)
		o.Unlink(target)
	})
}
