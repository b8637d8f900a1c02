package fat

import (
	"maps"
	"slices"
	"syscall"

	"atoll/user/block"
)

// kind says in which step of a commit a sector is written.
type kind int

const (
	clean kind = iota
	fresh      // data, and directories whose clusters are new
	fats
	dirs
)

// cached is a sector in memory.
type cached struct {
	data *[sectorSize]byte
	kind kind
}

// Bounds of what lies in memory, in sectors: what was changed, and what was read.
const mostChanged, mostRead = 2048, 2048

// cache is the sectors that lie in memory.
type cache struct {
	disk    block.Disk
	sectors map[uint64]*cached
	changed int
	failed  bool // a write has: what is on the disk is not known
}

func newCache(d block.Disk) cache { return cache{disk: d, sectors: map[uint64]*cached{}} }

// sector returns a sector, to read it until the next call.
func (c *cache) sector(s uint64) (*[sectorSize]byte, error) {
	if c.failed || s >= c.disk.Sectors() {
		return nil, syscall.EIO
	}
	if x := c.sectors[s]; x != nil {
		return x.data, nil
	}
	c.forget()
	first := s &^ (readAhead - 1)
	b := make([]byte, min(readAhead, c.disk.Sectors()-first)*sectorSize)
	if err := c.disk.Read(first, b); err != nil {
		return nil, err
	}
	for at := first; len(b) > 0; at, b = at+1, b[sectorSize:] {
		if c.sectors[at] == nil {
			c.sectors[at] = &cached{data: (*[sectorSize]byte)(b)}
		}
	}
	return c.sectors[s].data, nil
}

// readAhead is how many sectors are read by one request.
const readAhead = 16

// change returns a sector, to be changed now.
func (c *cache) change(s uint64, k kind) (*[sectorSize]byte, error) {
	b, err := c.sector(s)
	if err == nil {
		c.mark(s, k)
	}
	return b, err
}

// replace returns a sector that is clear, to be written whole now.
func (c *cache) replace(s uint64, k kind) (*[sectorSize]byte, error) {
	if c.failed || s >= c.disk.Sectors() {
		return nil, syscall.EIO
	}
	x := c.sectors[s]
	if x == nil {
		x = &cached{data: new([sectorSize]byte)}
		c.sectors[s] = x
	}
	clear(x.data[:])
	c.mark(s, k)
	return x.data, nil
}

func (c *cache) mark(s uint64, k kind) {
	x := c.sectors[s]
	if x.kind == clean {
		c.changed++
	}
	x.kind = k
}

// forget makes room for a sector.
func (c *cache) forget() {
	if len(c.sectors) < mostRead+mostChanged {
		return
	}
	maps.DeleteFunc(c.sectors, func(_ uint64, x *cached) bool { return x.kind == clean })
}

// mostAtOnce is how many sectors are written by one request.
const mostAtOnce = 32

// writeKinds writes what was changed, one kind after the other, with a flush behind each. copies says where
// a sector goes.
func (c *cache) writeKinds(copies func(uint64) []uint64, kinds ...kind) error {
	for _, k := range kinds {
		var list []uint64
		for s, x := range c.sectors {
			if x.kind == k {
				list = append(list, s)
			}
		}
		if len(list) == 0 {
			continue
		}
		slices.Sort(list)
		err := c.write(list, copies)
		if err == nil {
			err = c.disk.Flush()
		}
		if err != nil {
			c.failed = true
			return err
		}
	}
	return nil
}

// write writes sectors in their order, those that follow each other by one request.
func (c *cache) write(list []uint64, copies func(uint64) []uint64) error {
	for len(list) > 0 {
		n := 1
		for n < len(list) && n < mostAtOnce && list[n] == list[0]+uint64(n) && len(copies(list[n])) == len(copies(list[0])) {
			n++
		}
		var data []byte
		for _, s := range list[:n] {
			data = append(data, c.sectors[s].data[:]...)
		}
		for _, at := range copies(list[0]) {
			if err := c.disk.Write(at, data); err != nil {
				return err
			}
		}
		for _, s := range list[:n] {
			c.sectors[s].kind = clean
			c.changed--
		}
		list = list[n:]
	}
	return nil
}
