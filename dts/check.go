package dts

import (
	"encoding/binary"
	"fmt"
)

// Bounds of an acceptable blob. Trees of real boards are 4 to 40 KiB, have
// less than 1000 nodes and nest less than 10 deep.
const (
	MaxSize     = 2 << 20 // bytes of the whole blob
	maxDepth    = 32      // nodes from the root to a leaf
	maxNodes    = 8192
	maxProps    = 32768
	maxName     = 127 // bytes of a node's or property's name
	maxReserves = 1024
)

// Header fields (Devicetree Specification v0.4, section 5.2), each a
// big-endian 32-bit word at this offset.
const (
	headerMagic         = 0
	headerTotalSize     = 4
	headerOffStruct     = 8
	headerOffStrings    = 12
	headerOffReserve    = 16
	headerVersion       = 20
	headerLastCompat    = 24
	headerSizeOfStrings = 32
	headerSizeOfStruct  = 36

	// HeaderSize is the size of the header, bytes.
	HeaderSize = 40
)

const (
	magic = 0xd00dfeed
	// version 17 is the first with size_dt_struct, which every check leans on.
	version = 17
)

// TotalSize returns the size in bytes of the blob that begins with the given
// header, so that a caller who has mapped only the first HeaderSize bytes knows
// how much to map. It fails on anything that Check would refuse in these bytes.
func TotalSize(header []byte) (int, error) {
	if len(header) < HeaderSize {
		return 0, fmt.Errorf("device tree: %d bytes are less than the header of %d", len(header), HeaderSize)
	}
	if m := word(header, headerMagic); m != magic {
		return 0, fmt.Errorf("device tree: the magic number is %#x, not %#x", m, uint32(magic))
	}
	v, last := word(header, headerVersion), word(header, headerLastCompat)
	if v < version || last > version {
		return 0, fmt.Errorf("device tree: version %d (compatible down to %d) is not version %d", v, last, version)
	}
	size := word(header, headerTotalSize)
	if size < HeaderSize || size > MaxSize {
		return 0, fmt.Errorf("device tree: the total size of %d bytes is not between %d and %d", size, HeaderSize, MaxSize)
	}
	return int(size), nil
}

// Check verifies every size and offset of a blob, so that a parser that trusts
// them can neither leave the blob nor allocate without bound. Bytes behind the
// header's total size are ignored. The error is a sentence that names the first
// field found wrong.
func Check(blob []byte) error {
	size, err := TotalSize(blob)
	if err != nil {
		return err
	}
	if size > len(blob) {
		return fmt.Errorf("device tree: the total size of %d bytes exceeds the %d bytes given", size, len(blob))
	}
	blob = blob[:size]
	reserveEnd, err := checkReserves(blob)
	if err != nil {
		return err
	}
	structure, err := block(blob, "structure", headerOffStruct, headerSizeOfStruct)
	if err != nil {
		return err
	}
	off := word(blob, headerOffStruct)
	if off%4 != 0 {
		return fmt.Errorf("device tree: the structure block at %#x is not aligned to 4 bytes", off)
	}
	if int(off) < reserveEnd {
		return fmt.Errorf("device tree: the structure block at %#x begins before the memory reservation block ends at %#x", off, reserveEnd)
	}
	strings, err := block(blob, "strings", headerOffStrings, headerSizeOfStrings)
	if err != nil {
		return err
	}
	c := checker{block: structure, strings: strings}
	return c.run()
}

// block returns the block that two header fields describe.
func block(blob []byte, name string, offField, sizeField int) ([]byte, error) {
	off, size := uint64(word(blob, offField)), uint64(word(blob, sizeField))
	if off < HeaderSize || off+size > uint64(len(blob)) {
		return nil, fmt.Errorf("device tree: the %s block of %d bytes at %#x lies outside the blob of %d bytes", name, size, off, len(blob))
	}
	return blob[off : off+size], nil
}

// checkReserves walks the memory reservation block (section 5.3) to its
// terminating zero entry and returns the offset behind it.
func checkReserves(blob []byte) (int, error) {
	off := word(blob, headerOffReserve)
	if off < HeaderSize || off%8 != 0 {
		return 0, fmt.Errorf("device tree: the memory reservation block at %#x overlaps the header or is not aligned to 8 bytes", off)
	}
	for i := range maxReserves {
		at := int(off) + 16*i
		if at+16 > len(blob) {
			return 0, fmt.Errorf("device tree: the memory reservation block at %#x has no end inside the blob", off)
		}
		if binary.BigEndian.Uint64(blob[at:]) == 0 && binary.BigEndian.Uint64(blob[at+8:]) == 0 {
			return at + 16, nil
		}
	}
	return 0, fmt.Errorf("device tree: the memory reservation block has more than %d entries", maxReserves)
}

// word returns the big-endian word at an offset that the caller has checked.
func word(b []byte, off int) uint32 { return binary.BigEndian.Uint32(b[off:]) }
