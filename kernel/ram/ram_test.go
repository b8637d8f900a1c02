package ram

import (
	"errors"
	"math/rand/v2"
	"testing"

	"atoll/arch/layout"
	"atoll/kernel"
	"atoll/kernel/capability"
	"atoll/kernel/capability/memtest"
)

// world is a core's memory: what the kernel reaches is known, and every frame has at most
// one owner.
type world struct {
	*memtest.Memory
	t       testing.TB
	db      *capability.Database
	pool    *kernel.Frames
	m       *Manager
	adopted map[uint64]bool // pages
	chores  []func() bool
	full    bool // Adopt fails
}

func (w *world) Origin() (*capability.Slot, capability.Ref) {
	return memtest.At[capability.Slot](w.Memory, memtest.Origin), memtest.Origin
}
func (*world) Create(capability.Cap)             {}
func (*world) Destroy(capability.Cap)            {}
func (*world) Settle(capability.Cap) (more bool) { return false }
func (*world) Reclaim(capability.Cap)            {}

func (w *world) Adopt(base, size uint64) error {
	if w.full {
		return errFull
	}
	for pa := base; pa < base+size; pa += layout.PageSize {
		if w.adopted[pa] {
			w.t.Fatalf("the page at %#x is adopted twice", pa)
		}
		w.adopted[pa] = true
	}
	return nil
}

func (w *world) Release(base, size uint64) error {
	for pa := base; pa < base+size; pa += layout.PageSize {
		if !w.adopted[pa] {
			w.t.Fatalf("the page at %#x is released, and was not adopted", pa)
		}
		delete(w.adopted, pa)
	}
	return nil
}

var errFull = errors.New("no tables left")

func newWorld(t testing.TB, pages int) *world {
	w := &world{Memory: memtest.New(pages), t: t, adopted: map[uint64]bool{}}
	w.db = capability.New(w, w, 77)
	w.pool = kernel.NewFrames(memtest.Base, uint64(pages)*layout.PageSize)
	var err error
	w.m, err = New(w.db, w, w.pool, memtest.Base, uint64(pages)*layout.PageSize, func(part func() bool) { w.chores = append(w.chores, part) })
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// work does a part of each chore.
func (w *world) work() {
	list := w.chores
	w.chores = nil
	for _, part := range list {
		if part() {
			w.chores = append(w.chores, part)
		}
	}
}

func (w *world) rest() {
	for len(w.chores) > 0 {
		w.work()
	}
}

// litter makes what a domain could of a piece: a table of slots in it, full of copies of
// the piece and of objects; and it may revoke the capability to it.
func (w *world) litter(parent capability.Ref, r *rand.Rand) {
	c, _ := w.db.Identify(parent)
	slot, err := w.m.Slot()
	if err != nil {
		return
	}
	if w.db.Carve(parent, slot, capability.Made{Type: capability.CNode, Size: layout.PageSize}) == capability.OK {
		at := func(i uint64) capability.Ref { return capability.Ref(c.Base + i*capability.SlotSize) }
		if e := w.db.Copy(at(1), slot); e != capability.OK {
			w.t.Fatal(e)
		}
		for i := uint64(2); i < capability.SlotsPerPage; i++ {
			if r.IntN(2) == 0 || i >= c.Size/layout.PageSize {
				w.db.Copy(at(i), parent)
			} else {
				w.db.Retype(parent, capability.Made{Offset: i * layout.PageSize, Type: capability.Frame, Size: layout.PageSize, Count: 1, CNode: at(1), First: i})
			}
		}
		if w.db.Delete(slot); r.IntN(4) == 0 {
			w.db.Revoke(at(2), 20)
		}
	}
	w.m.Return(slot)
}

// Domains take, use, give back and end at random. The naive model is a set of frames with
// their owners, and what each domain has.
// Sabotages: in take, use an alignment of a page; in part, leave out Release, or do not
// revoke; in Take, do not look at the limit; in New, have no margin.
func TestRandom(t *testing.T) {
	const pages, limit = 300, 60 * layout.PageSize
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 5))
		w := newWorld(t, pages)
		type taken struct {
			d      int
			parent capability.Ref
			c      capability.Cap
		}
		var domains []*Domain
		held := map[int]uint64{}
		owner := map[uint64]int{}
		var all []taken
		drop := func(i int) {
			for pa := all[i].c.Base; pa < all[i].c.Base+all[i].c.Size; pa += layout.PageSize {
				delete(owner, pa)
			}
			held[all[i].d] -= all[i].c.Size
			all = append(all[:i], all[i+1:]...)
		}
		for range 600 {
			w.full = r.IntN(10) == 0
			switch op := r.IntN(10); {
			case len(domains) == 0 || op == 0:
				domains = append(domains, w.m.NewDomain(limit))
			case op < 5:
				n := r.IntN(len(domains))
				size, align := (1+r.Uint64N(20))*layout.PageSize, uint64(layout.PageSize)<<r.IntN(4)
				parent, err := w.m.Slot()
				if err == nil {
					if err = domains[n].Take(size, align, parent); err != nil {
						w.m.Return(parent)
					}
				}
				if err != nil {
					if errors.Is(err, ErrLimit) && held[n]+size <= limit && domains[n].pending == 0 {
						t.Fatalf("a domain that has %d of %d bytes gets no %d more", held[n], uint64(limit), size)
					}
					continue
				}
				c, e := w.db.Identify(parent)
				if e != capability.OK || c.Type != capability.RAM || c.Size != size || c.Base%align != 0 {
					t.Fatalf("it got %+v, %v", c, e)
				}
				for pa := c.Base; pa < c.Base+c.Size; pa += layout.PageSize {
					if _, is := owner[pa]; is || !w.adopted[pa] {
						t.Fatalf("the page at %#x is another's", pa)
					}
					owner[pa] = n
				}
				if held[n] += size; held[n] > limit {
					t.Fatalf("a domain has %d bytes", held[n])
				}
				if w.pool.Free() < pages/8 {
					t.Fatalf("%d pages are left in the pool", w.pool.Free())
				}
				all = append(all, taken{n, parent, c})
				if r.IntN(2) == 0 {
					w.litter(parent, r)
				}
			case op < 7 && len(all) > 0:
				i := r.IntN(len(all))
				if domains[all[i].d].Give(all[i].parent) == nil {
					drop(i)
				}
			case op == 7:
				n := r.IntN(len(domains))
				if domains[n].over {
					continue
				}
				for i := len(all) - 1; i >= 0; i-- {
					if all[i].d == n {
						drop(i)
					}
				}
				domains[n].End(func() {
					if domains[n].held != 0 {
						t.Errorf("a domain that has ended has %d bytes", domains[n].held)
					}
				})
			default:
				w.work()
			}
		}
		for _, d := range domains {
			if !d.over {
				d.End(nil)
			}
		}
		w.rest()
		// What is left are the pages of slots, and the capability to the pool.
		own := uint64(len(w.adopted))
		if w.pool.Free()+own != pages || w.db.Count() != 1 || own > 8 {
			t.Fatalf("seed %d: at the end %d of %d pages are free, and %d capabilities and %d pages in use", seed, w.pool.Free(), pages, w.db.Count(), own)
		}
	}
}

// Sabotage: in Give, do not look whether the piece is in use.
func TestGiveInUse(t *testing.T) {
	w := newWorld(t, 64)
	d := w.m.NewDomain(1 << 20)
	slots := make([]capability.Ref, 3)
	for i := range slots {
		slots[i], _ = w.m.Slot()
	}
	whole, part, frame := slots[0], slots[1], slots[2]
	if err := d.Take(4*layout.PageSize, 0, whole); err != nil {
		t.Fatal(err)
	}
	for dst, made := range map[capability.Ref]capability.Made{
		part:  {Type: capability.RAM, Size: 2 * layout.PageSize},
		frame: {Type: capability.Frame, Size: layout.PageSize, Offset: 2 * layout.PageSize},
	} {
		if e := w.db.Carve(whole, dst, made); e != capability.OK {
			t.Fatal(e)
		}
	}
	for slot, want := range map[capability.Ref]error{whole: ErrInUse, part: ErrNoPiece, frame: ErrNoPiece} {
		if err := d.Give(slot); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	w.db.Delete(part)
	w.db.Delete(frame)
	if err := d.Give(whole); err != nil {
		t.Error(err)
	}
	if w.rest(); w.db.Count() != 1 {
		t.Errorf("%d capabilities are left, want that to the pool", w.db.Count())
	}
}

// Who has copies of what is made of a piece cannot keep that from its end by making more of them.
// Sabotage: in part, do not Freeze.
func TestEndBesideCopies(t *testing.T) {
	w := newWorld(t, 128)
	ends, copies := w.m.NewDomain(1<<20), w.m.NewDomain(1<<20)
	var at [3]capability.Ref
	for i := range at {
		at[i], _ = w.m.Slot()
	}
	const slots = 16 * capability.SlotsPerPage
	if err := errors.Join(ends.Take(layout.PageSize, 0, at[0]), copies.Take(slots*capability.SlotSize, 0, at[1])); err != nil {
		t.Fatal(err)
	}
	c, _ := w.db.Identify(at[1])
	in := func(i uint64) capability.Ref { return capability.Ref(c.Base + i*capability.SlotSize) }
	if e := w.db.Carve(at[1], at[2], capability.Made{Type: capability.CNode, Size: c.Size}); e != capability.OK {
		t.Fatal(e)
	}
	if e := w.db.Carve(at[0], in(1), capability.Made{Type: capability.Frame, Size: layout.PageSize}); e != capability.OK {
		t.Fatal(e)
	}
	more := func() {
		from := uint64(1)
		for i := uint64(1); i < slots; i++ {
			if !w.db.Empty(in(i)) {
				from = i
			}
		}
		for i := uint64(1); i < slots; i++ {
			w.db.Copy(in(i), in(from))
		}
	}
	over := false
	ends.End(func() { over = true })
	for range 20 {
		more()
		w.work()
	}
	if !over {
		t.Error("it does not end")
	}
}
