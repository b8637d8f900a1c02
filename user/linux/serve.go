package linux

import (
	"syscall"

	"atoll/monitor/parcel"
	"atoll/user/coroutine"
	"atoll/user/farfs"
	"atoll/user/vfs"
)

// What the home of a realm does for processes of other cores that use its files by their names (homefiles.go).

// answering does something that another core waits for, with leave to wait in its middle: at once, or when there is a coroutine for it.
func (r *realm) answering(from int, f func()) {
	var c *coroutine.Coroutine
	c, err := r.sys.coroutines.Answer(f, func() {
		r.sys.loop.Do(func() { c.Resume() })
	})
	if err != nil { // when another is over
		life := r.deaths[from]
		r.sys.coroutines.Await(func() {
			r.sys.loop.Do(func() {
				if !r.sys.ended && r.deaths[from] == life {
					r.answering(from, f)
				}
			})
		})
	}
}

// fileReply carries out a question.
func (r *realm) fileReply(from int, op uint64, data []byte) ([]byte, error) {
	in := &coder{b: data, reads: true}
	var q fileQuestion
	if q.each(in); in.bad || !r.isHome() {
		return nil, syscall.EINVAL
	}
	f := &fileServer{r: r, c: vfs.NewContext(r.sys.files), from: from, life: r.deaths[from], q: &q}
	f.c.PID, f.c.Umask = initID, 0
	if err := f.serve(op); err != nil {
		return nil, err
	}
	out := &coder{}
	f.a.each(out)
	return out.b, nil
}

// fileServer answers one question.
type fileServer struct {
	r    *realm
	c    *vfs.Context
	from int
	life uint64 // of that core, as often as it had died before
	q    *fileQuestion
	a    fileReply
}

// path is that of a file, or of a name in a directory.
func path(of farfs.Ref, name string) string {
	switch {
	case name == "":
		return "/" + of.Path
	case of.Path == "":
		return "/" + name
	}
	return "/" + of.Path + "/" + name
}

// lost reports whether who has asked has died over a wait: what he would have from then on nobody would take back.
func (f *fileServer) lost() bool { return f.r.deaths[f.from] != f.life || f.r.sys.ended }

// open returns a file that is open, nil if it is not.
func (f *fileServer) open(of farfs.Ref) *vfs.File { return f.r.opened[farKey{f.from, of.ID}] }

// node returns a file, open or by its path.
func (f *fileServer) node(of farfs.Ref, name string) (vfs.Node, error) {
	if o := f.open(of); o != nil && name == "" {
		return o.Node, nil
	}
	if of.Gone {
		return nil, syscall.ESTALE
	}
	return f.c.Find(f.c.Root, path(of, name), false)
}

// known answers what is known of a file.
func (f *fileServer) known(of farfs.Ref, name string) error {
	n, err := f.node(of, name)
	if err != nil {
		return err
	}
	f.a.info.Attr, err = vfs.Refresh(n)
	if l, is := n.(vfs.Symlink); is {
		f.a.info.Target = l.Target(f.c)
	}
	return err
}

func (f *fileServer) serve(op uint64) error {
	q := f.q
	switch op {
	case fileKnown:
		return f.known(q.file, "")
	case fileLookup:
		return f.known(q.file, q.name)
	case fileList:
		return f.list()
	case fileStat:
		if s, is := f.c.Root.(vfs.System); is {
			f.a.stat = s.Stat()
		}
		return nil
	case fileOpen:
		return f.keep(q.mode != 0)
	case fileClose:
		f.r.closeOpened(farKey{f.from, q.file.ID})
		return nil
	case fileReadAt, fileWriteAt, fileAppend, fileTruncate:
		return f.content(op)
	case fileLock:
		return f.lock()
	case fileLease:
		return f.lease()
	case fileUnlease:
		f.r.unlease(farKey{f.from, q.file.ID})
		return nil
	case fileSet, fileSync:
		return f.change(op)
	}
	return f.names(op)
}

// list answers the names in a directory.
func (f *fileServer) list() error {
	d, err := f.c.Open(f.c.Root, path(f.q.file, ""), syscall.O_RDONLY|syscall.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	d.Hold()
	defer d.Release()
	return d.Entries(func(e vfs.Entry) bool {
		if e.Name != "." && e.Name != ".." {
			f.a.entries = append(f.a.entries, e)
		}
		return len(f.a.entries) < farfs.MostEntries
	})
}

// mostOpened bounds the files that processes of other cores have open by their names.
const mostOpened = 256

// openFor opens the file.
func (f *fileServer) openFor(write bool) (*vfs.File, error) {
	flags := syscall.O_RDONLY
	if write {
		flags = syscall.O_RDWR
	}
	if f.q.file.Gone {
		return nil, syscall.ESTALE
	}
	o, err := f.c.Open(f.c.Root, path(f.q.file, ""), flags|syscall.O_NOFOLLOW, 0)
	if err == nil {
		o.Hold()
	}
	return o, err
}

// keep opens the file until it is closed.
func (f *fileServer) keep(write bool) error {
	if old := f.open(f.q.file); old != nil && (!write || old.Flags&syscall.O_ACCMODE == syscall.O_RDWR) {
		return nil
	}
	if len(f.r.opened) >= mostOpened {
		return syscall.ENFILE
	}
	o, err := f.openFor(write)
	switch {
	case err != nil:
		return err
	case f.lost():
		o.Release()
		return syscall.EIO
	}
	key := farKey{f.from, f.q.file.ID}
	f.r.closeOpened(key)
	f.r.opened[key] = o
	return nil
}

// closeOpened closes a file that was kept open.
func (r *realm) closeOpened(key farKey) {
	if o := r.opened[key]; o != nil {
		r.unlease(key)
		delete(r.opened, key)
		o.Release()
	}
}

// content reads or writes.
func (f *fileServer) content(op uint64) (err error) {
	q, write := f.q, op != fileReadAt
	o := f.open(q.file)
	if o == nil || write && o.Flags&syscall.O_ACCMODE != syscall.O_RDWR {
		if o, err = f.openFor(write); err != nil {
			return err
		}
		defer o.Release()
	}
	switch op {
	case fileReadAt:
		b := make([]byte, min(q.n, parcel.MostData/2))
		n := 0
		n, err = o.ReadAt(b, int64(q.off))
		f.a.data = string(b[:n])
	case fileWriteAt:
		n := 0
		n, err = o.WriteAt([]byte(q.data), int64(q.off))
		f.a.n = uint64(n)
	case fileAppend:
		n := 0
		n, f.a.info.Size, err = o.Append([]byte(q.data))
		f.a.n = uint64(n)
	default:
		err = o.Truncate(int64(q.off))
	}
	return err
}

// change changes what is known of a file, or has it kept.
func (f *fileServer) change(op uint64) error {
	n, err := f.node(f.q.file, "")
	switch {
	case err != nil:
		return err
	case op == fileSync:
		return vfs.Sync(n)
	}
	return vfs.SetAttr(n, f.q.change)
}

// names makes names and takes them away.
func (f *fileServer) names(op uint64) error {
	q, c := f.q, f.c
	if q.file.Gone || q.to.Gone {
		return syscall.ESTALE
	}
	name, newName := path(q.file, q.name), path(q.to, q.newName)
	switch op {
	case fileCreate:
		return f.create(name)
	case fileLink:
		n, err := f.node(q.file, "")
		if err != nil {
			return err
		}
		return c.Link(n, c.Root, newName)
	case fileUnlink:
		if q.mode != 0 {
			return c.Rmdir(c.Root, name)
		}
		return c.Unlink(c.Root, name)
	case fileRename:
		return c.Rename(c.Root, name, c.Root, newName, 0)
	case fileMount:
		return f.r.sys.mount(c, q.name, q.newName, q.target)
	case fileUnmount:
		return f.r.sys.unmount(c, q.newName, q.mode != 0)
	}
	return syscall.EINVAL
}

// create makes a file, and answers what is known of it.
func (f *fileServer) create(name string) (err error) {
	mode := uint32(f.q.mode)
	switch mode & syscall.S_IFMT {
	case syscall.S_IFDIR:
		err = f.c.Mkdir(f.c.Root, name, mode&0o7777)
	case syscall.S_IFLNK:
		err = f.c.Symlink(f.q.target, f.c.Root, name)
	default:
		err = f.c.Mknod(f.c.Root, name, mode)
	}
	if err != nil {
		return err
	}
	return f.known(f.q.file, f.q.name)
}
