package fat

import (
	"syscall"

	"atoll/user/farfs"
	"atoll/user/vfs"
)

// info is what is known of a file.
func (f *FS) info(e *entry) farfs.Info {
	if e == nil {
		return farfs.Info{Attr: vfs.Attr{Ino: 1, Mode: syscall.S_IFDIR | 0o755, Links: 1}}
	}
	a := vfs.Attr{Ino: e.at.sector*sectorSize + uint64(e.at.off), Mode: syscall.S_IFREG | 0o755, Links: 1, Size: e.size()}
	if e.isDir() {
		a.Mode, a.Size = syscall.S_IFDIR|0o755, 0
	}
	if e.raw[11]&attrReadOnly != 0 {
		a.Mode &^= 0o222
	}
	a.Mtime = unstamp(le.Uint16(e.raw[24:]), le.Uint16(e.raw[22:]))
	a.Ctime = a.Mtime
	a.Atime = unstamp(le.Uint16(e.raw[18:]), 0)
	return farfs.Info{Attr: a}
}

// Attr implements farfs.Server.
func (f *FS) Attr(r farfs.Ref) (farfs.Info, error) {
	e, _, err := f.entry(r)
	if err != nil {
		return farfs.Info{}, errnoOf(err)
	}
	return f.info(e), nil
}

// directory returns the directory of a file.
func (f *FS) directory(r farfs.Ref) (*directory, error) {
	e, _, err := f.entry(r)
	if err != nil {
		return nil, err
	}
	return f.v.in(e)
}

// Lookup implements farfs.Server.
func (f *FS) Lookup(dir farfs.Ref, name string) (farfs.Info, error) {
	d, err := f.directory(dir)
	if err != nil {
		return farfs.Info{}, errnoOf(err)
	}
	e, err := d.find(name)
	if err != nil {
		return farfs.Info{}, errnoOf(err)
	}
	return f.info(e), nil
}

// List implements farfs.Server.
func (f *FS) List(r farfs.Ref) (list []vfs.Entry, err error) {
	d, err := f.directory(r)
	if err != nil {
		return nil, errnoOf(err)
	}
	err = d.each(func(e *entry) bool {
		i := f.info(e)
		list = append(list, vfs.Entry{Name: e.name, Ino: i.Ino, Mode: i.Mode & syscall.S_IFMT})
		return len(list) <= farfs.MostEntries
	})
	if err == nil && len(list) > farfs.MostEntries {
		err = syscall.EOVERFLOW
	}
	return list, errnoOf(err)
}

// Stat counts the free clusters, which takes a look at all of the FAT.
func (f *FS) Stat() (st vfs.SystemStat, err error) {
	if err := f.check(false); err != nil {
		return st, err
	}
	free := uint64(len(f.v.given))
	for c := uint32(firstEntry); c < f.v.end; c++ {
		e, err := f.v.entry(c)
		if err != nil {
			return st, errnoOf(err)
		}
		if e == entryFree {
			free++
		}
	}
	const magic, block = 0x4d44, 4096
	per := uint64(f.v.bytes())
	return vfs.SystemStat{Magic: magic, Blocks: uint64(f.v.end-firstEntry) * per / block, Free: free * per / block}, nil
}
