package vspace

import (
	"errors"
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

// MaxAreas bounds the areas of an address space.
const MaxAreas = 4096

// area is a run of virtual addresses with the same permissions. Two that touch and are
// alike are one.
type area struct {
	lo, hi uint64
	perm   layout.Perm // 0: nothing, but the addresses are taken
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

// at returns the area that holds an address.
func (as areas) at(va uint64) (area, bool) {
	if i := as.find(va); i < len(as) && as[i].lo <= va {
		return as[i], true
	}
	return area{}, false
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

// clear takes a range out of all areas.
func (as *areas) clear(lo, hi uint64) {
	i := as.find(lo)
	for i < len(*as) && (*as)[i].lo < hi {
		a := (*as)[i]
		rest := make(areas, 0, 2)
		if a.lo < lo {
			rest = append(rest, area{a.lo, lo, a.perm})
		}
		if a.hi > hi {
			rest = append(rest, area{hi, a.hi, a.perm})
		}
		*as = slices.Replace(*as, i, i+1, rest...)
		i += len(rest)
	}
}

// set makes a range an area with these permissions, whatever it was.
func (as *areas) set(lo, hi uint64, perm layout.Perm) {
	as.clear(lo, hi)
	i := as.find(lo)
	if i < len(*as) && (*as)[i].lo == hi && (*as)[i].perm == perm {
		hi = (*as)[i].hi
		*as = slices.Delete(*as, i, i+1)
	}
	if i > 0 && (*as)[i-1].hi == lo && (*as)[i-1].perm == perm {
		(*as)[i-1].hi = hi
		return
	}
	*as = slices.Insert(*as, i, area{lo, hi, perm})
}

// inUser reports whether a range is of whole pages in user space.
func inUser(va, size uint64) bool {
	return size > 0 && va%layout.PageSize == 0 && size%layout.PageSize == 0 &&
		va >= layout.PageSize && va < layout.UserEnd && size <= layout.UserEnd-va
}
