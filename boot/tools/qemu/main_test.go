package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"atoll/boot/tools/qemurun"
)

// env is an environment.
func env(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

func TestParseDefaults(t *testing.T) {
	m, gdb, err := parse(nil, env(nil))
	if err != nil || gdb || m.Harts != 4 || m.Mem != "1G" || m.Type != "virt" || m.Nodes != 1 || m.Kernel != "build/atoll.img" || m.LoadAddr != 0 {
		t.Errorf("got %+v, %v, %v", m, gdb, err)
	}
}

func TestParseEnvironment(t *testing.T) {
	vars := map[string]string{
		"SMP": "2", "MEM": "512M", "NODES": "2", "CPU": "sifive-u54", "MACHINE": "virt,aclint=on,aia=none",
		"APPEND": `run="echo \"a b\""`, "INITRD": "i", "LOADADDR": "0x84000000", "QEMUARGS": "-icount  3",
	}
	m, _, err := parse(nil, env(vars))
	if err != nil {
		t.Fatal(err)
	}
	if m.Harts != 2 || m.Mem != "512M" || m.Nodes != 2 || m.CPU != "sifive-u54" || m.Type != "virt" ||
		!slices.Equal(m.Options, []string{"aclint=on", "aia=none"}) || m.Append != vars["APPEND"] || m.Initrd != "i" ||
		m.LoadAddr != 0x8400_0000 || !slices.Equal(m.Extra, []string{"-icount", "3"}) {
		t.Errorf("got %+v", m)
	}
	m, gdb, err := parse([]string{"-smp", "8", "-gdb", "--", "-d", "int"}, env(vars))
	if err != nil || !gdb || m.Harts != 8 || !slices.Equal(m.Extra, []string{"-icount", "3", "-d", "int"}) {
		t.Errorf("flags over the environment: %+v, %v, %v", m, gdb, err)
	}
}

// Files become disks, in order, before what QEMU is told besides; one that is not there
// is a sentence.
// Sabotage: leave out the doubling of the comma, or the look at the file.
func TestParseDisks(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b,c")
	for _, f := range []string{a, b} {
		if err := os.WriteFile(f, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m, _, err := parse(nil, env(map[string]string{"DISK": a + "  " + b, "QEMUARGS": "-d int"}))
	want := []string{"-drive", "if=none,id=disk0,format=raw,file=" + a, "-device", "virtio-blk-device,drive=disk0",
		"-drive", "if=none,id=disk1,format=raw,file=" + dir + "/b,,c", "-device", "virtio-blk-device,drive=disk1", "-d", "int"}
	if err != nil || !slices.Equal(m.Extra, want) {
		t.Errorf("%v, %q", err, m.Extra)
	}
	if _, _, err := parse(nil, env(map[string]string{"DISK": dir + "/none"})); err == nil || !strings.Contains(err.Error(), "DISK: ") {
		t.Errorf("a disk that is not there: %v", err)
	}
}

func TestParseBad(t *testing.T) {
	for name, vars := range map[string]map[string]string{
		"SMP=many": {"SMP": "many"}, "SMP=0": {"SMP": "0"}, "NODES=-1": {"NODES": "-1"}, "LOADADDR=here": {"LOADADDR": "here"},
	} {
		if _, _, err := parse(nil, env(vars)); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestGDBArgs(t *testing.T) {
	args := strings.Join(gdbArgs(qemurun.Machine{Scratch: "b"}, 25001), " ")
	for _, want := range []string{"b/atoll.elf -o 0xffffffe080200000", "target remote 127.0.0.1:25001"} {
		if !strings.Contains(args, want) {
			t.Errorf("%q is missing in %s", want, args)
		}
	}
	if args := strings.Join(gdbArgs(qemurun.Machine{Scratch: "b", LoadAddr: 0x8400_0000}, 1), " "); !strings.Contains(args, "-o 0xffffffe084000000") {
		t.Errorf("other load address: %s", args)
	}
}
