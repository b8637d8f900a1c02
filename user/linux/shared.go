package linux

import (
	"syscall"

	"atoll/arch/layout"
	"atoll/kernel/vspace"
	"atoll/user/vfs"
)

// Files whose pages processes of a system have in common, to read and to store to. They lie in the
// system's RAM as long as a memory has mapped some, and go back to the file then.

// sharedFile is such a file.
type sharedFile struct {
	*vspace.Shared
	sys       *System
	node      vfs.Paged
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

// sharedContents returns the contents of a file that processes have in common. It fails with EBUSY if there can be none of it, or another
// system, or core, has them. One that has to be asked for them is, if this is to store to it.
func (p *Process) sharedContents(f *vfs.File) (*vspace.Contents, error) {
	writes := f.Flags&syscall.O_ACCMODE == syscall.O_RDWR
	sf := p.sys.shared[f.Node]
	if sf == nil || sf.leased() && writes {
		node, err := p.sys.paged(f, writes)
		if err != nil {
			return nil, err
		}
		if sf = p.sys.shared[f.Node]; sf == nil { // nor has anybody been faster
			sf = &sharedFile{Shared: p.sys.store.NewShared(node), sys: p.sys, node: node, file: f}
			if !node.Map(sf) {
				return nil, syscall.EBUSY
			}
			sf.all, sf.read = &vspace.Contents{Shared: sf.Shared}, &vspace.Contents{Shared: sf.Shared, ReadOnly: true}
			f.Hold()
			p.sys.shared[f.Node] = sf
		}
	}
	p.memory.share(sf)
	if writes {
		return sf.all, nil
	}
	return sf.read, nil
}

// paged returns the pages of a file, of one that has to be asked for them only if it is to be stored to.
func (s *System) paged(f *vfs.File, writes bool) (vfs.Paged, error) {
	switch n := f.Node.(type) {
	case vfs.Mappable:
		if s.realm.leases(n) {
			return nil, syscall.EBUSY
		}
		return n, nil
	case vfs.Leased:
		if writes && f.Content != nil && !s.realm.leases(n) {
			return n.Lease()
		}
	}
	return nil, syscall.EBUSY
}

// leased reports whether others see what is stored only when it has been brought to them.
func (sf *sharedFile) leased() bool {
	_, is := sf.node.(vfs.Lease)
	return is
}

// flush brings what was stored to where others see it, within a call.
func (sf *sharedFile) flush() error {
	if l, is := sf.node.(vfs.Lease); is {
		return l.Flush()
	}
	return nil
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
			sf.end()
		}
	}
	clear(m.shared)
}

// end gives the pages back to the file, or on their way to it.
func (sf *sharedFile) end() {
	s := sf.sys
	sf.End()
	delete(s.shared, sf.file.Node)
	sf.node.Map(nil)
	if l, is := sf.node.(vfs.Lease); is {
		s.storing++
		l.End(s.hasStored)
	}
	sf.file.Release()
}

// hasStored says that what was stored to a file has arrived where others see it.
func (s *System) hasStored() {
	if s.storing--; s.storing > 0 {
		return
	}
	waiting := s.behindStored
	s.behindStored = nil
	for _, f := range waiting {
		f()
	}
}

// whenStored calls f when others see all that those have stored who have ended.
func (s *System) whenStored(f func()) {
	if s.storing == 0 {
		f()
		return
	}
	s.behindStored = append(s.behindStored, f)
}

// msync brings what was stored to files to where others see it. MS_ASYNC asks for what is done in any case.
func msync(t *thread, a args) {
	const async, invalidate, wait = 1, 2, 4
	size := pages(a[1])
	switch {
	case a[0]%layout.PageSize != 0, a[2]&^(async|invalidate|wait) != 0, a[2]&(async|wait) == async|wait:
		t.fail(inval)
		return
	case !t.p.space.Covered(a[0], size):
		t.fail(noMem)
		return
	}
	var err error
	for _, sf := range t.p.memory.sharedIn(a[0], size) {
		keep := sf.flush
		if a[2]&wait != 0 {
			keep = func() error { return vfs.Sync(sf.file.Node) }
		}
		if err2 := keep(); err == nil {
			err = err2
		}
	}
	t.reply(err)
}

// sharedIn returns the files of which there may be pages in a range.
func (m *memory) sharedIn(va, size uint64) (list []*sharedFile) {
	seen := map[*vspace.Shared]bool{}
	m.space.SharedIn(va, size, func(sh *vspace.Shared) { seen[sh] = true })
	for sf := range m.shared {
		if seen[sf.Shared] {
			list = append(list, sf)
		}
	}
	return list
}

// flushShared brings what the memory has stored to where others see it, within a call.
func (m *memory) flushShared() (err error) {
	for sf := range m.shared {
		if err2 := sf.flush(); err == nil {
			err = err2
		}
	}
	return err
}
