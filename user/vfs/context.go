package vfs

// Context is from where a process sees files. Forks have their own.
type Context struct {
	NS    *Namespace
	Root  Directory // "/"
	Cwd   Directory // ".", may have been removed
	Umask uint32
	// PID is the process, for what differs by who asks; Terminal is what /dev/tty is for it,
	// nil if nothing.
	PID      int
	Terminal Stream
	// Console opens what /mk/console is for the process. It fails with EACCES if it may not.
	Console func() (Stream, error)
}

// NewContext returns a view of all files, from the root.
func NewContext(ns *Namespace) *Context {
	return &Context{NS: ns, Root: ns.root, Cwd: ns.root, Umask: 0o022}
}

// Fork returns a copy for another process.
func (c *Context) Fork(pid int) *Context {
	n := *c
	n.PID = pid
	return &n
}
