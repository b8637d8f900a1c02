package sv39

import (
	"errors"
	"math/rand"
	"strings"
	"testing"

	"atoll/arch/layout"
)

// memory is physical memory that holds only tables.
type memory map[uint64]uint64

func (m memory) read(pa uint64) uint64 { return m[pa] }

func (m memory) set(table uint64, index int, pte uint64) {
	m[table+uint64(index)*EntrySize] = pte
}

type page struct{ va, pa, size, pte uint64 }

func (m memory) walk(root uint64) ([]page, error) {
	var got []page
	err := Walk(m.read, root, func(va, pa, size, pte uint64) {
		got = append(got, page{va, pa, size, pte})
	})
	return got, err
}

const root, mid, low = 0x10_0000, 0x10_1000, 0x10_2000

func TestWalkVisitsEveryLevel(t *testing.T) {
	m := memory{}
	giga := Leaf(0x8000_0000, rw, false, true)
	mega := Leaf(0x4020_0000, layout.R|layout.X, false, false)
	small := Leaf(0x1234_5000, layout.R, true, false)
	m.set(root, 0, Branch(mid))
	m.set(root, 511, giga)
	m.set(mid, 2, mega)
	m.set(mid, 3, Branch(low)|G)
	m.set(low, 7, small)
	m.set(low, 8, small&^V) // software may keep anything in an invalid entry
	got, err := m.walk(root)
	want := []page{
		{2 << 21, 0x4020_0000, 2 << 20, mega},
		{3<<21 + 7<<12, 0x1234_5000, 4096, small},
		{0xffff_ffff_c000_0000, 0x8000_0000, 1 << 30, giga},
	}
	if err != nil || len(got) != len(want) {
		t.Fatalf("Walk = %x, %v", got, err)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("page %d = %x, want %x", i, got[i], want[i])
		}
	}
}

func TestWalkRefusesMalformedEntries(t *testing.T) {
	for _, c := range []struct {
		name  string
		table uint64
		level int
		pte   uint64
	}{
		{"misaligned superpage", root, 2, Leaf(0x8020_0000, rw, false, false)},
		{"misaligned superpage", mid, 1, Leaf(0x8020_1000, rw, false, false)},
		{"writable but not readable", low, 0, 1<<10 | V | W | A | D},
		{"writable but not readable", mid, 1, 1<<20 | V | W | X},
		{"branch at the last level", low, 0, Branch(0x5000)},
		{"branch with U, A or D", root, 2, Branch(0x5000) | U},
		{"branch with U, A or D", mid, 1, Branch(0x5000) | A},
		{"branch with U, A or D", mid, 1, Branch(0x5000) | D},
		{"reserved bits", low, 0, Leaf(0x5000, rw, false, false) | 1<<54},
		{"reserved bits", low, 0, Leaf(0x5000, rw, false, false) | 1<<61},
		{"reserved bits", root, 2, Branch(0x5000) | 1<<63},
	} {
		m := memory{}
		m.set(root, 1, Branch(mid))
		m.set(mid, 1, Branch(low))
		m.set(c.table, 9, c.pte)
		_, err := m.walk(root)
		var e *EntryError
		if !errors.As(err, &e) {
			t.Errorf("%s: no error", c.name)
			continue
		}
		if !strings.HasPrefix(e.Reason, c.name) || e.Level != c.level || e.PTE != c.pte {
			t.Errorf("%s: got %v", c.name, err)
		}
	}
}

// A table that is its own successor gives a branch at the last level.
func TestWalkEndsInALoop(t *testing.T) {
	m := memory{}
	m.set(root, 4, Branch(root))
	if _, err := m.walk(root); err == nil {
		t.Error("no error for a table that names itself")
	}
}

func TestWalkBoundsTables(t *testing.T) {
	tables := 0
	// Every entry of the upper levels names the same tables; the last is empty.
	read := func(pa uint64) uint64 {
		switch pa &^ 0xfff {
		case root:
			return Branch(mid)
		case mid:
			tables++
			return Branch(low)
		}
		return 0
	}
	err := Walk(read, root, func(_, _, _, _ uint64) {})
	if err == nil || tables > maxTables {
		t.Errorf("Walk read %d tables, error %v", tables, err)
	}
}

// TestWalkAgreesWithModel maps pages at random addresses and expects the walk to
// return the same set.
func TestWalkAgreesWithModel(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	m, want, next := memory{}, map[uint64]uint64{}, uint64(root)
	for range 500 {
		va := uint64(r.Int63()) & (1<<38 - 1) &^ 0xfff
		if r.Intn(2) == 0 {
			va &= 1<<24 - 1 // some neighbours
		}
		pa := uint64(r.Int63()) & (MaxPA - 1) &^ 0xfff
		table := uint64(root)
		for level := 2; level > 0; level-- {
			at := table + Index(va, level)*EntrySize
			if m[at] == 0 {
				next += layout.PageSize
				m[at] = Branch(next)
			}
			table = PA(m[at])
		}
		m[table+Index(va, 0)*EntrySize] = Leaf(pa, rw, false, false)
		want[va] = pa
	}
	got, err := m.walk(root)
	if err != nil || len(got) != len(want) {
		t.Fatalf("walk found %d pages of %d, error %v", len(got), len(want), err)
	}
	for _, p := range got {
		if want[p.va] != p.pa {
			t.Errorf("%#x maps to %#x, want %#x", p.va, p.pa, want[p.va])
		}
	}
}
