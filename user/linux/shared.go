package linux

import (
	"syscall"

	"atoll/kernel/vspace"
	"atoll/user/vfs"
)

// Files whose pages processes of a system have in common, to read and to store to. They lie in the
// system's RAM as long as a memory has mapped some, and go back to the file then.

// sharedFile is such a file.
type sharedFile struct {
	*vspace.Shared
	sys       *System
	node      vfs.Mappable
	file      *vfs.File // keeps the node
	all, read *vspace.Contents
	memories  int // that have mapped pages of it, and are there
}

// Cut takes pages that the file has no more out of all memories.
func (sf *sharedFile) Cut(from uint64) {
	for _, p := range sf.sys.processes {
		if !p.dead && !p.ghost() {
			p.space.CutShared(sf.Shared, from)
		}
	}
	sf.Shared.Cut(from)
}

// sharedContents returns the contents of a file that processes have in common, nil if it is not one of
// which there can be any, or another system has them.
func (p *Process) sharedContents(f *vfs.File) *vspace.Contents {
	sf := p.sys.shared[f.Node]
	if sf == nil {
		node, is := f.Node.(vfs.Mappable)
		if !is {
			return nil
		}
		sf = &sharedFile{Shared: p.sys.store.NewShared(node), sys: p.sys, node: node, file: f}
		if !node.Map(sf) {
			return nil
		}
		sf.all, sf.read = &vspace.Contents{Shared: sf.Shared}, &vspace.Contents{Shared: sf.Shared, ReadOnly: true}
		f.Hold()
		p.sys.shared[f.Node] = sf
	}
	p.memory.share(sf)
	if f.Flags&syscall.O_ACCMODE == syscall.O_RDWR {
		return sf.all
	}
	return sf.read
}

// share counts the memory among those that have mapped pages of a file.
func (m *memory) share(sf *sharedFile) {
	if !m.shared[sf] {
		m.shared[sf] = true
		sf.memories++
	}
}

// dropShared gives up the pages that the memory has in common with others. What the last one has stored
// goes to the file.
func (m *memory) dropShared() {
	for sf := range m.shared {
		if sf.memories--; sf.memories == 0 {
			sf.End()
			sf.node.Map(nil)
			delete(sf.sys.shared, sf.file.Node)
			sf.file.Release()
		}
	}
	clear(m.shared)
}
