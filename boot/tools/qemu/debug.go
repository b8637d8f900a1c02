package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"atoll/arch/layout"
	"atoll/boot/tools/qemurun"
)

// loadAddr is where QEMU's virt machine puts a kernel behind OpenSBI's firmware.
const loadAddr = 0x8020_0000

// debug runs the machine stopped, and gdb-multiarch connected to it.
func debug(m qemurun.Machine) error {
	gdb, err := exec.LookPath("gdb-multiarch")
	if err != nil {
		return fmt.Errorf("gdb-multiarch is %w (Debian: gdb-multiarch)", qemurun.ErrMissing)
	}
	// Each user has a port of his own, so that two can debug on one host.
	port := 25000 + os.Getuid()%5000
	m.GDB, m.Paused = fmt.Sprintf("tcp:127.0.0.1:%d", port), true
	m.Console, m.ConsoleFile = qemurun.File, filepath.Join(m.Scratch, "console.log")
	args, err := m.Command()
	if err != nil {
		return err
	}
	qemu := exec.Command(args[0], args[1:]...)
	qemu.Stderr = os.Stderr
	// A process group of its own, so that Ctrl-C reaches gdb only.
	qemu.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := qemu.Start(); err != nil {
		return err
	}
	defer qemu.Wait()
	defer qemu.Process.Kill()
	fmt.Fprintf(os.Stderr, "The console's output goes to %s. Breakpoints before the MMU is on: hbreak.\n", m.ConsoleFile)
	signal.Notify(make(chan os.Signal, 1), os.Interrupt) // gdb handles it
	c := exec.Command(gdb, gdbArgs(m, port)...)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	return c.Run()
}

// gdbArgs returns gdb's arguments: the kernel's symbols at their link address and
// a second time where the image runs until the MMU is on.
func gdbArgs(m qemurun.Machine, port int) []string {
	elf := filepath.Join(m.Scratch, "atoll.elf")
	at := m.LoadAddr
	if at == 0 {
		at = loadAddr
	}
	return []string{
		"-q", elf,
		"-ex", "set architecture riscv:rv64",
		"-ex", "set confirm off",
		"-ex", "set substitute-path atoll/ ./", // the build trims paths
		"-ex", fmt.Sprintf("add-symbol-file %s -o %#x", elf, at-layout.LinkBase),
		"-ex", fmt.Sprintf("target remote 127.0.0.1:%d", port),
	}
}
