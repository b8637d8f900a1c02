package synth

import (
	"syscall"

	"atoll/user/vfs"
)

// FS numbers the nodes of one file system, and says what it is.
type FS struct {
	number, magic uint64
	last          uint64
	born          int64
}

// New returns a file system without nodes. number tells it from others, magic is what Linux
// calls its kind, born is a time in nanoseconds since 1970.
func New(number, magic uint64, born int64) *FS {
	return &FS{number: number, magic: magic, born: born}
}

// node is what all nodes have.
type node struct {
	fs   *FS
	ino  uint64
	mode uint32
}

func (fs *FS) node(mode uint32) node {
	fs.last++
	return node{fs, fs.last, mode}
}

func (n *node) Attr() vfs.Attr {
	t := n.fs.born
	return vfs.Attr{Dev: n.fs.number, Ino: n.ino, Mode: n.mode, Links: 1, Atime: t, Mtime: t, Ctime: t}
}

// Stat says that there is no room.
func (n *node) Stat() vfs.SystemStat { return vfs.SystemStat{Magic: n.fs.magic} }

// Dir is a directory.
type Dir struct {
	node
	in    *Dir
	as    string
	names []string
	nodes map[string]vfs.Node
	more  Names
}

// Names are those of a directory that come and go. Find returns nil for one that there is
// not; what it returns for a name is the same node as long as the name stands for the same.
// Next returns the least name of a number above n, and that number.
type Names struct {
	Find func(name string) vfs.Node
	Next func(n uint64) (name string, number uint64, ok bool)
}

// Dir makes a directory; without another to be in it is the root.
func (fs *FS) Dir(in *Dir, name string, mode uint32) *Dir {
	d := &Dir{node: fs.node(syscall.S_IFDIR | mode), as: name, in: in, nodes: map[string]vfs.Node{}}
	if in != nil && name != "" {
		in.add(name, d)
	}
	return d
}

// Loose makes a directory that another finds itself.
func (fs *FS) Loose(in *Dir, name string, mode uint32) *Dir {
	return &Dir{node: fs.node(syscall.S_IFDIR | mode), as: name, in: in, nodes: map[string]vfs.Node{}}
}

// SetNames gives a directory names that come and go.
func (d *Dir) SetNames(n Names) { d.more = n }

func (d *Dir) add(name string, n vfs.Node) {
	if d.nodes[name] == nil {
		d.names = append(d.names, name)
	}
	d.nodes[name] = n
}

func (d *Dir) Attr() vfs.Attr {
	a := d.node.Attr()
	a.Links = 2
	return a
}

// Lookup returns what a name stands for.
func (d *Dir) Lookup(name string) (vfs.Node, error) {
	if n := d.nodes[name]; n != nil {
		return n, nil
	}
	if d.more.Find != nil {
		if n := d.more.Find(name); n != nil {
			return n, nil
		}
	}
	return nil, syscall.ENOENT
}

// Next returns the first entry behind a cookie.
func (d *Dir) Next(cookie uint64) (vfs.Entry, bool) {
	fixed := uint64(len(d.names))
	if cookie < fixed {
		name := d.names[cookie]
		return entry(name, d.nodes[name], cookie+1), true
	}
	for d.more.Next != nil {
		name, number, ok := d.more.Next(cookie - fixed)
		if !ok {
			break
		}
		cookie = fixed + number
		if n := d.more.Find(name); n != nil {
			return entry(name, n, cookie), true
		}
	}
	return vfs.Entry{}, false
}

func entry(name string, n vfs.Node, cookie uint64) vfs.Entry {
	a := n.Attr()
	return vfs.Entry{Name: name, Ino: a.Ino, Mode: a.Mode, Cookie: cookie}
}

// Up returns the directory that this one is in.
func (d *Dir) Up() (vfs.Directory, string) {
	if d.in == nil {
		return nil, ""
	}
	return d.in, d.as
}

// text is a file whose content is made at each opening.
type text struct {
	node
	make func(c *vfs.Context) []byte
}

// Text adds a file of which a function says what it contains; it is given who opens it.
func (d *Dir) Text(name string, f func(c *vfs.Context) []byte) {
	d.add(name, &text{d.fs.node(syscall.S_IFREG | 0o444), f})
}

// Open makes the content.
func (t *text) Open(c *vfs.Context, flags int) (any, error) {
	if flags&syscall.O_ACCMODE != syscall.O_RDONLY {
		return nil, syscall.EACCES
	}
	return Content(t.make(c)), nil
}

// Content is bytes to be read.
type Content []byte

// ReadAt reads as much as there is.
func (b Content) ReadAt(to []byte, off int64) (int, error) {
	if off >= int64(len(b)) {
		return 0, nil
	}
	return copy(to, b[off:]), nil
}

// WriteAt and Truncate fail.
func (b Content) WriteAt([]byte, int64) (int, error) { return 0, syscall.EBADF }
func (b Content) Truncate(int64) error               { return syscall.EINVAL }

// Size returns how many there are.
func (b Content) Size() int64 { return int64(len(b)) }

// link is a symbolic link whose target depends on who asks.
type link struct {
	node
	target func(c *vfs.Context) string
}

// Link adds a symbolic link.
func (d *Dir) Link(name string, target func(c *vfs.Context) string) {
	d.add(name, d.fs.LooseLink(target))
}

// LooseLink makes a symbolic link that a directory finds itself.
func (fs *FS) LooseLink(target func(c *vfs.Context) string) vfs.Node {
	return &link{fs.node(syscall.S_IFLNK | 0o777), target}
}

func (l *link) Target(c *vfs.Context) string { return l.target(c) }

// device is a character device.
type device struct {
	node
	number uint64
	open   func(c *vfs.Context, flags int) (vfs.Stream, error)
}

// Device adds a character device.
func (d *Dir) Device(name string, major, minor uint32, open func(c *vfs.Context, flags int) (vfs.Stream, error)) {
	d.add(name, &device{d.fs.node(syscall.S_IFCHR | 0o666), uint64(major)<<8 | uint64(minor), open})
}

func (d *device) Attr() vfs.Attr {
	a := d.node.Attr()
	a.Device = d.number
	return a
}

// Open opens the device.
func (d *device) Open(c *vfs.Context, flags int) (any, error) {
	s, err := d.open(c, flags)
	if err != nil {
		return nil, err
	}
	return s, nil
}
