package spawn

import (
	"syscall"

	"atoll/user/farfs"
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
