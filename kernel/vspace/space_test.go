package vspace

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"atoll/arch/layout"
	"atoll/arch/sv39"
	"atoll/kernel/capability"
	"atoll/kernel/capability/memtest"
)

// machine is memory and its capabilities, for tests.
type machine struct {
	*memtest.Memory
	cnodes    int // made
	reclaimed uint64
}

func (m *machine) Origin() (*capability.Slot, capability.Ref) {
	return memtest.At[capability.Slot](m.Memory, memtest.Origin), memtest.Origin
}
func (m *machine) Create(c capability.Cap) {
	if c.Type == capability.CNode {
		m.cnodes++
	}
}
func (m *machine) Destroy(capability.Cap)            {}
func (m *machine) Settle(capability.Cap) (more bool) { return false }
func (m *machine) Reclaim(c capability.Cap)          { m.reclaimed += c.Size }

// Pages of the test's memory: a CNode, the domain's RAM, and others' memory behind it.
const (
	ramPages = 256
	allPages = 1 + ramPages + romPages
	ramBase  = memtest.Base + layout.PageSize
	ramEnd   = ramBase + ramPages*layout.PageSize
)

func slot(i uint64) capability.Ref { return capability.Ref(memtest.Base + i*capability.SlotSize) }

// newSpace makes an address space of RAM whose capability is in slot 2.
func newSpace(t testing.TB) (*Space, *machine, *capability.Database) {
	t.Helper()
	m := &machine{Memory: memtest.New(allPages)}
	db := capability.New(m, m, 77)
	for i, c := range []capability.Cap{
		{Type: capability.CNode, Rights: capability.AllRights, Base: memtest.Base, Size: layout.PageSize},
		{Type: capability.RAM, Rights: capability.AllRights, Base: ramBase, Size: ramPages * layout.PageSize},
	} {
		if e := db.Plant(slot(uint64(i+1)), c); e != capability.OK {
			t.Fatal(e)
		}
	}
	store, err := NewStore(db, m, slot(2), slot(1), 3)
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(store)
	if err != nil {
		t.Fatal(err)
	}
	return s, m, db
}

// translate walks the tables as the hart does, and returns the physical address and the
// permissions; 0 if nothing is mapped.
func (m *machine) translate(root, va uint64) (uint64, layout.Perm) {
	table := root
	for level := 2; ; level-- {
		pte := *m.Word(table + sv39.Index(va, level)*8)
		switch {
		case sv39.IsBranch(pte) && level > 0:
			table = sv39.PA(pte)
		case sv39.IsLeaf(pte) && level == 0:
			return sv39.PA(pte) + va%layout.PageSize, sv39.Perm(pte)
		default:
			return 0, 0
		}
	}
}

const page = layout.PageSize

// checkSlots checks that each slot of the store is on the list of free ones or has a
// capability. Two of the capabilities are not the store's, and each CNode has its own.
func checkSlots(t *testing.T, s *Space, m *machine, db *capability.Database) {
	t.Helper()
	full := int(db.Count()) - 2 - m.cnodes
	if all := m.cnodes * (capability.SlotsPerPage - 1 - ownSlot); full+s.slots.Len() != all {
		t.Errorf("of %d slots %d are full and %d are free", all, full, s.slots.Len())
	}
}

// Random areas, faults, writes and reads, held against a naive model: what each address
// permits, and the byte that it holds. Sabotages: in Discard, leave out drop; in Set,
// leave out remap; in areas.clear, leave out what is behind hi; in give, do not keep what
// was first; in drop, do not keep the slot; in remap, drop what permits nothing.
func TestRandom(t *testing.T) {
	const first, pages = 0x10000, 40
	for seed := range uint64(30) {
		s, m, db := newSpace(t)
		r := rand.New(rand.NewPCG(seed, 5))
		type state struct {
			there bool
			perm  layout.Perm
			value byte
		}
		var model [pages]state
		perms := []layout.Perm{0, layout.R, layout.R | layout.W, layout.R | layout.X}
		for step := range 1500 {
			at := uint64(r.IntN(pages))
			n := min(1+uint64(r.IntN(8)), pages-at)
			va, size := first+at*page, n*page
			switch r.IntN(8) {
			case 0:
				perm := perms[r.IntN(len(perms))]
				if err := s.Set(va, size, perm); err != nil {
					t.Fatal(err)
				}
				for i := at; i < at+n; i++ {
					model[i] = state{true, perm, model[i].value}
				}
			case 1:
				s.Clear(va, size)
				clear(model[at : at+n])
			case 2:
				inParts(va, size, s.Discard)
				for i := at; i < at+n; i++ {
					model[i].value = 0
				}
			case 3, 4:
				b := []byte{byte(1 + r.IntN(255))}
				_, err := s.Write(va+77, b)
				if ok := model[at].perm&layout.W != 0; ok != (err == nil) {
					t.Fatalf("seed %d, step %d: write: %v, the model says %v", seed, step, err, ok)
				} else if ok {
					model[at].value = b[0]
				}
			case 5:
				var b [1]byte
				_, err := s.Read(va+77, b[:])
				if ok := model[at].perm&layout.R != 0; ok != (err == nil) || ok && b[0] != model[at].value {
					t.Fatalf("seed %d, step %d: read %d: %v, the model says %+v", seed, step, b[0], err, model[at])
				}
			case 6:
				if pa, perm := m.translate(s.Root(), va+77); pa != 0 && (perm&^model[at].perm != 0 || m.Bytes(pa, 1)[0] != model[at].value) {
					t.Fatalf("seed %d, step %d: mapped %v with %d, the model says %+v", seed, step, perm, m.Bytes(pa, 1)[0], model[at])
				}
			case 7:
				free, covered := true, true
				for i := at; i < at+n; i++ {
					free, covered = free && !model[i].there, covered && model[i].there
				}
				if s.Free(va, size) != free || s.Covered(va, size) != covered {
					t.Fatalf("seed %d, step %d: free %v, covered %v, the model says %v, %v", seed, step, s.Free(va, size), s.Covered(va, size), free, covered)
				}
			}
		}
		s.Clear(first, pages*page)
		// The root, a table of each level below, and slots stay.
		if used, _ := s.Pages(); used > 6+4 || len(s.areas) != 0 {
			t.Errorf("seed %d: %d pages and %d areas are left", seed, used, len(s.areas))
		}
		checkSlots(t, s, m, db)
	}
}

// When the RAM is used up that is said, nothing is half done, and it works again when some
// was given back. Sabotage: in make, keep the slot when there is no page.
func TestExhausted(t *testing.T) {
	s, m, db := newSpace(t)
	if err := s.Set(0x10000, 2*ramPages*page, layout.R|layout.W); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		n := 0
		var err error
		for err == nil {
			if _, err = s.Write(0x10000+uint64(n)*page, []byte{1}); err == nil {
				n++
			}
		}
		if !errors.Is(err, ErrNoMemory) || n < ramPages-20 {
			t.Fatalf("after %d pages: %v", n, err)
		}
		count := db.Count()
		for range 100 {
			if _, err := s.Write(0x10000+uint64(n)*page, []byte{1}); !errors.Is(err, ErrNoMemory) {
				t.Fatal(err)
			}
		}
		if db.Count() != count {
			t.Errorf("%d capabilities have become %d", count, db.Count())
		}
		checkSlots(t, s, m, db)
		if _, err := s.Read(0x10000, make([]byte, 3*page)); err != nil {
			t.Errorf("what was there cannot be read: %v", err)
		}
		s.Discard(0x10000, 2*ramPages*page, All)
	}
}

// Frames that have been dropped become tables when nothing else is left, and tables and frames
// take turns without a loss. Sabotages: in object, leave out unmake; in unmake, leave out Delete; in
// give, make no runs.
func TestFramesBecomeTables(t *testing.T) {
	s, m, db := newSpace(t)
	const far = 3 * layout.GigaPage // needs two tables
	for i, at := range []uint64{0x10000, far, 0x10000, 2 * far} {
		if err := s.Set(at, 2*ramPages*page, layout.R|layout.W); err != nil {
			t.Fatal(err)
		}
		n := uint64(0)
		for ; ; n++ {
			b := []byte{1}
			if _, err := s.Read(at+n*page, b); errors.Is(err, ErrNoMemory) {
				break
			} else if err != nil || b[0] != 0 {
				t.Fatalf("page %d begins with %d, %v", n, b[0], err)
			}
			if _, err := s.Write(at+n*page, []byte{1}); err != nil {
				t.Fatal(err)
			}
		}
		if n < ramPages-20 {
			t.Errorf("filled for the %dth time, the memory has %d pages of %d", i+1, n, ramPages)
		}
		if err := s.Clear(at, 2*ramPages*page); err != nil {
			t.Fatal(err)
		}
		checkSlots(t, s, m, db)
	}
}

// Pages that are given back become room for tables where they lie side by side, in whatever order that is. Sabotages: in give, join any two, and
// none; in unlink, leave the one before as it was.
func TestGiveApart(t *testing.T) {
	s, _, _ := newSpace(t)
	const pages = 64
	offset := s.next
	s.next += pages * page
	for s.fromNext() > 0 {
		s.next += page // only what was given back is left
	}
	for seed := range uint64(100) {
		random, held := rand.New(rand.NewPCG(seed, 0)), map[uint64]bool{}
		for i := range uint64(pages) {
			if seed == 0 || random.IntN(8) > 0 { // others stay in use
				held[i] = true
			}
		}
		for _, i := range random.Perm(pages) {
			if held[uint64(i)] {
				s.give(offset+uint64(i)*page, 1)
			}
		}
		tables := 0
		for at, ok := s.take(mostPages); ok; at, ok = s.take(mostPages) {
			i := (at - offset) / page
			if !held[i] || !held[i+1] {
				t.Fatalf("seed %d: of two pages at %d one is in use", seed, i)
			}
			delete(held, i)
			delete(held, i+1)
			tables++
		}
		for i := range held {
			if held[i+1] {
				t.Errorf("seed %d: %d and the next page are free, and no table", seed, i)
			}
		}
		for range len(held) {
			at, ok := s.take(1)
			if i := (at - offset) / page; !ok || !held[i] {
				t.Fatalf("seed %d: page %d, %v", seed, i, ok)
			} else {
				delete(held, i)
			}
		}
		if _, ok := s.take(1); ok || seed == 0 && tables < pages/3 {
			t.Errorf("seed %d: %d tables, and more pages than were given", seed, tables)
		}
	}
}

// All that a domain causes lies in its own RAM, and goes with it. Sabotage: in NewStore,
// take ram for cnode.
func TestOwnRAM(t *testing.T) {
	s, m, db := newSpace(t)
	before := m.Copy()
	s.Set(0x10000, 100*page, layout.R|layout.W)
	s.Write(0x10000, bytes.Repeat([]byte{7}, 100*page))
	s.Clear(0x10000, 50*page)
	after := m.Copy()
	for i := range before {
		if pa := memtest.Base + uint64(i)*8; before[i] != after[i] && (pa < ramBase || pa >= ramEnd) && pa >= uint64(slot(4)) {
			t.Fatalf("the word at %#x, outside the domain's memory, has changed", pa)
		}
	}
	for done := false; !done; {
		var e capability.Error
		if done, e = db.Revoke(slot(2), 50); e != capability.OK {
			t.Fatal(e)
		}
	}
	if db.Count() != 2 {
		t.Errorf("%d capabilities are left, want the two that were there before", db.Count())
	}
}

// What is no range of user space is refused, and what would be an area too many, but not to
// give one back. Sabotage: in Clear, ask check.
func TestRanges(t *testing.T) {
	s, _, _ := newSpace(t)
	for _, c := range [][2]uint64{
		{0, page}, {0x10001, page}, {0x10000, 0}, {0x10000, 5}, {layout.UserEnd, page},
		{layout.UserEnd - page, 2 * page}, {0x10000, ^uint64(0) &^ (page - 1)}, {layout.LinkBase, page},
	} {
		if err := s.Set(c[0], c[1], layout.R); !errors.Is(err, ErrRange) {
			t.Errorf("Set(%#x, %#x): %v", c[0], c[1], err)
		}
		if err := s.Clear(c[0], c[1]); !errors.Is(err, ErrRange) {
			t.Errorf("Clear(%#x, %#x): %v", c[0], c[1], err)
		}
	}
	if _, err := s.Read(layout.LinkBase, make([]byte, 8)); !errors.Is(err, ErrNoArea) {
		t.Errorf("the kernel was read as a user's: %v", err)
	}
	for i := range uint64(MaxAreas * 2) {
		if err := s.Set(0x10000+2*i*page, page, layout.R); err != nil {
			if !errors.Is(err, ErrTooMany) || i < MaxAreas-10 {
				t.Errorf("area %d: %v", i, err)
			}
			if err := s.Clear(0x10000, page); err != nil {
				t.Errorf("an area of all that there may be is not given back: %v", err)
			}
			return
		}
	}
	t.Error("there is no bound on areas")
}

// Find returns the lowest gap that is large enough.
func TestFind(t *testing.T) {
	s, _, _ := newSpace(t)
	s.Set(0x10000, 4*page, layout.R)
	s.Set(0x16000, page, layout.R)
	for _, c := range [][3]uint64{
		{0x10000, page, 0x14000}, {0x10000, 2 * page, 0x14000}, {0x10000, 3 * page, 0x17000},
		{0x15000, page, 0x15000}, {0, page, page}, {0x11000, 100 * page, 0x17000},
	} {
		if va, err := s.Find(c[0], c[1]); err != nil || va != c[2] {
			t.Errorf("Find(%#x, %#x): %#x, %v, want %#x", c[0], c[1], va, err, c[2])
		}
	}
	if _, err := s.Find(0, layout.UserEnd); err == nil {
		t.Error("all of user space was free")
	}
}

// Addresses that are somebody else's are not touched, whatever is asked for.
// Sabotage: in Mine, look only whether they are of user space.
func TestExclude(t *testing.T) {
	s, _, _ := newSpace(t)
	const lo, size = 7 * layout.GigaPage, layout.GigaPage
	s.Exclude(lo, size)
	for _, r := range [][2]uint64{{lo, layout.PageSize}, {lo + size - layout.PageSize, 2 * layout.PageSize}, {lo - layout.PageSize, 2 * layout.PageSize}, {layout.PageSize, 9 * layout.GigaPage}} {
		if s.Set(r[0], r[1], layout.R) == nil || s.Clear(r[0], r[1]) == nil || s.Mine(r[0], r[1]) {
			t.Errorf("%#x bytes at %#x can be had", r[1], r[0])
		}
	}
	if va, err := s.Find(lo, layout.PageSize); err != nil || va != lo+size {
		t.Errorf("found %#x, %v", va, err)
	}
	if err := s.Fault(lo, layout.R); !errors.Is(err, ErrAccess) {
		t.Error(err)
	}
	if err := s.Set(lo-layout.PageSize, layout.PageSize, layout.R); err != nil {
		t.Error(err)
	}
}
