package farfs

import (
	"syscall"
	"weak"

	"atoll/user/vfs"
)

// node is a file.
type node struct {
	fs     *FS
	id     uint64
	in     *node // the directory that it is in, nil: the root
	as     string
	gone   bool // it has no name any more
	info   Info
	kids   map[string]weak.Pointer[node]
	swept  int // kids that were there when they were counted last
	opens  [vfs.NumUses]int
	copy   *copied        // of the content, nil: nobody has one
	owners map[any]uint64 // of its locks, by numbers

	lease   *lease // nil: no page is mapped to be stored to
	leasing int    // who ask for one
	changes int    // that calls of this core have made to the content
}

func (fs *FS) newNode(in *node, name string, info Info) *node {
	fs.lastID++
	return &node{fs: fs, id: fs.lastID, in: in, as: name, info: info}
}

// of returns a node as what it is.
func of(n *node) vfs.Node {
	switch n.info.Mode & syscall.S_IFMT {
	case syscall.S_IFDIR:
		return dir{n}
	case syscall.S_IFLNK:
		return link{n}
	case syscall.S_IFREG:
		return file{n}
	}
	return other{n}
}

// base is the node of what vfs has of it.
type based interface{ base() *node }

func (n *node) base() *node { return n }

// other is a node that is neither file nor directory nor link: it cannot be opened.
type other struct{ *node }

// link is a symbolic link.
type link struct{ *node }

func (l link) Target(*vfs.Context) string { return l.info.Target }

// ref is the node as the server knows it.
func (n *node) ref() Ref {
	r := Ref{ID: n.id}
	for at := n; at != nil; at = at.in {
		if at.gone {
			return Ref{ID: n.id, Gone: true}
		}
		switch {
		case at.in == nil:
		case r.Path == "":
			r.Path = at.as
		default:
			r.Path = at.as + "/" + r.Path
		}
	}
	return r
}

func (n *node) Attr() vfs.Attr {
	a := n.info.Attr
	a.Dev = n.fs.number
	if n.gone {
		a.Links = 0
	}
	return a
}

// Refresh looks what the node is now.
func (n *node) Refresh() (vfs.Attr, error) {
	r := n.ref()
	_, err := n.fs.ask(func(s Server) answer {
		info, err := s.Attr(r)
		return answer{info: info, err: err}
	}, n.learn)
	return n.Attr(), err
}

// learn takes what an answer says of the node.
func (n *node) learn(a *answer) {
	if a.err == nil {
		n.become(a.info)
	}
}

// become takes what is known now. What it was it is, and no file is shorter than nothing.
func (n *node) become(info Info) {
	info.Size = max(info.Size, 0)
	if info.Mode&syscall.S_IFMT == n.info.Mode&syscall.S_IFMT {
		n.info = info
	}
}

// Set sets attributes.
func (n *node) Set(c vfs.Change) error {
	r := n.ref()
	_, err := n.fs.ask(func(s Server) answer {
		if err := s.Set(r, c); err != nil {
			return answer{err: err}
		}
		info, err := s.Attr(r)
		return answer{info: info, err: err}
	}, n.learn)
	return err
}

// Sync has what was written be kept.
func (n *node) Sync() error {
	if l := n.lease; l != nil {
		if err := l.Flush(); err != nil {
			return err
		}
	}
	r := n.ref()
	_, err := n.fs.ask(func(s Server) answer { return answer{err: s.Sync(r)} }, nil)
	return err
}

// Stat says how much room there is: none, if the server does not say.
func (n *node) Stat() vfs.SystemStat {
	a, _ := n.fs.ask(func(s Server) answer {
		st, err := s.Stat()
		return answer{stat: st, err: err}
	}, nil)
	return a.stat
}
