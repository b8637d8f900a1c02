package vfs

import "syscall"

// Node is a file as a file system has it. What else it is its other interfaces say:
// Directory, Data, Symlink, Opener.
type Node interface {
	Attr() Attr
}

// Attr is what is known of a node.
type Attr struct {
	Dev, Ino            uint64
	Mode                uint32 // the type (syscall.S_IFMT) and permission bits
	Links               uint32
	UID, GID            uint32
	Device              uint64 // of device nodes: which
	Size                int64
	Atime, Mtime, Ctime int64 // nanoseconds since 1970
}

// IsDir reports whether it is a directory.
func (a *Attr) IsDir() bool { return a.Mode&syscall.S_IFMT == syscall.S_IFDIR }

// Entry is a name in a directory.
type Entry struct {
	Name   string
	Ino    uint64
	Mode   uint32
	Cookie uint64 // where it stands in the directory
}

// Directory is a node that has names.
type Directory interface {
	Node
	// Lookup returns what a name stands for: ENOENT if nothing. "." and ".." are no names.
	Lookup(name string) (Node, error)
	// Next returns the first entry behind a cookie, 0 for the first of all.
	Next(cookie uint64) (Entry, bool)
	// Up returns the directory that this one is in, and its name there: nil for the root of
	// a file system, and for one that was removed.
	Up() (Directory, string)
}

// Changeable is a directory that can be changed. Its methods do without checks what they
// say; the names have no slash and are neither empty nor "." or "..".
type Changeable interface {
	Directory
	// Create makes a node of a name that there is not.
	Create(name string, n New) (Node, error)
	// Link gives a node of the same file system one more name.
	Link(name string, n Node) error
	// Unlink takes a name away, of an empty directory too.
	Unlink(name string) error
	// Rename gives what a name stands for another name, in a directory of the same file
	// system, which stands for nothing.
	Rename(name string, to Changeable, newName string) error
}

// Tmpfs is the root of a file system in memory.
type Tmpfs interface {
	Changeable
	// Another returns the root of an empty one within the same bound. number tells it from
	// others. It fails with ENOSPC.
	Another(number uint64) (Tmpfs, error)
	// Clear ends one that Another has made: nobody finds anything in it any more.
	Clear()
}

// New says what is made: its type and bits, and what a symbolic link leads to.
type New struct {
	Mode   uint32
	Target string
}

// Settable is a node whose attributes can be set.
type Settable interface {
	Node
	Set(c Change) error
}

// Change is which attributes become what; nil: stays.
type Change struct {
	Mode         *uint32 // the permission bits
	UID, GID     *uint32
	Atime, Mtime *int64
}

// Data is the content of a regular file: bytes at offsets. ReadAt at or behind the end
// returns 0 and no error.
type Data interface {
	ReadAt(b []byte, off int64) (int, error)
	WriteAt(b []byte, off int64) (int, error)
	Truncate(size int64) error
	Size() int64
}

// Appender is data that others lengthen, too, between two calls of this core: it finds its end as it writes there.
type Appender interface {
	// Append writes behind the end, and returns where that is then.
	Append(b []byte) (n int, end int64, err error)
}

// ROM is content of which parts lie in memory that nobody ever writes, such as an archive's.
type ROM interface {
	Data
	// InPlace returns the physical address of so many bytes from an offset on, if they lie there.
	InPlace(off, size uint64) (pa uint64, ok bool)
}

// Mappable is a node whose pages can be somewhere else for a time, where processes store to them.
type Mappable interface {
	Node
	Data
	Paged
}

// Paged is content of which pages are somewhere else.
type Paged interface {
	ReadAt(b []byte, off int64) (int, error)
	Size() int64
	// Map has it take the bytes of pages from there, of those that are there. It reports false if
	// they are elsewhere already. Map(nil) ends that.
	Map(p Pages) bool
	// Own sees to it that there is room for a page. It reports false if there is none.
	Own(page uint64) bool
	// Store takes what a page contains for which there is room.
	Store(page uint64, b []byte)
}

// Pages are pages of a file, by their numbers.
type Pages interface {
	// Bytes returns what is in a page, nil if it is not there.
	Bytes(page uint64) []byte
	// Cut is told that the file has no pages from a number on any more.
	Cut(from uint64)
	// Sync stores those that are there.
	Sync()
}

// Watched is a node that calls functions when its content has changed, with the first byte and how
// many, until they are taken back by what Watch returns.
type Watched interface {
	Node
	Watch(changed func(off, size int64)) (stop func())
}

// Symlink is a node that stands for a path.
type Symlink interface {
	Node
	// Target returns the path, which may depend on who asks.
	Target(c *Context) string
}

// Opener is a node whose content is made when it is opened: a Stream or Data.
type Opener interface {
	Node
	Open(c *Context, flags int) (any, error)
}

// Keeper is a node that is told of its open files: what was unlinked stays as long as it is
// open, and what runs is not written.
type Keeper interface {
	Node
	// Hold says that it has one more open file. It fails with ETXTBSY for one that writes if
	// another runs, and the other way round.
	Hold(Use) error
	// Release says that it has one less.
	Release(Use)
}

// Use is what a file is open for.
type Use int

const (
	Reading Use = iota
	Writing
	Running // as a program, whose pages are read when they are first used
	NumUses
)

// Stream is the content of an open file that has no positions. Read and Write fail with
// EAGAIN if something may come, or room; a Read of 0 bytes is the end. One that has
// to be told of its end is an io.Closer.
type Stream interface {
	Read(b []byte) (int, error)
	Write(b []byte) (int, error)
	// Ready says what would not have to wait.
	Ready() Events
	// Queue is who waits for that to change; nil if it never does.
	Queue() *Queue
}

// ReaderTo is a stream out of which bytes come without a buffer between.
type ReaderTo interface {
	// ReadTo is Read of up to n bytes: take takes them, piece after piece, each of which it may take in part, which is the end of it. What is read is what
	// was taken.
	ReadTo(n int, take func(b []byte) (int, error)) (int, error)
}

// WriterFrom is a stream into which bytes go without a buffer between.
type WriterFrom interface {
	// WriteFrom is Write of n bytes: fill puts them where they are to be, piece after piece, each of which it may fill in part, which is the end of it.
	WriteFrom(n int, fill func(b []byte) (int, error)) (int, error)
}

// Elsewise is a stream that another core reads, or writes, without saying so to who does not wait.
type Elsewise interface {
	// Waits reports whether a write of n bytes, or a read, would have to wait for that core, and tells it nothing of that.
	Waits(write bool, n int) bool
}

// Positioned is a stream that may be told a position, and ignores it.
type Positioned interface {
	Stream
	Positioned()
}

// Elsewhere is an open file of another core: whatever is asked of it that core has to be asked, its position, too. Where it has none
// it answers as a stream would.
type Elsewhere interface {
	Stream
	Seek(off int64, whence int) (int64, error)
	ReadAt(b []byte, off int64) (int, error)
	WriteAt(b []byte, off int64) (int, error)
	Truncate(size int64) error
	Attr() Attr
}

// System is what a file system says of itself (statfs).
type System interface {
	Node
	Stat() SystemStat
}

// SystemStat is how much there is of what, in blocks of 4 KiB.
type SystemStat struct {
	Magic                       uint64 // which kind of file system, as Linux numbers them
	Blocks, Free, Nodes, Unused uint64
}
