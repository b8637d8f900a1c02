package fat

import (
	"syscall"

	"atoll/user/farfs"
)

// Rename gives what a name stands for another name, in place of what that stands for. It is committed by itself:
// first all else, then the new name, then the end of the old one.
func (f *FS) Rename(dir farfs.Ref, name string, to farfs.Ref, newName string) error {
	if err := f.check(true); err != nil {
		return err
	}
	if err := checkName(newName); err != nil {
		return err
	}
	source, err := f.directory(dir)
	if err != nil {
		return errnoOf(err)
	}
	target, err := f.directory(to)
	if err != nil {
		return errnoOf(err)
	}
	e, err := source.find(name)
	if err != nil {
		return errnoOf(err)
	}
	old, err := target.find(newName)
	switch {
	case err == syscall.ENOENT:
		old = nil
	case err != nil:
		return errnoOf(err)
	case old.at == e.at && old.name == newName:
		return nil
	case old.at == e.at: // another case of the same letters
		old = nil
	case e.isDir() && !old.isDir():
		return syscall.ENOTDIR
	case !e.isDir() && old.isDir():
		return syscall.EISDIR
	}
	return errnoOf(f.rename(source, e, target, newName, old))
}

func (f *FS) rename(source *directory, e *entry, target *directory, newName string, old *entry) error {
	if err := f.v.commit(); err != nil {
		return err
	}
	at, err := f.name(e, target, newName, old)
	if err != nil {
		return err
	}
	if e.isDir() && source.clusters[0] != target.clusters[0] {
		if err := f.moveUp(e, target); err != nil {
			return err
		}
	}
	if err := f.v.commit(); err != nil {
		return err
	}
	if err := source.remove(e); err != nil {
		return err
	}
	for _, o := range f.open {
		if o.at == e.at {
			o.at = at
		}
	}
	return f.v.commit()
}

// name gives what an entry stands for a name more: in the entry of what that has stood for, if there is one.
func (f *FS) name(e *entry, target *directory, newName string, old *entry) (place, error) {
	if old == nil {
		made, err := target.add(newName, e.raw)
		if err != nil {
			return place{}, err
		}
		return made.at, nil
	}
	list, err := f.removable(old)
	if err != nil {
		return place{}, err
	}
	copy(old.raw[11:], e.raw[11:])
	f.v.give(list)
	return old.at, f.v.store(old)
}

// moveUp has the ".." of a directory lead to another.
func (f *FS) moveUp(e *entry, to *directory) error {
	d, err := f.v.in(e)
	if err != nil {
		return err
	}
	b, err := d.raw(1)
	if err != nil {
		return err
	}
	up := entry{}
	copy(up.raw[:], b)
	up.setFirst(0)
	if c := to.clusters[0]; c != f.v.root {
		up.setFirst(c)
	}
	return d.set(1, up.raw[:])
}
