package vfs

// What file systems are asked that take time, or change without our knowing. Other nodes are none of this.

// Refresher is a node of which Attr is what was known when it was looked up last; Refresh looks again.
type Refresher interface {
	Node
	Refresh() (Attr, error)
}

// Refresh returns what is known of a node, and looks if that takes a look.
func Refresh(n Node) (Attr, error) {
	if r, ok := n.(Refresher); ok {
		return r.Refresh()
	}
	return n.Attr(), nil
}

// Lister is a directory whose names are read when it is opened: List returns it as it is then.
type Lister interface {
	Directory
	List() (Directory, error)
}

// Keeping is a file whose content can be had whole, as it is now, to be mapped or run: nobody can wait
// for pages. What Keep returns may be an io.Closer. It fails with ENOMEM if there is no room.
type Keeping interface {
	Data
	Keep() (Data, error)
}

// Syncer is a node of a file system that does not write at once: Sync returns when what was written
// before is kept for good.
type Syncer interface {
	Node
	Sync() error
}

// Sync has what was written to a node be kept for good.
func Sync(n Node) error {
	if s, ok := n.(Syncer); ok {
		return s.Sync()
	}
	return nil
}

// Replacer is a directory whose Rename takes the place of what the new name stands for, at once, or
// fails if that cannot be.
type Replacer interface {
	Changeable
	Replaces()
}

// Leased is a file whose pages can be mapped to be stored to, by those of one core at a time, and what they store others see when it has been
// brought to them. Lease returns the pages; it fails with EBUSY while somebody else has them.
type Leased interface {
	Node
	Data
	Lease() (Lease, error)
}

// Lease is such pages.
type Lease interface {
	Paged
	// Flush returns when what was stored before is where others see it.
	Flush() error
	// End gives the pages up, of which none is elsewhere any more, and calls over when all that was stored is where others see it. It does not
	// wait.
	End(over func())
}
