package disk

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"unicode/utf16"
)

// Measures of a GPT (UEFI 5.3).
const (
	gptEntries    = 128
	gptEntryBytes = 128
	gptTable      = gptEntries * gptEntryBytes / SectorSize // sectors of one table
	gptFirst      = 2 + gptTable                            // first usable sector
	gptNameUnits  = 36
)

// bootable is the attribute "legacy BIOS bootable" (UEFI table 5.8), which U-Boot
// looks for when it chooses a partition to boot from.
const bootable = 1 << 2

// Partition is a partition of a GPT or an MBR.
type Partition struct {
	Name     string // of a GPT's entry; at most 36 characters
	Type     GUID   // of a GPT's entry
	MBRType  byte   // of an MBR's entry
	First    uint64 // sector
	Sectors  uint64
	Bootable bool
}

// end is the sector behind the partition.
func (p Partition) end() uint64 { return p.First + p.Sectors }

// GPT is a disk with a GUID partition table. Seed is what its identifiers are derived
// from.
type GPT struct {
	Seed       string
	Sectors    uint64
	Partitions []Partition
}

// Write writes the protective MBR and both copies of the table.
func (g GPT) Write(w io.WriterAt) error {
	if g.Sectors < 2*gptFirst || len(g.Partitions) > gptEntries {
		return fmt.Errorf("a GPT of %d partitions does not fit into %d sectors", len(g.Partitions), g.Sectors)
	}
	if err := checkPartitions(g.Partitions, gptFirst, g.Sectors-gptTable-1); err != nil {
		return err
	}
	table, err := g.table()
	if err != nil {
		return err
	}
	last := g.Sectors - 1
	for _, part := range []struct {
		at    uint64
		bytes []byte
	}{
		{0, protective(g.Sectors)},
		{1, g.header(table, 1, last, 2)},
		{2, table},
		{last - gptTable, table},
		{last, g.header(table, last, 1, last-gptTable)},
	} {
		if _, err := w.WriteAt(part.bytes, int64(part.at)*SectorSize); err != nil {
			return err
		}
	}
	return nil
}

// header returns the header that stands in sector self (UEFI table 5.5).
func (g GPT) header(table []byte, self, other, tableAt uint64) []byte {
	h := make([]byte, SectorSize)
	le := binary.LittleEndian
	copy(h, "EFI PART")
	le.PutUint32(h[8:], 0x1_0000) // revision 1.0
	le.PutUint32(h[12:], 92)      // header size
	le.PutUint64(h[24:], self)
	le.PutUint64(h[32:], other)
	le.PutUint64(h[40:], gptFirst)
	le.PutUint64(h[48:], g.Sectors-gptTable-2) // last usable
	id := deriveGUID(g.Seed)
	copy(h[56:], id[:])
	le.PutUint64(h[72:], tableAt)
	le.PutUint32(h[80:], gptEntries)
	le.PutUint32(h[84:], gptEntryBytes)
	le.PutUint32(h[88:], crc32.ChecksumIEEE(table))
	le.PutUint32(h[16:], crc32.ChecksumIEEE(h[:92]))
	return h
}

// table returns the partition entries (UEFI table 5.6).
func (g GPT) table() ([]byte, error) {
	t := make([]byte, gptTable*SectorSize)
	le := binary.LittleEndian
	for i, p := range g.Partitions {
		e := t[i*gptEntryBytes:]
		id := deriveGUID(g.Seed + "/" + p.Name)
		copy(e, p.Type[:])
		copy(e[16:], id[:])
		le.PutUint64(e[32:], p.First)
		le.PutUint64(e[40:], p.end()-1)
		if p.Bootable {
			le.PutUint64(e[48:], bootable)
		}
		name := utf16.Encode([]rune(p.Name))
		if len(name) > gptNameUnits {
			return nil, fmt.Errorf("partition name %q is longer than %d characters", p.Name, gptNameUnits)
		}
		for j, u := range name {
			le.PutUint16(e[56+2*j:], u)
		}
	}
	return t, nil
}
