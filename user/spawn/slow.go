package spawn

import (
	"syscall"
	"time"

	"atoll/user/block"
	"atoll/user/farfs"
	"atoll/user/fat"
	"atoll/user/ninep"
	"atoll/user/vfs"
)

// mountHost mounts the folder of the host on /host, if there is one.
func (l *land) mountHost() error {
	share := l.host.Share()
	if share == nil {
		return nil
	}
	c := vfs.NewContext(l.files)
	if err := c.Mkdir(c.Root, "/host", 0o755); err != nil && err != syscall.EEXIST {
		return err
	}
	fs := farfs.New(ninep.New(share), deviceHost, l.files.Coroutines(), l.loop.Do, mostKept())
	return l.files.Mount(c, "/host", vfs.Mount{Source: "host", Type: "9p", Options: "rw", Root: fs.Root()})
}

// mostKept returns how many bytes copies of files of a slow file system may be that run or are mapped:
// like those of files that are written, a part of the kernel's heap.
func mostKept() int64 { return 2 * writable() }

// Volume returns the file system on a disk, or on a partition of one.
func (g *program) Volume(kind, source string, number uint64) (*farfs.FS, error) {
	disk, partition, is := block.Name(source)
	switch {
	case kind != "vfat":
		return nil, syscall.ENODEV
	case !is:
		return nil, syscall.ENOTBLK
	}
	l := g.l
	dial := func() (block.Disk, error) { return openVolume(l.host, disk, partition) }
	now := func() time.Time { wall, _ := l.host.Clock(); return time.Unix(0, int64(wall)) }
	return farfs.New(fat.New(dial, now), number, l.files.Coroutines(), l.loop.Do, mostKept()), nil
}

// openVolume takes a disk, and returns it or a partition of it.
func openVolume(h Host, disk, partition int) (block.Disk, error) {
	d, err := h.Volume(disk)
	if err != nil || partition == 0 {
		return d, err
	}
	p, err := block.Partition(d, partition)
	if err != nil {
		d.Close()
	}
	return p, err
}
