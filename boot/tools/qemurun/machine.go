package qemurun

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Console says where the machine's console goes.
type Console int

// Consoles.
const (
	// Terminal shares standard input and output with QEMU's monitor; Ctrl-A X
	// quits.
	Terminal Console = iota
	// Stdio gives every byte of standard input to the machine.
	Stdio
	// File writes the output to Machine.ConsoleFile; there is no input.
	File
)

// Machine describes an emulated machine and what it boots. The zero value of a
// field means the default given with it.
type Machine struct {
	Type     string   // machine type, "virt"
	Options  []string // of the machine type, such as "aclint=on"
	CPU      string   // model and features, QEMU's own default
	Harts    int      // 4
	Mem      string   // a number with M or G, "1G"
	Nodes    int      // NUMA nodes of equal size, 1
	Firmware string   // OpenSBI's fw_dynamic.bin, searched for
	Kernel   string   // flat image
	Append   string   // boot arguments
	Initrd   string   // none
	DTB      string   // device tree, the one of Source or QEMU's own
	Source   string   // name of a device tree in dts/boards
	// LoadAddr puts the image at this physical address, a multiple of 2 MiB,
	// instead of QEMU's own choice, 0x80200000.
	LoadAddr uint64
	// Tree is a file that the kernel, and only the kernel, gets as its device tree;
	// it need not be one. The image then runs at LoadAddr, 0x84000000.
	Tree string
	// Scratch is a directory for the trampoline that LoadAddr and Tree need, for the
	// compiled tree, and for U-Boot's card.
	Scratch string
	// UBoot has U-Boot start the kernel, from the disk image Card or, without one, from
	// a card that is made for it.
	UBoot    bool
	UBootELF string // searched for
	// SPL is U-Boot's first stage for a board that QEMU imitates. It runs in place of
	// the firmware and finds that, U-Boot and all else on Card, the board's SD card.
	SPL         string
	Card        string
	Console     Console
	Serial      int // the serial port that is the console, 0
	ConsoleFile string
	GDB         string // where to listen for gdb, as after QEMU's -gdb
	Paused      bool   // wait for gdb before the first instruction
	NoReboot    bool   // a reset ends QEMU
	// Semihosting lets the kernel end QEMU with a status on machines that have no
	// device for it. It also lets the kernel open files of the host, so it is not on
	// where that is not needed.
	Semihosting bool
	QMP         string // where to listen for QMP, as after QEMU's -qmp
	Extra       []string
}

// Command returns the program and arguments that run the machine.
func (m Machine) Command() ([]string, error) {
	m = m.defaults()
	smp, err := m.topology()
	if err != nil {
		return nil, err
	}
	qemu, err := FindQEMU()
	if err != nil {
		return nil, err
	}
	if m.SPL != "" {
		m.Firmware = m.SPL
	}
	if m.Firmware == "" {
		if m.Firmware, err = FindFirmware(); err != nil {
			return nil, err
		}
	}
	if m.UBoot {
		if m, err = m.withUBoot(); err != nil {
			return nil, err
		}
	}
	tree, err := m.tree()
	if err != nil {
		return nil, err
	}
	kernel, err := m.kernel()
	if err != nil {
		return nil, err
	}
	cmd := []string{qemu, "-M", strings.Join(append([]string{m.Type}, m.Options...), ","), "-m", m.Mem}
	cmd = append(cmd, smp...)
	cmd = append(cmd, m.console()...)
	cmd = append(cmd, "-bios", m.Firmware)
	cmd = append(cmd, kernel...)
	for _, o := range []struct{ flag, value string }{
		{"-cpu", m.CPU}, {"-append", m.Append}, {"-initrd", m.Initrd}, {"-dtb", tree}, {"-gdb", m.GDB},
		{"-qmp", m.QMP},
	} {
		if o.value != "" {
			cmd = append(cmd, o.flag, o.value)
		}
	}
	if m.Paused {
		cmd = append(cmd, "-S")
	}
	if m.NoReboot {
		cmd = append(cmd, "-no-reboot")
	}
	if m.Semihosting {
		cmd = append(cmd, "-semihosting-config", "enable=on,target=native")
	}
	return append(cmd, m.Extra...), nil
}

// defaults fills in what the fields' comments promise.
func (m Machine) defaults() Machine {
	if m.Type == "" {
		m.Type = "virt"
	}
	if m.Harts == 0 {
		m.Harts = 4
	}
	if m.Mem == "" {
		m.Mem = "1G"
	}
	if m.Nodes == 0 {
		m.Nodes = 1
	}
	return m
}

// ramBase is where the memory of every machine that QEMU imitates begins.
const ramBase = 0x8000_0000

// minMem is about what one hart needs, MiB.
const minMem = 32

// topology returns the arguments for harts and NUMA nodes.
func (m Machine) topology() ([]string, error) {
	mib, err := parseMem(m.Mem)
	if err != nil {
		return nil, err
	}
	if mib < minMem {
		return nil, bad("%s of memory is too little: the kernel needs %dM", m.Mem, minMem)
	}
	if m.Harts < 1 || m.Nodes < 1 {
		return nil, bad("a machine has at least one hart and one node, not %d and %d", m.Harts, m.Nodes)
	}
	if m.Nodes == 1 {
		return []string{"-smp", strconv.Itoa(m.Harts)}, nil
	}
	per := m.Harts / m.Nodes
	if per*m.Nodes != m.Harts || mib%m.Nodes != 0 {
		return nil, bad("%d harts and %s do not divide among %d nodes", m.Harts, m.Mem, m.Nodes)
	}
	args := []string{"-smp", fmt.Sprintf("%d,sockets=%d,cores=%d", m.Harts, m.Nodes, per)}
	for n := range m.Nodes {
		args = append(args,
			"-object", fmt.Sprintf("memory-backend-ram,id=node%d,size=%dM", n, mib/m.Nodes),
			"-numa", fmt.Sprintf("node,memdev=node%d,cpus=%d-%d,nodeid=%d", n, n*per, n*per+per-1, n))
		for to := range n {
			args = append(args, "-numa", fmt.Sprintf("dist,src=%d,dst=%d,val=20", to, n))
		}
	}
	return args, nil
}

// parseMem reads a size such as 512M or 2G and returns MiB.
func parseMem(s string) (int, error) {
	if n, ok := strings.CutSuffix(s, "G"); ok {
		if v, err := strconv.Atoi(n); err == nil && v > 0 {
			return v << 10, nil
		}
	}
	if v, err := strconv.Atoi(strings.TrimSuffix(s, "M")); err == nil && v > 0 {
		return v, nil
	}
	return 0, bad("memory size %q is not a number followed by M or G", s)
}

// console returns the arguments for the serial ports up to the console's.
func (m Machine) console() []string {
	args, serial := []string{"-display", "none", "-monitor", "none"}, "stdio"
	switch m.Console {
	case Stdio:
	case File:
		serial = "file:" + m.ConsoleFile
	default:
		if m.Serial == 0 {
			return []string{"-nographic"}
		}
		args, serial = []string{"-nographic"}, "mon:stdio"
	}
	for range m.Serial {
		args = append(args, "-serial", "null")
	}
	return append(args, "-serial", serial)
}

// kernel returns the arguments that load the image.
func (m Machine) kernel() ([]string, error) {
	if m.SPL != "" {
		return []string{"-drive", "file=" + escape(m.Card) + ",format=raw,if=sd"}, nil
	}
	if m.Kernel == "" {
		return nil, errors.New("no kernel image")
	}
	if _, err := os.Stat(m.Kernel); err != nil {
		return nil, fmt.Errorf("no kernel image: %w", err)
	}
	if m.LoadAddr == 0 && m.Tree == "" {
		return []string{"-kernel", m.Kernel}, nil
	}
	at, tree := m.LoadAddr, uint64(0)
	if at == 0 {
		at = 0x8400_0000
	}
	if m.Tree != "" {
		tree = treeAddr
	}
	if mib, err := parseMem(m.Mem); err == nil && at-ramBase >= uint64(mib)<<20 {
		return nil, bad("load address %#x is not in the machine's memory, which is from %#x to %#x", at, ramBase, ramBase+uint64(mib)<<20)
	}
	path, err := writeTrampoline(m.Scratch, at, tree)
	if err != nil {
		return nil, err
	}
	args := []string{"-kernel", path, "-device", loader(m.Kernel, at)}
	if tree != 0 {
		args = append(args, "-device", loader(m.Tree, tree))
	}
	return args, nil
}

// loader puts the bytes of a file into the machine's memory.
func loader(file string, pa uint64) string {
	return fmt.Sprintf("loader,file=%s,addr=%#x,force-raw=on", file, pa)
}
