package walk

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"atoll/arch/layout"
)

// Memory reads physical memory into b.
type Memory interface {
	ReadPhys(pa uint64, b []byte) error
}

// Leaf is one mapping of a table, of a page or a superpage.
type Leaf struct {
	VA, PA uint64
	Size   uint64 // bytes
	Perm   layout.Perm
	User   bool // U-mode may use it
}

// Space is what one hart translates by.
type Space struct {
	Leaves []Leaf   // in the order of their addresses
	Tables []uint64 // physical addresses of all tables, ascending
}

// Bits of an entry.
const (
	bitV = 1 << 0
	bitR = 1 << 1
	bitW = 1 << 2
	bitX = 1 << 3
	bitU = 1 << 4
	bitA = 1 << 6
	bitD = 1 << 7
)

const (
	modeBare = 0
	modeSv39 = 8
	rootSize = 1 << 30 // bytes that an entry of the root translates
	perTable = 512
	// most bounds the tables of one space; 4 GiB of single pages take 2048.
	most = 1 << 16
)

// Read walks the tables that the value of satp selects. A hart that translates
// nothing has an empty space.
func Read(m Memory, satp uint64) (Space, error) {
	switch mode := satp >> 60; mode {
	case modeBare:
		return Space{}, nil
	case modeSv39:
	default:
		return Space{}, fmt.Errorf("satp %#x selects mode %d, not Sv39", satp, mode)
	}
	if asid := satp >> 44 & 0xffff; asid != 0 {
		return Space{}, fmt.Errorf("satp %#x has the ASID %d; the kernel uses none", satp, asid)
	}
	r := reader{m: m, tables: map[uint64]bool{}}
	root := satp & (1<<44 - 1) * layout.PageSize
	if err := r.table(root, 0, rootSize); err != nil {
		return Space{}, err
	}
	return Space{r.leaves, slices.Sorted(maps.Keys(r.tables))}, nil
}

// reader is a walk under way.
type reader struct {
	m      Memory
	leaves []Leaf
	tables map[uint64]bool
}

// table reads the table at pa, whose first entry translates va and each of whose
// entries translates size bytes.
func (r *reader) table(pa, va, size uint64) error {
	if r.tables[pa] {
		return fmt.Errorf("the table at %#x is used twice; the second time for %#x", pa, va)
	}
	if r.tables[pa] = true; len(r.tables) > most {
		return fmt.Errorf("more than %d tables", most)
	}
	var page [layout.PageSize]byte
	if err := r.m.ReadPhys(pa, page[:]); err != nil {
		return fmt.Errorf("table for %#x: %w", va, err)
	}
	for i := range uint64(perTable) {
		e := binary.LittleEndian.Uint64(page[8*i:])
		if e&bitV == 0 {
			continue
		}
		at := va + i*size
		if size == rootSize && i >= perTable/2 {
			at |= 0xffff_ff80_0000_0000 // the upper half is sign extended
		}
		if err := r.entry(e, at, size); err != nil {
			return fmt.Errorf("entry %#x in the table at %#x, for %#x: %w", e, pa, at, err)
		}
	}
	return nil
}

// entry takes a valid entry that translates size bytes from va on.
func (r *reader) entry(e, va, size uint64) error {
	pa := e >> 10 & (1<<44 - 1) * layout.PageSize
	if e>>54 != 0 {
		return fmt.Errorf("reserved bits are set")
	}
	if e&(bitR|bitW|bitX) == 0 {
		if size == layout.PageSize {
			return fmt.Errorf("a branch at the last level")
		}
		if e&(bitU|bitA|bitD) != 0 {
			return fmt.Errorf("a branch with U, A or D")
		}
		return r.table(pa, va, size/perTable)
	}
	if e&(bitR|bitW) == bitW {
		return fmt.Errorf("writable but not readable")
	}
	if pa%size != 0 {
		return fmt.Errorf("a superpage that is not aligned")
	}
	if e&bitA == 0 || e&bitW != 0 && e&bitD == 0 {
		// Some harts set these as they go, as emulators do; others trap.
		return fmt.Errorf("a leaf that does not have A, and D where it is writable, from the beginning")
	}
	leaf := Leaf{VA: va, PA: pa, Size: size, User: e&bitU != 0}
	for bit, perm := range map[uint64]layout.Perm{bitR: layout.R, bitW: layout.W, bitX: layout.X} {
		if e&bit != 0 {
			leaf.Perm |= perm
		}
	}
	r.leaves = append(r.leaves, leaf)
	return nil
}
