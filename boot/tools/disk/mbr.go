package disk

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
)

// Partition types of an MBR.
const (
	MBRTypeFAT32 = 0x0c // FAT32, addressed by sector number
	mbrTypeGPT   = 0xee // the whole of a disk with a GPT
)

// mbrEntries is how many partitions an MBR holds.
const mbrEntries = 4

// MBR is a disk with a partition table in its first sector.
type MBR struct {
	Seed       string // what the disk's signature is derived from
	Sectors    uint64
	Partitions []Partition
}

// Write writes the table.
func (m MBR) Write(w io.WriterAt) error {
	if len(m.Partitions) > mbrEntries || m.Sectors > math.MaxUint32 {
		return fmt.Errorf("an MBR does not hold %d partitions of %d sectors", len(m.Partitions), m.Sectors)
	}
	if err := checkPartitions(m.Partitions, 1, m.Sectors); err != nil {
		return err
	}
	b := make([]byte, SectorSize)
	binary.LittleEndian.PutUint32(b[440:], deriveSerial(m.Seed)) // disk signature
	for i, p := range m.Partitions {
		putEntry(b, i, p)
	}
	_, err := w.WriteAt(b, 0)
	return err
}

// protective returns the MBR of a disk with a GPT: one partition over all of it, so
// that tools that know no GPT leave the disk alone (UEFI 5.2.3).
func protective(sectors uint64) []byte {
	b := make([]byte, SectorSize)
	putEntry(b, 0, Partition{MBRType: mbrTypeGPT, First: 1, Sectors: min(sectors-1, math.MaxUint32)})
	return b
}

// putEntry writes partition i. Cylinder, head and sector are given as beyond reach:
// everybody counts sectors.
func putEntry(b []byte, i int, p Partition) {
	e := b[446+16*i:]
	if p.Bootable {
		e[0] = 0x80
	}
	copy(e[1:], "\xfe\xff\xff")
	e[4] = p.MBRType
	copy(e[5:], "\xfe\xff\xff")
	binary.LittleEndian.PutUint32(e[8:], uint32(p.First))
	binary.LittleEndian.PutUint32(e[12:], uint32(p.Sectors))
	copy(b[510:], "\x55\xaa")
}

// checkPartitions checks that the partitions lie in sectors first to end-1 and do not
// overlap.
func checkPartitions(list []Partition, first, end uint64) error {
	sorted := slices.SortedFunc(slices.Values(list), func(a, b Partition) int { return int(a.First) - int(b.First) })
	for _, p := range sorted {
		if p.Sectors == 0 || p.First < first || p.end() > end || p.end() < p.First {
			return fmt.Errorf("partition %q, %d sectors from sector %d on, overlaps another or leaves the disk", p.Name, p.Sectors, p.First)
		}
		first = p.end()
	}
	return nil
}
