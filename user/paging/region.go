package paging

import (
	"errors"
	"sync/atomic"

	"atoll/arch/ecall"
	"atoll/arch/layout"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

const page = layout.PageSize

// Range says what a region pages, with what.
type Range struct {
	Lo, Hi uint64             // addresses: whole pages, all in one table
	Table  capability.Address // VNodeL0 with the entries of these addresses
	RAM    capability.Address // of as many bytes at least as may be used: nothing is made of it but here
	Bytes  uint64             // of it, that may be used
	CNode  capability.Address // in the root CNode: gets the frames, from index 1 on
	Slots  uint64             // of it, that may be used
	Rights capability.Rights
}

// Region is a range that is paged.
type Region struct {
	Range
	used bool
	made uint64          // pages
	lost uint64          // faults that could not be made good
	regs ecall.Registers // of a call: on a stack they would be allocated
}

// MaxRegions bounds the regions of a program.
const MaxRegions = 8

var (
	regions [MaxRegions]Region
	number  atomic.Uint64 // of them, in use
)

// Errors.
var (
	ErrRegions = errors.New("there are as many paged regions as can be")
	ErrRange   = errors.New("a paged region is of whole pages, all in one table, that can be read")
)

// call makes a native call: the kernel, or in a test what stands for it.
var call = ecall.Call

// New returns a region over a range in which nothing is mapped. There are MaxRegions in
// the life of a program.
func New(r Range) (*Region, error) {
	if r.Lo%page != 0 || r.Hi%page != 0 || r.Lo >= r.Hi || r.Lo>>tableBits != (r.Hi-1)>>tableBits ||
		r.Rights&capability.Read == 0 {
		return nil, ErrRange
	}
	i := number.Add(1) - 1
	if i >= MaxRegions {
		number.Store(MaxRegions)
		return nil, ErrRegions
	}
	regions[i] = Region{Range: r, used: true}
	return &regions[i], nil
}

// tableBits is the width of an address within a table of level 0.
const tableBits = 21

// Word names the region to Fault.
func (r *Region) Word() uint64 {
	for i := range regions {
		if r == &regions[i] {
			return uint64(i)
		}
	}
	return MaxRegions
}

// Fault makes the page at an address of a region, and reports whether there is one now
// that the access may have. It is a pager of package threads.
//
// Execution context: anywhere, also outside of the Go runtime. One at a time for a region.
func Fault(word, cause, addr uint64) bool {
	if word >= MaxRegions || !regions[word].used {
		return false
	}
	r := &regions[word]
	if addr < r.Lo || addr >= r.Hi || cause == causeFetch && r.Rights&capability.Execute == 0 ||
		cause == causeStore && r.Rights&capability.Write == 0 || !r.page(addr) {
		r.lost++
		return false
	}
	return true
}

// Causes of faults (Privileged Architecture, table of scause).
const (
	causeFetch = 12
	causeLoad  = 13
	causeStore = 15
)

// page makes a frame of the next page of RAM and maps it.
func (r *Region) page(addr uint64) bool {
	offset, slot := r.made*page, r.made+1
	if r.Bytes < page || offset > r.Bytes-page || slot >= r.Slots {
		return false
	}
	r.regs = ecall.Registers{
		uint64(r.RAM), offset, uint64(capability.Frame), page, 1, uint64(r.CNode), slot,
	}
	if call(abi.CallRetype, &r.regs); abi.Error(r.regs[0]) != abi.OK {
		return false
	}
	frame := uint64(r.CNode) + slot
	r.regs = ecall.Registers{
		frame, uint64(r.Table), addr >> pageBits & (1<<(tableBits-pageBits) - 1), 1, 0, uint64(r.Rights),
	}
	if call(abi.CallMap, &r.regs); abi.Error(r.regs[0]) == abi.OK {
		r.made++
		return true
	}
	// If there is a page already it may be used: the hart did not know yet.
	there := abi.Error(r.regs[0]) == abi.Error(capability.ErrMapped)
	r.regs = ecall.Registers{frame}
	call(abi.CallDelete, &r.regs)
	return there
}

const pageBits = 12

// Make makes the pages of a part of the region that are not there yet, for code that must not
// fault: on no dispatcher of its own.
func (r *Region) Make(lo, hi uint64) bool {
	for at := lo &^ (page - 1); at < hi; at += page {
		if !Fault(r.Word(), causeLoad, at) {
			return false
		}
	}
	return true
}

// Made returns how many pages have been made. Lost returns how many faults could not be
// made good.
func (r *Region) Made() uint64 { return atomic.LoadUint64(&r.made) }
func (r *Region) Lost() uint64 { return atomic.LoadUint64(&r.lost) }
