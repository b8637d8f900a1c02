package inside

import (
	"crypto/rand"
	"runtime"
	"runtime/debug"
	"testing"

	"atoll/arch/layout"
	"atoll/arch/shim"
)

// pagesUsed collects all garbage, gives back what the Go runtime will part with,
// and returns how many pages are in use then, less those that it keeps for itself
// and says so: free memory which its scavenger has passed over.
func pagesUsed() uint64 {
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return shim.ReadStats().PagesUsed - (m.HeapIdle-m.HeapReleased)/layout.PageSize
}

// pagesUsedAtMost is pagesUsed after as many collections as it takes to get to most
// pages, within reason: one may keep a block for a stack that it scans
// conservatively.
func pagesUsedAtMost(most uint64) uint64 {
	used := pagesUsed()
	for i := 0; i < 20 && used > most; i++ {
		runtime.Gosched()
		used = pagesUsed()
	}
	return used
}

// block is memory that tests hold for a while.
var block []byte

// fill allocates size bytes and writes to each page of them.
func fill(size int) {
	block = make([]byte, size)
	for i := 0; i < size; i += layout.PageSize {
		block[i] = 1
	}
}

func TestMemoryIsReturned(t *testing.T) {
	const pages = 4096
	before := pagesUsed()
	fill(pages * layout.PageSize)
	during := shim.ReadStats().PagesUsed
	block = nil
	most := before + pages/16
	after := pagesUsedAtMost(most)
	if during < before+pages {
		t.Errorf("%d pages in use, %d with %d more touched", before, during, pages)
	}
	if after > most {
		t.Errorf("%d pages in use before, %d with a block of %d, %d after it", before, during, pages, after)
	}
}

// TestNoLeak allocates and frees again and again, in blocks of changing size.
func TestNoLeak(t *testing.T) {
	round := func(i int) {
		for _, size := range []int{16 << 10, 300 << 10, 2<<20 + i<<12} {
			fill(size)
		}
		block = nil
	}
	for i := range 10 {
		round(i)
	}
	before := pagesUsed()
	for i := range 100 {
		round(i)
		if i%10 == 0 {
			debug.FreeOSMemory()
		}
	}
	most := before + 64
	if after := pagesUsedAtMost(most); after > most {
		t.Errorf("%d pages in use before 100 rounds, %d after", before, after)
	}
}

// TestRandomIsCheap checks that zero memory of the image that nobody touches costs
// nothing: crypto/rand has 32 MiB of it.
func TestRandomIsCheap(t *testing.T) {
	s := shim.Segments()
	if bss := s.BSSEnd - s.DataEnd; bss < 32<<20 {
		t.Fatalf("%d bytes of zero memory: there is nothing to save", bss)
	}
	debug.FreeOSMemory()
	before := shim.ReadStats().PagesUsed
	b := make([]byte, 32)
	for range 100 {
		rand.Read(b)
	}
	const most = 64 // pages
	if after := shim.ReadStats().PagesUsed; after > before+most {
		t.Errorf("%d pages in use before the first random bytes, %d after", before, after)
	}
	mapped := uint64(0)
	for _, m := range leaves(nil) {
		if m.va >= s.DataEnd && m.va < s.BSSEnd {
			mapped += m.pages
		}
	}
	if mapped*layout.PageSize > 4<<20 {
		t.Errorf("%d pages of zero memory are mapped", mapped)
	}
}

func TestSoftLimit(t *testing.T) {
	reserve := int64(shim.ReadStats().PagesTotal * layout.PageSize)
	row := shim.Row()
	if size := int64(row.PoolEnd - row.Pool); reserve <= 0 || reserve > size || reserve < size-size/16 {
		t.Errorf("%d bytes are counted of a kernel reserve of %d", reserve, size)
	}
	if limit := debug.SetMemoryLimit(-1); limit < reserve/2 || limit > reserve-reserve/16 {
		t.Errorf("the memory limit is %d bytes of a kernel reserve of %d", limit, reserve)
	}
}
