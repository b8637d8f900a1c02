package fat

import (
	"encoding/binary"
	"errors"
	"fmt"
	"syscall"
	"time"

	"atoll/user/block"
)

// sectorSize is that of sectors, in bytes. File systems with others are refused.
const sectorSize = block.Sector

// Offsets in the boot sector (sections 3.1 and 3.3), and in FSInfo (5).
const (
	bootSize       = 11
	bootPerCluster = 13
	bootReserved   = 14
	bootFATs       = 16
	bootFATSize16  = 22
	bootSectors    = 32
	bootFATSize    = 36
	bootFlags      = 40
	bootRoot       = 44
	bootInfo       = 48
	bootDirty      = 65
	bootSignature  = 510

	infoFree, infoNext = 488, 492
	infoLead           = 0x41615252
)

// Values of entries of a FAT.
const (
	entryMask  = 0x0fff_ffff
	entryFree  = 0
	entryBad   = 0x0fff_fff7
	entryEnd   = 0x0fff_ffff // the last of a chain: entryBad+1 and on
	firstEntry = 2
)

var le = binary.LittleEndian

// volume is the measures of a file system, and what is known of it.
type volume struct {
	cache
	perCluster uint32 // sectors
	fat        uint64 // sector of the first FAT
	fats       int
	fatSectors uint64 // of each
	data       uint64 // sector of cluster 2
	end        uint32 // the first cluster that there is not
	root       uint32
	info       uint64 // sector of FSInfo, 0: none
	next       uint32 // where a free cluster is looked for

	given []uint32          // clusters that are free when it is committed
	cut   map[uint32]bool   // clusters that end their chains then
	links map[uint32]uint32 // clusters that go on then, and with which
	fresh map[uint32]bool   // clusters that were taken since the last commit
	now   func() time.Time
}

// open reads the measures, all of which are input. It fails with a sentence.
func open(d block.Disk, now func() time.Time) (*volume, error) {
	v := &volume{cache: newCache(d), now: now, cut: map[uint32]bool{}, links: map[uint32]uint32{}, fresh: map[uint32]bool{}}
	b, err := v.sector(0)
	if err != nil {
		return nil, err
	}
	boot := *b
	if le.Uint16(boot[bootSignature:]) != 0xaa55 || boot[bootFATs] < 1 || boot[bootFATs] > 2 || le.Uint16(boot[bootFATSize16:]) != 0 {
		return nil, errors.New("there is no FAT32 file system")
	}
	if size := le.Uint16(boot[bootSize:]); size != sectorSize {
		return nil, fmt.Errorf("its sectors have %d bytes, not %d", size, sectorSize)
	}
	v.perCluster, v.fats = uint32(boot[bootPerCluster]), int(boot[bootFATs])
	v.fat, v.fatSectors = uint64(le.Uint16(boot[bootReserved:])), uint64(le.Uint32(boot[bootFATSize:]))
	v.data = v.fat + uint64(v.fats)*v.fatSectors
	all := uint64(le.Uint32(boot[bootSectors:]))
	if v.perCluster == 0 || v.perCluster&(v.perCluster-1) != 0 || v.fat == 0 || v.fatSectors == 0 || all > d.Sectors() || v.data >= all || boot[bootFlags]&0x80 != 0 {
		return nil, errors.New("its measures cannot be, or are more than the disk has")
	}
	clusters := min((all-v.data)/uint64(v.perCluster), v.fatSectors*sectorSize/4-firstEntry, entryBad-firstEntry)
	v.end = firstEntry + uint32(clusters)
	if v.root = le.Uint32(boot[bootRoot:]); !v.is(v.root) {
		return nil, errors.New("it has no root directory")
	}
	if info := uint64(le.Uint16(boot[bootInfo:])); info > 0 && info < v.fat {
		v.info = info
	}
	v.next = firstEntry
	return v, nil
}

// is reports whether there is a cluster.
func (v *volume) is(c uint32) bool { return c >= firstEntry && c < v.end }

// at returns the first sector of a cluster.
func (v *volume) at(c uint32) uint64 { return v.data + uint64(c-firstEntry)*uint64(v.perCluster) }

// bytes returns how many a cluster has.
func (v *volume) bytes() int64 { return int64(v.perCluster) * sectorSize }

// errCorrupt is what is told of a file system that contradicts itself.
const errCorrupt = syscall.EUCLEAN

// entry reads an entry of the FAT.
func (v *volume) entry(c uint32) (uint32, error) {
	b, err := v.sector(v.fat + uint64(c)/(sectorSize/4))
	if err != nil {
		return 0, err
	}
	return le.Uint32(b[c%(sectorSize/4)*4:]) & entryMask, nil
}

// setEntry writes one. The first FAT is what lies in memory.
func (v *volume) setEntry(c, value uint32) error {
	b, err := v.change(v.fat+uint64(c)/(sectorSize/4), fats)
	if err != nil {
		return err
	}
	p := b[c%(sectorSize/4)*4:]
	le.PutUint32(p, le.Uint32(p)&^entryMask|value)
	return nil
}

// follow returns the cluster behind one in its chain, 0 at the end.
func (v *volume) follow(c uint32) (uint32, error) {
	if v.cut[c] {
		return 0, nil
	}
	next, there := v.links[c]
	if !there {
		var err error
		if next, err = v.entry(c); err != nil {
			return 0, err
		}
	}
	switch {
	case next > entryBad:
		return 0, nil
	case !v.is(next):
		return 0, errCorrupt
	}
	return next, nil
}

// link has a chain go on behind its last cluster.
func (v *volume) link(end, next uint32) error {
	if v.fresh[end] {
		return v.setEntry(end, next)
	}
	v.links[end] = next
	return nil
}

// chain returns the clusters from one on. One that comes to none, or is longer than there are clusters, is corrupt.
func (v *volume) chain(c uint32) (list []uint32, err error) {
	for c != 0 {
		if !v.is(c) || len(list) >= int(v.end) {
			return nil, errCorrupt
		}
		list = append(list, c)
		if c, err = v.follow(c); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// take takes free clusters, n of them, and makes a chain of them. If there are none it commits, for what has been given up, and looks again.
func (v *volume) take(n int) (list []uint32, err error) {
	for tries := 0; ; tries++ {
		list = list[:0]
		for c, seen := v.next, uint32(0); len(list) < n && seen < v.end-firstEntry; seen++ {
			if c < firstEntry || c >= v.end {
				c = firstEntry
			}
			e, err := v.entry(c)
			if err != nil {
				return nil, err
			}
			if e == entryFree {
				list = append(list, c)
			}
			c++
		}
		if len(list) == n {
			break
		}
		if tries > 0 || len(v.given) == 0 {
			return nil, syscall.ENOSPC
		}
		if err := v.commit(); err != nil {
			return nil, err
		}
	}
	for i, c := range list {
		next := uint32(entryEnd)
		if i+1 < n {
			next = list[i+1]
		}
		if err := v.setEntry(c, next); err != nil {
			return nil, err
		}
		v.fresh[c] = true
		v.next = c + 1
	}
	return list, nil
}

// give gives clusters up, which nothing names any more.
func (v *volume) give(list []uint32) { v.given = append(v.given, list...) }

// commit has all that was written be on the disk, in the order of the package's comment.
func (v *volume) commit() error {
	if err := v.writeKinds(v.fatCopies, fresh, fats); err != nil {
		return err
	}
	if err := v.setAll(v.links); err != nil {
		return err
	}
	if err := v.writeKinds(v.fatCopies, fats, dirs); err != nil {
		return err
	}
	clear(v.fresh)
	ends, free := map[uint32]uint32{}, map[uint32]uint32{}
	for c := range v.cut {
		ends[c] = entryEnd
	}
	for _, c := range v.given {
		free[c] = entryFree
		v.next = min(v.next, c)
	}
	v.given = nil
	clear(v.cut)
	clear(v.links)
	for _, entries := range []map[uint32]uint32{ends, free} {
		if err := v.setAll(entries); err != nil {
			return err
		}
		if err := v.writeKinds(v.fatCopies, fats); err != nil {
			return err
		}
	}
	return nil
}

// setAll writes entries of the FAT.
func (v *volume) setAll(entries map[uint32]uint32) error {
	for c, value := range entries {
		if err := v.setEntry(c, value); err != nil {
			return err
		}
	}
	return nil
}

// fatCopies returns where a sector is written: in all FATs, if it is the first one's.
func (v *volume) fatCopies(s uint64) []uint64 {
	list := []uint64{s}
	if s >= v.fat && s < v.fat+v.fatSectors {
		for i := 1; i < v.fats; i++ {
			list = append(list, s+uint64(i)*v.fatSectors)
		}
	}
	return list
}
