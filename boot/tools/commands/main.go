package main

import (
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

	"atoll/boot/tools/newc"
)

// module is where the commands are pinned, and their list. The programs are beside it.
const (
	module = "user/uroot"
	list   = module + "/commands.go"
)

var programs = []string{"sh", "sqlite-demo"}

func main() {
	out := flag.String("o", "build/commands.cpio", "archive `file` to write")
	names := flag.String("cmds", "", "`names` of commands, separated by blanks (all that are pinned)")
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
	packages, own, err := choose(string(source), names)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "commands")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	records, err := build(dir, packages, own)
	if err != nil {
		return err
	}
	archive, err := newc.Pack(records)
	if err != nil {
		return err
	}
	return os.WriteFile(out, archive, 0o644)
}

var imported = regexp.MustCompile(`_ "(.*)"`)

// choose returns the packages of commands among those that a list imports, and the programs.
func choose(source string, names []string) (packages, own []string, err error) {
	byName := map[string]string{}
	for _, m := range imported.FindAllStringSubmatch(source, -1) {
		byName[path.Base(m[1])] = m[1]
		packages = append(packages, m[1])
	}
	if len(names) == 0 {
		return packages, programs, nil
	}
	packages = nil
	for _, n := range names {
		switch {
		case byName[n] != "":
			packages = append(packages, byName[n])
		case slices.Contains(programs, n):
			own = append(own, n)
		default:
			return nil, nil, fmt.Errorf("%s does not list a command %q", list, n)
		}
	}
	return packages, own, nil
}

// environment is that of a Go command for programs of user mode, outside any work space.
var environment = []string{"GOOS=linux", "GOARCH=riscv64", "GORISCV64=rva20u64", "CGO_ENABLED=0", "GOWORK=off"}

// build builds the commands and the programs.
func build(dir string, packages, own []string) (records []cpio.Record, err error) {
	if len(packages) > 0 {
		all, err := combine(dir, packages)
		if err != nil {
			return nil, err
		}
		records = append(records, all...)
	}
	for _, name := range own {
		out := filepath.Join(dir, name)
		if err := compile(filepath.Join("user", name), out); err != nil {
			return nil, err
		}
		data, err := os.ReadFile(out)
		if err != nil {
			return nil, err
		}
		records = append(records, cpio.StaticFile("bin/"+name, string(data), 0o755))
	}
	return records, nil
}

// combine has u-root's tool write the source of one program of the commands, in which its name
// says which of them runs. The tool would compile all of it each time; the go command knows what
// it has compiled.
func combine(dir string, packages []string) ([]cpio.Record, error) {
	tool, program, source := filepath.Join(dir, "makebb"), filepath.Join(dir, "bb"), filepath.Join(dir, "source")
	if err := command(module, nil, "go", "build", "-o", tool, "github.com/u-root/gobusybox/src/cmd/makebb"); err != nil {
		return nil, err
	}
	generate := append([]string{tool, "-go-build-tags=goshsmall", "-g", "-gen-dir", source}, packages...)
	if err := command(module, append(environment, "GOFLAGS=-mod=mod"), generate...); err != nil {
		return nil, err
	}
	folder := filepath.Join(source, "src", "bb.u-root.com", "bb")
	for _, p := range packages {
		if text, is := aliases[path.Base(p)]; is {
			if err := os.WriteFile(filepath.Join(folder, "alias_"+path.Base(p)+".go"), []byte(text), 0o644); err != nil {
				return nil, err
			}
		}
	}
	if err := compile(folder, program, "GO111MODULE=off", "GOPATH="+source); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(program)
	return names(data, packages), err
}

// aliases are files of that program, by commands. A shell calls what it has found in the path by the
// name that was typed, from which a link such as bin/reboot cannot be followed: so it is a name of its
// own, which u-root calls shutdown -r.
var aliases = map[string]string{
	"shutdown": `package main

import (
	"os"

	"bb.u-root.com/bb/pkg/bbmain"
)

func init() {
	bbmain.Register("reboot", bbmain.Noop, func() {
		os.Args = []string{"shutdown", "-r"}
		bbmain.Run("shutdown")
	})
}
`,
}

// compile compiles the program of a folder.
func compile(dir, out string, env ...string) error {
	return command(dir, slices.Concat(environment, []string{"GOFLAGS="}, env),
		"go", "build", "-trimpath", "-buildvcs=false", "-tags", "goshsmall", "-ldflags", "-s -w -buildid= -B none", "-o", out)
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
var special = map[string]string{"init": "init", "shutdown": "bin/reboot"}

// names is the program of the commands and its names, which are symbolic links.
func names(program []byte, packages []string) []cpio.Record {
	records := []cpio.Record{cpio.Directory("bbin", 0o755), cpio.StaticFile("bbin/bb", string(program), 0o755)}
	for _, p := range packages {
		name := path.Base(p)
		records = append(records, cpio.Symlink("bbin/"+name, "bb"))
		if other := special[name]; other != "" {
			records = append(records, cpio.Symlink(other, "/bbin/"+name))
		}
	}
	return records
}
