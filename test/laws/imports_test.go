package laws

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// pkg is what `go list -json` says of a package.
type pkg struct {
	ImportPath string
	Imports    []string
	GoFiles    []string
}

// list returns the packages of the module as they are built for the kernel.
func list(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,GoFiles", "atoll/...")
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=riscv64", "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		switch err := d.Decode(&p); err {
		case nil:
			all = append(all, p)
		case io.EOF:
			return all
		default:
			t.Fatal(err)
		}
	}
}

// below reports whether a package lies in one of the folders.
func below(path string, folders ...string) bool {
	for _, f := range folders {
		if path == "atoll/"+f || strings.HasPrefix(path, "atoll/"+f+"/") {
			return true
		}
	}
	return false
}

// Law L3: the CPU driver knows no other core, no channel, no driver; and what lies
// deeper knows nothing of what stands on it.
// Sabotage: import atoll/monitor/ump in package kernel.
func TestLayers(t *testing.T) {
	forbidden := map[string][]string{
		"kernel":  {"monitor", "drivers", "user"},
		"arch":    {"kernel", "monitor", "drivers", "boot", "dts", "user"},
		"dts":     {"kernel", "monitor", "drivers", "boot", "user"},
		"drivers": {"kernel", "monitor", "boot", "user"},
	}
	seen := map[string]bool{}
	for _, p := range list(t) {
		for folder, others := range forbidden {
			if !below(p.ImportPath, folder) {
				continue
			}
			seen[folder] = true
			for _, i := range p.Imports {
				if below(i, others...) {
					t.Errorf("%s imports %s", p.ImportPath, i)
				}
			}
		}
	}
	for folder := range forbidden {
		if !seen[folder] {
			t.Errorf("no package in %s was looked at", folder)
		}
	}
}

// Package unsafe stands in arch and in files that say so in their name.
// Sabotage: import "unsafe" in boot/planner_riscv64.go.
func TestUnsafe(t *testing.T) {
	for _, p := range list(t) {
		if below(p.ImportPath, "arch") || below(p.ImportPath, "test") {
			continue
		}
		dir := "../../" + strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, "atoll"), "/") + "/"
		for _, f := range p.GoFiles {
			src, err := os.ReadFile(dir + f)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(src, []byte("\"unsafe\"\n")) && !strings.Contains(f, "_unsafe") {
				t.Errorf("%s%s imports unsafe", dir, f)
			}
		}
	}
}
