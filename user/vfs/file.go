package vfs

import (
	"io"
	"math"
	"syscall"
)

// File is an open file: what a descriptor names. Descriptors that were duplicated share it.
type File struct {
	Flags   int   // how it was opened, and what was set since
	Node    Node  // nil for pipes and the like
	Content any   // Data, Stream, or Directory
	place   Found // for its path
	name    string
	pos     int64 // of a directory: a cookie
	refs    int
	use     Use
	watched map[*watch]struct{} // by sets
	counted *Namespace          // nil: nobody counts it
	kept    Data                // what a slow file system keeps of the content to be mapped or run, nil: nothing
}

// Flags of Open that package syscall has for no machine, or not for all.
const (
	oPath    = 0x200000
	oTmpFile = 0x400000
)

// settableFlags are those that change while a file is open.
const settableFlags = syscall.O_APPEND | syscall.O_NONBLOCK

// creationFlags count only while it is opened.
const creationFlags = syscall.O_CREAT | syscall.O_EXCL | syscall.O_TRUNC | syscall.O_CLOEXEC | syscall.O_NOCTTY

// Open opens the file of a path, or makes it.
func (c *Context) Open(from Directory, path string, flags int, mode uint32) (*File, error) {
	if flags&oTmpFile != 0 {
		return nil, syscall.EOPNOTSUPP
	}
	create := flags&syscall.O_CREAT != 0
	follow := flags&syscall.O_NOFOLLOW == 0 && (!create || flags&syscall.O_EXCL == 0)
	f, err := c.walk(&walker{c: c, at: from, rest: path, follow: follow, create: create})
	switch {
	case err != nil:
		return nil, err
	case f.Node == nil && !create:
		return nil, syscall.ENOENT
	case f.Node == nil:
		return c.openNew(f, flags, mode)
	case create && flags&syscall.O_EXCL != 0:
		return nil, syscall.EEXIST
	}
	return c.openNode(f, flags)
}

// openNew makes a regular file and opens it.
func (c *Context) openNew(f Found, flags int, mode uint32) (*File, error) {
	d, err := f.change()
	if err != nil {
		return nil, err
	}
	if f.Node, err = d.Create(f.Name, New{Mode: syscall.S_IFREG | mode&0o7777&^c.Umask}); err != nil {
		return nil, err
	}
	return c.openNode(f, flags&^syscall.O_TRUNC)
}

// openNode opens a node that there is.
func (c *Context) openNode(f Found, flags int) (*File, error) {
	n := &File{Flags: flags &^ creationFlags, Node: f.Node, place: f}
	writes := n.writes() || flags&syscall.O_TRUNC != 0
	switch node := f.Node.(type) {
	case Symlink:
		if flags&(oPath|syscall.O_DIRECTORY) == 0 {
			return nil, syscall.ELOOP
		}
	case Directory:
		if writes || flags&syscall.O_CREAT != 0 {
			return nil, syscall.EISDIR
		}
		n.Content = node
		if l, ok := node.(Lister); ok && flags&oPath == 0 {
			list, err := l.List()
			if err != nil {
				return nil, err
			}
			n.Content = list
		}
	case Data:
		if writes && Access(f.Node, Write) != nil {
			return nil, syscall.EROFS
		}
		n.Content = node
	case Opener:
		if flags&(syscall.O_DIRECTORY|oPath) != 0 {
			break
		}
		content, err := node.Open(c, flags)
		if err != nil {
			return nil, err
		}
		n.Content = content
	default:
		return nil, syscall.ENXIO
	}
	if _, isDir := f.Node.(Directory); !isDir && flags&syscall.O_DIRECTORY != 0 {
		return nil, syscall.ENOTDIR
	}
	if flags&oPath != 0 {
		n.Content = nil
	}
	if d, ok := n.Content.(Data); ok && flags&syscall.O_TRUNC != 0 {
		if err := truncate(n.Node, d, 0); err != nil {
			return nil, err
		}
	}
	if n.writes() {
		n.use = Writing
	}
	if err := hold(n.Node, n.use); err != nil {
		return nil, err
	}
	return n, nil
}

// hold tells a node, if it wants to know, that it has an open file, and release that it has
// that no more.
func hold(n Node, u Use) error {
	if k, ok := n.(Keeper); ok {
		return k.Hold(u)
	}
	return nil
}

func release(n Node, u Use) {
	if k, ok := n.(Keeper); ok {
		k.Release(u)
	}
}

// Run says that an open file that is read only is one from which a program runs. It fails
// with ETXTBSY if somebody may write it; as long as it is open nobody can.
func (f *File) Run() error {
	err := hold(f.Node, Running)
	if err == nil {
		release(f.Node, f.use)
		f.use = Running
	}
	return err
}

// NewFile returns an open file that no path leads to, such as an end of a pipe, with a name
// for people.
func NewFile(s Stream, flags int, name string) *File {
	return &File{Flags: flags &^ creationFlags, Content: s, name: name}
}

func (f *File) reads() bool {
	return f.Flags&oPath == 0 && f.Flags&syscall.O_ACCMODE != syscall.O_WRONLY
}
func (f *File) writes() bool {
	return f.Flags&oPath == 0 && f.Flags&syscall.O_ACCMODE != syscall.O_RDONLY
}

// SetFlags sets the flags that can be set.
func (f *File) SetFlags(flags int) { f.Flags = f.Flags&^settableFlags | flags&settableFlags }

// Nonblocking reports whether the file's reader would rather have an error than wait.
func (f *File) Nonblocking() bool { return f.Flags&syscall.O_NONBLOCK != 0 }

// Path is where the file is for a context; for what has no path, what it is.
func (f *File) Path(c *Context) string {
	if f.place.Dir == nil {
		return f.name
	}
	dir, err := c.Path(f.place.Dir)
	switch {
	case err == syscall.ENAMETOOLONG:
		return ""
	case err != nil:
		return f.place.Name + " (deleted)"
	case f.place.Name == "":
		return dir
	case dir == "/":
		dir = ""
	}
	path := dir + "/" + f.place.Name
	if a := f.Node.Attr(); a.Links == 0 {
		path += " (deleted)"
	}
	return path
}

// At has the file be known by a path, whatever becomes of the place where it was opened.
func (f *File) At(path string) { f.place, f.name = Found{}, path }

// Attr returns what is known of the file.
func (f *File) Attr() Attr {
	if f.Node != nil {
		return f.Node.Attr()
	}
	if a, ok := f.Content.(interface{ Attr() Attr }); ok {
		return a.Attr()
	}
	return Attr{Mode: syscall.S_IFIFO | 0o600, Links: 1}
}

// Directory returns the directory that is open, ENOTDIR if it is none.
func (f *File) Directory() (Directory, error) {
	if d, ok := f.Node.(Directory); ok {
		return d, nil
	}
	return nil, syscall.ENOTDIR
}

// Stream returns what the file reads from and writes to if it has no positions.
func (f *File) Stream() Stream {
	s, _ := f.Content.(Stream)
	return s
}

// Read reads from the position, or what has come.
func (f *File) Read(b []byte) (int, error) {
	if !f.reads() {
		return 0, syscall.EBADF
	}
	switch c := f.Content.(type) {
	case Data:
		n, err := c.ReadAt(b, f.pos)
		f.pos += int64(n)
		return n, err
	case Stream:
		return c.Read(b)
	}
	return 0, syscall.EISDIR
}

// Write writes at the position, or at the end.
func (f *File) Write(b []byte) (int, error) {
	if !f.writes() {
		return 0, syscall.EBADF
	}
	switch c := f.Content.(type) {
	case Data:
		if f.Flags&syscall.O_APPEND != 0 {
			return f.append(b)
		}
		n, err := c.WriteAt(b, f.pos)
		f.pos += int64(n)
		return n, err
	case Stream:
		return c.Write(b)
	}
	return 0, syscall.EBADF
}

// ReaderTo returns the file's content if it is one and the file is open to be read, else nil; WriterFrom likewise.
func (f *File) ReaderTo() ReaderTo {
	if r, ok := f.Content.(ReaderTo); ok && f.reads() {
		return r
	}
	return nil
}

func (f *File) WriterFrom() WriterFrom {
	if w, ok := f.Content.(WriterFrom); ok && f.writes() {
		return w
	}
	return nil
}

// append writes at the end, and has the position there.
func (f *File) append(b []byte) (n int, err error) {
	n, end, err := f.Append(b)
	if n > 0 {
		f.pos = end
	}
	return n, err
}

// Append writes at the end, whatever the flags are, and returns where that is then.
func (f *File) Append(b []byte) (n int, end int64, err error) {
	d, err := f.data(f.writes())
	if err != nil {
		return 0, 0, err
	}
	if a, is := d.(Appender); is {
		return a.Append(b)
	}
	at := d.Size()
	n, err = d.WriteAt(b, at)
	return n, at + int64(n), err
}

// end returns where the file's content ends now.
func (f *File) end(d Data) (int64, error) {
	if _, own := f.Node.(Data); !own {
		return d.Size(), nil
	}
	a, err := Refresh(f.Node)
	return a.Size, err
}

// data returns the file's content if it has positions.
func (f *File) data(allowed bool) (Data, error) {
	switch c := f.Content.(type) {
	case Data:
		if allowed {
			return c, nil
		}
	case Directory:
		return nil, syscall.EISDIR
	case Stream:
		return nil, syscall.ESPIPE
	}
	return nil, syscall.EBADF
}

// ReadAt reads at an offset. At the end it returns 0 and no error, unlike an io.ReaderAt.
func (f *File) ReadAt(b []byte, off int64) (int, error) {
	if e, ok := f.Content.(Elsewhere); ok {
		return e.ReadAt(b, off)
	}
	d, err := f.data(f.reads())
	switch {
	case err == syscall.ESPIPE && f.anywhere():
		return f.Read(b)
	case err != nil:
		return 0, err
	case off < 0:
		return 0, syscall.EINVAL
	}
	return d.ReadAt(b, off)
}

// WriteAt writes at an offset.
func (f *File) WriteAt(b []byte, off int64) (int, error) {
	if e, ok := f.Content.(Elsewhere); ok {
		return e.WriteAt(b, off)
	}
	d, err := f.data(f.writes())
	switch {
	case err == syscall.ESPIPE && f.anywhere():
		return f.Write(b)
	case err != nil:
		return 0, err
	case off < 0:
		return 0, syscall.EINVAL
	}
	return d.WriteAt(b, off)
}

// anywhere reports whether the file is a stream that may be told a position.
func (f *File) anywhere() bool {
	_, ok := f.Content.(Positioned)
	return ok
}

// made returns how many bytes were made for the file when it was opened: its content is not
// what its node has.
func (f *File) made() int64 {
	d, ok := f.Content.(Data)
	if _, own := f.Node.(Data); !ok || own {
		return 0
	}
	return d.Size()
}

// ReaderAt is the file's content for who reads it as long as he likes, as the loader of
// programs does: not one that was made for who opened it.
func (f *File) ReaderAt() (io.ReaderAt, error) {
	d, err := f.data(true)
	if err != nil || f.made() > 0 {
		return nil, syscall.EACCES
	}
	if k, ok := d.(Keeping); ok && f.kept == nil {
		kept, err := k.Keep()
		if err != nil {
			return nil, err
		}
		if f.kept != nil { // somebody else of the process was faster
			closeContent(kept)
		} else {
			f.kept = kept
		}
	}
	if f.kept != nil {
		d = f.kept
	}
	return readerAt{d}, nil
}

// Copy returns another open file, of what a slow file system keeps of the content for ReaderAt, nil if it keeps nothing. It can be read, is
// held by nobody yet, and lasts when this one is closed.
func (f *File) Copy() *File {
	k, ok := f.Content.(Keeping)
	if !ok || f.kept == nil {
		return nil
	}
	kept, err := k.Keep()
	if err != nil {
		return nil
	}
	c := keptCopy{kept, f.Attr()}
	return &File{Node: c, Content: c}
}

// keptCopy is its node, and its content.
type keptCopy struct {
	Data
	attr Attr
}

func (c keptCopy) Attr() Attr { return c.attr }

func (c keptCopy) Close() error {
	closeContent(c.Data)
	return nil
}

type readerAt struct{ Data }

func (r readerAt) ReadAt(b []byte, off int64) (int, error) {
	n, err := r.Data.ReadAt(b, off)
	if err == nil && n < len(b) {
		err = io.EOF
	}
	return n, err
}

// MayLock fails with EBADF if the file is not open for a lock: one that is not shared is for who writes, a
// shared one for who reads, for a range at least.
func (f *File) MayLock(k LockKind, exclusive bool) error {
	if k == Records && (exclusive && !f.writes() || !exclusive && !f.reads()) {
		return syscall.EBADF
	}
	return nil
}

// Lockable returns the locks of the file, ENOLCK if it can have none, EBADF if it may not have this one.
func (f *File) Lockable(k LockKind, exclusive bool) (*Locks, error) {
	if err := f.MayLock(k, exclusive); err != nil {
		return nil, err
	}
	if n, is := f.Node.(Lockable); is {
		return n.Locks(true), nil
	}
	return nil, syscall.ENOLCK
}

// Range returns the bytes that a program means by a start, from whence as Seek has it, and a length, which may be
// negative: those before; 0 is all that come.
func (f *File) Range(start, length int64, whence int) (r Range, err error) {
	var base int64
	switch whence {
	case io.SeekStart:
	case io.SeekCurrent:
		base = f.pos
	case io.SeekEnd:
		base = f.Attr().Size
	default:
		return r, syscall.EINVAL
	}
	if start > 0 && base > math.MaxInt64-start {
		return r, syscall.EOVERFLOW
	}
	switch r.First = base + start; {
	case length == 0:
		r.Last = math.MaxInt64
	case length < 0:
		r.First, r.Last = r.First+length, r.First-1
	case r.First > math.MaxInt64-(length-1):
		return r, syscall.EOVERFLOW
	default:
		r.Last = r.First + length - 1
	}
	if r.First < 0 || r.Last < r.First {
		return r, syscall.EINVAL
	}
	return r, nil
}

// InMemory reports whether the file's content lies in memory, where who reads it does not wait.
func (f *File) InMemory() bool {
	_, ok := f.Content.(Mappable)
	return ok
}

// InPlace is the content's (ROM), nil if nothing of it lies so.
func (f *File) InPlace() func(off, size uint64) (pa uint64, ok bool) {
	if r, ok := f.Content.(ROM); ok {
		return r.InPlace
	}
	return nil
}

// Truncate makes the file some bytes long.
func (f *File) Truncate(size int64) error {
	if e, ok := f.Content.(Elsewhere); ok {
		return e.Truncate(size)
	}
	d, ok := f.Content.(Data)
	if !ok || !f.writes() || size < 0 {
		return syscall.EINVAL
	}
	return d.Truncate(size)
}

// Truncate makes the file of a node some bytes long.
func Truncate(n Node, size int64) error {
	d, ok := n.(Data)
	a := n.Attr()
	switch {
	case a.IsDir():
		return syscall.EISDIR
	case !ok || size < 0:
		return syscall.EINVAL
	}
	if err := Access(n, Write); err != nil {
		return err
	}
	return truncate(n, d, size)
}

// truncate does so as one who writes the node for as long as that takes.
func truncate(n Node, d Data, size int64) error {
	if err := hold(n, Writing); err != nil {
		return err
	}
	defer release(n, Writing)
	return d.Truncate(size)
}

// Seek moves the position. whence is 0 for the beginning, 1 for the position, 2 for the end.
func (f *File) Seek(off int64, whence int) (int64, error) {
	var base int64
	switch c := f.Content.(type) {
	case Directory:
		if whence != io.SeekStart {
			return 0, syscall.EINVAL
		}
	case Data:
		switch whence {
		case io.SeekStart:
		case io.SeekCurrent:
			base = f.pos
		case io.SeekEnd:
			var err error
			if base, err = f.end(c); err != nil {
				return 0, err
			}
		default:
			return 0, syscall.EINVAL
		}
	case Elsewhere:
		return c.Seek(off, whence)
	case Stream:
		if _, ok := c.(Positioned); ok {
			return 0, nil
		}
		return 0, syscall.ESPIPE
	default:
		return 0, syscall.EBADF
	}
	if off > 0 && base > math.MaxInt64-off || base+off < 0 {
		return 0, syscall.EINVAL
	}
	f.pos = base + off
	return f.pos, nil
}

// Entries calls f for the entries of an open directory from the position on, "." and ".."
// before all others, and moves it behind those for which f is true, up to the first for
// which it is not.
func (f *File) Entries(take func(e Entry) bool) error {
	d, ok := f.Content.(Directory)
	if !ok {
		return syscall.ENOTDIR
	}
	for {
		e, more := f.entry(d)
		if !more || !take(e) {
			return nil
		}
		f.pos = int64(e.Cookie)
	}
}

// Cookies of an open directory: those of its own are those of the file system, and two more.
const dots = 2

// entry returns the entry at the position.
func (f *File) entry(d Directory) (Entry, bool) {
	a := d.Attr()
	switch f.pos {
	case 0:
		return Entry{Name: ".", Ino: a.Ino, Mode: a.Mode, Cookie: 1}, true
	case 1:
		if up, _ := d.Up(); up != nil {
			a = up.Attr()
		}
		return Entry{Name: "..", Ino: a.Ino, Mode: a.Mode, Cookie: dots}, true
	}
	e, more := d.Next(uint64(f.pos - dots))
	e.Cookie += dots
	return e, more
}

// Ready says what the file is ready for: all, if it never lets wait.
func (f *File) Ready() Events {
	if s := f.Stream(); s != nil {
		return s.Ready()
	}
	return In | Out
}

// Queue is who waits for the file, nil if nobody has to.
func (f *File) Queue() *Queue {
	if s := f.Stream(); s != nil {
		return s.Queue()
	}
	return nil
}

// Hold says that one more descriptor names the file.
func (f *File) Hold() { f.refs++ }

// Lone reports whether one descriptor, or whoever else holds it, is all that uses the file.
func (f *File) Lone() bool { return f.refs == 1 }

// Release says that one less does, and closes the file when none is left.
func (f *File) Release() {
	if f.refs--; f.refs > 0 {
		return
	}
	for w := range f.watched {
		w.end()
	}
	if f.counted != nil {
		f.counted.open--
		f.counted.made -= f.made()
		f.counted = nil
	}
	dropLocks(f.Node, f)
	release(f.Node, f.use)
	closeContent(f.Content)
	closeContent(f.kept)
}

// closeContent tells content that it is not used any more, if that has to know.
func closeContent(content any) {
	if c, ok := content.(io.Closer); ok {
		c.Close()
	}
}
