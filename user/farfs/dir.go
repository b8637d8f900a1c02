package farfs

import (
	"syscall"
	"weak"

	"atoll/user/vfs"
)

// dir is a directory. Two of the same node are equal.
type dir struct{ *node }

// Up returns the directory that this one is in.
func (d dir) Up() (vfs.Directory, string) {
	if d.in == nil || d.gone {
		return nil, ""
	}
	return dir{d.in}, d.as
}

// Replaces says that Rename does.
func (d dir) Replaces() {}

// Next has no entry: they are those of List. Whether a directory is empty its server says when it is
// removed.
func (d dir) Next(uint64) (vfs.Entry, bool) { return vfs.Entry{}, false }

// listing is an open directory: the entries are those of the time when it was opened.
type listing struct {
	dir
	entries []vfs.Entry
}

// List reads the entries.
func (d dir) List() (vfs.Directory, error) {
	r := d.ref()
	a, err := d.fs.ask(func(s Server) answer {
		list, err := s.List(r)
		return answer{list: list, err: err}
	}, nil)
	return &listing{d, a.list}, err
}

func (l *listing) Next(cookie uint64) (vfs.Entry, bool) {
	if cookie >= uint64(len(l.entries)) {
		return vfs.Entry{}, false
	}
	e := l.entries[cookie]
	e.Cookie = cookie + 1
	return e, true
}

// Lookup returns what a name stands for.
func (d dir) Lookup(name string) (vfs.Node, error) {
	r := d.ref()
	return d.found(name, func(s Server) (Info, error) { return s.Lookup(r, name) })
}

// found returns the node of a name of which the server says what it is.
func (d dir) found(name string, ask func(s Server) (Info, error)) (vfs.Node, error) {
	a, err := d.fs.ask(func(s Server) answer {
		info, err := ask(s)
		return answer{info: info, err: err}
	}, func(a *answer) {
		if a.err == nil {
			a.node = d.child(name, a.info)
		}
	})
	if err != nil {
		return nil, err
	}
	return of(a.node), nil
}

// kid returns the node of a name, nil if nobody has it.
func (n *node) kid(name string) *node {
	if p, there := n.kids[name]; there {
		return p.Value()
	}
	return nil
}

// child returns the node of a name that stands for something: the one there is, unless it has become
// another file.
func (n *node) child(name string, info Info) *node {
	k := n.kid(name)
	if k != nil && k.info.Ino == info.Ino && k.info.Mode&syscall.S_IFMT == info.Mode&syscall.S_IFMT {
		k.info = info
		return k
	}
	if k != nil {
		k.gone = true
	}
	k = n.fs.newNode(n, name, info)
	n.adopt(name, k)
	return k
}

// adopt gives a node a name here.
func (n *node) adopt(name string, k *node) {
	const spare = 64
	if n.kids == nil || len(n.kids) > 2*n.swept+spare {
		n.sweep()
	}
	k.in, k.as = n, name
	n.kids[name] = weak.Make(k)
}

// sweep forgets the kids that nobody has.
func (n *node) sweep() {
	live := map[string]weak.Pointer[node]{}
	for name, p := range n.kids {
		if p.Value() != nil {
			live[name] = p
		}
	}
	n.kids, n.swept = live, len(live)
}

// drop takes a name away.
func (n *node) drop(name string) *node {
	k := n.kid(name)
	delete(n.kids, name)
	return k
}

// Create makes a node.
func (d dir) Create(name string, n vfs.New) (vfs.Node, error) {
	r := d.ref()
	return d.found(name, func(s Server) (Info, error) { return s.Create(r, name, n) })
}

// Link gives a node of this file system one more name.
func (d dir) Link(name string, n vfs.Node) error {
	b, ok := n.(based)
	if !ok || b.base().fs != d.fs {
		return syscall.EXDEV
	}
	r, f := d.ref(), b.base().ref()
	_, err := d.fs.ask(func(s Server) answer { return answer{err: s.Link(r, name, f)} }, nil)
	return err
}

// Unlink takes a name away, of an empty directory too.
func (d dir) Unlink(name string) error {
	k := d.kid(name)
	if k == nil {
		return syscall.ENOENT // it has been looked up before
	}
	r, f, isDir, open := d.ref(), k.ref(), k.info.IsDir(), k.isOpen()
	_, err := d.fs.ask(func(s Server) answer { return answer{err: s.Unlink(r, name, f, isDir, open)} }, func(a *answer) {
		if a.err == nil && d.kid(name) == k {
			d.drop(name)
			k.gone = true
		}
	})
	return err
}

// Rename moves a name to a directory of this file system, in place of what has that name there.
func (d dir) Rename(name string, to vfs.Changeable, newName string) error {
	target, ok := to.(dir)
	if !ok || target.fs != d.fs {
		return syscall.EXDEV
	}
	r, t := d.ref(), target.ref()
	_, err := d.fs.ask(func(s Server) answer { return answer{err: s.Rename(r, name, t, newName)} }, func(a *answer) {
		if a.err == nil {
			d.renamed(name, target.node, newName)
		}
	})
	return err
}

// renamed takes note of a name that has become another.
func (n *node) renamed(name string, to *node, newName string) {
	k, old := n.kid(name), to.kid(newName)
	if k != nil && old != nil && k.info.Ino == old.info.Ino {
		return // two names of one file both stay
	}
	if old != nil {
		to.drop(newName)
		old.gone = true
	}
	if k != nil {
		n.drop(name)
		to.adopt(newName, k)
	}
}
