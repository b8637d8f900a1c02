package walk

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"atoll/arch/layout"
)

// fake is sparse memory: pages by address; others cannot be read.
type fake map[uint64]*[512]uint64

func (f fake) ReadPhys(pa uint64, b []byte) error {
	page := f[pa]
	if page == nil {
		return errors.New("no memory there")
	}
	for i, e := range page {
		binary.LittleEndian.PutUint64(b[8*i:], e)
	}
	return nil
}

const (
	page                  = layout.PageSize
	rootPA, midPA, lastPA = 0x8000_0000, 0x8000_1000, 0x8000_2000
	satp                  = modeSv39<<60 | rootPA/page
	rw                    = layout.R | layout.W
	rx                    = layout.R | layout.X
)

// pte makes an entry.
func pte(pa, bits uint64) uint64 { return pa/page<<10 | bits | bitV }

// tables returns a root with one branch, at entry 128, to a middle table and that to
// a last table.
func tables() fake {
	f := fake{rootPA: {}, midPA: {}, lastPA: {}}
	f[rootPA][128] = pte(midPA, 0)
	f[midPA][1] = pte(lastPA, 0)
	return f
}

func TestRead(t *testing.T) {
	f := tables()
	f[lastPA][0] = pte(0x9000_0000, bitR|bitX|bitA)
	f[lastPA][1] = pte(0x9000_1000, bitR|bitX|bitA)
	f[lastPA][2] = pte(0x9000_2000, bitR|bitW|bitA|bitD)
	f[lastPA][511] = pte(1<<56-page, bitR|bitU|bitA|1<<5)
	f[midPA][2] = pte(0xa000_0000, bitR|bitW|bitA|bitD)
	f[rootPA][0] = pte(0x4000_0000, bitX|bitA)
	f[rootPA][511] = pte(0xc000_0000, bitR|bitA)
	f[midPA][3] = 0xffff_ffff_ffff_fffe // not valid: the rest does not matter
	s, err := Read(f, satp)
	if err != nil {
		t.Fatal(err)
	}
	const base = layout.LinkBase
	want := []Leaf{
		{0, 0x4000_0000, 1 << 30, layout.X, false},
		{base + 2<<20, 0x9000_0000, page, rx, false},
		{base + 2<<20 + page, 0x9000_1000, page, rx, false},
		{base + 2<<20 + 2*page, 0x9000_2000, page, rw, false},
		{base + 4<<20 - page, 1<<56 - page, page, layout.R, true},
		{base + 4<<20, 0xa000_0000, 2 << 20, rw, false},
		{^uint64(0) - 1<<30 + 1, 0xc000_0000, 1 << 30, layout.R, false},
	}
	if !slices.Equal(s.Leaves, want) {
		t.Errorf("leaves\n%+v\nwant\n%+v", s.Leaves, want)
	}
	if !slices.Equal(s.Tables, []uint64{rootPA, midPA, lastPA}) {
		t.Errorf("tables %#x", s.Tables)
	}
	if runs := s.Runs(); len(runs) != len(want)-1 || runs[1].Pages != 2 {
		t.Errorf("runs %+v", runs)
	}
}

func TestReadBad(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(f fake)
		satp  uint64
		want  string
	}{
		{"mode", nil, 9 << 60, "mode 9"},
		{"asid", nil, satp | 1<<44, "ASID 1"},
		{"root is nowhere", nil, modeSv39<<60 | 5, "no memory"},
		{"table is nowhere", func(f fake) { delete(f, lastPA) }, satp, "no memory"},
		{"loop", func(f fake) { f[midPA][1] = pte(rootPA, 0) }, satp, "used twice"},
		{"W without R", func(f fake) { f[lastPA][9] = pte(0, bitW) }, satp, "not readable"},
		{"WX without R", func(f fake) { f[lastPA][9] = pte(0, bitW|bitX) }, satp, "not readable"},
		{"branch at the end", func(f fake) { f[lastPA][9] = pte(0, 0) }, satp, "last level"},
		{"branch with A", func(f fake) { f[midPA][1] |= bitA }, satp, "U, A or D"},
		{"no A", func(f fake) { f[lastPA][9] = pte(0, bitR) }, satp, "does not have A"},
		{"no D", func(f fake) { f[lastPA][9] = pte(0, bitR|bitW|bitA) }, satp, "does not have A, and D"},
		{"superpage", func(f fake) { f[midPA][7] = pte(page, bitR) }, satp, "not aligned"},
		{"reserved bits", func(f fake) { f[lastPA][9] = pte(0, bitR|1<<54) }, satp, "reserved"},
	} {
		f := tables()
		if c.spoil != nil {
			c.spoil(f)
		}
		if _, err := Read(f, c.satp); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v", c.name, err)
		}
	}
	if s, err := Read(fake{}, 0); err != nil || len(s.Leaves) != 0 {
		t.Errorf("a hart without translation: %v, %v", s, err)
	}
}

// FuzzRead gives the walk tables of arbitrary entries.
func FuzzRead(f *testing.F) {
	f.Add(uint64(satp), pte(midPA, 0), pte(lastPA, 0), pte(0x9000_0000, bitR|bitA))
	f.Add(uint64(satp), pte(rootPA, 0), pte(rootPA, 0), ^uint64(0))
	f.Fuzz(func(t *testing.T, satp, root, mid, last uint64) {
		m := tables()
		m[rootPA][1], m[midPA][2], m[lastPA][3] = root, mid, last
		s, err := Read(m, satp)
		if err != nil {
			return
		}
		for i, l := range s.Leaves {
			if l.VA%l.Size != 0 || l.PA%l.Size != 0 || i > 0 && l.VA < s.Leaves[i-1].VA {
				t.Errorf("leaf %+v", l)
			}
		}
	})
}
