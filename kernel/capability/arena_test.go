package capability

import (
	"testing"
	"unsafe"

	"atoll/arch/layout"
	"atoll/kernel/capability/memtest"
)

// arena is memory for tests, and a record of what the database asked for.
type arena struct {
	*memtest.Memory
	live      map[uint64]Type // objects by their first address
	reclaimed []Cap
	wrong     []string
}

const arenaBase = memtest.Base

func newArena(pages int) *arena {
	return &arena{Memory: memtest.New(pages), live: map[uint64]Type{}}
}

func (a *arena) Origin() (*Slot, Ref) { return a.Slot(memtest.Origin), memtest.Origin }

func (a *arena) Slot(r Ref) *Slot { return memtest.At[Slot](a.Memory, uint64(r)) }

func (a *arena) Create(c Cap) {
	switch c.Type {
	case RAM, Frame, DevFrame:
		return
	}
	if _, there := a.live[c.Base]; there {
		a.wrong = append(a.wrong, "an object was made where one is")
	}
	a.live[c.Base] = c.Type
}

func (a *arena) Destroy(c Cap) {
	if c.Type.inMemory() && a.live[c.Base] != c.Type {
		a.wrong = append(a.wrong, "what is no "+c.Type.String()+" was destroyed")
	}
	delete(a.live, c.Base)
}

func (a *arena) Settle(Cap) (more bool) { return false }

func (a *arena) Reclaim(c Cap) { a.reclaimed = append(a.reclaimed, c) }

// The layout of a slot is a line of 64 bytes without pointers.
func TestSlotSize(t *testing.T) {
	if s := unsafe.Sizeof(Slot{}); s != SlotSize {
		t.Errorf("a slot has %d bytes, want %d", s, SlotSize)
	}
}

// world is a database with a root CNode in the arena's first page, whose capability is
// in its own slot 1, and all other memory as RAM in slot 2.
func world(t testing.TB, pages int) (*Database, *arena, func(index uint64) Ref) {
	t.Helper()
	a := newArena(pages)
	d := New(a, a, 12345)
	at := func(i uint64) Ref { return Ref(arenaBase + i*SlotSize) }
	a.live[arenaBase] = CNode
	plant(t, d, at(1), Cap{CNode, AllRights, 0, arenaBase, layout.PageSize})
	plant(t, d, at(2), Cap{RAM, AllRights, 0, arenaBase + layout.PageSize, uint64(pages-1) * layout.PageSize})
	return d, a, at
}

func plant(t testing.TB, d *Database, r Ref, c Cap) {
	t.Helper()
	if e := d.Plant(r, c); e != OK {
		t.Fatal(e)
	}
}
