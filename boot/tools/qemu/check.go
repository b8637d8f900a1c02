package main

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"atoll/boot/tools/qemurun"
)

// check says what is wrong with the files and the address of a machine. QEMU does not
// say it, or not in a sentence.
func check(m *qemurun.Machine) error {
	if m.Initrd != "" {
		if err := regular(m.Initrd); err != nil {
			return fmt.Errorf("INITRD: %w", err)
		}
	}
	if m.DTB != "" {
		if err := isTree(m.DTB); err != nil {
			return fmt.Errorf("DTB: %w", err)
		}
	}
	if m.LoadAddr != 0 && m.LoadAddr < loadAddr {
		return fmt.Errorf("LOADADDR=%#x is below the firmware's end: the first address is %#x", m.LoadAddr, loadAddr)
	}
	return nil
}

// regular says why a file cannot be read.
func regular(file string) error {
	info, err := os.Stat(file)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is a directory or a device, where a file is needed", file)
	}
	return err
}

// treeMagic begins a device tree.
var treeMagic = []byte{0xd0, 0x0d, 0xfe, 0xed}

// isTree says why a file cannot be a device tree.
func isTree(file string) error {
	if err := regular(file); err != nil {
		return err
	}
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	magic := make([]byte, len(treeMagic))
	if _, err := io.ReadFull(f, magic); err != nil || !bytes.Equal(magic, treeMagic) {
		return fmt.Errorf("%s is no device tree: it does not begin with %x; dtc makes one of a source", file, treeMagic)
	}
	return nil
}
