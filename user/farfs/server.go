package farfs

import "atoll/user/vfs"

// Ref is a file as a server knows it.
type Ref struct {
	ID   uint64 // from 1 on, never another's
	Path string // from the root, without a slash before it: "" is the root. Not of one that is Gone
	Gone bool   // it has no name any more
}

// Info is what a server says of a file.
type Info struct {
	vfs.Attr        // Dev is set here
	Target   string // of a symbolic link
}

// Server does what is asked of a file system. Its methods block, within a bound, and are called by one
// goroutine. What fails fails with a syscall.Errno; another error is EIO. A method takes a file by its number if that is
// open, else by its path.
type Server interface {
	// Attach begins, and returns the root. Detach ends: all that was written is kept.
	Attach() (Info, error)
	Detach() error
	// Broken says that a method has panicked.
	Broken(why any)

	Attr(f Ref) (Info, error)
	Lookup(dir Ref, name string) (Info, error)
	// List returns the entries of a directory, up to MostEntries, without cookies.
	List(dir Ref) ([]vfs.Entry, error)
	Stat() (vfs.SystemStat, error)

	// Open has a file stay what it is until Close, of which there is one for many of them.
	Open(f Ref, write bool) error
	Close(id uint64)
	// ReadAt reads as much as there is; less than b is the end, and no error.
	ReadAt(f Ref, b []byte, off int64) (int, error)
	WriteAt(f Ref, b []byte, off int64) (int, error)
	Truncate(f Ref, size int64) error
	Set(f Ref, c vfs.Change) error
	// Sync returns when what was written to a file before is kept; of a directory, all.
	Sync(f Ref) error

	Create(dir Ref, name string, n vfs.New) (Info, error)
	Link(dir Ref, name string, f Ref) error
	// Unlink takes a name away, which stands for f. If that is open it stays until it is closed.
	Unlink(dir Ref, name string, f Ref, isDir, open bool) error
	// Rename takes the place of what the new name stands for.
	Rename(dir Ref, name string, to Ref, newName string) error
}

// Appender is a server of files that others write, too: it finds the end of one as it writes there. Of others nobody else asks.
type Appender interface {
	// Append returns how much it has written, and where the end is then.
	Append(f Ref, b []byte) (n int, end int64, err error)
}

// Idler is a server that has something to do when nobody has asked it anything for a while.
type Idler interface{ Idle() }

// MostEntries bounds a directory that is listed.
const MostEntries = 1 << 14
