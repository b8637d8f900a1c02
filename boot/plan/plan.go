package plan

import "atoll/arch/layout"

// Bounds of a plan.
const (
	MaxCores       = 64
	MaxDevices     = 64
	MaxControllers = 8
	MaxArgs        = 2048
	// MinPartition is the least memory an instance is given; where there is less
	// for each hart, the plan uses fewer harts and says so.
	MinPartition = 16 << 20
)

// Magic marks a plan: "ATOLPLAN".
const Magic = 0x4e414c504c4f5441

// NoCore stands where no core applies.
const NoCore = ^uint32(0)

// Range is a range of physical memory.
type Range struct{ Base, Size uint64 }

// End returns the first address behind the range.
func (r Range) End() uint64 { return r.Base + r.Size }

// Contains reports whether the address lies in the range.
func (r Range) Contains(pa uint64) bool { return pa-r.Base < r.Size }

// Text is a short string without a pointer, zero-padded.
type Text [80]byte

func (t *Text) String() string {
	for i, c := range t {
		if c == 0 {
			return string(t[:i])
		}
	}
	return string(t[:])
}

// Core is one instance: its birth row, its partition and its way to interrupts. The partition
// is the kernel reserve, and elsewhere or behind it the user pool with the DMA window.
type Core struct {
	Row        layout.Row   // Row.Pool..PoolEnd is the kernel reserve, too
	Start      layout.Start // of its first life
	Reserve    Range        // what the kernel lives in
	User       Range        // what it gives to others and to programs
	DMA        Range        // what its devices reach, behind User
	Node       uint32       // NUMA node
	Controller uint32       // index of the interrupt controller that reaches the hart; NoCore if none
	Context    uint32       // the hart's number in S-mode at that controller
	_          uint32
	Claim      Range  // this core's own claim page at that controller, if it has such
	ClaimVA    uint64 // where the instance maps it
	File       Range  // where messages to the hart are written; Size 0 if it takes none
	FileVA     uint64 // where the other cores map it
}

// Memory is how much the core has, in bytes.
func (c *Core) Memory() uint64 { return c.Reserve.Size + c.User.Size + c.DMA.Size }

// Partition is where all of that lies: in one piece, or in two.
func (c *Core) Partition() []Range {
	rest := Range{c.User.Base, c.User.Size + c.DMA.Size}
	if c.Reserve.End() == rest.Base {
		return []Range{{c.Reserve.Base, c.Memory()}}
	}
	return []Range{c.Reserve, rest}
}

// DeviceKind says which driver a device is for.
type DeviceKind uint32

// Kinds of devices that the plan hands out.
const (
	DeviceNone DeviceKind = iota
	DeviceUART
	DevicePLIC
	DeviceRTC
	DeviceFinisher
	DeviceVirtioMMIO
	DeviceAPLIC
)

// Trigger says when a source requests an interrupt, with the values of the binding of
// interrupt controllers with two cells.
type Trigger uint32

// Triggers.
const (
	RisingEdge  Trigger = 1
	FallingEdge Trigger = 2
	LevelHigh   Trigger = 4
	LevelLow    Trigger = 8
)

// Device is a device that exactly one core owns and maps.
type Device struct {
	Kind       DeviceKind
	Owner      uint32 // core
	Regs       Range
	VA         uint64 // where the owner maps the registers' first byte
	Controller uint32 // index into Controllers of the interrupt parent; NoCore if none
	IRQ        uint32 // source number there
	Trigger    Trigger
	RegShift   uint32 // log2 of the distance between registers
	RegWidth   uint32 // bytes of one register access
	Clock      uint32 // input clock in Hz, 0 = unknown
	Console    uint32 // 1 for the device that /chosen/stdout-path names
	Compatible Text
	Path       Text
}

// Controller is an interrupt controller and the core that owns its shared pages.
type Controller struct {
	Device  uint32 // index into Devices
	Owner   uint32 // core
	Sources uint32 // highest source number
	// Messages is 1 if it sends messages to the harts' files, 0 if it has wires to the
	// harts, or to their contexts.
	Messages uint32
}

// Plan is the whole of it.
type Plan struct {
	Magic        uint64
	Size         uint64 // of this struct, bytes
	NCores       uint32
	NDevices     uint32
	NControllers uint32
	BootCore     uint32        // core of the hart that firmware entered
	Timebase     uint64        // Hz
	Entry        uint64        // time CSR when the firmware handed over
	Image        Range         // text, read-only data and pristine data as loaded
	Area         Range         // the plan's own pages
	Channels     Range         // pair frames, one page for each pair of cores
	Crash        Range         // one crash page a core
	Blob         Range         // a copy of the device tree
	Initrd       Range         // Size 0 if none
	RAM          uint64        // bytes of usable memory found
	Harts        uint32        // usable harts found, before any limit
	ArgsGiven    uint32        // bytes of /chosen/bootargs
	ArgsLen      uint32        // of them, those that have room here:
	Args         [MaxArgs]byte // the first
	Cores        [MaxCores]Core
	Devices      [MaxDevices]Device
	Controllers  [MaxControllers]Controller
}

// BootArgs returns the boot arguments, cut off if there are more than MaxArgs bytes.
func (p *Plan) BootArgs() string { return string(p.Args[:p.ArgsLen]) }

// Index returns the place of a device of the plan among its devices, -1 if it is not one
// of this very plan.
func (p *Plan) Index(dev *Device) int {
	for i := range p.Devices[:p.NDevices] {
		if &p.Devices[i] == dev {
			return i
		}
	}
	return -1
}

// Pair returns the physical address of the pair frame of cores a and b, a != b.
func (p *Plan) Pair(a, b int) uint64 {
	if a > b {
		a, b = b, a
	}
	return p.Channels.Base + uint64(b*(b-1)/2+a)*layout.PageSize
}

// CrashPage returns the physical address of a core's crash page.
func (p *Plan) CrashPage(core int) uint64 {
	return p.Crash.Base + uint64(core)*layout.PageSize
}

// RowPA returns the physical address of a core's row.
func (p *Plan) RowPA(core int) uint64 { return p.Area.Base + rowAt(core) }

// StartPA returns the physical address of the start record of a core's first life.
func (p *Plan) StartPA(core int) uint64 { return p.Area.Base + startAt(core) }

// InitrdPages returns the pages that the initial RAM disk lies in, none if there is none.
func (p *Plan) InitrdPages() Range {
	base := p.Initrd.Base &^ (layout.PageSize - 1)
	if p.Initrd.Size == 0 {
		return Range{}
	}
	return Range{base, (p.Initrd.End()+layout.PageSize-1)&^(layout.PageSize-1) - base}
}

// WindowVA returns where the RAM window shows a physical address.
func (p *Plan) WindowVA(pa uint64) uint64 {
	return pa - p.Cores[0].Row.WindowPA + layout.WindowBase
}
