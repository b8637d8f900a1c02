package monitor

import (
	"strings"
	"time"

	"atoll/monitor/console"
	"atoll/monitor/message"
)

// jobTime bounds a job with a disk as a whole. A disk of QEMU does a million sectors in it.
const jobTime = 2 * time.Minute

// Disks asks a core which disks it drives.
func (s *System) Disks(core int) ([]console.DiskState, bool, error) {
	head, records, err := askStream(s.ctx, s.m, core, askDisks, askTime, message.None{})
	var list []console.DiskState
	for _, r := range records {
		id, _, _ := strings.Cut(string(r.ID[:]), "\x00")
		list = append(list, console.DiskState{
			Number: int(r.Number), Core: core, Sectors: r.Sectors, BlockSize: r.BlockSize,
			ReadOnly: r.ReadOnly != 0, Flushes: r.Flushes != 0, Legacy: r.Legacy != 0, Polled: r.Polled != 0, Failed: r.Failed != 0,
			ID: id, Requests: r.Requests, Errors: r.Errors, Interrupts: r.Interrupts, Looked: r.Looks, Resets: r.Resets,
		})
	}
	return list, head.Pending != 0, err
}

// ReadDisk has a core read sectors.
func (s *System) ReadDisk(core, disk int, sector, count uint64) ([]byte, error) {
	_, data, err := askStream(s.ctx, s.m, core, askDiskRead, jobTime, diskQuestion{Disk: uint64(disk), Sector: sector, Count: count})
	return data, err
}

// diskJobOf are the jobs by what the console calls them.
var diskJobOf = map[console.DiskWork]uint64{
	console.DiskWrite: jobWrite, console.DiskVerify: jobVerify, console.DiskCheck: jobCheck,
	console.DiskReads: jobRead, console.DiskRewrite: jobRewrite, console.DiskRandom: jobRandom,
}

// DiskJob has a core work with a disk.
func (s *System) DiskJob(core int, what console.DiskWork, disk int, sector, count, stamp uint64) (console.DiskResult, error) {
	r, err := ask(s.ctx, s.m, core, askDiskJob, jobTime, diskQuestion{diskJobOf[what], uint64(disk), sector, count, stamp})
	return console.DiskResult{
		Sectors: r.Sectors, Requests: r.Requests, Bad: r.Bad, FirstBad: r.FirstBad, Took: r.Took, Local: r.Local != 0,
	}, err
}

// DiskSoak has a core begin to write, at the beginning of a disk, or end that.
func (s *System) DiskSoak(core, disk int, begin bool) error {
	q := diskSoakQuestion{Disk: uint64(disk)}
	if begin {
		q.Begin = 1
	}
	_, err := ask(s.ctx, s.m, core, askDiskSoak, askTime, q)
	return err
}

// DiskSoakReport asks a core how far it is.
func (s *System) DiskSoakReport(core int) (console.DiskSoak, error) {
	r, err := ask(s.ctx, s.m, core, askDiskSoakReport, askTime, message.None{})
	text, _, _ := strings.Cut(string(r.Error[:]), "\x00")
	return console.DiskSoak{
		Running: r.Running != 0, Sector: r.Sector, Done: r.Done, Failed: r.Failed, Lost: r.Lost, Torn: r.Torn, Error: text,
	}, err
}

// Seeds asks a core how many seeds were mixed in there.
func (s *System) Seeds(core int) (uint64, error) {
	return ask(s.ctx, s.m, core, askSeeds, askTime, message.None{})
}
