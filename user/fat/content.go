package fat

import (
	"syscall"

	"atoll/user/farfs"
)

// file returns a file, to be read or written.
func (f *FS) file(r farfs.Ref, write bool) (*entry, *hint, error) {
	if err := f.check(write); err != nil {
		return nil, nil, err
	}
	e, h, err := f.entry(r)
	if err == nil && (e == nil || e.isDir()) {
		err = syscall.EISDIR
	}
	return e, h, err
}

// ReadAt implements farfs.Server.
func (f *FS) ReadAt(r farfs.Ref, b []byte, off int64) (n int, err error) {
	e, h, err := f.file(r, false)
	if err == nil {
		n, err = f.v.read(e, h, b, off)
	}
	return n, errnoOf(err)
}

// touch notes that a file has changed.
func (f *FS) touch(e *entry) {
	date, clock := stamp(f.now())
	le.PutUint16(e.raw[22:], clock)
	le.PutUint16(e.raw[24:], date)
	le.PutUint16(e.raw[18:], date)
	e.raw[11] |= attrArchive
}

// WriteAt implements farfs.Server.
func (f *FS) WriteAt(r farfs.Ref, b []byte, off int64) (n int, err error) {
	e, h, err := f.file(r, true)
	if err != nil {
		return 0, errnoOf(err)
	}
	if off+int64(len(b)) > mostSize {
		return 0, syscall.EFBIG
	}
	if off > e.size() {
		if err = f.v.extend(e, h, off); err != nil {
			return 0, errnoOf(err)
		}
	}
	old, end := e.size(), off+int64(len(b))
	if err = f.v.lengthen(e, h, end); err == nil {
		n, err = f.v.write(e, h, b, off, old)
	}
	if err == nil {
		le.PutUint32(e.raw[28:], uint32(max(old, end)))
		f.touch(e)
		err = f.v.store(e)
	}
	return n, f.end(err)
}

// Truncate implements farfs.Server.
func (f *FS) Truncate(r farfs.Ref, size int64) error {
	e, h, err := f.file(r, true)
	switch {
	case err != nil:
		return errnoOf(err)
	case size > mostSize:
		return syscall.EFBIG
	case size < e.size():
		*h = hint{}
		err = f.v.shorten(e, size)
	case size > e.size():
		err = f.v.extend(e, h, size)
	}
	if err == nil {
		f.touch(e)
		err = f.v.store(e)
	}
	return f.end(err)
}
