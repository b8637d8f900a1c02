package vfs

import "syscall"

// change returns the directory in which a name can be made or taken away.
func (f *Found) change() (Changeable, error) {
	if d, ok := f.Dir.(Changeable); ok {
		return d, nil
	}
	return nil, syscall.EROFS
}

// fresh returns where a node can be made.
func (c *Context) fresh(from Directory, path string) (Found, Changeable, error) {
	f, err := c.name(from, path)
	if err != nil {
		return f, nil, err
	}
	switch {
	case f.tooLong:
		return f, nil, syscall.ENAMETOOLONG
	case f.Node != nil:
		return f, nil, syscall.EEXIST
	}
	d, err := f.change()
	return f, d, err
}

// Mkdir makes a directory.
func (c *Context) Mkdir(from Directory, path string, mode uint32) error {
	f, d, err := c.fresh(from, path)
	if err == nil {
		_, err = d.Create(f.Name, New{Mode: syscall.S_IFDIR | mode&0o1777&^c.Umask})
	}
	return err
}

// Symlink makes a symbolic link to a path.
func (c *Context) Symlink(target string, from Directory, path string) error {
	switch {
	case target == "":
		return syscall.ENOENT
	case len(target) > MaxPath:
		return syscall.ENAMETOOLONG
	}
	return c.create(from, path, New{Mode: syscall.S_IFLNK | 0o777, Target: target})
}

// create makes a node that is no directory.
func (c *Context) create(from Directory, path string, n New) error {
	f, d, err := c.fresh(from, path)
	switch {
	case err != nil:
		return err
	case f.mustDir:
		return syscall.ENOENT
	}
	_, err = d.Create(f.Name, n)
	return err
}

// Mknod makes a regular file; nothing else can be made so.
func (c *Context) Mknod(from Directory, path string, mode uint32) error {
	if t := mode & syscall.S_IFMT; t != 0 && t != syscall.S_IFREG {
		return syscall.EPERM
	}
	return c.create(from, path, New{Mode: syscall.S_IFREG | mode&0o7777&^c.Umask})
}

// Link gives a node, which is no directory, one more name.
func (c *Context) Link(n Node, from Directory, path string) error {
	f, d, err := c.fresh(from, path)
	if err != nil {
		return err
	}
	a, at := n.Attr(), d.Attr()
	switch {
	case f.mustDir:
		return syscall.ENOENT
	case a.IsDir():
		return syscall.EPERM
	case a.Dev != at.Dev:
		return syscall.EXDEV
	case a.Links == 0:
		return syscall.ENOENT // what was unlinked does not come back
	}
	return d.Link(f.Name, n)
}

// Unlink takes a name away, which is no directory's.
func (c *Context) Unlink(from Directory, path string) error {
	f, err := c.existing(from, path)
	if _, ok := f.Node.(Directory); ok {
		return syscall.EISDIR
	}
	switch {
	case err != nil:
		return err
	case f.mustDir:
		return syscall.ENOTDIR
	}
	d, err := f.change()
	if err != nil {
		return err
	}
	return d.Unlink(f.Name)
}

// Rmdir removes an empty directory.
func (c *Context) Rmdir(from Directory, path string) error {
	f, err := c.existing(from, path)
	switch {
	case f.dots == ".":
		return syscall.EINVAL
	case f.dots == "..":
		return syscall.ENOTEMPTY
	case err != nil:
		return err
	}
	dir, ok := f.Node.(Directory)
	if !ok {
		return syscall.ENOTDIR
	}
	if err := c.removable(dir); err != nil {
		return err
	}
	d, err := f.change()
	if err != nil {
		return err
	}
	return d.Unlink(f.Name)
}

// existing returns a name that stands for something.
func (c *Context) existing(from Directory, path string) (Found, error) {
	f, err := c.name(from, path)
	switch {
	case err != nil:
		return f, err
	case f.tooLong:
		return f, syscall.ENAMETOOLONG
	case f.Node == nil:
		return f, syscall.ENOENT
	case f.Name == "":
		return f, syscall.EBUSY // "/", "." or ".."
	}
	return f, nil
}

// removable reports what keeps a directory from being removed.
func (c *Context) removable(d Directory) error {
	if c.NS.tops[d] != nil || d == c.Root {
		return syscall.EBUSY
	}
	if _, more := d.Next(0); more {
		return syscall.ENOTEMPTY
	}
	return nil
}

// Flags of Rename (uapi/linux/fs.h).
const RenameNoReplace = 1

// Rename gives what a path leads to another path. What that one led to is gone.
func (c *Context) Rename(from Directory, path string, to Directory, newPath string, flags uint64) error {
	if flags&^RenameNoReplace != 0 {
		return syscall.EINVAL
	}
	old, err := c.name(from, path)
	if err != nil {
		return err
	}
	next, err := c.name(to, newPath)
	switch {
	case err != nil:
		return err
	case old.Name == "" || next.Name == "":
		return syscall.EBUSY
	case old.tooLong:
		return syscall.ENAMETOOLONG
	case old.Node == nil:
		return syscall.ENOENT
	case next.tooLong:
		return syscall.ENAMETOOLONG
	case next.Node != nil && flags&RenameNoReplace != 0:
		return syscall.EEXIST
	}
	source, err := old.change()
	if err != nil {
		return err
	}
	target, err := next.change()
	if err != nil {
		return err
	}
	if err := c.renamable(&old, &next); err != nil {
		return err
	}
	if next.Node == old.Node {
		return nil // two names of one file both stay
	}
	if _, replaces := source.(Replacer); next.Node != nil && !replaces {
		if err := target.Unlink(next.Name); err != nil {
			return err
		}
	}
	return source.Rename(old.Name, target, next.Name)
}

// renamable reports what keeps a name from becoming another.
func (c *Context) renamable(old, next *Found) error {
	a, b := old.Dir.Attr(), next.Dir.Attr()
	dir, isDir := old.Node.(Directory)
	target, replacesDir := next.Node.(Directory)
	switch {
	case a.Dev != b.Dev:
		return syscall.EXDEV
	case isDir && c.NS.tops[dir] != nil:
		return syscall.EBUSY
	case !isDir && (old.mustDir || next.mustDir):
		return syscall.ENOTDIR
	case isDir && c.within(next.Dir, dir):
		return syscall.EINVAL // into itself
	case next.Node == nil || next.Node == old.Node:
		return nil
	case replacesDir && c.within(old.Dir, target):
		return syscall.ENOTEMPTY
	case isDir && !replacesDir:
		return syscall.ENOTDIR
	case !isDir && replacesDir:
		return syscall.EISDIR
	case replacesDir:
		return c.removable(target)
	}
	return nil
}

// within reports whether a directory is another, or below it.
func (c *Context) within(d, other Directory) bool {
	for d != nil {
		if d == other {
			return true
		}
		d, _ = c.NS.up(d)
	}
	return false
}

// SetAttr sets attributes of a node.
func SetAttr(n Node, ch Change) error {
	s, ok := n.(Settable)
	if !ok {
		return syscall.EROFS
	}
	return s.Set(ch)
}

// Readlink returns what a symbolic link leads to.
func (c *Context) Readlink(from Directory, path string) (string, error) {
	n, err := c.Find(from, path, false)
	if err != nil {
		return "", err
	}
	l, ok := n.(Symlink)
	if !ok {
		return "", syscall.EINVAL
	}
	return l.Target(c), nil
}

// Modes of Access.
const (
	Execute   = 1
	Write     = 2
	accessAll = 7
)

// Access reports what keeps a node from being used in some ways: read 4, write 2, execute 1.
func Access(n Node, mode uint32) error {
	a := n.Attr()
	_, settable := n.(Settable)
	switch {
	case mode&^accessAll != 0:
		return syscall.EINVAL
	case mode&Execute != 0 && !a.IsDir() && a.Mode&0o111 == 0:
		return syscall.EACCES
	case mode&Write != 0 && !settable && (a.IsDir() || a.Mode&syscall.S_IFMT == syscall.S_IFREG && a.Mode&0o222 == 0):
		return syscall.EROFS
	}
	return nil
}
