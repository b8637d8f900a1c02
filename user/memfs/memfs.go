package memfs

import (
	"syscall"

	"atoll/user/vfs"
)

// magic is what statfs says of such a file system: tmpfs.
const magic = 0x01021994

// nodeCost is what a node is charged beside its pages and its names, nameCost what a name is
// beside its letters, in bytes: what they take of the heap. A link is a name without a node.
const nodeCost, nameCost = 512, 160

// FS is a file system.
type FS struct {
	number uint64 // of the device that it would lie on
	now    func() int64
	last   uint64 // number of the last node
	root   *dir
	*room
}

// room is how many bytes file systems hold, and how many they may, which several can have
// together.
type room struct{ used, limit int64 }

// New returns an empty file system of at most limit bytes. number tells it from others; now
// returns nanoseconds since 1970.
func New(number uint64, limit int64, now func() int64) *FS {
	return newIn(&room{limit: limit}, number, now)
}

func newIn(r *room, number uint64, now func() int64) *FS {
	fs := &FS{number: number, now: now, room: r}
	fs.root = &dir{node: fs.node(syscall.S_IFDIR|0o755, nil), names: map[string]*name{}}
	fs.root.links = 2
	return fs
}

// Another returns the root of an empty file system within the same bound.
func (d *dir) Another(number uint64) (vfs.Tmpfs, error) {
	if !d.fs.charge(nodeCost) {
		return nil, syscall.ENOSPC
	}
	fs := newIn(d.fs.room, number, d.fs.now)
	fs.root.mode |= 0o1777
	return fs.root, nil
}

// Clear ends a file system that Another has made, of which this is the root: all names go, and with
// them what no open file holds.
func (d *dir) Clear() {
	d.clear()
	d.fs.used -= nodeCost
}

// clear takes all names away, the last first.
func (d *dir) clear() {
	for n := len(d.order); n > 0; n-- {
		last := d.order[n-1]
		if sub, is := last.node.(*dir); is {
			sub.clear()
		}
		d.Unlink(last.text)
	}
}

// Root is its root directory.
func (fs *FS) Root() vfs.Directory { return fs.root }

// Used returns how many bytes it holds, beside those of archives, and how many it may.
func (fs *FS) Used() (used, limit int64) { return fs.used, fs.limit }

// charge takes bytes of the bound, and reports whether there were so many.
func (fs *FS) charge(n int64) bool {
	if n > fs.limit-fs.used {
		return false
	}
	fs.used += n
	return true
}

// node is what all nodes have.
type node struct {
	fs                  *FS
	ino                 uint64
	mode                uint32
	links               uint32
	uid, gid            uint32
	atime, mtime, ctime int64
	opens               [vfs.NumUses]int
	locks               *vfs.Locks
	gone                func() // called when no name and no open file is left; nil: nothing to do
}

func (fs *FS) node(mode uint32, gone func()) node {
	fs.last++
	t := fs.now()
	return node{fs: fs, ino: fs.last, mode: mode, links: 1, atime: t, mtime: t, ctime: t, gone: gone}
}

// base is the node itself, whatever kind of node it is the base of.
func (n *node) base() *node { return n }

func (n *node) Attr() vfs.Attr {
	return vfs.Attr{
		Dev: n.fs.number, Ino: n.ino, Mode: n.mode, Links: n.links, UID: n.uid, GID: n.gid,
		Atime: n.atime, Mtime: n.mtime, Ctime: n.ctime,
	}
}

// Locks are those of the node.
func (n *node) Locks(make bool) *vfs.Locks {
	if n.locks == nil && make {
		n.locks = &vfs.Locks{}
	}
	return n.locks
}

// Set sets attributes.
func (n *node) Set(c vfs.Change) error {
	if c.Mode != nil {
		n.mode = n.mode&syscall.S_IFMT | *c.Mode&0o7777
	}
	for _, x := range []struct{ to, from *uint32 }{{&n.uid, c.UID}, {&n.gid, c.GID}} {
		if x.from != nil {
			*x.to = *x.from
		}
	}
	for _, x := range []struct{ to, from *int64 }{{&n.atime, c.Atime}, {&n.mtime, c.Mtime}} {
		if x.from != nil {
			*x.to = *x.from
		}
	}
	n.ctime = n.fs.now()
	return nil
}

// Stat says how much room there is.
func (n *node) Stat() vfs.SystemStat {
	const block = 4096
	left := uint64(n.fs.limit - n.fs.used)
	return vfs.SystemStat{
		Magic: magic, Blocks: uint64(n.fs.limit) / block, Free: left / block,
		Nodes: uint64(n.fs.limit) / nodeCost, Unused: left / nodeCost,
	}
}

// Hold says that the node has one more open file.
func (n *node) Hold(u vfs.Use) error {
	if u == vfs.Writing && n.opens[vfs.Running] > 0 || u == vfs.Running && n.opens[vfs.Writing] > 0 {
		return syscall.ETXTBSY
	}
	n.opens[u]++
	return nil
}

// Release says that it has one less.
func (n *node) Release(u vfs.Use) {
	n.opens[u]--
	n.end()
}

// unlink takes one of its names away.
func (n *node) unlink() {
	n.links--
	n.ctime = n.fs.now()
	n.end()
}

// end gives back what the node was charged, if nobody can reach it any more.
func (n *node) end() {
	if n.links > 0 || n.opens != [vfs.NumUses]int{} {
		return
	}
	if n.gone != nil {
		n.gone()
	}
	n.fs.used -= nodeCost
}

// symlink is a symbolic link. What it leads to is charged like a name.
type symlink struct {
	node
	target string
}

func (l *symlink) Target(*vfs.Context) string { return l.target }

func (l *symlink) Attr() vfs.Attr {
	a := l.node.Attr()
	a.Size = int64(len(l.target))
	return a
}
