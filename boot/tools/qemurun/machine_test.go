package qemurun

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// machine has all files it names, and a QEMU and a firmware that need not run.
func machine(t *testing.T) Machine {
	t.Helper()
	dir := t.TempDir()
	kernel := filepath.Join(dir, "k.img")
	for _, f := range []string{kernel, filepath.Join(dir, "qemu-system-riscv64")} {
		if err := os.WriteFile(f, []byte("#!/bin/sh\n"), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
	return Machine{Kernel: kernel, Firmware: "fw", Scratch: dir}
}

// line returns the command as one line, without its directory.
func line(t *testing.T, m Machine) string {
	t.Helper()
	cmd, err := m.Command()
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(strings.Join(cmd, " "), m.Scratch+"/", "")
}

func TestCommand(t *testing.T) {
	m := machine(t)
	if got, want := line(t, m), "qemu-system-riscv64 -M virt -m 1G -smp 4 -nographic -bios fw -kernel k.img"; got != want {
		t.Errorf("defaults: %s", got)
	}
	m.Type, m.Options, m.CPU, m.Harts, m.Mem = "virt", []string{"aclint=on", "x=y"}, "rv64,sstc=off", 8, "512M"
	m.Append, m.Initrd, m.DTB, m.GDB, m.Paused, m.NoReboot = "a=b", "i", m.Kernel, "tcp::1", true, true
	m.Console, m.Extra = Stdio, []string{"-icount", "3"}
	want := "qemu-system-riscv64 -M virt,aclint=on,x=y -m 512M -smp 8 -display none -monitor none -serial stdio" +
		" -bios fw -kernel k.img -cpu rv64,sstc=off -append a=b -initrd i -dtb k.img -gdb tcp::1 -S -no-reboot -icount 3"
	if got := line(t, m); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	m.Console, m.ConsoleFile = File, "log"
	if got := line(t, m); !strings.Contains(got, "-serial file:log") {
		t.Errorf("console file: %s", got)
	}
}

func TestNodes(t *testing.T) {
	m := machine(t)
	m.Harts, m.Nodes, m.Mem = 6, 3, "3G"
	got := line(t, m)
	for _, want := range []string{
		"-smp 6,sockets=3,cores=2", "id=node0,size=1024M", "id=node2,size=1024M",
		"node,memdev=node1,cpus=2-3,nodeid=1", "dist,src=0,dst=1,val=20", "dist,src=1,dst=2,val=20",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing in %s", want, got)
		}
	}
}

func TestLoadAddr(t *testing.T) {
	m := machine(t)
	m.LoadAddr = 0x8660_0000
	if got := line(t, m); !strings.Contains(got, "-kernel trampoline-86600000-0.bin -device loader,file=k.img,addr=0x86600000,force-raw=on") {
		t.Error(got)
	}
	b, err := os.ReadFile(filepath.Join(m.Scratch, "trampoline-86600000-0.bin"))
	if err != nil || binary.LittleEndian.Uint64(b[16:]) != m.LoadAddr {
		t.Errorf("trampoline %x, %v", b, err)
	}
	m.LoadAddr, m.Tree = 0, "bad.dtb"
	if got := line(t, m); !strings.Contains(got, "addr=0x84000000,force-raw=on -device loader,file=bad.dtb,addr=0x8c000000") {
		t.Error(got)
	}
}

// Sabotage: let topology return an error of fmt.Errorf; leave the look at ramBase out of
// kernel.
func TestBadMachine(t *testing.T) {
	for name, set := range map[string]func(m *Machine){
		"no hart":         func(m *Machine) { m.Harts = -1 },
		"no node":         func(m *Machine) { m.Nodes = -1 },
		"uneven harts":    func(m *Machine) { m.Harts, m.Nodes = 5, 2 },
		"uneven memory":   func(m *Machine) { m.Nodes, m.Mem = 2, "511M" },
		"memory unit":     func(m *Machine) { m.Mem = "1T" },
		"memory word":     func(m *Machine) { m.Mem = "much" },
		"no memory":       func(m *Machine) { m.Mem = "0G" },
		"negative memory": func(m *Machine) { m.Mem = "-1M" },
		"no kernel":       func(m *Machine) { m.Kernel = "" },
		"kernel missing":  func(m *Machine) { m.Kernel += "x" },
		"address":         func(m *Machine) { m.LoadAddr = 0x8420_1000 },
		"address behind":  func(m *Machine) { m.LoadAddr, m.Mem = 0xa000_0000, "512M" },
		"address before":  func(m *Machine) { m.LoadAddr = 0x7fe0_0000 },
	} {
		m := machine(t)
		set(&m)
		cmd, err := m.Command()
		if err == nil {
			t.Errorf("%s: no error, but %q", name, cmd)
		}
		if bad := new(Bad); errors.As(err, bad) == strings.Contains(name, "kernel") {
			t.Errorf("%s: a machine that cannot be and a file that is not there are not told apart: %v", name, err)
		}
	}
}

func TestMissingQEMU(t *testing.T) {
	m := machine(t)
	t.Setenv("PATH", "/nowhere")
	if _, err := m.Command(); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "qemu-system-misc") {
		t.Errorf("error %v", err)
	}
}

func TestFindFirmware(t *testing.T) {
	defer func(f []string) { firmwares = f }(slices.Clone(firmwares))
	here := filepath.Join(t.TempDir(), "fw_dynamic.bin")
	firmwares = []string{"/nowhere/fw.bin", here}
	if _, err := FindFirmware(); !errors.Is(err, ErrMissing) {
		t.Errorf("error %v", err)
	}
	if err := os.WriteFile(here, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if got, err := FindFirmware(); got != here {
		t.Errorf("found %q, %v", got, err)
	}
}

// A board's console is not always the first serial port, and its tree may have to be
// made. Sabotage: let console ignore Serial; let Board hand out QEMU's memory default.
func TestBoards(t *testing.T) {
	m := machine(t)
	for _, c := range []struct {
		board   string
		console Console
		want    string
	}{
		{"", Terminal, "-M virt -m 1G -smp 4 -nographic -bios"},
		{"virt", Stdio, "-M virt -m 1G -smp 4 -display none -monitor none -serial stdio -bios"},
		{"sifive_u", Terminal, "-M sifive_u -m 1G -smp 5 -nographic -bios fw -kernel k.img -semihosting-config"},
		{"icicle", Terminal, "-M microchip-icicle-kit -m 2G -smp 5 -nographic -serial null -serial mon:stdio -bios"},
		{"icicle", File, "-monitor none -serial null -serial file:log -bios fw -kernel k.img -dtb k.img"},
	} {
		b, err := Board(c.board)
		if err != nil {
			t.Fatal(err)
		}
		b.Kernel, b.Firmware, b.Scratch, b.Console, b.ConsoleFile = m.Kernel, m.Firmware, m.Scratch, c.console, "log"
		if b.Source != "" {
			b.DTB = m.Kernel // compiling needs dtc; the boot tests do that
		}
		if got := line(t, b); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s\nlacks %s", c.board, got, c.want)
		}
	}
	if _, err := Board("vax"); err == nil || !strings.Contains(err.Error(), "there are virt, virt-uboot, sifive_u, icicle") {
		t.Errorf("an unknown board: %v", err)
	}
	m.DTB = "none.dtb"
	if _, err := m.Command(); err == nil || !strings.Contains(err.Error(), "no device tree") {
		t.Errorf("a tree that is not there: %v", err)
	}
}
