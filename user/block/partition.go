package block

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"syscall"
)

// Name returns which disk a name means as Linux has it, from 0 on, and which partition, 0 for the whole disk: /dev/vda is 0 and 0,
// /dev/vdb2 is 1 and 2.
func Name(name string) (disk, partition int, ok bool) {
	rest, ok := strings.CutPrefix(name, "/dev/vd")
	if !ok || rest == "" || rest[0] < 'a' || rest[0] > 'z' {
		return 0, 0, false
	}
	disk, rest = int(rest[0]-'a'), rest[1:]
	if rest == "" {
		return disk, 0, true
	}
	n, err := strconv.ParseUint(rest, 10, 8)
	return disk, int(n), err == nil && n > 0 && rest[0] != '0'
}

// Layout of the first sector of a disk with partitions: four entries, each with its type, first sector and size.
const (
	tableAt, entrySize, entries = 446, 16, 4
	entryType, entryFirst       = 4, 8
	signatureAt, signature      = 510, 0xaa55
)

// part is a partition.
type part struct {
	Disk
	first, size uint64
}

// Partition returns a partition of a disk, from 1 to 4. What the disk says is input. It fails with a sentence that is ENXIO.
func Partition(d Disk, n int) (Disk, error) {
	var b [Sector]byte
	if err := d.Read(0, b[:]); err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	if n < 1 || n > entries || le.Uint16(b[signatureAt:]) != signature {
		return nil, fmt.Errorf("%w: the disk has no partition %d", syscall.ENXIO, n)
	}
	e := b[tableAt+(n-1)*entrySize:][:entrySize]
	first, size := uint64(le.Uint32(e[entryFirst:])), uint64(le.Uint32(e[entryFirst+4:]))
	if e[entryType] == 0 || size == 0 || first == 0 || first+size > d.Sectors() {
		return nil, fmt.Errorf("%w: the disk has no partition %d", syscall.ENXIO, n)
	}
	return &part{d, first, size}, nil
}

var errRange = errors.New("the partition has no such sectors")

// check says whether there are such sectors.
func (p *part) check(sector uint64, bytes int) error {
	if n := uint64(bytes) / Sector; sector > p.size || n > p.size-sector {
		return errRange
	}
	return nil
}

func (p *part) Sectors() uint64 { return p.size }

func (p *part) Read(sector uint64, into []byte) error {
	if err := p.check(sector, len(into)); err != nil {
		return err
	}
	return p.Disk.Read(p.first+sector, into)
}

func (p *part) Write(sector uint64, data []byte) error {
	if err := p.check(sector, len(data)); err != nil {
		return err
	}
	return p.Disk.Write(p.first+sector, data)
}
