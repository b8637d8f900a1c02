package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// env is an environment.
func env(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

// kernel writes a file with the header of a kernel.
func kernel(t *testing.T) string {
	t.Helper()
	b := make([]byte, 4096)
	copy(b[16:], "\x00\x10")
	copy(b[8:], "\x00\x00\x20")
	copy(b[56:], "RSC\x05")
	path := filepath.Join(t.TempDir(), "k.img")
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRun(t *testing.T) {
	k := kernel(t)
	out := filepath.Join(t.TempDir(), "card.img")
	vars := map[string]string{"BOARD": "qemu", "APPEND": "quiet", "INITRD": k}
	if err := run([]string{"-kernel", k, "-o", out}, env(vars)); err != nil {
		t.Fatal(err)
	}
	if s, err := os.Stat(out); err != nil || s.Size() != 128<<20 || s.Mode().Perm() != 0o644 {
		t.Errorf("card %v, %v", s, err)
	}
}

func TestBadUsage(t *testing.T) {
	k := kernel(t)
	for _, c := range []struct {
		name  string
		vars  map[string]string
		args  []string
		usage bool
		want  string
	}{
		{"no board", nil, nil, true, "BOARD= is not given; there are "},
		{"unknown board", map[string]string{"BOARD": "toaster"}, nil, true, `no board "toaster"; there are `},
		{"argument", map[string]string{"BOARD": "qemu"}, []string{"x"}, true, `what is "x" for`},
		{"flag", nil, []string{"-frob"}, true, "frob"},
		{"firmware's form", map[string]string{"BOARD": "visionfive2", "FIRMWARE": "spl"}, nil, true, "not of the form"},
		{"firmware's name", map[string]string{"BOARD": "visionfive2", "FIRMWARE": "hss=x"}, nil, true, "it takes spl ("},
		{"firmware is not there", map[string]string{"BOARD": "visionfive2", "FIRMWARE": "spl=/nowhere/x"}, nil, false, "no such file"},
		{"initrd is not there", map[string]string{"BOARD": "qemu", "INITRD": "/nowhere/x"}, nil, false, "no such file"},
		{"no kernel", map[string]string{"BOARD": "qemu"}, []string{"-kernel", "/nowhere/x"}, false, "no such file"},
	} {
		args := append([]string{"-kernel", k, "-o", filepath.Join(t.TempDir(), "c")}, c.args...)
		err := run(args, env(c.vars))
		var bad usage
		if err == nil || errors.As(err, &bad) != c.usage || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
