package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"atoll/boot/tools/qemurun"
)

func main() {
	m, gdb, err := parse(os.Args[1:], os.Getenv)
	if err != nil {
		fmt.Fprintln(os.Stderr, "qemu:", err)
		os.Exit(2)
	}
	if gdb {
		err = debug(m)
	} else {
		err = become(m)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "qemu:", err)
		os.Exit(status(err))
	}
}

// status is the exit status of an error: 2 if it is a bad setting, else 1.
func status(err error) int {
	var bad qemurun.Bad
	if errors.As(err, &bad) {
		return 2
	}
	return 1
}

// parse makes a machine of the arguments and of the environment's defaults.
func parse(args []string, env func(string) string) (m qemurun.Machine, gdb bool, err error) {
	fs := flag.NewFlagSet("qemu", flag.ContinueOnError)
	text := func(p *string, name, def, usage string) {
		if v := env(strings.ToUpper(name)); v != "" {
			def = v
		}
		fs.StringVar(p, name, def, usage)
	}
	var smp, nodes, load, machine, disks, share, extra string
	if m, err = qemurun.Board(env("BOARD")); err != nil {
		return m, false, err
	}
	text(&smp, "smp", strconv.Itoa(m.Harts), "number of harts")
	text(&m.Mem, "mem", m.Mem, "memory, a number with M or G")
	text(&nodes, "nodes", "1", "NUMA nodes")
	text(&m.CPU, "cpu", "", "CPU model and features")
	text(&machine, "machine", m.Type, "machine type and its options")
	text(&m.Append, "append", "", "boot arguments")
	text(&m.Initrd, "initrd", qemurun.Initrd(), "initial RAM disk")
	text(&m.DTB, "dtb", m.DTB, "file with a device tree")
	text(&disks, "disk", "", "files that become virtio disks, separated by blanks")
	text(&share, "share", "", "folder of this host that programs have as /host")
	text(&load, "loadaddr", "0", "physical load address (0: QEMU's own)")
	text(&extra, "qemuargs", "", "further arguments of QEMU, separated by blanks")
	fs.StringVar(&m.Kernel, "kernel", "build/atoll.img", "image")
	fs.StringVar(&m.Scratch, "scratch", "build", "directory for temporary files")
	fs.BoolVar(&gdb, "gdb", false, "start stopped, with gdb-multiarch connected")
	if err := fs.Parse(args); err != nil {
		return m, false, err
	}
	if m.Harts, err = strconv.Atoi(smp); err != nil || m.Harts < 1 {
		return m, false, fmt.Errorf("SMP=%s is not a number of harts", smp)
	}
	if m.Nodes, err = strconv.Atoi(nodes); err != nil || m.Nodes < 1 {
		return m, false, fmt.Errorf("NODES=%s is not a number of NUMA nodes", nodes)
	}
	if m.LoadAddr, err = strconv.ParseUint(load, 0, 64); err != nil {
		return m, false, fmt.Errorf("LOADADDR=%s is not an address", load)
	}
	options := strings.Split(machine, ",")
	m.Type, m.Options = options[0], options[1:]
	if err := check(&m); err != nil {
		return m, false, err
	}
	drives, err := diskArgs(strings.Fields(disks))
	if err != nil {
		return m, false, err
	}
	folder, err := shareArgs(share)
	if len(folder) > 0 {
		m.Append = strings.TrimSpace("share " + m.Append)
	}
	m.Extra = append(append(append(drives, folder...), strings.Fields(extra)...), fs.Args()...)
	return m, gdb, err
}

// diskArgs are QEMU's arguments for files that become disks, byte for byte: disk 0 and on.
func diskArgs(files []string) (args []string, err error) {
	for i, file := range files {
		switch info, err := os.Stat(file); {
		case err != nil:
			return nil, fmt.Errorf("DISK: %w; truncate -s 64M %s makes an empty one", err, file)
		case info.IsDir():
			return nil, fmt.Errorf("DISK: %s is a directory; truncate -s 64M FILE makes an empty disk", file)
		}
		args = append(args,
			"-drive", fmt.Sprintf("if=none,id=disk%d,format=raw,file=%s", i, strings.ReplaceAll(file, ",", ",,")),
			"-device", fmt.Sprintf("virtio-blk-device,drive=disk%d", i))
	}
	return args, nil
}

// shareArgs are QEMU's arguments for a folder that programs have as /host, none if there is none.
func shareArgs(folder string) ([]string, error) {
	if folder == "" {
		return nil, nil
	}
	switch info, err := os.Stat(folder); {
	case err != nil:
		return nil, fmt.Errorf("SHARE: %w; it takes a folder", err)
	case !info.IsDir():
		return nil, fmt.Errorf("SHARE: %s is no folder", folder)
	}
	return []string{
		"-fsdev", "local,id=share,security_model=none,multidevs=remap,path=" + strings.ReplaceAll(folder, ",", ",,"),
		"-device", "virtio-9p-device,fsdev=share,mount_tag=host",
	}, nil
}

// become replaces this process by QEMU.
func become(m qemurun.Machine) error {
	cmd, err := m.Command()
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "Harts: %d; memory: %s. To leave: `poweroff` at the prompt, or Ctrl-A X.\n", m.Harts, m.Mem)
	return syscall.Exec(cmd[0], cmd, os.Environ())
}
