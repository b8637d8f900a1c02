package spawn

import (
	"atoll/kernel"
	"atoll/kernel/dispatch"
	"atoll/kernel/domain"
	"atoll/kernel/ram"
	"atoll/kernel/vspace"
	"atoll/monitor/parcel"
	"atoll/monitor/spans"
	"atoll/user/block"
	"atoll/user/ninep"
)

// Memory is physical memory as the kernel reaches it; kernel.Physical is one.
type Memory interface {
	domain.Memory
	vspace.Memory
	ram.Memory
}

// Pool is the user pool of a core.
type Pool struct {
	*kernel.Frames
	Base, Size uint64
}

// Fact is a file of /mk: its name, and what it contains when it is opened. Text is called in the
// loop and must not block.
type Fact struct {
	Name string
	Text func() string
}

// Host is the instance that programs run on.
type Host interface {
	// Core is the number of the core.
	Core() int
	// Pool waits until the user pool may be used, within a bound.
	Pool() (Pool, error)
	// Archive returns the initial RAM disk, which nobody writes, and its physical address; nil if
	// there is none. The kernel reaches the pages in which it lies as its memory, to read.
	Archive() (data []byte, at uint64, err error)
	// Channels is what makes channels between programs, nil if nothing does.
	Channels() domain.Channels
	// Remote is what makes capabilities pass between the core and others, nil if nothing does.
	Remote(c *domain.Core) domain.Remote
	// Spans is what has threads run on other cores, and those of others here by what p says; nil if
	// nothing does.
	Spans(c *domain.Core, p spans.Port) spans.Carrier
	// Parcels is what carries what this core's userland and others say to each other; nil if nothing does. do has the
	// loop call something.
	Parcels(do func(func()), p parcel.Port) parcel.Carrier
	// Programs is what runs programs that programs run, nil if nothing does.
	Programs() domain.Programs
	// Sources is what has the interrupts of devices, nil if nothing does.
	Sources() domain.Sources
	// Machine is the hart under the loop, Memory the memory under the capabilities.
	Machine() dispatch.Machine
	Memory() Memory
	// Facts are what programs read of the machine in /mk.
	Facts() []Fact
	// Share returns what begins a session with the folder of the host, and blocks within a bound; nil if the
	// programs have none.
	Share() func() (ninep.Transport, error)
	// Volume takes a disk, by its number, for a file system. It blocks, within a bound.
	Volume(number int) (block.Disk, error)
	// Say writes whole lines to the console. It may block.
	Say(lines []byte)
	// Random fills b with random bytes.
	Random(b []byte)
	// Clock returns nanoseconds since 1970, 0 if nobody knows, and since the machine began.
	Clock() (wall, monotonic uint64)
	// Ticks converts nanoseconds to ticks of the machine, Nanoseconds does the reverse.
	Ticks(ns uint64) uint64
	Nanoseconds(ticks uint64) uint64
}
