package qemurun

import (
	"fmt"
	"os"
	"path/filepath"

	"atoll/dts/boards"
)

// tree returns the file with the machine's device tree, "" for the one that QEMU
// makes. A tree of dts/boards is compiled into the scratch directory.
func (m Machine) tree() (string, error) {
	if m.DTB != "" {
		if _, err := os.Stat(m.DTB); err != nil {
			return "", fmt.Errorf("no device tree: %w", err)
		}
		return m.DTB, nil
	}
	if m.Source == "" {
		return "", nil
	}
	blob, err := boards.Compile(m.Source)
	if err != nil {
		return "", err
	}
	path := filepath.Join(m.Scratch, m.Source+".dtb")
	return path, os.WriteFile(path, blob, 0o666)
}
