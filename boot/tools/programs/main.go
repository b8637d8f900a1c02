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
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "programs: the arguments are patterns of packages, and files")
		os.Exit(2)
	}
	if err := run(*out, flag.Args()); err != nil {
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
func run(out string, arguments []string) error {
	var patterns, files []string
	for _, a := range arguments {
		if s, err := os.Stat(a); err == nil && s.Mode().IsRegular() {
			files = append(files, a)
		} else {
			patterns = append(patterns, a)
		}
	}
	list := exec.Command("go", append([]string{"list", "-f", `{{if eq .Name "main"}}{{.ImportPath}}{{end}}`}, patterns...)...)
	list.Env, list.Stderr = environment(), os.Stderr
	text, err := list.Output()
	if err != nil {
		return fmt.Errorf("go list has failed; of %s, each must be a file that is there, or a pattern of packages", strings.Join(patterns, " "))
	}
	packages := strings.Fields(string(text))
	if len(packages) == 0 {
		return fmt.Errorf("no package of %s has a main function", strings.Join(patterns, " "))
	}
	dir, err := os.MkdirTemp("", "programs")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	build := exec.Command("go", append([]string{"build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -buildid= -B none", "-o", dir + "/"}, packages...)...)
	build.Env, build.Stderr = environment(), os.Stderr
	if err := build.Run(); err != nil {
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
	archive, err := pack(dir)
	if err != nil {
		return err
	}
	return write(out, archive)
}

// bin is the folder in which programs are looked for.
const bin = "bin"

// pack makes an archive of the files in a folder, in the order of their names.
func pack(dir string) ([]byte, error) {
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
