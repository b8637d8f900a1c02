// Package layout fixes the address space of an instance and the records that
// describe it. It is portable: the early boot code reads these records with the
// MMU off, the plan fills them in, and host tests check both.
//
// All addresses lie in the lower half of Sv39. User code owns gigapages 0-127,
// the kernel 128-255. Every constant here is a virtual address; physical ones
// come from the device tree, never from a constant.
package layout

// Sizes.
const (
	PageSize = 4 << 10
	MegaPage = 2 << 20
	GigaPage = 1 << 30
)

// The kernel's windows. Each begins on a gigapage of its own, so that every
// kernel entry of a root table exists from birth and never changes.
const (
	// UserEnd is the end of what user code may map.
	UserEnd = 0x20_0000_0000
	// LinkBase holds text, read-only data, data and bss at the link address.
	LinkBase = 0x20_0000_0000
	// CoreBase holds what a trap may touch (core area), the page-table window
	// and the plan.
	CoreBase = 0x20_4000_0000
	// DeviceBase holds the registers of owned devices, where the plan put them.
	DeviceBase = 0x20_8000_0000
	// HeapBase and HeapEnd bound all that the Go runtime asks of mmap.
	HeapBase = 0x21_0000_0000
	HeapEnd  = 0x23_0000_0000
	// WindowBase holds RAM that is reached at its physical address plus an
	// offset chosen in the plan: channel frames, granted frames, user pool, DMA.
	WindowBase = 0x30_0000_0000
	WindowEnd  = 0x40_0000_0000
)

// Parts of the core gigapage.
const (
	CoreArea    = CoreBase
	CrashPage   = CoreBase + 8*MegaPage  // this core's own, see Crash
	TableWindow = CoreBase + 16*MegaPage // one private L0 table, see arch/shim
	PlanBase    = CoreBase + 32*MegaPage
)

// Perm is what a leaf of the page table allows.
type Perm uint8

// Permissions as in a Sv39 leaf.
const (
	R Perm = 1 << iota
	W
	X
)

// String writes the permission as "rwx" with dashes.
func (p Perm) String() string {
	b := []byte("---")
	for i, c := range "rwx" {
		if p&(1<<i) != 0 {
			b[i] = byte(c)
		}
	}
	return string(b)
}

// Kind says what a mapped page is for.
type Kind uint8

// Kinds of mapped pages. Only Text, Plan, Initrd, Channel and what is granted, User at one
// core and Grant at others, and Doorbell may be mapped by two instances (law L2).
const (
	Private  Kind = iota // data, bss, heap, stacks, core area
	Table                // page tables, seen through the table window
	Text                 // text and read-only data
	Plan                 // the plan, read-only
	Channel              // a pair frame
	Device               // device registers
	IRQ                  // an interrupt controller's claim page
	DMA                  // the contiguous DMA window
	User                 // memory of the own user pool
	Grant                // memory of another core's user pool, which that has granted
	Doorbell             // where messages to another hart are written, law L2 in docs/laws.md
	Initrd               // the archive of programs, read-only
	Process              // memory of the own user pool that user code maps, beside User
	NumKinds
)

var kindNames = [NumKinds]string{"private", "table", "text", "plan", "channel", "device", "irq", "dma", "user", "grant", "doorbell", "initrd", "process"}

func (k Kind) String() string {
	if k < NumKinds {
		return kindNames[k]
	}
	return "unknown"
}

// Mapping is a run of pages, contiguous in virtual and in physical memory, that
// one instance maps with the same permissions for the same purpose.
type Mapping struct {
	VA, PA uint64
	Pages  uint64
	Perm   Perm
	Kind   Kind
}

// Row is what an instance is born from: the early code reads it at its physical
// address with the MMU off, so it is flat and holds no pointers. The plan writes
// it; nobody writes it afterwards.
type Row struct {
	Magic    uint64 // RowMagic
	Core     uint64 // core number; Planner for the throw-away instance that plans
	Hart     uint64 // hardware id
	Pool     uint64 // first byte of the kernel reserve (physical, page aligned)
	PoolEnd  uint64 // end of the kernel reserve
	Image    uint64 // where the first byte of the image was loaded (2 MiB aligned)
	PlanPA   uint64 // the plan's pages, mapped read-only at PlanBase
	PlanSize uint64 // bytes, a multiple of the page size; 0 for the planner
	WindowPA uint64 // physical address that WindowBase shows, on a gigapage
	WindowGB uint64 // gigapages of the window
	Timebase uint64 // ticks of the time CSR a second
	WallBase uint64 // wall clock at time 0, nanoseconds since 1970; 0 = unknown
	Flags    uint64 // RowSstc, ...
	CrashPA  uint64 // this core's crash page; 0 for the planner
	Messages uint64 // highest identity of messages to the hart (extension Ssaia); 0 = it takes none
	Seed     [4]uint64
}

// Start is what a hart is started with: firmware hands its physical address to
// the early code as the opaque value. For the first life it stands in the plan,
// for a later one in the starter's half of a pair frame.
type Start struct {
	Row  uint64 // physical address of the row
	Life uint64 // incarnation, from 1, and in the high half the core that starts it; StartTraced
}

// Crash is what a dying instance leaves in its crash page, which nobody else
// ever writes. Reading it is reading input: the instance may have gone mad.
type Crash struct {
	Magic       uint64 // CrashMagic, written last
	Incarnation uint64
	Cause       uint64 // a Cause
	Status      uint64 // exit status of the runtime, for CausePanic
	Time        uint64 // time CSR
	Length      uint64 // bytes of Text
	Text        [PageSize - 48]byte
}

// CrashMagic marks a crash page that has been written: "ATOLDEAD".
const CrashMagic = 0x444145444c4f5441

// Cause says why an instance has ended.
type Cause uint64

// Causes.
const (
	CauseUnknown Cause = iota
	CauseTrap          // a fault that the runtime could not take
	CauseOOM           // no page left
	CausePanic         // the runtime has exited with a status
	CauseExit          // the runtime has exited without one
	CauseKilled        // another core asked for it, since this one hung
	CauseStopped       // asked to stop

)

// Word names the cause in one word.
func (c Cause) Word() string {
	switch c {
	case CauseTrap:
		return "fault"
	case CauseOOM:
		return "oom"
	case CausePanic:
		return "panic"
	case CauseExit:
		return "exit"
	case CauseKilled:
		return "killed"
	case CauseStopped:
		return "stopped"
	}
	return "unknown"
}

// DeadMark is the low half of an Echo word (package ump) that means: the
// incarnation in the high half is about to stop.
const DeadMark = 1<<32 - 1

// RowMagic marks a row: "ATOLLROW".
const RowMagic = 0x574f524c4c4f5441

// Planner is the core number of the throw-away instance that makes the plan.
const Planner = ^uint64(0)

// Flags of a row.
const (
	RowSstc = 1 << iota // the hart has stimecmp (extension Sstc)
)

// DoorbellMessage is the identity of the messages by which cores ring each other, where
// harts take messages. It has the highest priority.
const DoorbellMessage = 1

// ImageInfo stands in the image's first page, at InfoOffset behind the header:
// the link addresses that the early code maps and copies by. The image tool
// writes it from the ELF's segments.
type ImageInfo struct {
	Magic     uint64 // InfoMagic
	TextEnd   uint64 // text: LinkBase (the header's page) to here
	ROData    uint64 // read-only data: from here ...
	RODataEnd uint64 // ... to here
	Data      uint64 // pristine data: from here ...
	DataEnd   uint64 // ... to here; the file ends on its page
	BSSEnd    uint64 // zero memory: from DataEnd to here, not in the file
}

// Where and how the early code finds the image's segments.
const (
	InfoOffset = 64
	InfoMagic  = 0x4f464e494c4f5441 // "ATOLINFO"
	// ClaimedOffset is a word of the image's first page, 0 in the file, that the
	// first hart sets; no other may plan.
	ClaimedOffset = 0xf00
)
