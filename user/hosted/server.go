//go:build !riscv64

package hosted

import (
	"slices"

	"atoll/arch/ecall"
	"atoll/arch/layout"
	"atoll/arch/sv39"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

// memoryServer answers a message as the core's memory server does.
func (k *Kernel) memoryServer(r *ecall.Registers) {
	sent, capSent, slotFor := [3]uint64(r[2:5]), r[ecall.T1], r[ecall.T2]
	*r = ecall.Registers{}
	switch sent[0] {
	case abi.MemoryTake:
		e := k.take(sent[1], max(sent[2], layout.PageSize), slotFor)
		if r[2] = uint64(e); e == abi.OK {
			r[1] = abi.Came
		}
	case abi.MemoryGive:
		r[2] = uint64(k.give(capSent))
	case abi.MemoryLeft:
		r[3], r[4] = k.left(), k.mem.End()-firstBase
	default:
		r[2] = uint64(abi.ErrNoCall)
	}
}

func (k *Kernel) left() uint64 {
	n := k.mem.End() - k.free
	for _, c := range k.given {
		n -= c.Size
	}
	return n
}

// take finds RAM by trying all places.
func (k *Kernel) take(size, align, to uint64) abi.Error {
	db := k.core.Database()
	if size == 0 || size%layout.PageSize != 0 || align&(align-1) != 0 {
		return abi.Error(capability.ErrSize)
	}
	dst, e := db.Find(slot(domainRoot), capability.Address(to), capability.Write)
	if e != capability.OK {
		return abi.Error(e)
	}
	if _, e := db.Identify(dst); e == capability.OK {
		return abi.Error(capability.ErrNotEmpty)
	}
	for at := (k.free + align - 1) &^ (align - 1); at+size <= k.mem.End(); at += align {
		e = db.Retype(slot(allRAM), capability.Made{
			Offset: at - firstBase, Type: capability.RAM, Size: size, Count: 1, CNode: slot(kernelsCNode), First: scratch,
		})
		if e == capability.OK {
			c, _ := db.Identify(slot(scratch))
			k.given = append(k.given, c)
			return abi.Error(db.Move(dst, slot(scratch)))
		}
	}
	return abi.ErrNoMemory
}

func (k *Kernel) give(from uint64) abi.Error {
	db := k.core.Database()
	for db.Clean(100) { // a CNode that has been deleted is in use until then
	}
	src, e := db.Find(slot(domainRoot), capability.Address(from), capability.Read)
	if e != capability.OK {
		return abi.Error(e)
	}
	c, _ := db.Identify(src)
	i := slices.Index(k.given, c)
	switch {
	case i < 0:
		return abi.Error(capability.ErrRange)
	case k.inUse(src):
		return abi.Error(capability.ErrInUse)
	}
	for done := false; !done; {
		done, _ = db.Revoke(src, 100)
	}
	db.Delete(src)
	k.given = slices.Delete(k.given, i, i+1)
	return abi.OK
}

// inUse reports whether something is made of RAM: whether a frame cannot be.
func (k *Kernel) inUse(ram capability.Ref) bool {
	db := k.core.Database()
	c, _ := db.Identify(ram)
	e := db.Retype(ram, capability.Made{Type: capability.Frame, Size: c.Size, Count: 1, CNode: slot(kernelsCNode), First: scratch})
	if e == capability.OK {
		db.Delete(slot(scratch))
	}
	return e != capability.OK
}

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
