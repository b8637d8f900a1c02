package card

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"atoll/boot/tools/disk"
	"atoll/dts"
	"atoll/dts/boards"
)

// need skips a test where a program of others' is missing; a user's PATH need not hold
// the folders for disk programs.
func need(t *testing.T, names ...string) {
	t.Helper()
	t.Setenv("PATH", os.Getenv("PATH")+":/usr/sbin:/sbin")
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil && os.Getenv("ATOLL_REQUIRE_QEMU") == "" {
			t.Skipf("%s is not installed (Debian: device-tree-compiler, gdisk, dosfstools, mtools)", name)
		}
	}
}

// tool runs a program of others'.
func tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Errorf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// image is a file with the header of a kernel that is about as large as ours.
func image() []byte {
	b := make([]byte, 5<<20)
	copy(b[56:], "RSC\x05")
	binary.LittleEndian.PutUint64(b[8:], 2<<20)
	binary.LittleEndian.PutUint64(b[16:], uint64(len(b))+16<<20)
	return b
}

func board(t *testing.T, name string) *boards.Board {
	t.Helper()
	b, err := boards.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// full is a card of the board with everything on it that may be.
func full(b *boards.Board) Card {
	c := Card{Board: b, Kernel: image(), Initrd: []byte("initrd"), Append: `run="cores"`, Firmware: map[string][]byte{}}
	for _, f := range b.Firmware {
		c.Firmware[f.Name] = []byte("firmware " + f.Name)
	}
	return c
}

// TestCards makes a card for each board and has programs of others' check and read it.
// Sabotage: end the last partition one sector early in partitions.
func TestCards(t *testing.T) {
	need(t, "dtc", "sgdisk", "fsck.vfat", "mcopy")
	for _, name := range boards.BoardNames() {
		t.Run(name, func(t *testing.T) {
			c := full(board(t, name))
			path := filepath.Join(t.TempDir(), "card.img")
			if err := c.Write(path); err != nil {
				t.Fatal(err)
			}
			checkTable(t, c, path)
			checkFiles(t, c, path)
			again := path + ".2"
			if err := c.Write(again); err != nil || !equal(t, path, again) {
				t.Errorf("two cards differ, or %v", err)
			}
		})
	}
}

// checkTable has sgdisk check and read the partition table.
func checkTable(t *testing.T, c Card, path string) {
	t.Helper()
	if c.Board.MBR {
		if out := tool(t, "sgdisk", "-p", path); !strings.Contains(out, " 0700 ") {
			t.Errorf("sgdisk -p:\n%s", out)
		}
		return
	}
	out := tool(t, "sgdisk", "-v", path)
	if !strings.Contains(out, "No problems found") || strings.Contains(out, "aution") {
		t.Errorf("sgdisk -v:\n%s", out)
	}
	for i, p := range c.Board.Partitions {
		out := tool(t, "sgdisk", "-i", fmt.Sprint(i+1), path)
		for _, want := range []string{p.Type, fmt.Sprintf("First sector: %d ", p.First), fmt.Sprintf("Partition name: '%s'", p.Name)} {
			if !strings.Contains(out, want) {
				t.Errorf("partition %d lacks %q:\n%s", i+1, want, out)
			}
		}
	}
}

// checkFiles has fsck.vfat check the file system and mtools read it, and looks for the
// firmware in its partitions.
func checkFiles(t *testing.T, c Card, path string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	list, err := c.partitions()
	if err != nil {
		t.Fatal(err)
	}
	last := list[len(list)-1]
	volume := path + ".fat"
	if err := os.WriteFile(volume, raw[last.First*disk.SectorSize:][:last.Sectors*disk.SectorSize], 0o666); err != nil {
		t.Fatal(err)
	}
	tool(t, "fsck.vfat", "-n", volume)
	dir := t.TempDir()
	tool(t, "mcopy", "-s", "-i", volume, "::*", dir)
	want, err := c.files()
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range want {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s: %d bytes, want %d; %v", name, len(got), len(data), err)
		}
	}
	for _, f := range c.Board.Firmware {
		for _, p := range list {
			if f.Partition == p.Name && p.Name != "" && !bytes.HasPrefix(raw[p.First*disk.SectorSize:], c.Firmware[f.Name]) {
				t.Errorf("firmware %s is not in partition %s", f.Name, p.Name)
			}
		}
	}
}

// equal compares two files.
func equal(t *testing.T, a, b string) bool {
	t.Helper()
	x, errX := os.ReadFile(a)
	y, errY := os.ReadFile(b)
	if err := errors.Join(errX, errY); err != nil {
		t.Fatal(err)
	}
	return bytes.Equal(x, y)
}

// Environment files hold variables and comments, and the one of which the vendor's
// U-Boot of the VisionFive 2 imports 512 bytes is so long.
func TestEnvironments(t *testing.T) {
	if f := board(t, "visionfive2").Files[0]; f.Path != "/uEnv.txt" || len(f.Text) != 512 || f.Text[511] != '\n' {
		t.Errorf("%s has %d bytes", f.Path, len(f.Text))
	}
	for _, name := range boards.BoardNames() {
		for _, f := range board(t, name).Files {
			for line := range strings.Lines(f.Text) {
				if strings.HasPrefix(line, "#") {
					continue
				}
				if key, _, ok := strings.Cut(line, "="); strings.HasSuffix(f.Path, ".txt") && (!ok || strings.ContainsAny(key, " \t#")) {
					t.Errorf("%s: %s: %q is no variable", name, f.Path, line)
				}
			}
		}
	}
}

// The tree of a LiteX card carries what no boot loader there adds.
// Sabotage: leave chosen out of Compile in addBootJSON.
func TestBootJSON(t *testing.T) {
	need(t, "dtc")
	c := full(board(t, "litex"))
	c.Append = `run="echo \"a \\ b\""`
	m, err := c.files()
	if err != nil {
		t.Fatal(err)
	}
	tree, err := dts.Parse(m["/atoll.dtb"])
	if err != nil {
		t.Fatal(err)
	}
	initrd, err := tree.Initrd()
	if err != nil || initrd.Base != 0x8400_0000 || initrd.Size != 6 || tree.BootArgs() != c.Append {
		t.Errorf("initial RAM disk %v, %v; boot arguments %s", initrd, err, tree.BootArgs())
	}
	var boot map[string]any
	if err := json.Unmarshal(m["/boot.json"], &boot); err != nil {
		t.Fatal(err)
	}
	for name, at := range map[string]string{"Image": "0x80200000", "atoll.dtb": "0x83000000", "initrd.img": "0x84000000", "fw_jump.bin": "0x80000000"} {
		if boot[name] != at || m["/"+name] == nil {
			t.Errorf("%s is loaded to %v, want %s", name, boot[name], at)
		}
	}
	if args, _ := boot["bootargs"].(map[string]any); args["r2"] != boot["atoll.dtb"] || args["addr"] != boot["fw_jump.bin"] {
		t.Errorf("bootargs %v", args)
	}
	// The BIOS reads 1023 bytes and names of 31 characters.
	if len(m["/boot.json"]) > 1023 || len(boot) != 5 {
		t.Errorf("boot.json has %d bytes and %d entries", len(m["/boot.json"]), len(boot))
	}
}

func TestExtlinux(t *testing.T) {
	c := Card{Board: board(t, "visionfive2"), Kernel: image()}
	for _, s := range []struct {
		set  func()
		want string
	}{
		{func() {}, "default atoll\nlabel atoll\n\tkernel /Image\n\tfdtdir /dtbs\n"},
		{func() { c.Append = `run="echo \"a\""` }, "\tfdtdir /dtbs\n\tappend run=\"echo \\\\\"a\\\\\"\"\n"},
		{func() { c.Initrd = []byte{1} }, "\tinitrd /initrd.img\n\tfdtdir"},
		{func() { c.Tree = []byte{1} }, "\tfdt /dtbs/own.dtb\n"},
		{func() { c.Kernel = []byte("\x1f\x8b") }, "\tkernel /Image.gz\n"},
	} {
		s.set()
		if conf, err := c.extlinux(); err != nil || !strings.Contains(string(conf), s.want) {
			t.Errorf("got %q, %v, want %q", conf, err, s.want)
		}
	}
}

// expand does what U-Boot does to boot arguments.
func expand(s string) string {
	var b strings.Builder
	var before byte
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && before != '\\' && i+1 < len(s) {
			before = '\\'
			i++
		}
		if (s[i] == '$' || s[i] == '\'') && before != '\\' {
			return "expanded"
		}
		b.WriteByte(s[i])
		before = s[i]
	}
	return b.String()
}

func TestEscape(t *testing.T) {
	for _, s := range []string{"", "cores=2", `run="echo \"a b\" $x 'y'"`, `\`, `\\`, `\\\"`, `\$`, `$$`, `\'\\'`, `'$\`} {
		got, err := escape(s)
		if err != nil || expand(got) != s {
			t.Errorf("%s became %s, which U-Boot makes %s of; %v", s, got, expand(got), err)
		}
	}
}

// TestRefused makes cards that would not boot.
func TestRefused(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write(image()) // into memory, which cannot fail
	w.Close()
	for _, c := range []struct {
		name string
		set  func(c *Card)
		want string
	}{
		{"no kernel", func(c *Card) { c.Kernel = nil }, "no RISC-V image"},
		{"an ELF", func(c *Card) { c.Kernel = append([]byte("\x7fELF"), make([]byte, 100)...) }, "no RISC-V image"},
		{"cut gzip", func(c *Card) { c.Kernel = packed.Bytes()[:packed.Len()/2] }, "compressed kernel"},
		{"kernel too long", func(c *Card) { binary.LittleEndian.PutUint64(c.Kernel[16:], 60<<20) }, "reaches a script at 0x43900000"},
		{"kernel elsewhere", func(c *Card) { binary.LittleEndian.PutUint64(c.Kernel[8:], 4<<30) }, "leaves the memory"},
		{"long arguments", func(c *Card) { c.Append = strings.Repeat("x", 501) }, "have 501 characters"},
		{"two lines", func(c *Card) { c.Append = "a\nb" }, `hold '\n'`},
		{"unknown firmware", func(c *Card) { c.Firmware = map[string][]byte{"hss": nil} }, "no firmware \"hss\"; it takes spl (U-Boot's"},
		{"LiteX without firmware", func(c *Card) { c.Board, c.Tree = board(t, "litex"), nil }, "needs FIRMWARE=fw_jump=file"},
		{"LiteX with a tree", func(c *Card) { c.Board = board(t, "litex") }, "takes no tree"},
		{"LiteX, compressed", func(c *Card) { c.Board, c.Tree, c.Kernel = board(t, "litex"), nil, packed.Bytes() }, "unpacks none"},
		{"Icicle Kit, compressed", func(c *Card) { c.Board, c.Kernel = board(t, "icicle"), packed.Bytes() }, "icicle takes no compressed kernel"},
		{"large initrd", func(c *Card) { c.Board, c.Initrd = board(t, "icicle"), make([]byte, 128<<20) }, "the initial RAM disk, 0x88300000..0x90300000, leaves the memory"},
		{"large firmware", func(c *Card) { c.Firmware = map[string][]byte{"spl": make([]byte, 3<<20)} }, "partition spl only 2097152"},
	} {
		card := Card{Board: board(t, "visionfive2"), Kernel: image(), Tree: []byte("any")}
		c.set(&card)
		path := filepath.Join(t.TempDir(), "card.img")
		if err := card.Write(path); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v", c.name, err)
		}
		if left, _ := os.ReadDir(filepath.Dir(path)); len(left) > 0 {
			t.Errorf("%s: %v is left behind", c.name, left[0].Name())
		}
	}
	good := Card{Board: board(t, "qemu"), Kernel: packed.Bytes()}
	if err := good.Write(filepath.Join(t.TempDir(), "card.img")); err != nil {
		t.Errorf("compressed kernel: %v", err)
	}
	if err := good.Write("/nowhere/card.img"); err == nil {
		t.Error("a card in a folder that is not there")
	}
}
