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
}

// read fills a page, which is clear, with what stands at an offset.
func (c *Contents) read(page []byte, off uint64) {
	if off < c.Size {
		c.From.ReadAt(page[:min(uint64(len(page)), c.Size-off)], int64(off))
	}
}

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
func (as *areas) clear(lo, hi uint64) {
	i := as.find(lo)
	for i < len(*as) && (*as)[i].lo < hi {
		a := (*as)[i]
		rest := make(areas, 0, 2)
		if a.lo < lo {
			rest = append(rest, a.part(a.lo, lo))
		}
		if a.hi > hi {
			rest = append(rest, a.part(hi, a.hi))
		}
		*as = slices.Replace(*as, i, i+1, rest...)
		i += len(rest)
	}
}

// set makes a range an area, whatever it was.
func (as *areas) set(a area) {
	as.clear(a.lo, a.hi)
	i := as.find(a.lo)
	if i < len(*as) && a.goesOn((*as)[i]) {
		a.hi = (*as)[i].hi
		*as = slices.Delete(*as, i, i+1)
	}
	if i > 0 && (*as)[i-1].goesOn(a) {
		(*as)[i-1].hi = a.hi
		return
	}
	*as = slices.Insert(*as, i, a)
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
