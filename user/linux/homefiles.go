package linux

import (
	"syscall"

	"atoll/user/farfs"
	"atoll/user/vfs"
)

// The files of a realm are those of its home: on other cores they are a file system (package farfs) whose server asks the
// home, a parcel a question. Nothing of them is kept there, so that all see the same.

// Operations of parcelFile, by the methods of farfs.Server.
const (
	fileKnown = iota
	fileLookup
	fileList
	fileStat
	fileOpen
	fileClose
	fileReadAt
	fileWriteAt
	fileAppend
	fileTruncate
	fileSet
	fileSync
	fileCreate
	fileLink
	fileUnlink
	fileRename
	fileLock
	fileLease
	fileUnlease
	fileMount // none of them
	fileUnmount
)

// fileQuestion is what is asked of the home.
type fileQuestion struct {
	file, to      farfs.Ref
	name, newName string
	off, n, mode  uint64
	target        string
	data          string
	change        vfs.Change
	lock          farfs.LockQuestion
}

func ref(c *coder, r *farfs.Ref) {
	c.word(&r.ID)
	c.text(&r.Path)
	flag(c, &r.Gone)
}

func flag(c *coder, b *bool) {
	w := uint64(0)
	if *b {
		w = 1
	}
	c.word(&w)
	*b = w != 0
}

// maybe codes a number that may be missing.
func maybe[T uint32 | int64](c *coder, v **T) {
	there := *v != nil
	if flag(c, &there); !there {
		*v = nil
		return
	}
	var w uint64
	if *v != nil {
		w = uint64(**v)
	}
	c.word(&w)
	x := T(w)
	*v = &x
}

func (q *fileQuestion) each(c *coder) {
	ref(c, &q.file)
	ref(c, &q.to)
	for _, s := range []*string{&q.name, &q.newName, &q.target, &q.data} {
		c.text(s)
	}
	for _, w := range []*uint64{&q.off, &q.n, &q.mode} {
		c.word(w)
	}
	maybe(c, &q.change.Mode)
	maybe(c, &q.change.UID)
	maybe(c, &q.change.GID)
	maybe(c, &q.change.Atime)
	maybe(c, &q.change.Mtime)
	codeLock(c, &q.lock)
}

// fileReply is what the home answers.
type fileReply struct {
	info    farfs.Info
	entries []vfs.Entry
	data    string
	n       uint64
	stat    vfs.SystemStat
	barred  bool // by a lock
	bar     farfs.LockQuestion
}

func (a *fileReply) each(c *coder) {
	codeAttr(c, &a.info.Attr)
	for _, w := range []*uint64{&a.n, &a.stat.Magic, &a.stat.Blocks, &a.stat.Free, &a.stat.Nodes, &a.stat.Unused} {
		c.word(w)
	}
	flag(c, &a.barred)
	codeLock(c, &a.bar)
	c.text(&a.info.Target)
	c.text(&a.data)
	list(c, &a.entries, func(e *vfs.Entry) {
		mode := uint64(e.Mode)
		c.text(&e.Name)
		c.word(&e.Ino)
		c.word(&mode)
		e.Mode = uint32(mode)
	})
}

// HomeFiles is the server of that file system: it has questions answered by the home.
type HomeFiles struct{ sys *System }

var (
	_ farfs.Server   = (*HomeFiles)(nil)
	_ farfs.Appender = (*HomeFiles)(nil)
)

// ask puts a question, and waits for the answer, or for the word that the home is dead, with which the run ends.
func (h *HomeFiles) ask(op uint64, q fileQuestion) (a fileReply, err error) {
	s := h.sys
	c := &coder{}
	q.each(c)
	done := make(chan error, 1)
	var reply []byte
	s.loop.Do(func() {
		r := s.realm
		if s.ended {
			done <- syscall.EIO
			return
		}
		r.lastQuestion++
		r.questions[r.lastQuestion] = question{core: r.home, answered: func(e errno, data []byte) {
			if reply = data; e != 0 {
				done <- syscall.Errno(e)
				return
			}
			done <- nil
		}}
		r.send(r.home, parcelFile, op, r.lastQuestion, 0, c.b)
	})
	if err := <-done; err != nil {
		return a, err
	}
	in := &coder{b: reply, reads: true}
	if a.each(in); in.bad {
		return a, syscall.EIO
	}
	return a, nil
}

// askHome puts a question of which nothing but an error comes, within a call.
func (r *realm) askHome(op uint64, q fileQuestion) error {
	c := &coder{}
	q.each(c)
	var e errno
	r.lastQuestion++
	number := r.lastQuestion
	err := r.sys.coroutines.Wait(func(wake func()) {
		r.questions[number] = question{core: r.home, answered: func(is errno, _ []byte) {
			e = is
			wake()
		}}
		r.send(r.home, parcelFile, op, number, 0, c.b)
	})
	delete(r.questions, number)
	if err == nil && e != 0 {
		err = syscall.Errno(e)
	}
	return err
}

func (h *HomeFiles) Attach() (farfs.Info, error) { return h.Attr(farfs.Ref{}) }
func (h *HomeFiles) Detach() error               { return nil }
func (h *HomeFiles) Broken(any)                  {}

func (h *HomeFiles) Attr(f farfs.Ref) (farfs.Info, error) {
	a, err := h.ask(fileKnown, fileQuestion{file: f})
	return a.info, err
}

func (h *HomeFiles) Lookup(dir farfs.Ref, name string) (farfs.Info, error) {
	a, err := h.ask(fileLookup, fileQuestion{file: dir, name: name})
	return a.info, err
}

func (h *HomeFiles) List(dir farfs.Ref) ([]vfs.Entry, error) {
	a, err := h.ask(fileList, fileQuestion{file: dir})
	return a.entries, err
}

func (h *HomeFiles) Stat() (vfs.SystemStat, error) {
	a, err := h.ask(fileStat, fileQuestion{})
	return a.stat, err
}

func (h *HomeFiles) Open(f farfs.Ref, write bool) error {
	q := fileQuestion{file: f}
	if write {
		q.mode = 1
	}
	_, err := h.ask(fileOpen, q)
	return err
}

func (h *HomeFiles) Close(id uint64) { h.ask(fileClose, fileQuestion{file: farfs.Ref{ID: id}}) }

func (h *HomeFiles) ReadAt(f farfs.Ref, b []byte, off int64) (int, error) {
	a, err := h.ask(fileReadAt, fileQuestion{file: f, off: uint64(off), n: uint64(len(b))})
	return copy(b, a.data), err
}

func (h *HomeFiles) WriteAt(f farfs.Ref, b []byte, off int64) (int, error) {
	a, err := h.ask(fileWriteAt, fileQuestion{file: f, off: uint64(off), data: string(b)})
	return int(min(a.n, uint64(len(b)))), err
}

// Append implements farfs.Appender: the home finds the end, for other cores ask it, too.
func (h *HomeFiles) Append(f farfs.Ref, b []byte) (n int, end int64, err error) {
	a, err := h.ask(fileAppend, fileQuestion{file: f, data: string(b)})
	return int(min(a.n, uint64(len(b)))), a.info.Size, err
}

func (h *HomeFiles) Truncate(f farfs.Ref, size int64) error {
	_, err := h.ask(fileTruncate, fileQuestion{file: f, off: uint64(size)})
	return err
}

func (h *HomeFiles) Set(f farfs.Ref, c vfs.Change) error {
	_, err := h.ask(fileSet, fileQuestion{file: f, change: c})
	return err
}

func (h *HomeFiles) Sync(f farfs.Ref) error {
	_, err := h.ask(fileSync, fileQuestion{file: f})
	return err
}

func (h *HomeFiles) Create(dir farfs.Ref, name string, n vfs.New) (farfs.Info, error) {
	a, err := h.ask(fileCreate, fileQuestion{file: dir, name: name, mode: uint64(n.Mode), target: n.Target})
	return a.info, err
}

func (h *HomeFiles) Link(dir farfs.Ref, name string, f farfs.Ref) error {
	_, err := h.ask(fileLink, fileQuestion{file: f, to: dir, newName: name})
	return err
}

func (h *HomeFiles) Unlink(dir farfs.Ref, name string, _ farfs.Ref, isDir, _ bool) error {
	q := fileQuestion{file: dir, name: name}
	if isDir {
		q.mode = 1
	}
	_, err := h.ask(fileUnlink, q)
	return err
}

func (h *HomeFiles) Rename(dir farfs.Ref, name string, to farfs.Ref, newName string) error {
	_, err := h.ask(fileRename, fileQuestion{file: dir, name: name, to: to, newName: newName})
	return err
}
