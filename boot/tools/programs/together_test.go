package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A source of a main package becomes one that can be imported, and nothing else of it changes.
// Sabotages: in importable, take methods for main, or leave the package's name.
func TestImportable(t *testing.T) {
	const source = "// main does it.\npackage main // is main\n\nimport \"os\"\n\ntype main2 struct{}\n\nfunc (main2) main() {}\n\nfunc main() { main := os.Exit; main(0) }\n"
	const want = "// main does it.\npackage p7 // is main\n\nimport \"os\"\n\ntype main2 struct{}\n\nfunc (main2) main() {}\n\nfunc Main() { main := os.Exit; main(0) }\n"
	got, err := importable([]byte(source), "p7")
	if err != nil || string(got) != want {
		t.Errorf("%v:\n%s", err, got)
	}
	if _, err := importable([]byte("package"), "p"); err == nil {
		t.Error("what is no source is taken")
	}
}

// Programs that are built together are one, which is what it is called. Sabotages: in overlayOf, leave a test's file; in
// mainFile, call the first program.
func TestTogether(t *testing.T) {
	all, err := list([]string{"./testdata/one", "./testdata/two"})
	if err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	dir := t.TempDir()
	overlay, err := overlayOf(dir, all)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, multi)
	build := exec.Command("go", "build", "-overlay", overlay, "-o", file, filepath.Join(filepath.Dir(all[0].Dir), multiPackage))
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	for name, want := range map[string]string{"one": "this is one", "a/two": "this is two", "three": "no program of that name"} {
		cmd := exec.Command(file)
		cmd.Args[0], cmd.Env = name, os.Environ()
		if text, _ := cmd.CombinedOutput(); !strings.Contains(string(text), want) {
			t.Errorf("as %s it says %q", name, text)
		}
	}
}
