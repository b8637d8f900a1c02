package harness

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"atoll/arch/layout"
	"atoll/test/qemu"
)

// kernelEnv is the environment in which the go command builds for the kernel.
var kernelEnv = []string{"GOOS=linux", "GOARCH=riscv64", "GORISCV64=rva20u64", "CGO_ENABLED=0"}

// Build makes an image of the tests of package pkg and returns its path. add are
// further entries of the build overlay, in the form path=file that the overlay
// command takes. A failure ends the test.
func Build(t testing.TB, pkg string, add ...string) string {
	t.Helper()
	dir := t.TempDir()
	root, err := qemu.ModuleRoot()
	if err != nil {
		t.Fatal(err)
	}
	overlay := []string{"go", "run", "./boot/tools/overlay", "-out", dir}
	for _, a := range add {
		overlay = append(overlay, "-add", a)
	}
	elf, image := filepath.Join(dir, "test.elf"), filepath.Join(dir, "test.img")
	// As the Makefile links the kernel: text begins one page behind the link base.
	link := fmt.Sprintf("-T %#x -E atollEntry -buildid= -B none", layout.LinkBase+layout.PageSize)
	command(t, root, nil, overlay...)
	command(t, root, kernelEnv, "go", "test", "-c", "-vet=off", "-trimpath", "-o", elf,
		"-overlay", filepath.Join(dir, "overlay.json"), "-ldflags", link, pkg)
	command(t, root, nil, "go", "run", "./boot/tools/image", "-o", image, "-sym", filepath.Join(dir, "test.sym"), elf)
	return image
}

// Program makes a user program of a package, as anybody makes one for Linux on RISC-V, and
// returns its path.
func Program(t testing.TB, pkg string) string {
	t.Helper()
	root, err := qemu.ModuleRoot()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "program")
	command(t, root, kernelEnv, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, pkg)
	return path
}

// Archive makes an archive of user programs, as make image does of user/programs, and returns
// its path. Each is called as its folder.
func Archive(t testing.TB, pkgs ...string) string {
	t.Helper()
	root, err := qemu.ModuleRoot()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "programs.cpio")
	command(t, root, nil, append([]string{"go", "run", "./boot/tools/programs", "-o", path}, pkgs...)...)
	return path
}

// Shell makes an initial RAM disk with mk and commands of u-root, as make initrd does, or with all
// that there are if none is named, and returns its path.
func Shell(t testing.TB, commands ...string) string {
	t.Helper()
	root, err := qemu.ModuleRoot()
	if err != nil {
		t.Fatal(err)
	}
	archive, path := filepath.Join(t.TempDir(), "commands.cpio"), filepath.Join(t.TempDir(), "initrd.cpio")
	command(t, root, nil, "go", "run", "./boot/tools/commands", "-o", archive, "-cmds", strings.Join(commands, " "))
	command(t, root, nil, "go", "run", "./boot/tools/initrd", "-o", path, archive, Archive(t, "./user/programs/mk"))
	return path
}

// With adds user programs to an archive, as Archive makes them, and returns the path of all.
func With(t testing.TB, archive string, pkgs ...string) string {
	t.Helper()
	root, err := qemu.ModuleRoot()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "all.cpio")
	command(t, root, nil, "go", "run", "./boot/tools/initrd", "-o", path, archive, Archive(t, pkgs...))
	return path
}

// Write writes a file for Build's overlay and returns its path.
func Write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// command runs a command in directory dir, with variables added to the
// environment, and returns its standard output.
func command(t testing.TB, dir string, env []string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", qemu.Quote(args), err, out, stderr.Bytes())
	}
	return out
}
