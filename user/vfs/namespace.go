package vfs

import (
	"maps"
	"slices"
	"strings"
	"syscall"

	"atoll/user/coroutine"
)

// Namespace is the directories of several file systems as one tree.
type Namespace struct {
	root    Directory
	mounts  []*Mount
	covered map[Directory]*Mount // by what they are mounted on
	tops    map[Directory]*Mount // by their roots
	buffer  []byte
	calls   *coroutine.Group // of all that were forked from one
	open    int              // files that were admitted and are open
	made    int64            // bytes that were made when they were opened
	watches int              // of sets
	locks   int              // that its processes and open files have
}

// Mount is a file system in its place.
type Mount struct {
	Source, Type, Options string // as /proc/mounts shows them
	Root                  Directory
	on                    Directory
}

// NewNamespace returns one of a single file system.
func NewNamespace(m Mount) *Namespace { return NewNamespaceFor(new(coroutine.Group), m) }

// NewNamespaceFor is NewNamespace for a file system that waits in calls of a group.
func NewNamespaceFor(calls *coroutine.Group, m Mount) *Namespace {
	ns := &Namespace{calls: calls, root: m.Root, covered: map[Directory]*Mount{}, tops: map[Directory]*Mount{}}
	ns.mounts = append(ns.mounts, &m)
	ns.tops[m.Root] = &m
	return ns
}

// Fork returns a name space with the same mounts, which change apart from now on.
func (ns *Namespace) Fork() *Namespace {
	return &Namespace{
		root: ns.root, mounts: slices.Clone(ns.mounts), covered: maps.Clone(ns.covered), tops: maps.Clone(ns.tops), buffer: ns.Buffer(), calls: ns.calls,
	}
}

// MaxOpen bounds the open files of a name space, which lie in the kernel's heap.
const MaxOpen = 512

// Open returns how many there are.
func (ns *Namespace) Open() int { return ns.open }

// mostMade bounds the bytes of open files whose content was made when they were opened, such
// as /proc's: it is theirs as long as they are open.
const mostMade = 1 << 20

// Admit counts an open file until it is closed. It fails with ENFILE if there are too many, or
// too much has been made for them.
func (ns *Namespace) Admit(f *File) error {
	made := f.made()
	if ns.open == MaxOpen || made > mostMade-ns.made {
		return syscall.ENFILE
	}
	ns.open++
	ns.made += made
	f.counted = ns
	return nil
}

// maxMounts bounds the mounts of a name space.
const maxMounts = 64

// Mount mounts a file system on the directory of a path. A file system is mounted once.
func (ns *Namespace) Mount(c *Context, path string, m Mount) error {
	on, err := ns.directory(c, c.Cwd, path)
	switch {
	case err != nil:
		return err
	case ns.tops[m.Root] != nil || on == c.Root:
		return syscall.EBUSY
	case len(ns.mounts) == maxMounts:
		return syscall.ENOMEM
	}
	m.on = on
	ns.mounts = append(ns.mounts, &m)
	ns.covered[on], ns.tops[m.Root] = &m, &m
	return nil
}

// Unmount takes a file system out of the tree, and returns its root. Who has files of it open keeps
// them.
func (ns *Namespace) Unmount(c *Context, path string) (Directory, error) {
	d, err := ns.directory(c, c.Cwd, path)
	if err != nil {
		return nil, err
	}
	m := ns.tops[d]
	switch {
	case m == nil:
		return nil, syscall.EINVAL
	case m.on == nil || slices.ContainsFunc(ns.mounts, func(x *Mount) bool { return x.on != nil && ns.mountOf(x.on) == m }):
		return nil, syscall.EBUSY
	}
	delete(ns.covered, m.on)
	delete(ns.tops, d)
	ns.mounts = slices.DeleteFunc(ns.mounts, func(x *Mount) bool { return x == m })
	return d, nil
}

// Mounted reports whether a directory is in what is mounted with a root, and not in what is mounted on that.
func (ns *Namespace) Mounted(root, d Directory) bool {
	m := ns.tops[root]
	return m != nil && ns.mountOf(d) == m
}

// mountOf returns the mount that a directory is in, nil for one that was removed.
func (ns *Namespace) mountOf(d Directory) *Mount {
	for {
		if m := ns.tops[d]; m != nil {
			return m
		}
		up, _ := d.Up()
		if up == nil {
			return nil
		}
		d = up
	}
}

// top returns what is seen at a directory: the root of what is mounted there.
func (ns *Namespace) top(d Directory) Directory {
	for {
		m := ns.covered[d]
		if m == nil {
			return d
		}
		d = m.Root
	}
}

// up returns the parent of a directory, through mounts: nil for the root, and for one that
// was removed.
func (ns *Namespace) up(d Directory) (Directory, string) {
	for {
		if up, name := d.Up(); up != nil {
			return up, name
		}
		m := ns.tops[d]
		if m == nil || m.on == nil {
			return nil, ""
		}
		d = m.on
	}
}

// Path returns the path of a directory as the context sees it: ENOENT if it was removed,
// ENAMETOOLONG if no call would take it.
func (c *Context) Path(d Directory) (string, error) {
	var names []string
	size := 0
	for d != c.Root {
		up, name := c.NS.up(d)
		if up == nil {
			if d == c.NS.root {
				return "(unreachable)/" + join(names), nil // outside its root
			}
			return "", syscall.ENOENT
		}
		if size += 1 + len(name); size > MaxPath {
			return "", syscall.ENAMETOOLONG
		}
		names = append(names, name)
		d = up
	}
	return "/" + join(names), nil
}

// join makes a path of names, the last of which is the first.
func join(names []string) string {
	slices.Reverse(names)
	return strings.Join(names, "/")
}

// Mounted is a mount and its path.
type Mounted struct {
	*Mount
	Path string
}

// Mounts lists the mounts that the context sees, in the order in which they were made.
func (c *Context) Mounts() (list []Mounted) {
	for _, m := range c.NS.mounts {
		if path, err := c.Path(m.Root); err == nil {
			list = append(list, Mounted{m, path})
		}
	}
	return list
}

// Coroutines is what serves calls that wait in their middle, if there are file systems for which
// they may have to.
func (ns *Namespace) Coroutines() *coroutine.Group { return ns.calls }

// bufferSize is how many bytes are moved at once, and waitingBuffer by a call that may wait in its middle.
const bufferSize, waitingBuffer = 32 << 10, 16 << 10

// Buffer is memory for who moves bytes within one call: nobody else runs meanwhile, or has it.
func (ns *Namespace) Buffer() []byte {
	if c := ns.calls.Running(); c != nil {
		if c.Buffer == nil {
			c.Buffer = make([]byte, waitingBuffer)
		}
		return c.Buffer
	}
	if ns.buffer == nil {
		ns.buffer = make([]byte, bufferSize)
	}
	return ns.buffer
}
