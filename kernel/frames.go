package kernel

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"atoll/arch/layout"
)

// ErrNoFrames says that the user pool has no run of frames that long.
var ErrNoFrames = errors.New("the user pool has no run of frames that long left")

// Frames hands out runs of page frames of the user pool. It knows addresses only: the
// frames are neither mapped nor cleared. It is local to its core; the monitor takes frames
// for grants and the CPU driver for domains, so it has a lock. Its memory is bounded by the
// runs that are out: between two free runs lies at least one of those.
type Frames struct {
	mu   sync.Mutex
	free []frameRun // ascending, no two of them adjacent
	left uint64
}

// frameRun is a run of free frames.
type frameRun struct{ pa, pages uint64 }

func (r frameRun) end() uint64 { return r.pa + r.pages*layout.PageSize }

// NewFrames returns the allocator of the pool at base, whose size in bytes is rounded
// down to whole frames.
func NewFrames(base, size uint64) *Frames {
	f := &Frames{left: size / layout.PageSize}
	if f.left > 0 {
		f.free = []frameRun{{base, f.left}}
	}
	return f
}

// Free returns how many frames are left.
func (f *Frames) Free() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.left
}

// Take takes a run of frames, the first that is long enough, and returns its physical
// address. It fails with ErrNoFrames if there is none.
func (f *Frames) Take(pages uint64) (uint64, error) { return f.TakeAligned(pages, layout.PageSize, 0) }

// TakeAligned is Take for a run that begins at a multiple of align, a power of two of at
// least a page, and only if at least so many frames are left behind.
func (f *Frames) TakeAligned(pages, align, margin uint64) (uint64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if pages == 0 || pages > f.left || f.left-pages < margin {
		return 0, ErrNoFrames
	}
	for i, r := range f.free {
		first := (r.pa + align - 1) &^ (align - 1)
		if first < r.pa || first >= r.end() || (r.end()-first)/layout.PageSize < pages {
			continue
		}
		f.left -= pages
		var rest []frameRun
		if first > r.pa {
			rest = append(rest, frameRun{r.pa, (first - r.pa) / layout.PageSize})
		}
		if end := first + pages*layout.PageSize; end < r.end() {
			rest = append(rest, frameRun{end, (r.end() - end) / layout.PageSize})
		}
		f.free = slices.Replace(f.free, i, i+1, rest...)
		return first, nil
	}
	return 0, ErrNoFrames
}

// Give gives a run back. It panics if part of the run is free: the caller's books
// are wrong then, and somebody else would be given memory that is in use.
func (f *Frames) Give(pa, pages uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	run := frameRun{pa, pages}
	i, _ := slices.BinarySearchFunc(f.free, pa, func(r frameRun, pa uint64) int {
		if r.pa < pa {
			return -1
		}
		return 1
	})
	if i > 0 && f.free[i-1].end() > pa || i < len(f.free) && f.free[i].pa < run.end() {
		panic(fmt.Sprintf("kernel: %d frames at %#x are given back twice", pages, pa))
	}
	f.left += pages
	left := i > 0 && f.free[i-1].end() == pa
	right := i < len(f.free) && f.free[i].pa == run.end()
	switch {
	case left && right:
		f.free[i-1].pages += pages + f.free[i].pages
		f.free = slices.Delete(f.free, i, i+1)
	case left:
		f.free[i-1].pages += pages
	case right:
		f.free[i] = frameRun{pa, pages + f.free[i].pages}
	default:
		f.free = slices.Insert(f.free, i, run)
	}
}
