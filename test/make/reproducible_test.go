package make

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"atoll/test/qemu"
)

// TestReproducible builds the image here and in another directory, there with an environment
// that is set for quite another build, and with all of the module compiled anew, since each
// source ends with a comment of its own. Both give the same bytes. In a soak the first build
// is of a copy and has an empty cache, so that the standard library is compiled anew, too.
// Sabotage: leave -trimpath out of the Makefile's build of the kernel.
func TestReproducible(t *testing.T) {
	root, err := qemu.ModuleRoot()
	if err != nil {
		t.Fatal(err)
	}
	first, cache := root, []string(nil)
	if os.Getenv("ATOLL_SOAK") != "" {
		first, cache = copyModule(t, root, t.TempDir(), ""), []string{"GOCACHE=" + t.TempDir()}
	}
	place := filepath.Join(t.TempDir(), "a", "deeper", "place")
	foreign := copyModule(t, root, place, "\n// "+place+"\n")
	build(t, first, cache...)
	build(t, foreign, "GOFLAGS=-mod=vendor -tags=other", "GOOS=windows", "GOARCH=386", "CGO_ENABLED=1", "GORISCV64=rva22u64",
		"GOEXPERIMENT=nosuch", "GOWORK="+foreign+"/go.work", "MAKEFLAGS=")
	for _, name := range []string{"atoll.elf", "atoll.img", "atoll.img.gz", "atoll.sym", "programs.cpio"} {
		a, errA := os.ReadFile(filepath.Join(first, "build", name))
		b, errB := os.ReadFile(filepath.Join(foreign, "build", name))
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if !bytes.Equal(a, b) {
			t.Errorf("%s differs between the two directories", name)
		}
	}
}

// TestImageSize bounds the image: every board's boot loader has room for it, and slow
// cards and serial lines are bearable with it.
func TestImageSize(t *testing.T) {
	img, err := qemu.Image()
	if err != nil {
		t.Skip(err)
	}
	for path, most := range map[string]int64{img: 8 << 20, img + ".gz": 4 << 20} {
		s, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d KiB", filepath.Base(path), s.Size()>>10)
		if s.Size() > most || s.Size() < 1<<20 {
			t.Errorf("%s has %d bytes, more than %d or hardly any", path, s.Size(), most)
		}
	}
}

// build runs make in the directory.
func build(t *testing.T, dir string, env ...string) {
	t.Helper()
	cmd := exec.Command("make", "-s", "image")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("make: %v\n%s", err, out)
	}
}

// copyModule copies the module's files, without what is built, and returns where. Sources get
// a comment at the end.
func copyModule(t *testing.T, from, to, comment string) string {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if rel == "build" || rel == ".git" || d.Name() == "testdata" {
				return filepath.SkipDir
			}
			return os.MkdirAll(filepath.Join(to, rel), 0o777)
		}
		if !d.Type().IsRegular() || strings.HasSuffix(rel, "_test.go") {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if ext := filepath.Ext(rel); ext == ".go" || ext == ".s" {
			b = append(b, comment...)
		}
		return os.WriteFile(filepath.Join(to, rel), b, 0o666)
	})
	if err != nil {
		t.Fatal(err)
	}
	return to
}
