package vspace

import (
	"testing"

	"atoll/arch/layout"
)

// sharedText is a file of two pages that has room for the first one only.
type sharedText struct {
	stored map[uint64]string
	size   int64
}

func (f *sharedText) ReadAt(b []byte, off int64) (int, error) {
	return copy(b, "of the file"), nil
}
func (f *sharedText) Size() int64              { return f.size }
func (f *sharedText) Own(n uint64) bool        { return n == 0 }
func (f *sharedText) Store(n uint64, b []byte) { f.stored[n] = string(b[:6]) }
func (f *sharedText) bytes(s *Shared, n uint64) string {
	return string(s.Bytes(n)[:6])
}

// Spaces see what others store to a shared page, also after a fork; there is none behind the end of
// the file, or that it has no room for. What nobody maps goes to the file, and all of it comes back.
// Sabotages: in fillShared, map a frame and no copy; in page, leave out one of the checks; in storable,
// return perm; in Trim, take those that are mapped; in end, store nothing, or drop nothing.
func TestShared(t *testing.T) {
	s, _, db := newSpace(t)
	const at = 0x10000
	s.Set(at, page, layout.R|layout.W)
	s.Write(at, []byte("a table is there"))
	s.Clear(at, page)
	used, _ := s.Pages()
	count := db.Count()
	f := &sharedText{stored: map[uint64]string{}, size: page + 1}
	sh := s.NewShared(f)
	s.SetContents(at, 3*page, layout.R|layout.W, &Contents{Shared: sh}, 0)
	see := func(s *Space, want string) {
		t.Helper()
		b := make([]byte, len(want))
		if _, err := s.Read(at, b); err != nil || string(b) != want {
			t.Errorf("%q, %v, want %q", b, err, want)
		}
	}
	see(s, "of the file")
	see(s, "of the file")
	g, err := fork(s)
	if err != nil {
		t.Fatal(err)
	}
	g.Write(at, []byte("stored"))
	see(s, "stored")
	protect(s, at, page, layout.R)
	protect(s, at, page, layout.R|layout.W)
	s.Write(at, []byte("again!"))
	see(g, "again!")
	if got := f.bytes(sh, 0); got != "again!" {
		t.Errorf("the file is told that the page has %q", got)
	}
	for _, c := range []struct {
		at   uint64
		perm layout.Perm
		want error
	}{{at + page, layout.R, nil}, {at + page, layout.W, ErrBeyond}, {at + 2*page, layout.R, ErrBeyond}} {
		if err := g.Fault(c.at, c.perm); err != c.want {
			t.Errorf("%#x, %v: %v, want %v", c.at, c.perm, err, c.want)
		}
	}
	protect(g, at+page, page, layout.R|layout.W)
	if err := g.Fault(at+page, layout.W); err != ErrBeyond {
		t.Errorf("a store that there is no room for, after mprotect: %v", err)
	}
	s.Clear(at, 3*page)
	if sh.Trim(); len(f.stored) != 0 {
		t.Errorf("%v is stored, which is mapped", f.stored)
	}
	for g.End(1 << 20) {
	}
	if sh.Trim(); len(f.stored) != 1 || f.stored[0] != "again!" || sh.Bytes(0) != nil {
		t.Errorf("%v is stored in the end", f.stored)
	}
	if now, _ := s.Pages(); now != used || db.Count() > count+framesAhead+capabilitiesOfATable {
		t.Errorf("%d pages are used, %d before; %d capabilities, %d before", now, used, db.Count(), count)
	}
}

// capabilitiesOfATable are those that stay of tables and of pages of slots.
const capabilitiesOfATable = 8
