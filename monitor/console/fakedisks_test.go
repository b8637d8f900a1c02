package console

import (
	"fmt"
	"time"
)

// fakeDisks are the disks of a fakeSystem: core 0 drives disk 0, of 100 sectors, and disk
// 3, which is read-only and polled.
type fakeDisks struct {
	none    bool
	late    int // how many questions come before the disks are there
	soaking bool
	sectors uint64 // of disk 0, if not 100
	bad     uint64 // sectors that work finds bad
	fail    error
}

func (f *fakeSystem) Disks(core int) ([]DiskState, bool, error) {
	err := f.ask("disks", core)
	f.late--
	if core != 0 || f.none || f.late > 0 {
		return nil, f.late > 0, err
	}
	return []DiskState{
		{Number: 0, Sectors: max(100, f.sectors), BlockSize: 512, Flushes: true, Legacy: true, ID: "abc", Requests: 9, Errors: 1, Interrupts: 7, Looked: 2},
		{Number: 3, Sectors: 1 << 30, BlockSize: 4096, ReadOnly: true, Polled: true},
	}, false, err
}

func (f *fakeSystem) ReadDisk(core, disk int, sector, count uint64) ([]byte, error) {
	data := make([]byte, count*512)
	copy(data, fmt.Sprintf("disk %d sector %d", disk, sector))
	if f.fail != nil {
		return nil, f.fail
	}
	return data, f.ask("read-disk", core)
}

func (f *fakeSystem) DiskJob(core int, what DiskWork, disk int, sector, count, stamp uint64) (DiskResult, error) {
	if f.fail != nil {
		return DiskResult{}, f.fail
	}
	return DiskResult{Sectors: count, Requests: count, Bad: f.bad, FirstBad: sector, Took: time.Millisecond, Local: core == 0},
		f.ask(fmt.Sprintf("work %d on disk %d from %d stamp %d", what, disk, sector, stamp), core)
}

func (f *fakeSystem) DiskSoak(core, disk int, begin bool) error {
	f.soaking = begin
	return f.ask(fmt.Sprintf("disk-soak %d %v", disk, begin), core)
}

func (f *fakeSystem) DiskSoakReport(core int) (DiskSoak, error) {
	return DiskSoak{Running: f.soaking, Sector: uint64(64 * core), Done: 5, Failed: 1, Lost: f.bad, Error: "core 0 is down"}, f.ask("disk-soak-report", core)
}

func (f *fakeSystem) Seeds(core int) (uint64, error) { return uint64(core + 1), f.ask("seeds", core) }
