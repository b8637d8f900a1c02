package vspace

import (
	"errors"
	"io"
	"slices"

	"atoll/arch/layout"
)

// Errors.
var (
	ErrNoArea  = errors.New("nothing may be there")
	ErrAccess  = errors.New("that is not allowed there")
	ErrRange   = errors.New("the range is empty, not of whole pages, or not in user space")
	ErrTooMany = errors.New("too many areas")
)

// MaxAreas bounds the areas of all address spaces of a store.
const MaxAreas = 4096

// Contents are what pages hold when they come into being: bytes of a file. Behind its end
// they are clear.
type Contents struct {
	From io.ReaderAt // must not block; what it cannot read is clear
	Size uint64      // bytes

	ReadOnly bool // pages never become ones that may be written

	Shared *Shared // not nil: the pages are these, and nothing is read

	// InPlace says at which physical address so many bytes from an offset on lie, if they are in the
	// store's ROM; nil: none are.
	InPlace func(off, size uint64) (pa uint64, ok bool)
}

// read fills a page, which is clear, with what stands at an offset.
func (c *Contents) read(page []byte, off uint64) {
	if off < c.Size {
		c.From.ReadAt(page[:min(uint64(len(page)), c.Size-off)], int64(off))
	}
}

// Areas returns how many areas there are, of all spaces of the store.
func (s *Store) Areas() int { return s.areas }

// CountAreas returns how many areas the space has.
func (s *Space) CountAreas() int { return len(s.areas) }

// area is a run of virtual addresses with the same permissions. Two that touch and are
// alike are one.
type area struct {
	lo, hi uint64
	perm   layout.Perm // 0: nothing, but the addresses are taken
	of     *Contents   // nil: clear pages
	off    uint64      // in the contents, of lo
	common bool        // forks have the same pages, and see what the others write
}

// has reports whether an address is in the area.
func (a *area) has(va uint64) bool { return va-a.lo < a.hi-a.lo }

// part returns the part of an area from lo to hi.
func (a area) part(lo, hi uint64) area {
	if a.of != nil {
		a.off += lo - a.lo
	}
	a.lo, a.hi = lo, hi
	return a
}

// goesOn reports whether b continues a.
func (a area) goesOn(b area) bool {
	return a.hi == b.lo && a.perm == b.perm && a.common == b.common && a.of == b.of && (a.of == nil || a.off+(a.hi-a.lo) == b.off)
}

// areas is a sorted list of areas that do not overlap.
type areas []area

// find returns the index of the first area that ends behind an address. It is on the way
// of every page fault: slices.BinarySearchFunc takes twice as long.
func (as areas) find(va uint64) int {
	lo, hi := 0, len(as)
	for lo < hi {
		if mid := (lo + hi) / 2; as[mid].hi <= va {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// at returns the first area that ends behind an address, nil if there is none.
func (as areas) at(va uint64) *area {
	if i := as.find(va); i < len(as) {
		return &as[i]
	}
	return nil
}

// free reports whether nothing is in a range.
func (as areas) free(lo, hi uint64) bool {
	i := as.find(lo)
	return i == len(as) || as[i].lo >= hi
}

// covered reports whether all of a range lies in areas.
func (as areas) covered(lo, hi uint64) bool {
	for i := as.find(lo); lo < hi; i++ {
		if i == len(as) || as[i].lo > lo {
			return false
		}
		lo = as[i].hi
	}
	return true
}

// gap returns the lowest range of a size that is free from an address on, below end.
func (as areas) gap(from, end, size uint64) (uint64, bool) {
	for i := as.find(from); ; i++ {
		if size > end || from > end-size {
			return 0, false
		}
		if i == len(as) || as[i].lo >= from+size {
			return from, true
		}
		from = as[i].hi
	}
}

// splits reports whether a range lies within an area, so that something is left on both sides.
func (as areas) splits(lo, hi uint64) bool {
	i := as.find(lo)
	return i < len(as) && as[i].lo < lo && as[i].hi > hi
}

// clear takes a range out of all areas.
func (as *areas) clear(lo, hi uint64) { as.replace(lo, hi) }

// replace takes a range out of all areas, and puts others there, which lie in it.
func (as *areas) replace(lo, hi uint64, with ...area) {
	i := as.find(lo)
	end := i
	var left, right area
	for ; end < len(*as) && (*as)[end].lo < hi; end++ {
		a := (*as)[end]
		if a.lo < lo {
			left = a.part(a.lo, lo)
		}
		if a.hi > hi {
			right = a.part(hi, a.hi)
		}
	}
	var few [3]area // mostly it is no more
	list := few[:0]
	if left.hi > 0 {
		list = append(list, left)
	}
	list = append(list, with...)
	if right.hi > 0 {
		list = append(list, right)
	}
	*as = slices.Replace(*as, i, end, list...)
}

// join makes those areas one that touch from an address to another and are alike.
func (as *areas) join(lo, hi uint64) {
	from := max(as.find(lo)-1, 0)
	end := min(as.find(hi)+1, len(*as))
	joined := (*as)[from:from]
	for _, a := range (*as)[from:end] {
		if n := len(joined); n > 0 && joined[n-1].goesOn(a) {
			joined[n-1].hi = a.hi
		} else {
			joined = append(joined, a)
		}
	}
	*as = slices.Delete(*as, from+len(joined), end)
}

// set makes a range an area, whatever it was.
func (as *areas) set(a area) {
	as.replace(a.lo, a.hi, a)
	as.join(a.lo, a.hi)
}

// within returns the parts of areas that lie in a range.
func (as areas) within(lo, hi uint64) (list areas) {
	for i := as.find(lo); i < len(as) && as[i].lo < hi; i++ {
		list = append(list, as[i].part(max(as[i].lo, lo), min(as[i].hi, hi)))
	}
	return list
}

// inUser reports whether a range is of whole pages in user space.
func inUser(va, size uint64) bool {
	return size > 0 && va%layout.PageSize == 0 && size%layout.PageSize == 0 &&
		va >= layout.PageSize && va < layout.UserEnd && size <= layout.UserEnd-va
}
