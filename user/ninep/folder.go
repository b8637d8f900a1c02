package ninep

import (
	"errors"
	"strings"
	"syscall"

	"github.com/hugelgupf/p9/linux"
	"github.com/hugelgupf/p9/p9"

	"atoll/user/farfs"
)

// Folder is a folder of the host.
type Folder struct {
	dial   func() (Transport, error)
	c      *conn
	client *p9.Client
	root   p9.File
	open   map[uint64]handle // files that are, by the numbers that farfs has for them
}

// handle is a file that is open at the host.
type handle struct {
	p9.File
	write bool
}

var _ farfs.Server = (*Folder)(nil)

// New returns the folder to which dial begins a session, when it is needed. dial fails with an error
// for people.
func New(dial func() (Transport, error)) *Folder { return &Folder{dial: dial} }

// Attach implements farfs.Server.
func (f *Folder) Attach() (farfs.Info, error) { return f.Attr(farfs.Ref{}) }

// Detach ends the session.
func (f *Folder) Detach() error {
	f.lose()
	return nil
}

// Broken ends it for the library is at a loss.
func (f *Folder) Broken(any) { f.lose() }

// lose ends the session, if there is one.
func (f *Folder) lose() {
	if f.c != nil {
		f.c.err = errLost // for what the library still has open
		f.c.Close()
	}
	f.c, f.client, f.root, f.open = nil, nil, nil, nil
}

var errLost = errors.New("the session has ended")

// session sees to it that there is one.
func (f *Folder) session() error {
	if f.c != nil && !f.c.lost() {
		return nil
	}
	f.lose()
	t, err := f.dial()
	if err != nil {
		return syscall.ENODEV
	}
	f.c, f.open = &conn{t: t}, map[uint64]handle{}
	if f.client, err = p9.NewClient(f.c, p9.WithMessageSize(MessageSize)); err == nil {
		f.root, err = f.client.Attach("")
	}
	if err != nil {
		f.lose()
	}
	return errnoOf(err)
}

// again does what changes nothing, and once more if the session is lost in the middle.
func (f *Folder) again(do func() error) error {
	err := do()
	if err == syscall.EIO && f.c != nil && f.c.lost() {
		err = do()
	}
	return err
}

// errnoOf returns what a program is told of an error of the library.
func errnoOf(err error) error {
	var e linux.Errno
	var own syscall.Errno
	switch {
	case err == nil:
		return nil
	case errors.As(err, &own):
		return own
	case errors.As(err, &e) && e > 0 && e < 1<<12:
		return syscall.Errno(e)
	}
	return syscall.EIO
}

// mostNames is how many names one message walks.
const mostNames = 16

// walk returns the file of a path, from a file on. It is to be closed.
func walk(from p9.File, path string) (p9.File, error) {
	var names []string
	if path != "" {
		names = strings.Split(path, "/")
	}
	at := from
	for first := true; first || len(names) > 0; first = false {
		step := names[:min(len(names), mostNames)]
		names = names[len(step):]
		qids, next, err := at.Walk(step)
		if at != from {
			at.Close()
		}
		if err != nil {
			return nil, err
		}
		if len(qids) != len(step) { // the host has no such fid then
			next.Close()
			return nil, linux.ENOENT
		}
		at = next
	}
	return at, nil
}

// at does something with a file, which it closes: not one that is open.
func (f *Folder) at(r farfs.Ref, do func(p9.File) error) error {
	if err := f.session(); err != nil {
		return err
	}
	if r.Gone {
		return syscall.ESTALE
	}
	file, err := walk(f.root, r.Path)
	if err != nil {
		return errnoOf(err)
	}
	defer file.Close()
	return errnoOf(do(file))
}

// with does something with a file as it is, open or not.
func (f *Folder) with(r farfs.Ref, do func(p9.File) error) error {
	if err := f.session(); err != nil {
		return err
	}
	if h, there := f.open[r.ID]; there {
		return errnoOf(do(h.File))
	}
	return f.at(r, do)
}

// opened does something with a file that is open, if need be for that alone.
func (f *Folder) opened(r farfs.Ref, write bool, do func(p9.File) error) error {
	if err := f.session(); err != nil {
		return err
	}
	if h, there := f.open[r.ID]; there && (h.write || !write) {
		return errnoOf(do(h.File))
	}
	return f.at(r, func(file p9.File) error {
		if _, _, err := file.Open(mode(write)); err != nil {
			return err
		}
		return do(file)
	})
}

func mode(write bool) p9.OpenFlags {
	if write {
		return p9.ReadWrite
	}
	return p9.ReadOnly
}

// Open implements farfs.Server.
func (f *Folder) Open(r farfs.Ref, write bool) error {
	return f.again(func() error { return f.openOnce(r, write) })
}

func (f *Folder) openOnce(r farfs.Ref, write bool) error {
	if err := f.session(); err != nil {
		return err
	}
	h, there := f.open[r.ID]
	switch {
	case there && (h.write || !write):
		return nil
	case r.Gone:
		return syscall.ESTALE
	}
	file, err := walk(f.root, r.Path)
	if err != nil {
		return errnoOf(err)
	}
	if _, _, err = file.Open(mode(write)); err != nil {
		file.Close()
		return errnoOf(err)
	}
	f.Close(r.ID)
	f.open[r.ID] = handle{file, write}
	return nil
}

// Close implements farfs.Server.
func (f *Folder) Close(id uint64) {
	if h, there := f.open[id]; there {
		delete(f.open, id)
		h.File.Close()
	}
}
