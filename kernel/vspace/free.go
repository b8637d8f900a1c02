package vspace

import "atoll/arch/layout"

// freeRuns are pages of a store that are free after they have been used: runs of one page and of as many as a table
// takes, mostPages. Two that lie side by side become one of these, or the RAM would be free and no table could be made. Each begins
// with the addresses of the next of its size and of the one before. What is free is nobody's but the store's.
type freeRuns struct {
	first  [mostPages + 1]uint64 // by their sizes
	count  [mostPages + 1]uint64
	single []uint64 // a bit for each page: it is a run of its own
}

// Room reports whether so many pages are free, and that many tables among them can be made.
func (s *Store) Room(pages, tables uint64) bool {
	if used, all := s.Pages(); all-used < pages {
		return false
	}
	for s.free.count[mostPages]+s.fromNext()/mostPages < tables {
		if !s.unmake() {
			return false
		}
	}
	return true
}

// take takes a run of pages, by its offset in the RAM.
func (s *Store) take(pages uint64) (offset uint64, ok bool) {
	if pa := s.free.first[pages]; pa != 0 {
		s.unlink(pages, pa)
		return pa - s.base, true
	}
	if n := pages * layout.PageSize; s.next+n <= s.size {
		offset = s.next
		s.next += n
		return offset, true
	}
	if pages == 1 { // a table's will do
		if offset, ok = s.take(mostPages); ok {
			s.give(offset+layout.PageSize, 1)
		}
		return offset, ok
	}
	return 0, false
}

// give gives a run of pages back. They are cleared when they become something again.
func (s *Store) give(offset, pages uint64) {
	if pages == 1 {
		for _, beside := range [2]uint64{offset - layout.PageSize, offset + layout.PageSize} {
			if s.isSingle(beside) {
				s.unlink(1, s.base+beside)
				offset, pages = min(offset, beside), mostPages
				break
			}
		}
	}
	s.link(pages, s.base+offset)
}

// isSingle reports whether the page at an offset is free, and no part of a larger run.
func (s *Store) isSingle(offset uint64) bool {
	page := offset / layout.PageSize
	return offset < s.size && s.free.single[page/64]>>(page%64)&1 != 0
}

// mark notes whether a page is a free run of its own.
func (s *Store) mark(pages, pa uint64) {
	if pages == 1 {
		page := (pa - s.base) / layout.PageSize
		s.free.single[page/64] ^= 1 << (page % 64)
	}
}

// link puts a run to those of its size.
func (s *Store) link(pages, pa uint64) {
	next := s.free.first[pages]
	*s.mem.Word(pa), *s.mem.Word(pa + 8) = next, 0
	if next != 0 {
		*s.mem.Word(next + 8) = pa
	}
	s.free.first[pages] = pa
	s.free.count[pages]++
	s.mark(pages, pa)
}

// unlink takes it out again.
func (s *Store) unlink(pages, pa uint64) {
	next, before := *s.mem.Word(pa), *s.mem.Word(pa + 8)
	if before != 0 {
		*s.mem.Word(before) = next
	} else {
		s.free.first[pages] = next
	}
	if next != 0 {
		*s.mem.Word(next + 8) = before
	}
	s.free.count[pages]--
	s.mark(pages, pa)
}
