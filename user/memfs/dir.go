package memfs

import (
	"slices"
	"sort"
	"syscall"

	"atoll/user/vfs"
)

// dir is a directory.
type dir struct {
	node
	names  map[string]*name
	order  []*name // by their cookies
	cookie uint64  // the last one given
	in     *dir    // nil: the root, or removed
	as     string
}

// name is a name in a directory.
type name struct {
	text   string
	cookie uint64
	node   vfs.Node
}

// based is any node here.
type based interface {
	vfs.Node
	base() *node
}

func (d *dir) Attr() vfs.Attr {
	a := d.node.Attr()
	a.Size = int64(len(d.names)) * nodeCost
	return a
}

// Lookup returns what a name stands for.
func (d *dir) Lookup(text string) (vfs.Node, error) {
	if n := d.names[text]; n != nil {
		return n.node, nil
	}
	return nil, syscall.ENOENT
}

// Next returns the first entry behind a cookie.
func (d *dir) Next(cookie uint64) (vfs.Entry, bool) {
	i := d.behind(cookie)
	if i == len(d.order) {
		return vfs.Entry{}, false
	}
	n := d.order[i]
	b := n.node.(based).base()
	return vfs.Entry{Name: n.text, Ino: b.ino, Mode: b.mode, Cookie: n.cookie}, true
}

// behind returns which entry is the first behind a cookie.
func (d *dir) behind(cookie uint64) int {
	return sort.Search(len(d.order), func(i int) bool { return d.order[i].cookie > cookie })
}

// Up returns the directory that this one is in.
func (d *dir) Up() (vfs.Directory, string) {
	if d.in == nil {
		return nil, ""
	}
	return d.in, d.as
}

// Create makes a node.
func (d *dir) Create(text string, n vfs.New) (vfs.Node, error) {
	cost := int64(nodeCost + len(n.Target))
	if d.links == 0 {
		return nil, syscall.ENOENT
	}
	if !d.fs.charge(cost) {
		return nil, syscall.ENOSPC
	}
	var made vfs.Node
	switch n.Mode & syscall.S_IFMT {
	case syscall.S_IFDIR:
		sub := &dir{node: d.fs.node(n.Mode, nil), names: map[string]*name{}}
		sub.links = 2
		made = sub
	case syscall.S_IFLNK:
		made = &symlink{d.fs.node(n.Mode, func() { d.fs.used -= int64(len(n.Target)) }), n.Target}
	case syscall.S_IFREG:
		made = d.fs.newFile(n.Mode)
	default:
		d.fs.used -= cost
		return nil, syscall.EPERM
	}
	if err := d.add(text, made); err != nil {
		d.fs.used -= cost
		return nil, err
	}
	return made, nil
}

// add gives a node a name.
func (d *dir) add(text string, n vfs.Node) error {
	if d.links == 0 {
		return syscall.ENOENT // it was removed: nobody would find what is made there
	}
	if !d.fs.charge(nameCost + int64(len(text))) {
		return syscall.ENOSPC
	}
	d.cookie++
	at := &name{text, d.cookie, n}
	d.names[text] = at
	d.order = append(d.order, at)
	if sub, ok := n.(*dir); ok {
		sub.in, sub.as = d, text
		d.links++
	}
	d.touch()
	return nil
}

// drop takes a name away, and nothing from what it stands for.
func (d *dir) drop(text string) (vfs.Node, error) {
	n := d.names[text]
	if n == nil {
		return nil, syscall.ENOENT
	}
	delete(d.names, text)
	i := d.behind(n.cookie - 1)
	d.order = slices.Delete(d.order, i, i+1)
	d.shrink()
	d.fs.used -= nameCost + int64(len(text))
	if sub, ok := n.node.(*dir); ok {
		sub.in, sub.as = nil, ""
		d.links--
	}
	d.touch()
	return n.node, nil
}

// leastNames is for how many names there is room without a shrink.
const leastNames = 64

// shrink gives back the room of names that are gone, which nobody is charged for: a map that
// was large stays so.
func (d *dir) shrink() {
	if cap(d.order) <= leastNames || len(d.order) > cap(d.order)/4 {
		return
	}
	d.order = append(make([]*name, 0, cap(d.order)/2), d.order...)
	d.names = make(map[string]*name, len(d.order))
	for _, n := range d.order {
		d.names[n.text] = n
	}
}

func (d *dir) touch() {
	d.mtime = d.fs.now()
	d.ctime = d.mtime
}

// Link gives a node one more name.
func (d *dir) Link(text string, n vfs.Node) error {
	b, ok := n.(based)
	if !ok || b.base().fs != d.fs {
		return syscall.EXDEV
	}
	err := d.add(text, n)
	if err == nil {
		b.base().links++
	}
	return err
}

// Unlink takes a name away.
func (d *dir) Unlink(text string) error {
	n, err := d.drop(text)
	if err != nil {
		return err
	}
	b := n.(based).base()
	if _, isDir := n.(*dir); isDir {
		b.links = 1 // its own "." goes with its name
	}
	b.unlink()
	return nil
}

// Rename moves a name to a directory of this file system.
func (d *dir) Rename(text string, to vfs.Changeable, newText string) error {
	target, ok := to.(*dir)
	switch {
	case !ok || target.fs != d.fs:
		return syscall.EXDEV
	case target.links == 0:
		return syscall.ENOENT
	case int64(len(newText)-len(text)) > d.fs.limit-d.fs.used:
		return syscall.ENOSPC
	}
	n, err := d.drop(text)
	if err == nil {
		n.(based).base().ctime = d.fs.now()
		err = target.add(newText, n)
	}
	return err
}
