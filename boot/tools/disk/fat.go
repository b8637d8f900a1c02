package disk

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// Measures of a FAT32 file system.
const (
	fatReserved = 32 // sectors before the first FAT
	fatBackup   = 6  // sector of the boot sector's copy
	fatFirst    = 2  // number of the first cluster, the root directory's
	fatLeast    = 65525
	fatMost     = 0x0fff_fff5
	fatEnd      = 0x0fff_ffff // the last cluster of a chain
	fatMedia    = 0xf8        // fixed disk
	fatMaxFile  = math.MaxUint32
)

// FAT32 is a file system.
type FAT32 struct {
	Seed    string // what the serial number is derived from
	Label   string // at most 11 characters of A-Z, 0-9 and blanks
	First   uint64 // sector of the disk at which it begins
	Sectors uint64
	Files   map[string][]byte // by absolute path; folders are made as needed
}

// volume is a file system that is being written.
type volume struct {
	FAT32
	perCluster uint64 // sectors
	fatSectors uint64 // of one of the two FATs
	clusters   uint64
	fat        []uint32 // entries so far; their number is the next free cluster's
	w          io.WriterAt
}

// Write writes the file system. Sectors that hold nothing are left alone: they must be
// zero, as in a file that has been made longer.
func (f FAT32) Write(w io.WriterAt) error {
	root, err := tree(f.Files)
	if err != nil {
		return err
	}
	v := &volume{FAT32: f, w: w, fat: []uint32{0x0fff_ff00 | fatMedia, fatEnd}}
	if err := v.measure(); err != nil {
		return err
	}
	if err := v.assign(root); err != nil {
		return err
	}
	if err := v.writeNode(root, nil); err != nil {
		return err
	}
	return v.writeHead()
}

// measure chooses the cluster's size, which makes the FAT at most as long as it must
// be, and counts clusters.
func (v *volume) measure() error {
	for v.perCluster = 1; v.perCluster <= 64; v.perCluster *= 2 {
		if v.Sectors < fatReserved || v.Sectors > math.MaxUint32 {
			break
		}
		// One cluster takes its sectors and four bytes in each FAT.
		room := (v.Sectors - fatReserved) * SectorSize
		clusters := room / (v.perCluster*SectorSize + 2*4)
		v.fatSectors = ((clusters+fatFirst)*4 + SectorSize - 1) / SectorSize
		v.clusters = (v.Sectors - fatReserved - 2*v.fatSectors) / v.perCluster
		if v.clusters < fatLeast {
			break
		}
		if v.clusters <= 1<<17 || v.perCluster == 64 && v.clusters <= fatMost {
			return nil
		}
	}
	return fmt.Errorf("%d sectors are no size for FAT32", v.Sectors)
}

// assign gives the node and what is below it chains of clusters, folders before what
// they hold.
func (v *volume) assign(n *node) error {
	size := uint64(len(n.data))
	if n.children != nil {
		size = uint64(n.records(n == n.parent)) * dirRecord
	}
	if size > fatMaxFile {
		return fmt.Errorf("%s is larger than 4 GiB", n.name)
	}
	bytes := v.perCluster * SectorSize
	count := (size + bytes - 1) / bytes
	if uint64(len(v.fat))+count > v.clusters+fatFirst {
		return fmt.Errorf("the files do not fit into %d MiB", v.Sectors*SectorSize>>20)
	}
	if count > 0 {
		n.cluster = uint32(len(v.fat))
	}
	for i := range count {
		next := uint32(len(v.fat)) + 1
		if i == count-1 {
			next = fatEnd
		}
		v.fat = append(v.fat, next)
	}
	for _, c := range n.children {
		if err := v.assign(c); err != nil {
			return err
		}
	}
	return nil
}

// writeNode writes a folder or a file, and what is below it.
func (v *volume) writeNode(n, parent *node) error {
	data := n.data
	if n.children != nil {
		data = n.directory(parent, v.Label)
	}
	if len(data) > 0 {
		at := v.First + fatReserved + 2*v.fatSectors + uint64(n.cluster-fatFirst)*v.perCluster
		if _, err := v.w.WriteAt(data, int64(at)*SectorSize); err != nil {
			return err
		}
	}
	for _, c := range n.children {
		if err := v.writeNode(c, n); err != nil {
			return err
		}
	}
	return nil
}

// writeHead writes the boot sector, the information sector, their copies and the FATs.
func (v *volume) writeHead() error {
	boot, info := v.bootSector(), v.infoSector()
	fat := make([]byte, 0, 4*len(v.fat))
	for _, e := range v.fat {
		fat = binary.LittleEndian.AppendUint32(fat, e)
	}
	for _, part := range []struct {
		at    uint64
		bytes []byte
	}{
		{0, boot}, {1, info}, {fatBackup, boot}, {fatBackup + 1, info},
		{fatReserved, fat}, {fatReserved + v.fatSectors, fat},
	} {
		if _, err := v.w.WriteAt(part.bytes, int64(v.First+part.at)*SectorSize); err != nil {
			return err
		}
	}
	return nil
}

// bootSector returns the BIOS parameter block (FAT specification, "Boot Sector and
// BPB"). There is no code in it: nobody boots a RISC-V machine with it.
func (v *volume) bootSector() []byte {
	b := make([]byte, SectorSize)
	le := binary.LittleEndian
	copy(b, "\xeb\x58\x90ATOLL   ")
	le.PutUint16(b[11:], SectorSize)
	b[13] = byte(v.perCluster)
	le.PutUint16(b[14:], fatReserved)
	b[16] = 2 // FATs
	b[21] = fatMedia
	le.PutUint16(b[24:], 63)              // sectors a track, for who still counts so
	le.PutUint16(b[26:], 255)             // heads
	le.PutUint32(b[28:], uint32(v.First)) // hidden sectors
	le.PutUint32(b[32:], uint32(v.Sectors))
	le.PutUint32(b[36:], uint32(v.fatSectors))
	le.PutUint32(b[44:], fatFirst) // root directory
	le.PutUint16(b[48:], 1)        // information sector
	le.PutUint16(b[50:], fatBackup)
	b[64] = 0x80 // drive number
	b[66] = 0x29 // the next three fields are there
	le.PutUint32(b[67:], deriveSerial(v.Seed))
	copy(b[71:], padded(v.Label, 11))
	copy(b[82:], "FAT32   ")
	copy(b[510:], "\x55\xaa")
	return b
}

// infoSector returns the information sector ("FAT32 FSInfo Sector Structure").
func (v *volume) infoSector() []byte {
	b := make([]byte, SectorSize)
	le := binary.LittleEndian
	copy(b, "RRaA")
	copy(b[484:], "rrAa")
	le.PutUint32(b[488:], uint32(v.clusters+fatFirst)-uint32(len(v.fat))) // free clusters
	le.PutUint32(b[492:], uint32(len(v.fat)))                             // where to look for one
	copy(b[510:], "\x55\xaa")
	return b
}
