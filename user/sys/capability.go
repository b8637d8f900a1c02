package sys

import (
	"atoll/arch/ecall"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

// Identify returns what a capability is: its type, rights and badge, and the range of
// physical addresses that it is about.
func Identify(c Cap) (capability.Cap, error) {
	r := ecall.Registers{uint64(c)}
	if err := call(abi.CallIdentify, &r); err != nil {
		return capability.Cap{}, err
	}
	return capability.Cap{
		Type: capability.Type(r[1]), Rights: capability.Rights(r[1] >> 8), Badge: uint32(r[1] >> 32),
		Base: r[2], Size: r[3],
	}, nil
}

// Copy makes a copy of a capability in an empty slot.
func Copy(src, dst Cap) error {
	return call(abi.CallCopy, &ecall.Registers{uint64(src), uint64(dst)})
}

// Mint makes a copy with fewer rights, and of an endpoint without a badge one with a badge,
// 0 for none.
func Mint(src, dst Cap, rights capability.Rights, badge uint32) error {
	return call(abi.CallMint, &ecall.Registers{uint64(src), uint64(dst), uint64(rights), uint64(badge)})
}

// Move takes a capability to an empty slot.
func Move(src, dst Cap) error {
	return call(abi.CallMove, &ecall.Registers{uint64(src), uint64(dst)})
}

// Delete empties a slot. With the last capability to it an object ends.
func Delete(c Cap) error { return call(abi.CallDelete, &ecall.Registers{uint64(c)}) }

// mostSteps is how many calls a revoke takes in the time of who makes it: enough but for what
// others make more of meanwhile, or very much.
const mostSteps = 64

// Revoke deletes all copies of a capability and all that was made from it, in whoever's
// table, in as many calls as it takes. That ends, whatever others do meanwhile.
func Revoke(c Cap) error {
	for range mostSteps {
		if err := RevokeStep(c); err != abi.ErrAgain {
			return err
		}
	}
	return wait(abi.CallRevoke, &ecall.Registers{uint64(c), abi.RevokeAll})
}

// RevokeStep is one call of Revoke. It fails with ErrAgain if that has not done all.
func RevokeStep(c Cap) error { return call(abi.CallRevoke, &ecall.Registers{uint64(c)}) }

// Made says what Retype makes, and where.
type Made struct {
	Offset uint64 // of the first object in the source, bytes
	Type   capability.Type
	Size   uint64 // of one object, bytes
	Count  uint64
	CNode  Cap    // whose slots get the capabilities
	First  uint64 // index of the first of them
}

// Retype makes objects from a range of RAM. Like Revoke it takes as many calls as it takes:
// the kernel may have to take apart CNodes that have been deleted, and clears a long range in
// steps. Of RAM of which other cores have copies it waits for them, and of another core's it makes
// frames and RAM only.
func Retype(src Cap, m Made) error {
	for {
		err := call(abi.CallRetype, &ecall.Registers{
			uint64(src), m.Offset, uint64(m.Type), m.Size, m.Count, uint64(m.CNode), m.First,
		})
		if err != abi.ErrAgain {
			return err
		}
	}
}

// Place says where in a page table something is mapped.
type Place struct {
	Table  Cap
	Index  uint64 // first entry
	Count  uint64 // entries, 1 for a table
	Offset uint64 // of the first page in a frame, bytes
	Rights capability.Rights
}

// Map maps a frame, or a part of it, or a table of the next level into a table.
func Map(c Cap, p Place) error {
	return call(abi.CallMap, &ecall.Registers{
		uint64(c), uint64(p.Table), p.Index, p.Count, p.Offset, uint64(p.Rights),
	})
}

// Unmap takes a frame or a table out of the table in which it is mapped.
func Unmap(c Cap) error { return call(abi.CallUnmap, &ecall.Registers{uint64(c)}) }
