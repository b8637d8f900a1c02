package main

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/u-root/u-root/pkg/cpio"

	"atoll/boot/tools/newc"
)

func main() {
	out := flag.String("o", "build/programs.cpio", "archive `file` to write")
	together := flag.String("together", "", "`pattern` of packages that become one program with many names")
	flag.Parse()
	if flag.NArg() == 0 && *together == "" {
		fmt.Fprintln(os.Stderr, "programs: the arguments are patterns of packages, and files")
		os.Exit(2)
	}
	if err := run(*out, *together, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "programs:", err)
		os.Exit(1)
	}
}

// environment is that of a Go command for programs of user mode. Settings of the caller for
// other builds do not reach it.
func environment() []string {
	return append(os.Environ(), "GOOS=linux", "GOARCH=riscv64", "GORISCV64=rva20u64", "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false", "GOEXPERIMENT=", "GODEBUG=")
}

// run builds the main packages and writes the archive, with the files as they are.
func run(out, together string, arguments []string) error {
	var patterns, files []string
	for _, a := range arguments {
		if s, err := os.Stat(a); err == nil && s.Mode().IsRegular() {
			files = append(files, a)
		} else {
			patterns = append(patterns, a)
		}
	}
	dir, err := os.MkdirTemp("", "programs")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var links []cpio.Record
	if together != "" {
		all, err := list([]string{together})
		if err == nil {
			links, err = buildTogether(dir, all)
		}
		if err != nil {
			return err
		}
	}
	if err := buildAlone(dir, patterns); err != nil {
		return err
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, filepath.Base(f)), data, 0o755)
		}
		if err != nil {
			return err
		}
	}
	archive, err := pack(dir, links)
	if err != nil {
		return err
	}
	return write(out, archive)
}

// buildAlone builds main packages in a folder, a program each.
func buildAlone(dir string, patterns []string) error {
	if len(patterns) == 0 {
		return nil
	}
	all, err := list(patterns)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return fmt.Errorf("no package of %s has a main function", strings.Join(patterns, " "))
	}
	var packages []string
	for _, p := range all {
		packages = append(packages, p.ImportPath)
	}
	return build(dir+"/", packages...)
}

// build has the go command build what its arguments say.
func build(out string, arguments ...string) error {
	cmd := exec.Command("go", append([]string{"build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -buildid= -B none", "-o", out}, arguments...)...)
	cmd.Env, cmd.Stderr = environment(), os.Stderr
	return cmd.Run()
}

// bin is the folder in which programs are looked for.
const bin = "bin"

// pack makes an archive of the files in a folder, in the order of their names, and of links to them.
func pack(dir string, links []cpio.Record) ([]byte, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(files, func(a, b os.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	records := []cpio.Record{cpio.Directory(bin, 0o755)}
	for i, f := range files {
		data, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			return nil, err
		}
		records = append(records, cpio.StaticRecord(data, cpio.Info{Name: bin + "/" + f.Name(), Mode: cpio.S_IFREG | 0o755, Ino: uint64(i + 1), NLink: 1}))
	}
	for i, l := range links {
		l.Ino = uint64(len(files) + i + 1)
		records = append(records, cpio.MakeReproducible(l))
	}
	return newc.Pack(records)
}

// write writes a file, unless it has these bytes already: then what was made from it need
// not be made again.
func write(path string, data []byte) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, data) {
		return nil
	}
	return os.WriteFile(path, data, 0o644)
}
