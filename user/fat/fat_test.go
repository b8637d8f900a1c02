package fat

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"atoll/boot/tools/disk"
	"atoll/user/block"
	"atoll/user/farfs"
	"atoll/user/vfs"
)

// memory is a disk in memory, of which what is clear is not there. It may lose what has not been flushed.
type memory struct {
	sectors  map[uint64][sectorSize]byte
	size     uint64
	readOnly bool
	pending  map[uint64][sectorSize]byte // written since the last flush, nil: all is kept at once
	left     int                         // sectors that are still written before it is cut, -1: all
	writes   int
}

const testSectors = 70_000

func (m *memory) Sectors() uint64 { return m.size }
func (m *memory) ReadOnly() bool  { return m.readOnly }
func (m *memory) Close()          {}

func (m *memory) Read(s uint64, into []byte) error {
	for ; len(into) > 0; s, into = s+1, into[sectorSize:] {
		b, there := m.pending[s]
		if !there {
			b = m.sectors[s]
		}
		copy(into, b[:])
	}
	return nil
}

func (m *memory) Write(s uint64, data []byte) error {
	for ; len(data) > 0; s, data = s+1, data[sectorSize:] {
		if m.left == 0 {
			return syscall.EIO
		}
		m.left--
		m.writes++
		if m.pending != nil {
			m.pending[s] = [sectorSize]byte(data)
		} else {
			m.sectors[s] = [sectorSize]byte(data)
		}
	}
	return nil
}

func (m *memory) Flush() error {
	if m.left == 0 {
		return syscall.EIO
	}
	maps.Copy(m.sectors, m.pending)
	clear(m.pending)
	return nil
}

// WriteAt is for who makes the file system.
func (m *memory) WriteAt(b []byte, off int64) (int, error) {
	for done := 0; done < len(b); {
		at := off + int64(done)
		s := m.sectors[uint64(at/sectorSize)]
		n := copy(s[at%sectorSize:], b[done:])
		m.sectors[uint64(at/sectorSize)] = s
		done += n
	}
	return len(b), nil
}

// format makes a disk with a file system.
func format(t testing.TB, files map[string][]byte) *memory {
	t.Helper()
	m := &memory{sectors: map[uint64][sectorSize]byte{}, size: testSectors, left: -1}
	if err := (disk.FAT32{Seed: "test", Label: "TEST", Sectors: testSectors, Files: files}).Write(m); err != nil {
		t.Fatal(err)
	}
	return m
}

func attach(t testing.TB, m *memory) *FS {
	t.Helper()
	f := New(func() (block.Disk, error) { return m, nil }, func() time.Time { return time.Unix(1.7e9, 0) })
	if _, err := f.Attach(); err != nil {
		t.Fatal(err)
	}
	return f
}

// Lines of fsck.fat: what it says of every file system, and of what a cut may leave.
var (
	usual = regexp.MustCompile(`^(fsck\.fat .*|Free cluster summary uninitialized.*|Leaving filesystem unchanged\.|.*: \d+ files, .* clusters|)$`)
	left  = regexp.MustCompile(`^(There are differences between boot sector.*|This is mostly harmless.*|  65:01/00|  Not automatically.*|Dirty bit is set.*| Automatically removing dirty bit\.` +
		`|FATs differ but appear to be intact\.|  Using first FAT\.|Reclaimed \d+ unused clusters?.*|/[^ ].*|  File size is \d+ bytes, cluster chain length is > \d+ bytes\.|  Truncating file to \d+ bytes\.)$`)
)

// fsck has the host look at a disk, and returns what it says that is bad; of one that was cut that is less.
func fsck(t testing.TB, m *memory, cut bool) (bad []string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "disk")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for s, b := range m.sectors {
		file.WriteAt(b[:], int64(s)*sectorSize)
	}
	file.Truncate(int64(m.size) * sectorSize)
	file.Close()
	defer os.Remove(path)
	out, err := exec.Command("/usr/sbin/fsck.fat", "-n", path).CombinedOutput()
	if _, ran := err.(*exec.ExitError); err != nil && !ran {
		t.Skip("without dosfstools there is no fsck.fat: ", err)
	}
	for _, line := range strings.Split(string(out), "\n") {
		if !usual.MatchString(line) && !(cut && left.MatchString(line)) {
			bad = append(bad, line)
		}
	}
	return bad
}

// model is what a file system should contain: nil is a directory.
type model map[string][]byte

// names are those of the tests: short ones, long ones, some the same but for their case.
var names = []string{"a", "B.TXT", "a long name with blanks.text", "ünïcode", "x.y.z", strings.Repeat("very long ", 18) + "end"}

// path makes a path at random, in directories that there are.
func (m model) path(r *rand.Rand) (dir, name string) {
	dirs := []string{""}
	for p, data := range m {
		if data == nil && strings.Count(p, "/") < 3 {
			dirs = append(dirs, p)
		}
	}
	slices.Sort(dirs)
	return dirs[r.IntN(len(dirs))], names[r.IntN(len(names))] + []string{"", "1", "2"}[r.IntN(3)]
}

func join(dir, name string) string { return strings.TrimPrefix(dir+"/"+name, "/") }

// touched is the path that the last step was about.
var touched string

// step does something at random to both, and reports an error that the model does not have.
func (m model) step(f *FS, r *rand.Rand, renames bool) error {
	dir, name := m.path(r)
	p := join(dir, name)
	touched = p
	data, there := m[p]
	ref := farfs.Ref{Path: p}
	in := farfs.Ref{Path: dir}
	isDir := there && data == nil
	n := r.IntN(12)
	if n == 11 && !renames {
		n = 0
	}
	switch {
	case n == 0:
		_, err := f.Create(in, name, vfs.New{Mode: syscall.S_IFDIR | 0o755})
		if !there && err == nil {
			m[p] = nil
		}
		return unless(err, there)
	case n < 4:
		if there {
			return nil
		}
		if _, err := f.Create(in, name, vfs.New{Mode: syscall.S_IFREG | 0o644}); err != nil {
			return err
		}
		m[p] = []byte{}
	case n < 8 && there && !isDir:
		off, b := r.IntN(len(data)+2000), bytes.Repeat([]byte{byte(r.Uint32())}, 1+r.IntN(9000))
		if k, err := f.WriteAt(ref, b, int64(off)); err != nil || k != len(b) {
			return fmt.Errorf("%d of %d bytes: %v", k, len(b), err)
		}
		grown := append(bytes.Clone(data), make([]byte, max(0, off+len(b)-len(data)))...)
		copy(grown[off:], b)
		m[p] = grown
	case n == 8 && there && !isDir:
		size := r.IntN(len(data) + 1000)
		if err := f.Truncate(ref, int64(size)); err != nil {
			return err
		}
		m[p] = append(bytes.Clone(data), make([]byte, max(0, size-len(data)))...)[:size]
	case n < 11 && there:
		full := false
		for q := range m {
			full = full || strings.HasPrefix(q, p+"/")
		}
		err := f.Unlink(in, name, ref, isDir, false)
		if err == nil {
			delete(m, p)
		}
		return unless(err, full)
	case n == 11 && there:
		return m.rename(f, r, dir, name)
	}
	return nil
}

// unless is an error, or that there is none, if there should be one.
func unless(err error, want bool) error {
	switch {
	case err == nil && want:
		return fmt.Errorf("no error")
	case want:
		return nil
	}
	return err
}

func (m model) rename(f *FS, r *rand.Rand, dir, name string) error {
	to, newName := m.path(r)
	p, q := join(dir, name), join(to, newName)
	data := m[p]
	old, there := m[q]
	if p == q || strings.HasPrefix(q, p+"/") || strings.HasPrefix(p, q+"/") || there && (old == nil) != (data == nil) {
		return nil // package vfs does not let it come here, or it is another test's
	}
	full := false
	for k := range m {
		full = full || there && strings.HasPrefix(k, q+"/")
	}
	err := f.Rename(farfs.Ref{Path: dir}, name, farfs.Ref{Path: to}, newName)
	if err == nil {
		for k, v := range maps.Clone(m) {
			if k == p || strings.HasPrefix(k, p+"/") {
				delete(m, k)
				m[q+k[len(p):]] = v
			}
		}
	}
	return unless(err, full)
}

// compare says how a file system differs from the model.
func (m model) compare(f *FS) error {
	for p, data := range m {
		i, err := f.Attr(farfs.Ref{Path: p})
		if err != nil || i.IsDir() != (data == nil) {
			return fmt.Errorf("%q: %o, %v", p, i.Mode, err)
		}
		if data == nil {
			continue
		}
		got := make([]byte, len(data)+10)
		n, err := f.ReadAt(farfs.Ref{Path: p}, got, 0)
		if err != nil || !bytes.Equal(got[:n], data) {
			return fmt.Errorf("%q has %d bytes, not the %d that it should, or others, %v", p, n, len(data), err)
		}
	}
	return nil
}

// Random calls come to what they should, also after it has been attached anew, and the host finds nothing wrong.
// Sabotage: leave give out of Unlink; let room not mark what it skips; let moveUp do nothing.
func TestModel(t *testing.T) {
	for seed := range uint64(8) {
		disk := format(t, map[string][]byte{"/kept/file.txt": []byte("kept")})
		r := rand.New(rand.NewPCG(seed, 7))
		m := model{"kept": nil, "kept/file.txt": []byte("kept")}
		f := attach(t, disk)
		for i := range 400 {
			if err := m.step(f, r, true); err != nil {
				t.Fatalf("seed %d, step %d: %v", seed, i, err)
			}
			if i%100 == 50 {
				if err := f.Detach(); err != nil {
					t.Fatal(err)
				}
				f = attach(t, disk)
			}
			if i%20 == 0 {
				if err := m.compare(f); err != nil {
					t.Fatalf("seed %d, step %d: %v", seed, i, err)
				}
			}
		}
		if err := f.Detach(); err != nil {
			t.Fatal(err)
		}
		for _, b := range fsck(t, disk, false) {
			t.Errorf("seed %d: fsck.fat: %s", seed, b)
		}
	}
}

// cuts is how many times a disk is cut.
func cuts() int {
	if os.Getenv("ATOLL_SOAK") != "" {
		return 600
	}
	return 60
}

// Writes are cut anywhere, and what was not flushed is kept or lost, each sector by chance: what was committed and
// has not changed since is there, and fsck.fat finds nothing but what a cut may leave.
// Sabotage: commit all kinds in one step; let commit give clusters up before the directories are written.
func TestCuts(t *testing.T) {
	for seed := range uint64(cuts()) {
		disk := format(t, nil)
		disk.pending = map[uint64][sectorSize]byte{}
		r := rand.New(rand.NewPCG(seed, 3))
		m, kept := model{}, model{}
		f := attach(t, disk)
		disk.left = 1 + r.IntN(1500)
		for disk.left > 0 {
			before := maps.Clone(m)
			err := m.step(f, r, false)
			for p := range kept { // what has changed since may be old, new or gone
				if now, there := m[p]; !there || !bytes.Equal(now, before[p]) || err != nil && p == touched {
					delete(kept, p)
				}
			}
			if err == nil && r.IntN(15) == 0 && f.Sync(farfs.Ref{}) == nil {
				kept = maps.Clone(m)
			}
		}
		for s, b := range disk.pending {
			if r.IntN(2) == 0 {
				disk.sectors[s] = b
			}
		}
		disk.pending, disk.left = nil, -1
		for _, b := range fsck(t, disk, true) {
			t.Errorf("seed %d: fsck.fat: %s", seed, b)
		}
		if err := kept.compare(attach(t, disk)); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		if t.Failed() {
			return
		}
	}
}

// Whatever a disk contains, calls end, and nothing that they answer is out of bounds.
func FuzzDisk(f *testing.F) {
	f.Add([]byte{0, 0, 13, 1, 32, 0, 4, 9}, uint64(1))
	f.Add([]byte{0, 0, 44, 2, 2, 0, 0, 7}, uint64(2))
	plain := format(f, map[string][]byte{"/d/file.txt": bytes.Repeat([]byte("x"), 3000), "/e": nil})
	f.Fuzz(func(t *testing.T, changes []byte, seed uint64) {
		m := &memory{sectors: maps.Clone(plain.sectors), size: plain.size, left: -1}
		used := slices.Sorted(maps.Keys(m.sectors))
		for ; len(changes) >= 4; changes = changes[4:] { // which sector, where in it, what
			s := used[(int(changes[0])|int(changes[1]&3)<<8)%len(used)]
			b := m.sectors[s]
			b[int(changes[2])|int(changes[1]>>7)<<8] ^= changes[3]
			m.sectors[s] = b
		}
		fs := New(func() (block.Disk, error) { return m, nil }, time.Now)
		if _, err := fs.Attach(); err != nil {
			return
		}
		r := rand.New(rand.NewPCG(seed, 1))
		files := model{}
		for range 12 {
			files.step(fs, r, true)
			list, _ := fs.List(farfs.Ref{})
			for _, e := range list {
				if e.Name == "" || strings.ContainsAny(e.Name, "/\x00") {
					t.Fatalf("a name %q", e.Name)
				}
				i, _ := fs.Lookup(farfs.Ref{}, e.Name)
				if n, _ := fs.ReadAt(farfs.Ref{Path: e.Name}, make([]byte, 64), 0); int64(n) > i.Size {
					t.Fatalf("%d bytes of %d", n, i.Size)
				}
			}
		}
		fs.Detach()
	})
}

// A file that is cut and goes on again before that is committed is what was written last, on the disk too.
// Sabotage: let lengthen not look at cut.
func TestCutAndOn(t *testing.T) {
	disk := format(t, nil)
	f := attach(t, disk)
	m := model{"f": bytes.Repeat([]byte("x"), 5000)}
	ref := farfs.Ref{Path: "f"}
	do := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	do(f.Create(farfs.Ref{}, "f", vfs.New{Mode: syscall.S_IFREG | 0o644}))
	do(f.WriteAt(ref, m["f"], 0))
	do(nil, f.Sync(ref))
	do(nil, f.Truncate(ref, 1000))
	do(f.WriteAt(ref, bytes.Repeat([]byte("y"), 3000), 1000))
	m["f"] = append(m["f"][:1000:1000], bytes.Repeat([]byte("y"), 3000)...)
	for range 2 {
		if err := m.compare(f); err != nil {
			t.Error(err)
		}
		do(nil, f.Detach())
		f = attach(t, disk)
	}
	f.Detach()
	for _, b := range fsck(t, disk, false) {
		t.Errorf("fsck.fat: %s", b)
	}
}

// Single calls, committed and cut behind each sector that is written, in files whose chains lie in several sectors of the FAT: what was
// there before and is not the call's is there, and fsck.fat finds nothing but what a cut may leave.
// Sabotage: let commit give clusters up before chains end, or have chains go on before there is what they go on with.
func TestCutAnywhere(t *testing.T) {
	large := bytes.Repeat([]byte("0123456789abcdef"), 10_000)
	before := map[string][]byte{"/large": large, "/d/kept": []byte("kept"), "/last": []byte("last")}
	ref := farfs.Ref{Path: "large"}
	for name, call := range map[string]func(f *FS) error{
		"truncate": func(f *FS) error { return f.Truncate(ref, 5000) },
		"empty":    func(f *FS) error { return f.Truncate(ref, 0) },
		"append": func(f *FS) error {
			_, err := f.WriteAt(ref, large[:100_000], int64(len(large)))
			return err
		},
		"mkdir": func(f *FS) error {
			_, err := f.Create(farfs.Ref{Path: "d"}, "sub", vfs.New{Mode: syscall.S_IFDIR | 0o755})
			return err
		},
		"grow": func(f *FS) (err error) { // the directory's next cluster is in another sector of the FAT
			for i := 0; i < 12 && err == nil; i++ {
				_, err = f.Create(farfs.Ref{Path: "d"}, fmt.Sprint("a name of a file ", i), vfs.New{Mode: syscall.S_IFREG | 0o644})
			}
			return err
		},
		"unlink": func(f *FS) error { return f.Unlink(farfs.Ref{}, "large", ref, false, false) },
	} {
		clean := format(t, before)
		const chances = 4 // for what is lost, of each cut
		for n, done := 0, false; !done || n%chances != 0; n++ {
			cut := n / chances
			disk := &memory{sectors: maps.Clone(clean.sectors), size: clean.size, left: -1}
			f := attach(t, disk)
			disk.pending, disk.left = map[uint64][sectorSize]byte{}, cut
			done = call(f) == nil && f.Sync(farfs.Ref{}) == nil
			if len(disk.pending) > 20 { // of data: much is alike
				n += 10*chances - 1 - n%chances
			}
			r := rand.New(rand.NewPCG(uint64(n), 5))
			for s, b := range disk.pending {
				if r.IntN(2) == 0 {
					disk.sectors[s] = b
				}
			}
			disk.pending, disk.left = nil, -1
			for _, b := range fsck(t, disk, true) {
				t.Errorf("%s, cut behind %d sectors: fsck.fat: %s", name, cut, b)
			}
			kept := model{"d/kept": before["/d/kept"], "last": before["/last"]}
			if name == "append" && !done {
				kept["large"] = large
			}
			g := attach(t, disk)
			if i, err := g.Attr(ref); err == nil && i.Size > int64(len(large)) {
				delete(kept, "large")
			}
			if err := kept.compare(g); err != nil {
				t.Errorf("%s, cut behind %d sectors: %v", name, cut, err)
			}
			if t.Failed() {
				return
			}
		}
	}
}

// A full disk says so, what fits is there, and what is removed makes room at once: clusters that are given up and not committed yet, too.
// Sabotage: leave the commit out of take.
func TestFull(t *testing.T) {
	disk := format(t, nil)
	f := attach(t, disk)
	piece := bytes.Repeat([]byte("full"), 32<<10/4)
	fill := func(name string) (size int64) {
		t.Helper()
		if _, err := f.Create(farfs.Ref{}, name, vfs.New{Mode: syscall.S_IFREG | 0o644}); err != nil {
			t.Fatal(err)
		}
		r := farfs.Ref{ID: 1, Path: name}
		if err := f.Open(r, true); err != nil {
			t.Fatal(err)
		}
		defer f.Close(1)
		for {
			n, err := f.WriteAt(r, piece, size)
			if size += int64(n); err == syscall.ENOSPC {
				return size
			} else if err != nil {
				t.Fatal(err)
			}
		}
	}
	all := fill("a")
	if st, err := f.Stat(); err != nil || st.Free > 8 || all < 30<<20 {
		t.Fatalf("%d bytes fit, %d blocks are free, %v", all, st.Free, err)
	}
	if err := f.Unlink(farfs.Ref{}, "a", farfs.Ref{Path: "a"}, false, false); err != nil {
		t.Fatal(err)
	}
	if again := fill("b"); again != all {
		t.Errorf("%d bytes fit, then %d", all, again)
	}
	if err := f.Detach(); err != nil {
		t.Fatal(err)
	}
	for _, b := range fsck(t, disk, false) {
		t.Errorf("fsck.fat: %s", b)
	}
}
