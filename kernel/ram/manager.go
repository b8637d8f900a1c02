package ram

import (
	"atoll/arch/layout"
	"atoll/kernel/capability"
)

// Memory is physical memory as the kernel reaches it.
type Memory interface {
	// Adopt lets the kernel reach memory of the user pool, Release undoes that.
	Adopt(base, size uint64) error
	Release(base, size uint64) error
	// Clear zeroes memory.
	Clear(base, size uint64)
}

// Pool is the user pool; kernel.Frames is one. Others take frames of it, too.
type Pool interface {
	Free() uint64
	TakeAligned(pages, align, margin uint64) (uint64, error)
	Give(pa, pages uint64)
}

// Chores has a long work done in parts, as dispatch.Loop.Chore does.
type Chores func(part func() (more bool))

// Manager hands out the RAM of a core.
type Manager struct {
	db      *capability.Database
	mem     Memory
	pool    Pool
	chores  Chores
	all     uint64 // pages that were free at first
	margin  uint64 // pages that stay for others
	slots   capability.FreeSlots
	root    capability.Ref
	base    uint64 // of the pool
	ending  []piece
	frozen  capability.Cap // all of the first of them: else who has copies could make more than a part deletes
	others  []piece        // of other cores
	working bool           // a chore looks after ending

	// Recall takes back what other cores have of memory, and calls done then. It may be nil as
	// long as they have nothing.
	Recall func(c capability.Cap, done func())
}

// mostMargin bounds the pages of the pool that are left for other purposes, which has at
// least an eighth of it.
const mostMargin = 1024

// New makes a manager of a pool, which lies at some addresses. It keeps a page of the pool.
func New(db *capability.Database, mem Memory, pool Pool, base, size uint64, chores Chores) (*Manager, error) {
	free := pool.Free()
	m := &Manager{db: db, mem: mem, pool: pool, base: base, chores: chores, all: free, margin: min(free/8, mostMargin)}
	var err error
	if m.root, err = m.Slot(); err != nil {
		return nil, err
	}
	must(db.Plant(m.root, capability.Cap{
		Type: capability.RAM, Rights: capability.AllRights, Base: base, Size: size &^ (layout.PageSize - 1),
	}))
	return m, nil
}

// Root returns the slot of the capability to all of the pool.
func (m *Manager) Root() capability.Ref { return m.root }

// Left returns how many bytes can still be handed out, if they are in one piece, and how
// many there are in all.
func (m *Manager) Left() (free, all uint64) {
	if f := m.pool.Free(); f > m.margin {
		free = (f - m.margin) * layout.PageSize
	}
	return free, m.all * layout.PageSize
}

// piece is a run of frames.
type piece struct {
	base, size uint64
	of         *Domain
	foreign    bool // another core's
}

// take takes a piece and puts the capability to it into an empty slot.
func (m *Manager) take(size, align uint64, dst capability.Ref) (piece, error) {
	if _, e := m.db.Identify(dst); e == capability.OK {
		return piece{}, capability.ErrNotEmpty
	}
	base, err := m.frames(size, align)
	if err != nil {
		return piece{}, err
	}
	must(m.db.Carve(m.root, dst, capability.Made{Offset: base - m.base, Type: capability.RAM, Size: size}))
	return piece{base: base, size: size}, nil
}

// frames takes frames that the kernel can reach.
func (m *Manager) frames(size, align uint64) (uint64, error) {
	base, err := m.pool.TakeAligned(size/layout.PageSize, align, m.margin)
	if err != nil {
		return 0, err
	}
	if err := m.mem.Adopt(base, size); err != nil {
		m.pool.Give(base, size/layout.PageSize)
		return 0, err
	}
	return base, nil
}

// Slot takes an empty slot of the kernel's own, and Return gives it back, empty. A
// capability in it lasts as long as its object: who keeps one looks whether it is still there.
func (m *Manager) Slot() (capability.Ref, error) {
	if r := m.slots.Take(m.db); r != 0 {
		return r, nil
	}
	base, err := m.frames(layout.PageSize, layout.PageSize)
	if err != nil {
		return 0, err
	}
	m.mem.Clear(base, layout.PageSize)
	for i := range uint64(capability.SlotsPerPage) {
		m.slots.Put(m.db, capability.Ref(base+i*capability.SlotSize))
	}
	return m.slots.Take(m.db), nil
}

// Return gives a slot of the kernel's own back.
func (m *Manager) Return(r capability.Ref) { m.slots.Put(m.db, r) }

// must is for what cannot fail unless the manager's books are wrong: somebody would be
// given memory that is in use.
func must(e capability.Error) {
	if e != capability.OK {
		panic("ram: " + e.Error())
	}
}

// partOfAnEnd is how many capabilities one part of an end deletes.
const partOfAnEnd = 256

// end begins the end of a piece.
func (m *Manager) end(p piece) {
	if p.foreign {
		m.endForeign(p)
		return
	}
	m.ending = append(m.ending, p)
	if !m.working {
		m.working = true
		m.chores(m.part)
	}
}

// part does a part of the ends.
func (m *Manager) part() (more bool) {
	p := m.ending[0]
	if all := (capability.Cap{Type: capability.RAM, Base: p.base, Size: p.size}); m.frozen != all {
		m.frozen = all
		m.db.Freeze(all)
	}
	done, e := m.db.RevokeRange(m.root, p.base, p.base+p.size, partOfAnEnd)
	must(e)
	if lent, is := m.db.Blocked(); !done && is {
		m.Recall(lent, func() { m.chores(m.part) })
		return false // and is still working
	}
	if done {
		m.db.Thaw(m.frozen)
		m.frozen = capability.Cap{}
		m.ending[0] = piece{}
		m.ending = m.ending[1:]
		if err := m.mem.Release(p.base, p.size); err != nil {
			panic(err)
		}
		m.pool.Give(p.base, p.size/layout.PageSize)
		p.of.ended(p)
	}
	m.working = len(m.ending) > 0
	return m.working
}
