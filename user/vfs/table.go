package vfs

import "syscall"

// Table is the descriptors of a process: small numbers that name open files.
type Table struct {
	entries []descriptor
	limit   int
	Waiting // the threads that share it
}

type descriptor struct {
	file      *File
	closeExec bool
}

// MaxFiles is how many descriptors a table may have at most.
const MaxFiles = 1024

// NewTable returns an empty table.
func NewTable() *Table { return &Table{limit: MaxFiles} }

// SetLimit says how many descriptors there may be from now on: those beyond stay.
func (t *Table) SetLimit(n int) { t.limit = min(n, MaxFiles) }

// Limit returns how many there may be.
func (t *Table) Limit() int { return t.limit }

// Get returns the file of a descriptor, EBADF if there is none.
func (t *Table) Get(fd uint64) (*File, error) {
	if fd >= uint64(len(t.entries)) || t.entries[fd].file == nil {
		return nil, syscall.EBADF
	}
	return t.entries[fd].file, nil
}

// Add names a file by the lowest descriptor from a number on that names none.
func (t *Table) Add(f *File, least uint64, closeExec bool) (uint64, error) {
	fd := least
	for fd < uint64(len(t.entries)) && t.entries[fd].file != nil {
		fd++
	}
	if err := t.Put(f, fd, closeExec); err != nil {
		return 0, syscall.EMFILE
	}
	return fd, nil
}

// Put has a descriptor name a file, whatever it has named before.
func (t *Table) Put(f *File, fd uint64, closeExec bool) error {
	if fd >= uint64(t.limit) {
		return syscall.EBADF
	}
	for uint64(len(t.entries)) <= fd {
		t.entries = append(t.entries, descriptor{})
	}
	f.Hold()
	old := t.entries[fd].file
	t.entries[fd] = descriptor{f, closeExec}
	if old != nil {
		t.release(old)
	}
	return nil
}

// release says that a descriptor less names a file. With any of its descriptors the process's locks of the file go.
func (t *Table) release(f *File) {
	dropLocks(f.Node, t)
	f.Release()
}

// Close has a descriptor name nothing.
func (t *Table) Close(fd uint64) error {
	f, err := t.Get(fd)
	if err == nil {
		t.entries[fd] = descriptor{}
		t.release(f)
	}
	return err
}

// HasLocks reports whether the process, or an open file, has locks of it.
func (t *Table) HasLocks(f *File) bool {
	n, is := f.Node.(Lockable)
	if !is || n.Locks(false) == nil {
		return false
	}
	return n.Locks(false).Holds(t) || n.Locks(false).Holds(f)
}

// CloseOnExec reports whether a descriptor ends when its process executes a program.
func (t *Table) CloseOnExec(fd uint64) (bool, error) {
	_, err := t.Get(fd)
	return err == nil && t.entries[fd].closeExec, err
}

// SetCloseOnExec says whether it does.
func (t *Table) SetCloseOnExec(fd uint64, end bool) error {
	_, err := t.Get(fd)
	if err == nil {
		t.entries[fd].closeExec = end
	}
	return err
}

// Exec closes what ends when the process executes a program.
func (t *Table) Exec() {
	for fd, d := range t.entries {
		if d.file != nil && d.closeExec {
			t.Close(uint64(fd))
		}
	}
}

// Fork returns a table that names the same files.
func (t *Table) Fork() *Table {
	n := &Table{entries: append([]descriptor(nil), t.entries...), limit: t.limit}
	for _, d := range n.entries {
		if d.file != nil {
			d.file.Hold()
		}
	}
	return n
}

// Clear closes all.
func (t *Table) Clear() {
	for fd := range t.entries {
		t.Close(uint64(fd))
	}
	t.entries = nil
}

// Count returns how many descriptors name files.
func (t *Table) Count() (n int) {
	t.Each(func(uint64, *File) { n++ })
	return n
}

// Each calls f for each descriptor that names a file, in their order.
func (t *Table) Each(f func(fd uint64, file *File)) {
	for fd, d := range t.entries {
		if d.file != nil {
			f(uint64(fd), d.file)
		}
	}
}
