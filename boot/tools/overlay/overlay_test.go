package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// goroot writes the sources of a Go installation, all with this text.
func goroot(t *testing.T, text string) string {
	t.Helper()
	src := t.TempDir()
	for _, s := range sources {
		path := filepath.Join(src, s)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return src
}

const goodText = "TEXT ·f(SB),NOSPLIT,$0\n\tMOV\t$1, A7\n\tECALL\n\tRET\n"

// replacements reads the overlay file.
func replacements(t *testing.T, path string) map[string]string {
	t.Helper()
	var overlay struct{ Replace map[string]string }
	b, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(b, &overlay)
	}
	if err != nil {
		t.Fatal(err)
	}
	return overlay.Replace
}

func TestGenerate(t *testing.T) {
	src, out := goroot(t, goodText), t.TempDir()
	extra := filepath.Join(t.TempDir(), "zz_test.go")
	if err := os.WriteFile(extra, []byte("package sync\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	add := []string{"sync/zz_atoll_test.go=" + extra, "/abs/x.go=" + extra}
	if err := generate(src, out, "o.json", add); err != nil {
		t.Fatal(err)
	}
	replace := replacements(t, filepath.Join(out, "o.json"))
	if len(replace) != len(sources)+2 {
		t.Errorf("overlay %v", replace)
	}
	if replace["/abs/x.go"] != extra || replace[filepath.Join(src, "sync/zz_atoll_test.go")] != extra {
		t.Errorf("added entries: %v", replace)
	}
	for _, s := range sources {
		b, err := os.ReadFile(replace[filepath.Join(src, s)])
		if err != nil || string(b) != macro+goodText {
			t.Errorf("%s is replaced by %q, %v", s, b, err)
		}
	}
}

// TestUnchanged checks that a second run leaves every file alone.
func TestUnchanged(t *testing.T) {
	src, out := goroot(t, goodText), t.TempDir()
	if err := generate(src, out, "o.json", nil); err != nil {
		t.Fatal(err)
	}
	old := time.Unix(1e9, 0)
	paths := []string{filepath.Join(out, "o.json")}
	for _, to := range replacements(t, paths[0]) {
		paths = append(paths, to)
	}
	for _, p := range paths {
		if err := os.Chtimes(p, old, old); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(paths[1], []byte("stale"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := generate(src, out, "o.json", nil); err != nil {
		t.Fatal(err)
	}
	for i, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			t.Fatal(err)
		}
		if written := !info.ModTime().Equal(old); written != (i == 1) {
			t.Errorf("%s: written again is %v", p, written)
		}
	}
}

func TestAddBad(t *testing.T) {
	src := goroot(t, goodText)
	for name, add := range map[string]string{
		"no equals sign": "sync/x.go", "no file": "sync/x.go=", "no path": "=overlay.go",
		"file missing": "sync/x.go=/nowhere/x.go", "twice": sources[0] + "=overlay.go",
	} {
		if err := generate(src, t.TempDir(), "o.json", []string{add}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestMissingFile(t *testing.T) {
	src := goroot(t, goodText)
	if err := os.Remove(filepath.Join(src, sources[1])); err != nil {
		t.Fatal(err)
	}
	if err := generate(src, t.TempDir(), "o.json", nil); err == nil || !strings.Contains(err.Error(), sources[1]) {
		t.Errorf("error %v", err)
	}
}

func TestVersion(t *testing.T) {
	for v, good := range map[string]bool{
		"go1.26": true, "go1.26.8": true, "go1.26rc1": true, "go1.26.8 X:nodwarf5": true, "go1.26.8-custom": true,
		"go1.25.9": false, "go1.27": false, "go1.260": false, "go1.2": false, "devel go1.27-abc": false, "": false,
	} {
		if err := checkVersion(v); (err == nil) != good {
			t.Errorf("%q: %v", v, err)
		}
	}
}
