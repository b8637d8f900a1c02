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
	"slices"
	"strings"

	"github.com/u-root/u-root/pkg/cpio"
)

// module is where the commands are pinned, and their list.
const (
	module = "user/uroot"
	list   = module + "/commands.go"
)

func main() {
	out := flag.String("o", "build/initrd.cpio", "archive `file` to write")
	names := flag.String("cmds", "", "`names` of u-root's commands, separated by blanks (all that are pinned)")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "initrd: the argument is an archive of programs")
		os.Exit(2)
	}
	if err := run(*out, strings.Fields(*names), flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "initrd:", err)
		os.Exit(1)
	}
}

func run(out string, names []string, programs string) error {
	source, err := os.ReadFile(list)
	if err != nil {
		return err
	}
	packages, err := choose(string(source), names)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "initrd")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	commands, err := build(dir, packages)
	if err != nil {
		return err
	}
	own, err := os.ReadFile(programs)
	if err != nil {
		return err
	}
	archive, err := merge(commands, own)
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

// build has u-root build the commands, and returns its archive.
func build(dir string, packages []string) ([]byte, error) {
	tool, archive := filepath.Join(dir, "u-root"), filepath.Join(dir, "commands.cpio")
	make := exec.Command("go", "build", "-C", module, "-o", tool, "github.com/u-root/u-root")
	make.Stderr = os.Stderr
	if err := make.Run(); err != nil {
		return nil, fmt.Errorf("building u-root's tool: %w", err)
	}
	args := []string{"-build=bb", "-tags", "goshsmall", "-defaultsh=", "-initcmd=", "-base=/dev/null", "-o", archive}
	if shell := slices.ContainsFunc(packages, func(p string) bool { return path.Base(p) == "gosh" }); shell {
		args[3] = "-defaultsh=gosh"
	}
	if slices.ContainsFunc(packages, func(p string) bool { return path.Base(p) == "init" }) {
		args[4] = "-initcmd=init"
	}
	var said bytes.Buffer
	bb := exec.Command(tool, append(args, packages...)...)
	bb.Dir, bb.Stdout, bb.Stderr = module, &said, &said
	bb.Env = append(os.Environ(), "GOOS=linux", "GOARCH=riscv64", "GORISCV64=rva20u64", "CGO_ENABLED=0", "GOFLAGS=-mod=mod -buildvcs=false", "GOWORK=off")
	if err := bb.Run(); err != nil {
		return nil, fmt.Errorf("u-root's tool: %w\n%s", err, said.Bytes())
	}
	return os.ReadFile(archive)
}

// etc are files that commands look for.
var etc = []cpio.Record{
	cpio.Directory("etc", 0o755),
	cpio.StaticFile("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n", 0o644),
	cpio.StaticFile("etc/group", "root:x:0:\n", 0o644),
	cpio.StaticFile("etc/hostname", "atoll\n", 0o644),
	cpio.StaticFile("etc/motd", "Atoll: each core runs a kernel of its own, and this is a shell on one of them.\n", 0o644),
}

// merge makes an archive of several, sorted by paths: of two files with one path the first
// counts.
func merge(archives ...[]byte) ([]byte, error) {
	records := slices.Clone(etc)
	for _, a := range archives {
		err := cpio.ForEachRecord(cpio.Newc.Reader(bytes.NewReader(a)), func(r cpio.Record) error {
			records = append(records, r)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(records, func(a, b cpio.Record) int { return strings.Compare(a.Name, b.Name) })
	records = slices.CompactFunc(records, func(a, b cpio.Record) bool { return a.Name == b.Name })
	var b bytes.Buffer
	w := cpio.Newc.Writer(&b)
	for i, r := range records {
		r = cpio.MakeReproducible(r)
		r.Ino = uint64(i + 1)
		if err := w.WriteRecord(r); err != nil {
			return nil, err
		}
	}
	err := cpio.WriteTrailer(w)
	return b.Bytes(), err
}
