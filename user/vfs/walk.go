package vfs

import (
	"strings"
	"syscall"
)

// Bounds of paths, those of Linux.
const (
	MaxPath  = 4095 // bytes
	MaxName  = 255
	maxLinks = 40 // symbolic links on a way
)

// Found is where a path leads.
type Found struct {
	// Dir is the directory that the last name is in, and Name that name: "" if the path ends
	// with Dir itself, as with "." and "/". It is a copy: who keeps it does not keep the path.
	Dir  Directory
	Name string
	// Node is what it stands for, nil if nothing.
	Node Node
	// mustDir says that a slash stands behind the name, dots that the path ends with "." or
	// "..", and which.
	mustDir bool
	dots    string
	// tooLong says that the name is longer than any.
	tooLong bool
}

// Walk follows a path from a directory. A symbolic link at its end is followed if follow is
// true, or if a slash stands behind it. It fails where there is no way to a last name; that
// this one stands for nothing is no failure.
func (c *Context) Walk(from Directory, path string, follow bool) (Found, error) {
	return c.walk(&walker{c: c, at: from, rest: path, follow: follow})
}

// name follows a path to its last name, for who makes that or takes it away: what it stands
// for is looked up and nothing else, slash or not.
func (c *Context) name(from Directory, path string) (Found, error) {
	return c.walk(&walker{c: c, at: from, rest: path, onlyName: true})
}

func (c *Context) walk(w *walker) (Found, error) {
	path := w.rest
	switch {
	case path == "":
		return Found{}, syscall.ENOENT
	case len(path) > MaxPath:
		return Found{}, syscall.ENAMETOOLONG
	case path[0] == '/':
		w.at = c.Root
	}
	return w.walk()
}

// walker is a walk.
type walker struct {
	c     *Context
	at    Directory
	rest  string
	links int
	dots  string // the last name, if it was of dots

	follow   bool // a link at the end
	onlyName bool // takes the last name as it is
	create   bool // to make a regular file, which no slash stands behind
}

func (w *walker) walk() (Found, error) {
	for {
		name, mustDir := w.name()
		if name == "" {
			return Found{Dir: w.at, Node: w.at, dots: w.dots}, nil
		}
		w.dots = ""
		if name == ".." {
			w.dots = name
			w.up()
			continue
		}
		w.rest = strings.TrimLeft(w.rest, "/") // once: a look at all that follows, for each name, would be long
		last := w.rest == ""
		switch tooLong := len(name) > MaxName; {
		case last && mustDir && w.create:
			return Found{}, syscall.EISDIR
		case tooLong && last && w.onlyName:
			return Found{Dir: w.at, Name: strings.Clone(name), mustDir: mustDir, tooLong: true}, nil
		case tooLong:
			return Found{}, syscall.ENAMETOOLONG
		}
		node, err := w.at.Lookup(name)
		switch {
		case err == syscall.ENOENT && last:
			return Found{Dir: w.at, Name: strings.Clone(name), mustDir: mustDir}, nil
		case err != nil:
			return Found{}, err
		}
		if link, ok := node.(Symlink); ok && (!last || !w.onlyName && (w.follow || mustDir)) {
			if err := w.through(link, mustDir); err != nil {
				return Found{}, err
			}
			continue
		}
		d, ok := node.(Directory)
		if ok {
			d = w.c.NS.top(d)
			node = d
		}
		switch {
		case !ok && mustDir && !(last && w.onlyName):
			return Found{}, syscall.ENOTDIR
		case last:
			return Found{Dir: w.at, Name: strings.Clone(name), Node: node, mustDir: mustDir}, nil
		}
		w.at = d
	}
}

// name takes the next name off the rest, "" if there is none, and reports whether a slash
// stands behind it. "." is none.
func (w *walker) name() (name string, slash bool) {
	for {
		w.rest = strings.TrimLeft(w.rest, "/")
		name, w.rest, slash = strings.Cut(w.rest, "/")
		if name != "." {
			return name, slash
		}
		w.dots = name
	}
}

// up goes to the parent: at the root it stays.
func (w *walker) up() {
	if w.at == w.c.Root {
		return
	}
	if up, _ := w.c.NS.up(w.at); up != nil {
		w.at = up
	}
}

// through goes on with where a link leads. The rest grows with each by no more than a path.
func (w *walker) through(link Symlink, slash bool) error {
	target := link.Target(w.c)
	w.links++
	switch {
	case w.links > maxLinks:
		return syscall.ELOOP
	case target == "":
		return syscall.ENOENT
	case target[0] == '/':
		w.at = w.c.Root
	}
	if slash {
		target += "/"
	}
	w.rest = target + w.rest
	return nil
}

// Find returns the node that a path leads to.
func (c *Context) Find(from Directory, path string, follow bool) (Node, error) {
	f, err := c.Walk(from, path, follow)
	if err == nil && f.Node == nil {
		err = syscall.ENOENT
	}
	return f.Node, err
}

// directory returns the directory that a path leads to.
func (ns *Namespace) directory(c *Context, from Directory, path string) (Directory, error) {
	n, err := c.Find(from, path, true)
	if err != nil {
		return nil, err
	}
	if d, ok := n.(Directory); ok {
		return d, nil
	}
	return nil, syscall.ENOTDIR
}

// Chdir makes the directory of a path the one that paths begin at.
func (c *Context) Chdir(path string) error { return c.become(&c.Cwd, path) }

// Chroot makes the directory of a path the root.
func (c *Context) Chroot(path string) error { return c.become(&c.Root, path) }

func (c *Context) become(to *Directory, path string) error {
	d, err := c.NS.directory(c, c.Cwd, path)
	if err == nil {
		*to = d
	}
	return err
}
