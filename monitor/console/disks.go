package console

import "time"

// Disks is what commands can ask about disks. Numbers of disks are those of their places,
// and the same on every core.
type Disks interface {
	// Disks asks a core which disks it drives, and whether more may be on their way to it.
	Disks(core int) (list []DiskState, pending bool, err error)
	// ReadDisk has a core read sectors and returns them.
	ReadDisk(core, disk int, sector, count uint64) ([]byte, error)
	// DiskJob has a core do something with sectors of a disk, with the stamp that they carry.
	DiskJob(core int, what DiskWork, disk int, sector, count, stamp uint64) (DiskResult, error)
	// DiskSoak has a core begin to write sectors that prove themselves, or end that;
	// DiskSoakReport asks it how far it is.
	DiskSoak(core, disk int, begin bool) error
	DiskSoakReport(core int) (DiskSoak, error)
}

// DiskSoak is how far a core is with writing.
type DiskSoak struct {
	Running                  bool
	Sector                   uint64 // first of its part
	Done, Failed, Lost, Torn uint64 // writes; blocks that were not what was done, or half written when they had failed
	Error                    string // the last
}

// DiskWork is what a core can do with a disk.
type DiskWork int

// What a core can do with a disk.
const (
	DiskWrite   DiskWork = iota // write sectors that prove themselves
	DiskVerify                  // look for them
	DiskCheck                   // write them over what there is, look for them, and put it back
	DiskReads                   // how fast can the sectors be read
	DiskRewrite                 // and written, with what they have
	DiskRandom                  // and single ones read at random
)

// DiskState is a disk as the core knows it that drives it.
type DiskState struct {
	Number, Core               int
	Sectors                    uint64
	BlockSize                  uint32
	ReadOnly, Flushes          bool
	Legacy, Polled, Failed     bool
	ID                         string // serial number, which it says itself
	Requests, Errors           uint64
	Interrupts, Looked, Resets uint64 // Looked counts requests whose end no interrupt told
}

// DiskResult is what came of the work with a disk.
type DiskResult struct {
	Sectors, Requests uint64
	Bad, FirstBad     uint64 // sectors that were not what was written, and the first
	Took              time.Duration
	Local             bool // the core drives the disk itself
}
