package boards

import (
	"fmt"
	"slices"
	"strings"
)

// Board is what the project knows of a machine beyond its tree: how its boot loader
// wants a card to look.
type Board struct {
	Name, Title string
	// Partitions of a card; the last reaches to its end, has the file system and is
	// the one that boots.
	Partitions []Partition
	MBR        bool // a partition table of the old kind instead of a GPT
	Trees      []Tree
	// FDT is the line of extlinux.conf that names the tree, "" for the firmware's own
	// tree.
	FDT string
	// BootJSON is a boot loader that is not U-Boot but the BIOS of a LiteX SoC: it reads
	// boot.json and adds nothing to the first of the trees, which therefore carries boot
	// arguments and initial RAM disk. OpenSBI's fw_jump is the one firmware.
	BootJSON bool
	Files    []File
	Firmware []Firmware
	Loads    []Loads
}

// Partition is a partition of a card, in sectors of 512 bytes.
type Partition struct {
	Name  string
	Type  string // GUID; "" in an MBR
	First uint64
	Count uint64 // 0: to the card's end
}

// Tree is a device tree on a card.
type Tree struct {
	Source string // name of the source
	Path   string // on the card
}

// File is a text file of a card.
type File struct{ Path, Text string }

// Firmware is something that the boot needs and the project does not have. The user may
// give a file for it, which then becomes the contents of a partition or a file.
type Firmware struct {
	Name      string
	Partition string // of this name, or
	Path      string // this file
	Default   []string
	What      string // a clause that says what it is
}

// Loads are the physical addresses to which a boot loader loads things, its variables
// kernel_addr_r and so on; 0 means that it loads no such thing.
type Loads struct {
	Loader  string
	RAM     uint64 // where RAM begins: an Image runs at this plus its text_offset
	End     uint64 // of the RAM that the smallest board has there
	Kernel  uint64
	Comp    uint64 // where a compressed kernel is unpacked
	FDT     uint64
	Tree    uint64 // where a tree is loaded to that the firmware copies to FDT
	Ramdisk uint64
	Pxefile uint64 // extlinux.conf
	Script  uint64
}

// Find returns the board with this name.
func Find(name string) (*Board, error) {
	for i := range table {
		if table[i].Name == name {
			return &table[i], nil
		}
	}
	return nil, fmt.Errorf("no board %q; there are %s", name, strings.Join(BoardNames(), ", "))
}

// BoardNames returns the names of all boards, sorted.
func BoardNames() []string {
	var names []string
	for _, b := range table {
		names = append(names, b.Name)
	}
	slices.Sort(names)
	return names
}

// FindFirmware returns the row with this name, nil if the board has none.
func (b *Board) FindFirmware(name string) *Firmware {
	for i := range b.Firmware {
		if b.Firmware[i].Name == name {
			return &b.Firmware[i]
		}
	}
	return nil
}

// FirmwareText says what firmware the board takes.
func (b *Board) FirmwareText() string {
	if len(b.Firmware) == 0 {
		return "it takes none"
	}
	var list []string
	for _, f := range b.Firmware {
		list = append(list, f.Name+" ("+f.What+")")
	}
	return "it takes " + strings.Join(list, ", ")
}
