package fat

import (
	"errors"
	"syscall"
	"time"

	"atoll/user/block"
	"atoll/user/farfs"
	"atoll/user/vfs"
)

// FS is a file system on a disk.
type FS struct {
	dial func() (block.Disk, error)
	now  func() time.Time
	disk block.Disk
	v    *volume
	open map[uint64]*opened // by the numbers that farfs has
	bad  bool               // it has panicked: nobody knows what lies in memory
}

// opened is a file that is open.
type opened struct {
	at   place
	hint hint
}

var (
	_ farfs.Server = (*FS)(nil)
	_ farfs.Idler  = (*FS)(nil)
	_ farfs.Leaser = (*FS)(nil)
)

// New returns the file system of a disk that dial opens, when it is attached.
func New(dial func() (block.Disk, error), now func() time.Time) *FS { return &FS{dial: dial, now: now} }

// errnoOf returns what a program is told of an error: those of a disk are EIO.
func errnoOf(err error) error {
	var e syscall.Errno
	if err == nil || errors.As(err, &e) {
		return err
	}
	return syscall.EIO
}

// Attach opens the disk, and notes on it that it is in use.
func (f *FS) Attach() (info farfs.Info, err error) {
	if f.v == nil {
		if err = f.begin(); err != nil {
			f.leave()
			return info, err
		}
	}
	return f.Attr(farfs.Ref{})
}

func (f *FS) begin() (err error) {
	if f.disk, err = f.dial(); err != nil {
		return err
	}
	if f.v, err = open(f.disk, f.now); err != nil {
		return errors.Join(syscall.EINVAL, err)
	}
	f.open = map[uint64]*opened{}
	return f.mark(1)
}

// mark says in the boot sector whether the file system is in use, and that nobody has counted its free clusters.
func (f *FS) mark(dirty byte) error {
	if f.disk.ReadOnly() {
		return nil
	}
	b, err := f.v.change(0, dirs)
	if err != nil {
		return err
	}
	b[bootDirty] = b[bootDirty]&^1 | dirty
	if f.v.info > 0 {
		i, err := f.v.change(f.v.info, dirs)
		if err != nil {
			return err
		}
		if le.Uint32(i[:]) == infoLead {
			le.PutUint32(i[infoFree:], 1<<32-1)
			le.PutUint32(i[infoNext:], 1<<32-1)
		}
	}
	return f.v.commit()
}

// leave gives the disk up.
func (f *FS) leave() {
	if f.disk != nil {
		f.disk.Close()
	}
	f.disk, f.v, f.open = nil, nil, nil
}

// Detach commits, notes that the file system is not in use any more, and gives the disk up, whatever becomes of that.
func (f *FS) Detach() error {
	if f.v == nil {
		return nil
	}
	err := f.check(true)
	if err == nil {
		err = f.v.commit()
	}
	if err == nil {
		err = f.mark(0)
	}
	f.leave()
	return errnoOf(err)
}

// Broken says that a method has panicked.
func (f *FS) Broken(any) { f.bad = true }

// Idle commits: nobody has asked for a while.
func (f *FS) Idle() {
	if f.check(true) == nil {
		f.v.commit()
	}
}

// check reports what keeps a question from being answered.
func (f *FS) check(write bool) error {
	switch {
	case f.v == nil:
		return syscall.ENODEV
	case f.bad:
		return syscall.EIO
	case write && f.disk.ReadOnly():
		return syscall.EROFS
	}
	return nil
}

// entry returns what a file is, nil for the root.
func (f *FS) entry(r farfs.Ref) (*entry, *hint, error) {
	if err := f.check(false); err != nil {
		return nil, nil, err
	}
	if o := f.open[r.ID]; o != nil {
		e, err := f.v.load(o.at)
		return e, &o.hint, err
	}
	if r.Gone {
		return nil, nil, syscall.ESTALE
	}
	e, err := f.v.walk(r.Path)
	return e, new(hint), err
}

// end ends a question that has changed something: much of it is committed at once.
func (f *FS) end(err error) error {
	if err == nil && f.v.changed > mostChanged {
		err = f.v.commit()
	}
	return errnoOf(err)
}

// Open implements farfs.Server.
func (f *FS) Open(r farfs.Ref, write bool) error {
	if err := f.check(write); err != nil {
		return err
	}
	if f.open[r.ID] != nil {
		return nil
	}
	e, _, err := f.entry(r)
	switch {
	case err != nil:
		return errnoOf(err)
	case e == nil || e.isDir():
		return syscall.EISDIR
	}
	f.open[r.ID] = &opened{at: e.at}
	return nil
}

// Close implements farfs.Server.
func (f *FS) Close(id uint64) { delete(f.open, id) }

// isOpen reports whether an entry is that of an open file.
func (f *FS) isOpen(e *entry) bool {
	for _, o := range f.open {
		if o.at == e.at {
			return true
		}
	}
	return false
}

// Set sets whether a file may be written, and its times. Other permissions and owners there are none, and who
// sets them is told nothing.
func (f *FS) Set(r farfs.Ref, c vfs.Change) error {
	if err := f.check(true); err != nil {
		return err
	}
	e, _, err := f.entry(r)
	if err != nil || e == nil {
		return errnoOf(err)
	}
	if c.Mode != nil && !e.isDir() {
		e.raw[11] &^= attrReadOnly
		if *c.Mode&0o222 == 0 {
			e.raw[11] |= attrReadOnly
		}
	}
	if c.Mtime != nil {
		date, clock := stamp(time.Unix(0, *c.Mtime))
		le.PutUint16(e.raw[22:], clock)
		le.PutUint16(e.raw[24:], date)
	}
	return f.end(f.v.store(e))
}

// Sync commits.
func (f *FS) Sync(farfs.Ref) error {
	if f.disk != nil && f.disk.ReadOnly() {
		return nil
	}
	if err := f.check(true); err != nil {
		return err
	}
	return errnoOf(f.v.commit())
}

// Lease lets a file be mapped to be stored to: nobody but this core has the volume.
func (f *FS) Lease(farfs.Ref) error { return nil }
func (f *FS) Unlease(uint64)        {}
