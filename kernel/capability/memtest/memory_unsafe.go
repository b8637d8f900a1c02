// Package memtest is physical memory for tests of what keeps its records in it.
package memtest

import (
	"slices"
	"unsafe"

	"atoll/arch/layout"
	"atoll/arch/sv39"
)

// Memory is pages from Base on, as the kernel's direct map shows them.
type Memory struct {
	words []uint64
	Stale int // entries of tables emptied since the last flush
}

// Base is the physical address of the first page.
const Base = 0x8000_0000

// line is the size of a cache line.
const line = 64

// New returns so many pages.
func New(pages int) *Memory { return &Memory{words: make([]uint64, (line+pages*layout.PageSize)/8)} }

// End returns the first address behind the memory.
func (m *Memory) End() uint64 { return Origin + uint64(len(m.words))*8 }

// Word returns the word at a physical address.
func (m *Memory) Word(pa uint64) *uint64 { return &m.words[(pa-Origin)/8] }

// Words returns the words of a range.
func (m *Memory) Words(base, size uint64) []uint64 { return m.words[(base-Origin)/8:][:size/8] }

// Bytes returns n bytes at a physical address.
func (m *Memory) Bytes(pa, n uint64) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(m.Word(pa&^7))), pa&7+n)[pa&7:]
}

// Clear zeroes memory.
func (m *Memory) Clear(base, size uint64) { clear(m.Words(base, size)) }

// SetEntry writes an entry of a page table.
func (m *Memory) SetEntry(table, index, entry uint64) {
	if entry == 0 {
		m.Stale++
	}
	*m.Word(table + index*sv39.EntrySize) = entry
}

// Flush forgets the translations of a hart that there is not.
func (m *Memory) Flush() { m.Stale = 0 }

// SyncCode does nothing: no code runs there.
func (m *Memory) SyncCode() {}

// Copy returns what is in the pages.
func (m *Memory) Copy() []uint64 { return slices.Clone(m.words[line/8:]) }

// Origin is a place before the first page, a cache line of its own.
const Origin = Base - line

// Import copies a page.
func (m *Memory) Import(to, from uint64) {
	copy(m.Words(to, layout.PageSize), m.Words(from, layout.PageSize))
}

// At returns the record at a physical address.
func At[T any](m *Memory, pa uint64) *T { return (*T)(unsafe.Pointer(m.Word(pa))) }
