package fat

import (
	"errors"
	"strings"
	"syscall"

	"atoll/user/farfs"
	"atoll/user/vfs"
)

// Create implements farfs.Server.
func (f *FS) Create(dir farfs.Ref, name string, n vfs.New) (info farfs.Info, err error) {
	if err = f.check(true); err == nil {
		err = checkName(name)
	}
	if err != nil {
		return info, err
	}
	d, err := f.directory(dir)
	if err != nil {
		return info, errnoOf(err)
	}
	switch _, err = d.find(name); err {
	case syscall.ENOENT:
	case nil:
		return info, syscall.EEXIST // somebody was faster
	default:
		return info, errnoOf(err)
	}
	e := &entry{}
	switch n.Mode & syscall.S_IFMT {
	case syscall.S_IFREG:
	case syscall.S_IFDIR:
		if err = f.newDirectory(d, e); err != nil {
			return info, f.end(err)
		}
	default:
		return info, syscall.EPERM
	}
	f.touch(e)
	if e.isDir() {
		e.raw[11] = attrDir
	}
	if n.Mode&0o222 == 0 && !e.isDir() {
		e.raw[11] |= attrReadOnly
	}
	made, err := d.add(name, e.raw)
	if err = f.end(err); err != nil {
		f.v.give(freshOf(e))
		return info, err
	}
	return f.info(made), nil
}

// freshOf is the cluster that a new entry has, which nothing names.
func freshOf(e *entry) []uint32 {
	if c := e.first(); c != 0 {
		return []uint32{c}
	}
	return nil
}

// newDirectory makes a directory with its two names, "." and "..".
func (f *FS) newDirectory(parent *directory, e *entry) error {
	list, err := f.v.clear()
	if err != nil {
		return err
	}
	e.raw[11] = attrDir
	e.setFirst(list[0])
	f.touch(e)
	e.raw[11] = attrDir
	d := &directory{f.v, list}
	up := parent.clusters[0]
	if up == f.v.root {
		up = 0
	}
	for i, first := range []uint32{list[0], up} {
		dot := *e
		copy(dot.raw[:11], strings.Repeat(".", i+1)+strings.Repeat(" ", 10-i))
		dot.setFirst(first)
		if err := d.set(i, dot.raw[:]); err != nil {
			return err
		}
	}
	return nil
}

// Link implements farfs.Server.
func (f *FS) Link(farfs.Ref, string, farfs.Ref) error { return syscall.EPERM }

// Unlink takes a name away. What is open keeps its name: EBUSY.
func (f *FS) Unlink(dir farfs.Ref, name string, _ farfs.Ref, isDir, _ bool) error {
	if err := f.check(true); err != nil {
		return err
	}
	d, err := f.directory(dir)
	if err != nil {
		return errnoOf(err)
	}
	e, err := d.find(name)
	switch {
	case err != nil:
		return errnoOf(err)
	case e.isDir() && !isDir:
		return syscall.EISDIR
	case !e.isDir() && isDir:
		return syscall.ENOTDIR
	}
	list, err := f.removable(e)
	if err == nil {
		err = d.remove(e)
	}
	if err == nil {
		f.v.give(list)
	}
	return f.end(err)
}

// removable returns the clusters of what may lose its name.
func (f *FS) removable(e *entry) ([]uint32, error) {
	if e.isDir() {
		d, err := f.v.in(e)
		if err != nil {
			return nil, err
		}
		if empty, err := d.empty(); err != nil || !empty {
			return nil, errors.Join(err, syscall.ENOTEMPTY)
		}
	} else if f.isOpen(e) {
		return nil, syscall.EBUSY
	}
	return f.v.chain(e.first())
}
