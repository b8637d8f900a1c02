package vspace

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"atoll/arch/layout"
)

// Spaces are forked, written, protected and ended at random, and each holds what the model
// says. At the end all pages are there again. Sabotages: in share, do not take W from the
// mapping of who is forked; in own, leave out the copy; in drop, give the page whoever has it.
func TestFork(t *testing.T) {
	const first, pages = 0x10000, 12
	type forked struct {
		s     *Space
		value [pages]byte
	}
	for seed := range uint64(20) {
		s, m, db := newSpace(t)
		r := rand.New(rand.NewPCG(seed, 9))
		s.Set(first, pages*page, layout.R|layout.W)
		list := []*forked{{s: s}}
		for step := range 1500 {
			i, at := r.IntN(len(list)), uint64(r.IntN(pages))
			f, va := list[i], first+at*page+33
			switch r.IntN(8) {
			case 0:
				if len(list) == 5 {
					break
				}
				n, err := fork(f.s)
				if err != nil {
					t.Fatal(err)
				}
				list = append(list, &forked{n, f.value})
			case 1:
				if len(list) > 1 && r.IntN(3) == 0 {
					for f.s.End(3) {
					}
					list = append(list[:i], list[i+1:]...)
				}
			case 2:
				protect(f.s, first, pages*page, layout.R*layout.Perm(r.IntN(2)))
				if n, err := fork(f.s); err == nil { // what permits nothing is copied too
					for n.End(3) {
					}
				}
				if _, err := f.s.Write(va, []byte{1}); !errors.Is(err, ErrAccess) {
					t.Fatalf("what is protected was written: %v", err)
				}
				protect(f.s, first, pages*page, layout.R|layout.W)
			case 3:
				f.s.Discard(va-33, page, All)
				f.value[at] = 0
			case 4, 5:
				b := byte(1 + r.IntN(255))
				if _, err := f.s.Write(va, []byte{b}); err != nil {
					t.Fatal(err)
				}
				f.value[at] = b
			default:
				var b [1]byte
				if _, err := f.s.Read(va, b[:]); err != nil || b[0] != f.value[at] {
					t.Fatalf("seed %d, step %d: %d, %v, the model says %d", seed, step, b[0], err, f.value[at])
				}
				if pa, perm := m.translate(f.s.Root(), va); perm&layout.W != 0 {
					for _, o := range list {
						if other, _ := m.translate(o.s.Root(), va); o != f && other == pa {
							t.Fatalf("seed %d, step %d: two spaces have a page that one may write", seed, step)
						}
					}
				}
			}
		}
		for _, f := range list {
			for f.s.End(3) {
			}
		}
		if used, _ := s.Pages(); used > 4 || s.Store.areas != 0 {
			t.Errorf("seed %d: %d pages and %d areas are left", seed, used, s.Store.areas)
		}
		checkSlots(t, s, m, db)
	}
}

// When there is no memory for a copy, that is said, and nothing of it stays.
// Sabotage: in prune, do not drop.
func TestForkExhausted(t *testing.T) {
	s, _, _ := newSpace(t)
	s.Set(0x10000, 2*ramPages*page, layout.R|layout.W)
	for va := uint64(0x10000); ; va += page {
		if _, err := s.Write(va, []byte{1}); err != nil {
			break
		}
	}
	s.Discard(0x10000, 5*page, All)
	before, _ := s.Pages()
	if _, err := fork(s); !errors.Is(err, ErrNoMemory) {
		t.Errorf("a space with no memory was forked: %v", err)
	}
	if after, _ := s.Pages(); after > before+1 { // a page of slots
		t.Errorf("%d pages have become %d", before, after)
	}
	if _, err := s.Write(0x10000+6*page, []byte{2}); err != nil {
		t.Errorf("what was to be shared cannot be written: %v", err)
	}
}

// Pages come with their contents, behind the end clear, also when the area has been cut or
// protected. Sabotages: in part, leave the offset; in read, do not look at the size.
func TestContents(t *testing.T) {
	s, _, _ := newSpace(t)
	text := strings.Repeat("0123456789abcdef", 3*page/16)
	c := &Contents{From: strings.NewReader(text), Size: 2*page + 5}
	const at, off = 0x10000, 16
	if err := s.SetContents(at, 4*page, layout.R, c, off); err != nil {
		t.Fatal(err)
	}
	s.Clear(at+page, page)
	protect(s, at+2*page, page, layout.R|layout.W)
	see := func(va uint64, want string) {
		t.Helper()
		b := make([]byte, len(want))
		if _, err := s.Read(va, b); err != nil || string(b) != want {
			t.Errorf("%#x: %q, %v, want %q", va, b, err, want)
		}
	}
	see(at+3, text[off+3:off+20])
	see(at+2*page-0, "\x00\x00\x00\x00")
	c.Size = uint64(len(text))
	see(at+2*page, "\x00\x00\x00\x00") // it is there already
	s.Discard(at+2*page, page, All)
	see(at+2*page, text[off+2*page:off+2*page+10])
	s.Write(at+2*page, []byte("X"))
	see(at+2*page, "X"+text[off+2*page+1:off+2*page+10])
	see(at+3*page, "\x00\x00")
}

// inParts does something with a range in the smallest parts that there are.
func inParts(va, size uint64, f func(va, size uint64, most Work) (end uint64)) {
	for end := va + size; va < end; {
		va = f(va, end-va, LeastWork)
	}
}

// fork forks a space, as who calls does: what has failed is ended.
func fork(s *Space) (*Space, error) {
	f, err := s.Fork()
	for more := err == nil; more; {
		more, err = f.Part(LeastWork)
	}
	if err == nil {
		return f.Space, nil
	}
	for f != nil && f.Space.End(3) {
	}
	return nil, err
}

func protect(s *Space, va, size uint64, perm layout.Perm) error {
	err := s.Protect(va, size, perm)
	if err == nil {
		inParts(va, size, s.Refit)
	}
	return err
}

func move(s *Space, from, to, size uint64) error {
	err := s.MayMove(from, to, size)
	if err == nil {
		err = errors.Join(s.Prepare(to, size), s.Clear(to, size))
	}
	if err == nil {
		inParts(from, size, func(va, size uint64, most Work) uint64 { return s.Move(va, va-from+to, size, most) })
	}
	return err
}

// What is moved has its contents and permissions at the other place and none here.
// Sabotage: in Move, leave the areas.
func TestMove(t *testing.T) {
	s, _, _ := newSpace(t)
	const from, to = 0x10000, 0x4000_0000
	s.Set(from, 2*page, layout.R|layout.W)
	s.Set(from+2*page, page, layout.R)
	s.Set(to, page, layout.R|layout.W)
	s.Write(to, []byte{5})
	s.Write(from+page, []byte{7})
	if err := move(s, from, to, 3*page); err != nil {
		t.Fatal(err)
	}
	var b [2 * page]byte
	if _, err := s.Read(to, b[:]); err != nil || b[0] != 0 || b[page] != 7 {
		t.Errorf("%d, %d, %v", b[0], b[page], err)
	}
	if _, err := s.Write(to+2*page, []byte{1}); !errors.Is(err, ErrAccess) || !s.Free(from, 3*page) {
		t.Errorf("the permissions are not there, or the old place is: %v", err)
	}
	if err := move(s, to, to+page, 3*page); !errors.Is(err, ErrRange) {
		t.Errorf("ranges that meet: %v", err)
	}
}

// Pages in common are the same in all forks, those too that nobody had used before, as long as one
// has them; what permits nothing for a while, and what is discarded, stays; the rest is copied.
// Sabotages: in makeCommon, make nothing, or do not look how much memory there is; in share, take W
// from all; in permit, do not ask
// isCommon, and in Discard.
func TestCommon(t *testing.T) {
	s, m, db := newSpace(t)
	const at, own = 0x10000, 0x20000
	s.SetCommon(at, 3*page, layout.R|layout.W)
	s.Set(own, page, layout.R|layout.W)
	s.Write(at, []byte("before"))
	s.Write(own, []byte("before"))
	f, err := fork(s)
	if err != nil {
		t.Fatal(err)
	}
	g, err := fork(f)
	if err != nil {
		t.Fatal(err)
	}
	see := func(s *Space, va uint64, want string) {
		t.Helper()
		b := make([]byte, len(want))
		if _, err := s.Read(va, b); err != nil || string(b) != want {
			t.Errorf("at %#x stands %q, %v, want %q", va, b, err, want)
		}
	}
	protect(g, at, 3*page, 0)
	protect(g, at, 3*page, layout.R|layout.W)
	g.Discard(at, 3*page, All)
	see(g, at, "before")
	for i, w := range []*Space{s, f, g} {
		for n := range uint64(3) {
			text := string(rune('a'+i)) + string(rune('0'+n))
			w.Write(at+n*page, []byte(text))
			for _, r := range []*Space{s, f, g} {
				see(r, at+n*page, text)
			}
		}
	}
	g.Write(own, []byte("after"))
	see(s, own, "before")
	pa, ok := s.Common(at + 5)
	if other, ok2 := g.Common(at + 5); !ok || !ok2 || other != pa || pa%page != 5 {
		t.Errorf("in one space it is %#x, %v, in another %#x, %v", pa, ok, other, ok2)
	}
	if pa, ok := s.Common(own); ok {
		t.Errorf("what is no space's but one is said to be at %#x", pa)
	}
	for _, e := range []*Space{s, f} {
		for e.End(3) {
		}
	}
	see(g, at, "c0")
	if err := g.SetCommon(at, 2*ramPages*page, layout.R|layout.W); err != nil {
		t.Fatal(err)
	}
	before, _ := g.Pages()
	if _, err := fork(g); !errors.Is(err, ErrNoMemory) {
		t.Errorf("there is not so much memory: %v", err)
	}
	if after, _ := g.Pages(); after > before+1 {
		t.Errorf("%d pages have become %d", before, after)
	}
	for g.End(3) {
	}
	if used, _ := g.Pages(); used > 4 {
		t.Errorf("%d pages are left", used)
	}
	checkSlots(t, g, m, db)
}

// What is refreshed comes anew, and nothing else does: other pages, other contents.
// Sabotages: in Refresh, begin or end a page later; take all areas with contents.
func TestRefresh(t *testing.T) {
	s, _, _ := newSpace(t)
	const first, other, skipped = 0x10000, 0x20000, page
	text := []byte(strings.Repeat("a", 4*page))
	c := &Contents{From: bytes.NewReader(text), Size: uint64(len(text)), ReadOnly: true}
	s.SetContents(first, 3*page, layout.R, c, skipped)
	s.SetContents(other, 3*page, layout.R, &Contents{From: c.From, Size: c.Size}, skipped)
	look := func(at uint64) (got string) {
		for n := range uint64(3) {
			var b [1]byte
			s.Read(at+n*page+7, b[:])
			got += string(b[:])
		}
		return got
	}
	if look(first) != "aaa" || look(other) != "aaa" {
		t.Fatal("the contents are not there")
	}
	step := func(letter byte, off, size uint64, want string) {
		t.Helper()
		for i := range text {
			text[i] = letter
		}
		s.Refresh(c, off, size)
		if got := look(first); got != want || look(other) != "aaa" {
			t.Errorf("after %#x, %#x: %s and %s, want %s", off, size, got, look(other), want)
		}
	}
	step('b', 0, skipped, "aaa")
	step('c', skipped, 1, "caa")
	step('d', skipped+2*page-1, 2, "cdd")
	step('e', skipped+3*page, page, "cdd")
	step('f', 0, 1<<40, "fff")
	if err := protect(s, first, page, layout.R|layout.W); !errors.Is(err, ErrAccess) {
		t.Errorf("what is never written may be written: %v", err)
	}
}
