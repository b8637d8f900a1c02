//go:build !riscv64

package hosted

import (
	"slices"

	"atoll/arch/layout"
	"atoll/arch/sv39"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

// bank is the RAM that the kernel's memory server gives out.
type bank struct{ *Kernel }

// Left returns how much of it nobody has.
func (k bank) Left(uint32) (free, all uint64) {
	free = k.mem.End() - k.free
	for _, c := range k.given {
		free -= c.Size
	}
	return free, k.mem.End() - firstBase
}

// Take finds RAM by trying all places.
func (k bank) Take(_ uint32, size, align uint64, dst capability.Ref) abi.Error {
	db := k.core.Database()
	if align == 0 {
		align = layout.PageSize
	}
	if size == 0 || size%layout.PageSize != 0 || align&(align-1) != 0 {
		return abi.Error(capability.ErrSize)
	}
	for at := (k.free + align - 1) &^ (align - 1); at+size <= k.mem.End(); at += align {
		e := db.Carve(slot(allRAM), dst, capability.Made{Offset: at - firstBase, Type: capability.RAM, Size: size})
		if e == capability.OK {
			c, _ := db.Identify(dst)
			k.given = append(k.given, c)
			return abi.OK
		}
	}
	return abi.ErrNoMemory
}

// Give takes RAM back of which nothing is made.
func (k bank) Give(_ uint32, src capability.Ref) abi.Error {
	db := k.core.Database()
	if db.Dying() {
		db.Clean(64)
		return abi.ErrAgain
	}
	c, _ := db.Identify(src)
	i := slices.Index(k.given, c)
	switch {
	case i < 0:
		return abi.Error(capability.ErrRange)
	case db.Using(src, c.Base, c.Base+c.Size) != 0:
		return abi.Error(capability.ErrInUse)
	}
	for done := false; !done; {
		done, _ = db.Revoke(src, 100)
	}
	db.Delete(src)
	k.given = slices.Delete(k.given, i, i+1)
	return abi.OK
}

// Charge and Return have nothing to count: a kernel of a test has no channels.
func (bank) Charge(uint32, uint64) abi.Error { return abi.OK }
func (bank) Return(uint32, uint64)           {}

// Words returns the memory that a hart would reach at some addresses of the domain's own
// gigapage, all in one frame, for an access that needs these permissions; nil if it would
// trap.
func (k *Kernel) Words(va, size uint64, need layout.Perm) []uint64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	c, e := k.core.Database().Identify(k.slot(abi.SlotTable))
	if e != capability.OK || va < abi.OwnBase || va >= abi.OwnBase+layout.GigaPage {
		return nil
	}
	table, first := c.Base, uint64(0)
	for page := uint64(0); page < size; page += layout.PageSize {
		entry := *k.mem.Word(table + sv39.Index(va+page, 1)*sv39.EntrySize)
		if !sv39.IsBranch(entry) {
			return nil
		}
		leaf := *k.mem.Word(sv39.PA(entry) + sv39.Index(va+page, 0)*sv39.EntrySize)
		if !sv39.IsLeaf(leaf) || sv39.Perm(leaf)&need != need {
			return nil
		}
		if page == 0 {
			first = sv39.PA(leaf)
		}
	}
	return k.mem.Words(first, size)
}
