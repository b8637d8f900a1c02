package disk

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// tool runs a program of others', which the test is skipped without. A user's PATH need
// not hold the folders for disk programs.
func tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	t.Setenv("PATH", os.Getenv("PATH")+":/usr/sbin:/sbin")
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("ATOLL_REQUIRE_QEMU") != "" {
			t.Fatal(err)
		}
		t.Skipf("%s is not installed (Debian: gdisk, dosfstools, mtools)", name)
	}
	out, err := exec.Command(path, args...).CombinedOutput()
	if err != nil {
		t.Errorf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

const mib = 1 << 20 / SectorSize

// files are of every kind that matters: empty, of one byte, of whole clusters, in
// folders, with long names, and with names whose short forms collide.
func files() map[string][]byte {
	m := map[string][]byte{
		"/Image":                              bytes.Repeat([]byte("kernel"), 100_000),
		"/README.TXT":                         []byte("short\n"),
		"/empty":                              nil,
		"/cluster":                            make([]byte, 512),
		"/extlinux/extlinux.conf":             []byte("default x\n"),
		"/extlinux/extlinux.conf.old":         []byte("default y\n"),
		"/dtbs/starfive/jh7110-starfive-a.b":  []byte("one"),
		"/dtbs/starfive/jh7110-starfive-a.bc": []byte("two"),
		"/dtbs/starfive/sub/exactly-13-ch":    []byte("no end mark"),
	}
	// More names than the first cluster of a folder holds.
	for i := range 40 {
		m[fmt.Sprintf("/many/a-long-name-of-a-file-%d.text", i)] = []byte{byte(i)}
	}
	return m
}

// write writes the parts into a file of this many sectors and returns its path.
func write(t *testing.T, sectors int64, parts ...interface{ Write(w *os.File) error }) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "disk.img")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(sectors * SectorSize); err != nil {
		t.Fatal(err)
	}
	for _, p := range parts {
		if err := p.Write(f); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// to adapts what writes at offsets.
type to func(f *os.File) error

func (w to) Write(f *os.File) error { return w(f) }

// gptDisk is a disk of three partitions with a file system in the last.
func gptDisk(t *testing.T, sectors uint64) (path string, fat FAT32) {
	t.Helper()
	basic, err := ParseGUID("EBD0A0A2-B9E5-4433-87C0-68B6B72699C7")
	if err != nil {
		t.Fatal(err)
	}
	g := GPT{Seed: "test", Sectors: sectors, Partitions: []Partition{
		{Name: "spl", Type: basic, First: 2 * mib, Sectors: 2 * mib},
		{Name: "uboot", Type: basic, First: 4 * mib, Sectors: 4 * mib},
		{Name: "system", Type: basic, First: 8 * mib, Sectors: sectors - 9*mib, Bootable: true},
	}}
	fat = FAT32{Seed: "test", Label: "ATOLL", First: 8 * mib, Sectors: sectors - 9*mib, Files: files()}
	return write(t, int64(sectors), to(func(f *os.File) error { return g.Write(f) }), to(func(f *os.File) error { return fat.Write(f) })), fat
}

// TestGPT has sgdisk check the table and read it.
// Sabotage: leave the CRC of the table out of the header.
func TestGPT(t *testing.T) {
	path, _ := gptDisk(t, 64*mib)
	if out := tool(t, "sgdisk", "-v", path); !strings.Contains(out, "No problems found") || strings.Contains(out, "aution") {
		t.Errorf("sgdisk -v:\n%s", out)
	}
	out := tool(t, "sgdisk", "-p", "-i", "3", path)
	for _, want := range []string{
		"Partition GUID code: EBD0A0A2-B9E5-4433-87C0-68B6B72699C7", "First sector: 16384 ", "Attribute flags: 0000000000000004",
		"Partition name: 'system'", "128 entries", "last usable sector is 131038",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing:\n%s", want, out)
		}
	}
}

// TestFAT32 has fsck.vfat check file systems of several cluster sizes, and mtools read
// every file back.
// Sabotage: count the root directory's cluster as free in the information sector.
func TestFAT32(t *testing.T) {
	for _, size := range []uint64{48, 129, 260} {
		path, fat := gptDisk(t, size*mib)
		volume := extract(t, path, fat)
		if out := tool(t, "fsck.vfat", "-n", "-v", volume); strings.Contains(out, "wrong") || strings.Contains(out, "nvalid") ||
			strings.Contains(out, "ifference") || !strings.Contains(out, "clusters") {
			t.Errorf("%d MiB: fsck.vfat:\n%s", size, out)
		}
		dir := t.TempDir()
		tool(t, "mcopy", "-s", "-i", fmt.Sprintf("%s@@%d", path, fat.First*SectorSize), "::*", dir)
		for name, data := range fat.Files {
			if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(got, data) {
				t.Errorf("%d MiB: %s has %d bytes, want %d; %v", size, name, len(got), len(data), err)
			}
		}
	}
}

// extract copies the file system out of the disk, which fsck.vfat wants by itself.
func extract(t *testing.T, path string, fat FAT32) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	volume := filepath.Join(t.TempDir(), "volume.img")
	if err := os.WriteFile(volume, b[fat.First*SectorSize:][:fat.Sectors*SectorSize], 0o666); err != nil {
		t.Fatal(err)
	}
	return volume
}

// TestMBR has sgdisk, which reads MBRs too, list a disk with one.
func TestMBR(t *testing.T) {
	m := MBR{Seed: "test", Sectors: 64 * mib, Partitions: []Partition{
		{MBRType: MBRTypeFAT32, First: mib, Sectors: 63 * mib, Bootable: true},
	}}
	path := write(t, 64*mib, to(func(f *os.File) error { return m.Write(f) }))
	if out := tool(t, "sgdisk", "-p", path); !strings.Contains(out, "2048          131071   63.0 MiB    0700") {
		t.Errorf("sgdisk -p:\n%s", out)
	}
}

// TestReproducible writes the same disk twice.
func TestReproducible(t *testing.T) {
	a, _ := gptDisk(t, 48*mib)
	b, _ := gptDisk(t, 48*mib)
	x, errX := os.ReadFile(a)
	y, errY := os.ReadFile(b)
	if errX != nil || errY != nil || !bytes.Equal(x, y) {
		t.Errorf("the images differ; %v, %v", errX, errY)
	}
}

func TestGUID(t *testing.T) {
	g, err := ParseGUID("C12A7328-F81F-11D2-BA4B-00A0C93EC93B")
	if want := "\x28\x73\x2a\xc1\x1f\xf8\xd2\x11\xba\x4b\x00\xa0\xc9\x3e\xc9\x3b"; err != nil || string(g[:]) != want {
		t.Errorf("got %x, %v", g, err)
	}
	for _, s := range []string{"", "C12A7328", "C12A7328-F81F-11D2-BA4B-00A0C93EC93G", "C12A7328-F81F-11D2-BA4B-00A0C93EC93B00"} {
		if _, err := ParseGUID(s); err == nil {
			t.Errorf("%q was taken for a GUID", s)
		}
	}
	if g := deriveGUID("x"); g[7]>>4 != 8 || g[8]>>6 != 2 || g == deriveGUID("y") {
		t.Errorf("derived %x", g)
	}
}

// TestRefused gives what cannot be written.
func TestRefused(t *testing.T) {
	fat := func(sectors uint64, names ...string) error {
		f := FAT32{Label: "X", Sectors: sectors, Files: map[string][]byte{}}
		for _, n := range names {
			f.Files[n] = make([]byte, 1<<20)
		}
		return f.Write(discard{})
	}
	gpt := func(sectors uint64, list ...Partition) error {
		return GPT{Sectors: sectors, Partitions: list}.Write(discard{})
	}
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"FAT too small", fat(30 * mib), "no size for FAT32"},
		{"FAT of nothing", fat(0), "no size for FAT32"},
		{"FAT too large", fat(1 << 33), "no size for FAT32"},
		{"relative path", fat(48*mib, "a"), "not an absolute path"},
		{"empty name", fat(48*mib, "/a//b"), "no file name"},
		{"dots", fat(48*mib, "/../b"), "no file name"},
		{"blank", fat(48*mib, "/a b"), "no file name"},
		{"colon", fat(48*mib, "/a:b"), "no file name"},
		{"long name", fat(48*mib, "/"+strings.Repeat("x", 256)), "no file name"},
		{"letters' case", fat(48*mib, "/a", "/A"), "one name on FAT"},
		{"file and folder", fat(48*mib, "/a", "/a/b"), "a file and a folder"},
		{"no room", fat(34*mib, manyNames(40)...), "do not fit"},
		{"GPT too small", gpt(60), "does not fit"},
		{"partition over the table", gpt(64*mib, Partition{First: 33, Sectors: 1}), "leaves the disk"},
		{"partition over the copy", gpt(64*mib, Partition{First: mib, Sectors: 63*mib - 32}), "leaves the disk"},
		{"overlap", gpt(64*mib, Partition{First: mib, Sectors: mib + 1}, Partition{First: 2 * mib, Sectors: mib}), "overlaps"},
		{"empty partition", gpt(64*mib, Partition{First: mib}), "overlaps"},
		{"long partition name", gpt(64*mib, Partition{Name: strings.Repeat("x", 37), First: mib, Sectors: 1}), "longer than 36"},
		{"MBR of five", MBR{Sectors: 64 * mib, Partitions: make([]Partition, 5)}.Write(discard{}), "does not hold"},
		{"MBR too large", MBR{Sectors: 1 << 33}.Write(discard{}), "does not hold"},
		{"MBR over itself", MBR{Sectors: 64 * mib, Partitions: []Partition{{Sectors: 1}}}.Write(discard{}), "leaves the disk"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s: error %v", c.name, c.err)
		}
	}
}

func manyNames(n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprintf("/f%d", i))
	}
	return names
}

// discard takes everything.
type discard struct{}

func (discard) WriteAt(b []byte, _ int64) (int, error) { return len(b), nil }

// TestShortNames checks the names that programs see who know no long ones.
func TestShortNames(t *testing.T) {
	taken := map[string]bool{}
	for _, c := range []struct {
		name, short string
		long        bool
	}{
		{"README.TXT", "README  TXT", false},
		{"Image", "IMAGE      ", true},
		{"boot.json", "BOOT~1  JSO", true},
		{"extlinux.conf", "EXTLIN~1CON", true},
		{"extlinux.conx", "EXTLIN~2CON", true},
		{"a.b.c", "AB~1    C  ", true},
		{"BOOT.ELF", "BOOT    ELF", false},
		{"fw_jump.bin", "FW_JUMP BIN", true},
	} {
		short, long := shorten(c.name, taken)
		taken[short] = true
		if short != c.short || long != c.long {
			t.Errorf("%s: %q, %v", c.name, short, long)
		}
	}
}
