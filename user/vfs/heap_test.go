package vfs_test

import (
	"fmt"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"atoll/user/vfs"
)

// heap returns how many bytes of the heap are in use.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// A file system takes no more of the heap than some times its bound, whatever is made and taken
// away in it. Sabotages: do not charge nameCost; in walk, take the name without a copy; do not
// shrink; in drop (of a file), delete from the map.
func TestHeap(t *testing.T) {
	const limit = 2 << 20
	for what, fill := range map[string]func(o ours, i int) error{
		"names of one file": func(o ours, i int) error {
			if i == 0 {
				o.Write("f", syscall.O_CREAT|syscall.O_WRONLY, "")
			}
			return o.Link("f", fmt.Sprintf("%x", i+16))
		},
		"names at the end of long paths": func(o ours, i int) error {
			return o.Mkdir(strings.Repeat("./", 2000) + fmt.Sprint(i))
		},
		"directories that were full": func(o ours, i int) error {
			if err := o.Mkdir(fmt.Sprint(i)); err != nil || i == 45 {
				return syscall.ENOSPC
			}
			n := 0
			name := func(j int) string { return fmt.Sprint(i, "/", j) }
			for o.Write(name(n), syscall.O_CREAT|syscall.O_WRONLY, "") == nil {
				n++
			}
			for j := range max(n-1, 0) {
				o.Unlink(name(j))
			}
			return nil
		},
		"files that were large": func(o ours, i int) error {
			f, err := o.Open(o.Cwd, fmt.Sprint(i), syscall.O_CREAT|syscall.O_WRONLY, 0o644)
			if err != nil {
				return err
			}
			for n := int64(0); err == nil; n++ {
				_, err = f.WriteAt([]byte{1}, n<<12)
			}
			return f.Truncate(1)
		},
	} {
		o, fs := newOurs(limit)
		before, n := heap(), 0
		for fill(o, n) == nil {
			n++
		}
		if grown := heap() - before; grown > 2*limit {
			t.Errorf("%s, %d: they take %d bytes of the heap", what, n, grown)
		}
		runtime.KeepAlive(fs)
	}
}

// What a program can have a walk do is bounded by the lengths of paths, not by their product.
// Sabotages: in walk, look behind each name for all the slashes of the rest; in Path, take any.
func TestLongPaths(t *testing.T) {
	o, _ := newOurs(4 << 20)
	o.Mkdir("d")
	const links = 38
	for i := range links {
		o.Symlink(strings.Repeat("d/../", 816)+fmt.Sprint(i+1), fmt.Sprint(i))
	}
	o.Mkdir(fmt.Sprint(links))
	o.Mkdir(fmt.Sprint(links, "/e"))
	cost := func(path string) (least time.Duration) {
		least = time.Hour
		for range 20 {
			from := time.Now()
			if _, err := o.Find(o.Cwd, path, true); err != nil {
				t.Fatal(err)
			}
			least = min(least, time.Since(from))
		}
		return least
	}
	if short, long := cost("0/e"), cost("0/e"+strings.Repeat("/", vfs.MaxPath-3)); long > 3*short {
		t.Errorf("a walk takes %v, and %v with slashes behind", short, long)
	}
	for o.Mkdir(strings.Repeat("n", vfs.MaxName)) == nil {
		o.Chdir(strings.Repeat("n", vfs.MaxName))
	}
	if _, err := o.Path(o.Cwd); err != syscall.ENAMETOOLONG {
		t.Errorf("the path of a directory that is too deep: %v", err)
	}
}

// Watches are counted over all sets, until they end, and a set in a set watches none.
// Sabotages: do not count in Add; in end; nest deeper.
func TestWatches(t *testing.T) {
	o, _ := newOurs(1 << 20)
	inner := vfs.NewFile(vfs.NewSet(o.NS), syscall.O_RDWR, "")
	var sets []*vfs.Set
	add := func() (n int) {
		for fd := uint64(0); ; fd++ {
			s := vfs.NewSet(o.NS)
			if err := s.Add(fd, inner, vfs.In, 0); err != nil || n == 10000 {
				if err != syscall.ENOSPC {
					t.Errorf("there is no bound: %v", err)
				}
				return n
			}
			sets = append(sets, s)
			n++
		}
	}
	first := add()
	for _, s := range sets {
		s.Close()
	}
	if n := add(); n != first {
		t.Errorf("%d watches, and then %d", first, n)
	}
	sets[len(sets)-2].Close()
	sets[len(sets)-1].Close()
	middle := vfs.NewFile(vfs.NewSet(o.NS), syscall.O_RDWR, "")
	if err := middle.Content.(*vfs.Set).Add(1, inner, vfs.In, 0); err != nil {
		t.Error(err)
	}
	if err := sets[0].Add(1, middle, vfs.In, 0); err != syscall.ELOOP {
		t.Errorf("a set of sets of sets: %v", err)
	}
}
