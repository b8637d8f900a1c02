package make

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"atoll/test/qemu"
)

// host is a host of the test's making: the programs in PATH are those that it adds.
type host struct {
	t   *testing.T
	bin string
}

// newHost has no programs but what a shell script needs everywhere.
func newHost(t *testing.T) host {
	h := host{t, t.TempDir()}
	h.script("env", `while case $1 in *=*) ;; *) false ;; esac; do shift; done; exec "$@"`)
	h.script("id", "echo 0")
	return h
}

// script adds a program to PATH.
func (h host) script(name, text string) {
	h.t.Helper()
	if err := os.WriteFile(filepath.Join(h.bin, name), []byte("#!/bin/sh\n"+text+"\n"), 0o777); err != nil {
		h.t.Fatal(err)
	}
}

// apt adds an apt-get that logs how it is called and then runs the text.
func (h host) apt(text string) { h.script("apt-get", `echo "$@" >>"$LOG"; `+text) }

// run runs a script of boot/tools and returns its output, what apt-get was called
// with, and the exit status.
func (h host) run(name string, args ...string) (out, apt string, status int) {
	h.t.Helper()
	root, err := qemu.ModuleRoot()
	if err != nil {
		h.t.Fatal(err)
	}
	log := filepath.Join(h.t.TempDir(), "log")
	cmd := exec.Command("/bin/sh", append([]string{filepath.Join(root, "boot", "tools", name)}, args...)...)
	cmd.Env = []string{"PATH=" + h.bin, "LOG=" + log}
	b, _ := cmd.CombinedOutput() // the exit status is what counts
	calls, _ := os.ReadFile(log) // no file, no calls
	return string(b), string(calls), cmd.ProcessState.ExitCode()
}

func TestGoVersion(t *testing.T) {
	for _, c := range []struct {
		name, script string
		status       int
		want         string
	}{
		{"none", "", 1, "no go command"},
		{"good", "echo go version go1.26.8 linux/amd64", 0, ""},
		{"older", "echo go version go1.19.8 linux/amd64", 1, "Atoll is built with Go 1.26, but this is: go version go1.19.8"},
		{"newer", "echo go version go1.27 linux/amd64", 1, "go1.27"},
		{"looks alike", "echo go version go1.260.1 linux/amd64", 1, "go1.260.1"},
		{"broken", "exit 5", 1, ""},
	} {
		h := newHost(t)
		if c.script != "" {
			h.script("go", c.script)
		}
		if out, _, status := h.run("goversion.sh"); status != c.status || !strings.Contains(out, c.want) || strings.Count(out, "\n") > 1 {
			t.Errorf("%s: status %d, output %q", c.name, status, out)
		}
	}
}

func TestSetup(t *testing.T) {
	const install = "install -y --no-install-recommends gdb-multiarch\n"
	for _, c := range []struct {
		name   string
		host   func(h host)
		status int
		want   string // in the output
		apt    string
	}{
		{"nothing is missing", func(h host) { h.script("gdb-multiarch", ""); h.apt("") }, 0, "", ""},
		{"installs", func(h host) { h.apt("") }, 0, "Installing with apt-get: gdb-multiarch\n", install},
		{"updates first", func(h host) {
			h.apt(`[ "$1" = update ] || [ $(wc -l <"$LOG") -gt 1 ]`)
			h.script("wc", `n=0; while read -r l; do n=$((n+1)); done; echo $n`)
		},
			0, "Installing", install + "update\n" + install},
		{"cannot install", func(h host) { h.apt("exit 100") }, 1, "Missing on this host: gdb-multiarch. apt-get could not install them", install + "update\n"},
		{"no apt-get", func(host) {}, 1, "Missing on this host: gdb-multiarch. There is no apt-get here", ""},
		{"not root", func(h host) { h.script("id", "echo 1000"); h.apt("") }, 1, "needs root, and there is no sudo", ""},
		{"sudo", func(h host) {
			h.script("id", "echo 1000")
			h.script("sudo", `echo sudo >>"$LOG"; exec "$@"`)
			h.apt("")
		}, 0, "", "sudo\n" + install},
	} {
		h := newHost(t)
		c.host(h)
		out, apt, status := h.run("setup.sh", "gdb")
		if status != c.status || !strings.Contains(out, c.want) || apt != c.apt {
			t.Errorf("%s: status %d, output %q, apt-get called with %q", c.name, status, out, apt)
		}
	}
}

func TestSetupNames(t *testing.T) {
	h := newHost(t)
	h.apt("")
	if out, apt, status := h.run("setup.sh", "qemu", "race"); status != 0 || !strings.Contains(apt, "qemu-system-misc") || !strings.Contains(apt, "gcc libc6-dev") {
		t.Errorf("qemu and race: status %d, output %q, apt-get called with %q", status, out, apt)
	}
	if out, apt, status := h.run("setup.sh", "trees", "cards"); status != 0 || !strings.Contains(apt, "device-tree-compiler") || !strings.Contains(apt, "mtools") {
		t.Errorf("trees and cards: status %d, output %q, apt-get called with %q", status, out, apt)
	}
	if out, apt, status := h.run("setup.sh", "kitchen"); status != 2 || apt != "" || !strings.Contains(out, "kitchen") {
		t.Errorf("unknown set-up: status %d, output %q", status, out)
	}
}

// What stands in APPEND reaches QEMU as it was given, a variable of a guest's shell too, from the
// command line and from the environment. Sabotage: leave $(value APPEND) out of the Makefile.
func TestDollar(t *testing.T) {
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("there is no make")
	}
	root, err := qemu.ModuleRoot()
	if err != nil {
		t.Fatal(err)
	}
	const want = `run="sh -c \"echo $i\""`
	more := filepath.Join(t.TempDir(), "more.mk")
	if err := os.WriteFile(more, []byte("say:\n\t@printenv APPEND\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, inEnvironment := range []bool{true, false} {
		cmd := exec.Command("make", "-s", "-f", "Makefile", "-f", more, "say")
		cmd.Dir = root
		if inEnvironment {
			cmd.Env = append(os.Environ(), "APPEND="+want)
		} else {
			cmd.Args = append(cmd.Args, "APPEND="+want)
		}
		if out, err := cmd.CombinedOutput(); err != nil || string(out) != want+"\n" {
			t.Errorf("in the environment: %v; %v, %q, want %q", inEnvironment, err, out, want)
		}
	}
}
