package dma

import (
	"errors"
	"slices"
	"sync"
)

// Line is what buffers are aligned to at least and what their sizes are rounded up to:
// no cache line of any known chip is longer.
const Line = 64

// ErrFull says that the window has no room for a buffer of that size.
var ErrFull = errors.New("the DMA window is full")

// Sync keeps memory that is not coherent. Both take whole lines.
type Sync interface {
	// Clean writes cached lines back, before the device reads the memory.
	Clean(addr, size uint64)
	// Invalidate forgets cached lines, before the processor reads what the device wrote.
	Invalidate(addr, size uint64)
}

// Window is contiguous memory that devices can reach.
type Window struct {
	mem  []byte
	base uint64 // the address of its first byte, as a device has it
	sync Sync   // nil = coherent

	mu   sync.Mutex
	used []span // ascending
}

// span is a part of the window in use, in bytes from its beginning.
type span struct{ at, size uint64 }

// Buffer is memory of a window. Its bytes are zero when it is taken.
type Buffer struct {
	Bytes []byte
	Addr  uint64 // what the device is told
	w     *Window
}

// NewWindow makes a window of memory whose first byte devices reach at address base.
// sync is nil where the memory is coherent. base is a multiple of the page size.
func NewWindow(mem []byte, base uint64, sync Sync) *Window {
	return &Window{mem: mem, base: base, sync: sync}
}

// Take takes a buffer of a size in bytes whose address is a multiple of align, a power
// of two. It fails with ErrFull.
func (w *Window) Take(size, align uint64) (Buffer, error) {
	if size == 0 || size > uint64(len(w.mem)) {
		return Buffer{}, ErrFull
	}
	align = max(align, Line)
	size = roundUp(size, Line)
	w.mu.Lock()
	defer w.mu.Unlock()
	at := uint64(0)
	for i := 0; ; i++ {
		at = roundUp(w.base+at, align) - w.base
		end := uint64(len(w.mem))
		if i < len(w.used) {
			end = w.used[i].at
		}
		if at <= end && end-at >= size {
			w.used = slices.Insert(w.used, i, span{at, size})
			b := Buffer{w.mem[at:][:size:size], w.base + at, w}
			clear(b.Bytes)
			return b, nil
		}
		if i == len(w.used) {
			return Buffer{}, ErrFull
		}
		at = w.used[i].at + w.used[i].size
	}
}

// Give gives a buffer back, which no device may use any more. It panics if the buffer
// is not one that was taken: somebody else would be given memory that is in use.
func (w *Window) Give(b Buffer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.Index(w.used, span{b.Addr - w.base, uint64(len(b.Bytes))})
	if i < 0 || b.w != w {
		panic("dma: a buffer is given back that was not taken")
	}
	w.used = slices.Delete(w.used, i, i+1)
}

// Free returns how many bytes are in no buffer.
func (w *Window) Free() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	free := uint64(len(w.mem))
	for _, s := range w.used {
		free -= s.size
	}
	return free
}

func roundUp(n, to uint64) uint64 { return (n + to - 1) &^ (to - 1) }

// ForDevice makes what was written to the buffer ready for the device.
func (b Buffer) ForDevice() {
	if b.w.sync != nil {
		b.w.sync.Clean(b.Addr, uint64(len(b.Bytes)))
	}
}

// ForCPU makes what the device has written to the buffer ready to be read.
func (b Buffer) ForCPU() {
	if b.w.sync != nil {
		b.w.sync.Invalidate(b.Addr, uint64(len(b.Bytes)))
	}
}

// Part returns n bytes of the buffer from offset at, to be used as one.
func (b Buffer) Part(at, n int) Buffer {
	return Buffer{b.Bytes[at:][:n:n], b.Addr + uint64(at), b.w}
}
