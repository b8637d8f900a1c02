package shim

import "atoll/arch/layout"

// area is a range of the heap window that the runtime has asked for: reserved,
// or also writable.
type area struct {
	lo, hi   uintptr
	writable uintptr
}

// maxAreas bounds the list; neighbours of one kind are merged, so that a runtime
// needs a few dozen.
const maxAreas = 512

// areaList is sorted by address and free of overlaps.
type areaList struct {
	n uintptr
	a [maxAreas]area
}

// find returns the index of the first area that ends behind va.
func (l *areaList) find(va uintptr) uintptr {
	lo, hi := uintptr(0), l.n
	for lo < hi {
		m := (lo + hi) / 2
		if l.a[m].hi <= va {
			lo = m + 1
		} else {
			hi = m
		}
	}
	return lo
}

// gap returns the lowest address of n free bytes, aligned to align, or 0.
func (l *areaList) gap(n, align uintptr) uintptr {
	va := uintptr(layout.HeapBase)
	for i := uintptr(0); i <= l.n; i++ {
		va = (va + align - 1) &^ (align - 1)
		end := uintptr(layout.HeapEnd)
		if i < l.n {
			end = l.a[i].lo
		}
		if va+n >= va && va+n <= end {
			return va
		}
		if i < l.n {
			va = l.a[i].hi
		}
	}
	return 0
}

// overlaps reports whether [lo, hi) touches an area.
func (l *areaList) overlaps(lo, hi uintptr) bool {
	i := l.find(lo)
	return i < l.n && l.a[i].lo < hi
}

// shift moves the areas from index i on by d places and reports whether the list
// can hold them.
func (l *areaList) shift(i uintptr, d int) bool {
	n := int(l.n) + d
	if n > maxAreas {
		return false
	}
	if d > 0 {
		for k := l.n; k > i; k-- {
			l.a[int(k-1)+d] = l.a[k-1]
		}
	} else {
		for k := i; k < l.n; k++ {
			l.a[int(k)+d] = l.a[k]
		}
	}
	l.n = uintptr(n)
	return true
}

// remove takes [lo, hi) out of the list, splitting an area that reaches over it
// on both sides. It answers false if the list is full.
func (l *areaList) remove(lo, hi uintptr) bool {
	i := l.find(lo)
	if i < l.n && l.a[i].lo < lo && l.a[i].hi > hi {
		if !l.shift(i+1, 1) {
			return false
		}
		l.a[i+1] = area{hi, l.a[i].hi, l.a[i].writable}
		l.a[i].hi = lo
		return true
	}
	if i < l.n && l.a[i].lo < lo {
		l.a[i].hi = lo
		i++
	}
	k := i
	for k < l.n && l.a[k].hi <= hi {
		k++
	}
	if k < l.n && l.a[k].lo < hi {
		l.a[k].lo = hi
	}
	return k == i || l.shift(k, -int(k-i))
}

// add puts [lo, hi), which must be free, into the list, joined with neighbours
// of its kind. It answers false if the list is full.
func (l *areaList) add(lo, hi, writable uintptr) bool {
	i := l.find(lo)
	left := i > 0 && l.a[i-1].hi == lo && l.a[i-1].writable == writable
	right := i < l.n && l.a[i].lo == hi && l.a[i].writable == writable
	switch {
	case left && right:
		l.a[i-1].hi = l.a[i].hi
		return l.shift(i+1, -1)
	case left:
		l.a[i-1].hi = hi
	case right:
		l.a[i].lo = lo
	default:
		if !l.shift(i, 1) {
			return false
		}
		l.a[i] = area{lo, hi, writable}
	}
	return true
}
