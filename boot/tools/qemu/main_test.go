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
		"APPEND": `run="echo \"a b\""`, "INITRD": "main.go", "LOADADDR": "0x84000000", "QEMUARGS": "-icount  3",
	}
	m, _, err := parse(nil, env(vars))
	if err != nil {
		t.Fatal(err)
	}
	if m.Harts != 2 || m.Mem != "512M" || m.Nodes != 2 || m.CPU != "sifive-u54" || m.Type != "virt" ||
		!slices.Equal(m.Options, []string{"aclint=on", "aia=none"}) || m.Append != vars["APPEND"] || m.Initrd != "main.go" ||
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

// A folder becomes /host; one that is not there is a sentence.
// Sabotage: leave out the doubling of the comma, or the look at the folder.
func TestParseShare(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a,b")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	m, _, err := parse(nil, env(map[string]string{"SHARE": dir}))
	if err != nil || len(m.Extra) != 4 || m.Append != "share" || !strings.HasSuffix(m.Extra[1], "path="+strings.ReplaceAll(dir, ",", ",,")) {
		t.Errorf("%v, %q", err, m.Extra)
	}
	for _, bad := range []string{dir + "/none", "main.go"} {
		if _, _, err := parse(nil, env(map[string]string{"SHARE": bad})); err == nil || !strings.Contains(err.Error(), "SHARE: ") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// What QEMU would refuse without a sentence, or not at all, is an error of the settings; so
// is what makes no machine, whose status is 2 as theirs.
// Sabotage: leave a case out of check or diskArgs; let status return 1.
func TestBadFiles(t *testing.T) {
	dir := t.TempDir()
	empty, tree := filepath.Join(dir, "empty"), filepath.Join(dir, "tree")
	for f, b := range map[string][]byte{empty: nil, tree: treeMagic} {
		if err := os.WriteFile(f, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for setting, want := range map[string]string{
		"DTB=" + dir: "is a directory", "DTB=" + dir + "/none": "DTB: ", "DTB=" + empty: "is no device tree",
		"INITRD=" + dir: "is a directory", "INITRD=" + dir + "/none": "INITRD: ",
		"DISK=" + dir: "is a directory", "LOADADDR=0x80000000": "the first address is 0x80200000",
		"DTB=" + tree: "", "INITRD=" + empty: "", "DISK=" + empty: "", "LOADADDR=0x80200000": "",
	} {
		name, value, _ := strings.Cut(setting, "=")
		if _, _, err := parse(nil, env(map[string]string{name: value})); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", setting, err)
		}
	}
	m := qemurun.Machine{Mem: "1M"}
	if _, err := m.Command(); status(err) != 2 {
		t.Errorf("status %d of %v", status(err), err)
	}
	if got := status(qemurun.ErrMissing); got != 1 {
		t.Errorf("status %d of what is missing", got)
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
