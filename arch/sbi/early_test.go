package sbi_test

import (
	"debug/elf"
	"encoding/binary"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"atoll/boot/tools/qemurun"
	"atoll/test/qemu"
)

// linkBase is far from where QEMU loads the image, so that an absolute address
// in the code under test traps.
const linkBase = 0x20_0000_0000

// TestEarly runs testdata/early on a hart of its own.
func TestEarly(t *testing.T) {
	for _, c := range []struct {
		name   string
		harts  int
		status int
		last   string
	}{
		{"two harts, semihosting exit", 2, 42, "done"},
		{"one hart, SBI shutdown", 1, 0, "early"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, console := qemu.Run(t, qemu.Options{Machine: qemurun.Machine{
				Kernel: image(t),
				Harts:  c.harts,
				Mem:    "128M",
				Extra:  []string{"-semihosting-config", "enable=on,target=native"},
			}})
			if status != c.status || !strings.Contains(console, c.last+"\n") {
				t.Errorf("status %d, want %d (testdata/early numbers its checks)", status, c.status)
			}
		})
	}
}

// image builds testdata/early and returns the path of a flat image of it.
func image(t *testing.T) string {
	t.Helper()
	if _, err := qemurun.FindQEMU(); err != nil && os.Getenv("ATOLL_REQUIRE_QEMU") == "" {
		t.Skip(err)
	}
	dir := t.TempDir()
	program, flat := filepath.Join(dir, "early"), filepath.Join(dir, "early.img")
	build := exec.Command("go", "build", "-o", program,
		"-ldflags", "-T 0x2000001000 -E earlyEntry", "./testdata/early")
	build.Env = append(os.Environ(), "GOOS=linux", "GOARCH=riscv64", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.WriteFile(flat, flatten(t, program), 0o644); err != nil {
		t.Fatal(err)
	}
	return flat
}

// flatten returns the program's segments at their distance from linkBase, behind
// a jump to its entry. It goes through RAM to the end of bss.
func flatten(t *testing.T, program string) []byte {
	t.Helper()
	f, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var img []byte
	for _, p := range f.Progs {
		if p.Type != elf.PT_LOAD {
			continue
		}
		at := int(p.Vaddr - linkBase)
		img = append(img, make([]byte, max(0, at+int(p.Memsz)-len(img)))...)
		if _, err := io.ReadFull(p.Open(), img[at:at+int(p.Filesz)]); err != nil {
			t.Fatal(err)
		}
	}
	off := uint32(f.Entry - linkBase)
	high := (off + 0x800) &^ 0xfff
	binary.LittleEndian.PutUint32(img, high|5<<7|0x17)                // auipc x5, high
	binary.LittleEndian.PutUint32(img[4:], (off-high)<<20|5<<15|0x67) // jalr x0, low(x5)
	return img
}
