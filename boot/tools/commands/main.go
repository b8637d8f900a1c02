package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/u-root/u-root/pkg/cpio"
)

// module is where the commands are pinned, and their list.
const (
	module = "user/uroot"
	list   = module + "/commands.go"
)

func main() {
	out := flag.String("o", "build/commands.cpio", "archive `file` to write")
	names := flag.String("cmds", "", "`names` of u-root's commands, separated by blanks (all that are pinned)")
	flag.Parse()
	if flag.NArg() != 0 {
		fmt.Fprintln(os.Stderr, "commands: there are no arguments: -cmds chooses commands")
		os.Exit(2)
	}
	if err := run(*out, strings.Fields(*names)); err != nil {
		fmt.Fprintln(os.Stderr, "commands:", err)
		os.Exit(1)
	}
}

func run(out string, names []string) error {
	source, err := os.ReadFile(list)
	if err != nil {
		return err
	}
	packages, err := choose(string(source), names)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "commands")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	program, err := build(dir, packages)
	if err != nil {
		return err
	}
	archive, err := pack(program, packages)
	if err != nil {
		return err
	}
	return os.WriteFile(out, archive, 0o644)
}

var imported = regexp.MustCompile(`_ "(.*)"`)

// choose returns the packages of commands among those that a list imports.
func choose(source string, names []string) ([]string, error) {
	byName := map[string]string{}
	var all []string
	for _, m := range imported.FindAllStringSubmatch(source, -1) {
		byName[path.Base(m[1])] = m[1]
		all = append(all, m[1])
	}
	if len(names) == 0 {
		return all, nil
	}
	var chosen []string
	for _, n := range names {
		if byName[n] == "" {
			return nil, fmt.Errorf("%s does not list a command %q", list, n)
		}
		chosen = append(chosen, byName[n])
	}
	return chosen, nil
}

// environment is that of a Go command for programs of user mode, outside any work space.
var environment = []string{"GOOS=linux", "GOARCH=riscv64", "GORISCV64=rva20u64", "CGO_ENABLED=0", "GOWORK=off"}

// build has u-root's tool write the source of one program of the commands, in which its name says
// which of them runs, and returns the program. The tool would compile all of it each time; the
// go command knows what it has compiled.
func build(dir string, packages []string) ([]byte, error) {
	tool, program, source := filepath.Join(dir, "makebb"), filepath.Join(dir, "bb"), filepath.Join(dir, "source")
	if err := command(module, nil, "go", "build", "-o", tool, "github.com/u-root/gobusybox/src/cmd/makebb"); err != nil {
		return nil, err
	}
	generate := append([]string{tool, "-go-build-tags=goshsmall", "-g", "-gen-dir", source}, packages...)
	if err := command(module, append(environment, "GOFLAGS=-mod=mod"), generate...); err != nil {
		return nil, err
	}
	main := filepath.Join(source, "src", "bb.u-root.com", "bb")
	err := command(main, append(environment, "GO111MODULE=off", "GOFLAGS=", "GOPATH="+source),
		"go", "build", "-trimpath", "-tags", "goshsmall", "-ldflags", "-s -w -buildid= -B none", "-o", program)
	if err != nil {
		return nil, err
	}
	return os.ReadFile(program)
}

// command runs a command in a folder, with variables added to the environment. It fails with
// what that has said.
func command(dir string, env []string, args ...string) error {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(args[:min(len(args), 4)], " "), err, said)
	}
	return nil
}

// special are the names by which others look for commands.
var special = map[string]string{"gosh": "bin/sh", "init": "init"}

// pack makes an archive of the program and its names, which are symbolic links.
func pack(program []byte, packages []string) ([]byte, error) {
	records := []cpio.Record{cpio.Directory("bin", 0o755), cpio.Directory("bbin", 0o755), cpio.StaticFile("bbin/bb", string(program), 0o755)}
	for _, p := range packages {
		name := path.Base(p)
		records = append(records, cpio.Symlink("bbin/"+name, "bb"))
		if other := special[name]; other != "" {
			records = append(records, cpio.Symlink(other, "/bbin/"+name))
		}
	}
	var b bytes.Buffer
	w := cpio.Newc.Writer(&b)
	for _, r := range records {
		if err := w.WriteRecord(r); err != nil {
			return nil, err
		}
	}
	err := cpio.WriteTrailer(w)
	return b.Bytes(), err
}
