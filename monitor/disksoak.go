package monitor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"atoll/monitor/disk"
	"atoll/monitor/message"
)

// A soak of a disk is writing that proves itself through deaths: every core that takes part
// writes blocks of a region of its own, each with a stamp that counts up, round and round. A
// write is done when the disk's core has said so. If it fails, whoever died, the core looks at
// its whole region once there is somebody to ask: each block must have the last stamp
// that was done there; only the one that has failed may be anything. Then it writes that
// again, until it is done.
const (
	soakBlocks       = 8 // of each region
	soakBlockSectors = 8 // of each block: a write can be torn
	soakRegion       = soakBlocks * soakBlockSectors
	// soakBound is how long a core tries to write one block before it gives up.
	soakBound = time.Minute
)

// diskSoak is this core's part. It belongs to the event loop, but for the goroutine's own
// copy of the report.
type diskSoak struct {
	report DiskSoakReport
	stop   context.CancelFunc // nil = no part
}

// DiskSoakReport is what one core knows of its region.
type DiskSoakReport struct {
	Running uint64
	Sector  uint64 // first of the region
	Done    uint64 // stamps that are done: all up to this one
	Failed  uint64 // writes that have failed, and were made again
	Lost    uint64 // blocks that did not have what was done
	Torn    uint64 // of the failed ones those that were found half written
	Error   [64]uint8
}

// SoakStamp is the stamp of a core's n-th write, which goes to block n modulo soakBlocks.
func SoakStamp(core int, n uint64) uint64 { return uint64(core)<<48 | n }

// diskSoakQuestion has a core begin, at a region behind a sector, or end.
type diskSoakQuestion struct{ Disk, Sector, Begin uint64 }

var (
	askDiskSoak       = message.DeclareRequest[diskSoakQuestion, message.None](93, "disk-soak")
	askDiskSoakReport = message.DeclareRequest[message.None, DiskSoakReport](96, "disk-soak-report")
)

func init() {
	serve(askDiskSoak, (*Monitor).diskSoak)
	serve(askDiskSoakReport, func(m *Monitor, _ client, _ message.None) (DiskSoakReport, error) {
		return m.disks.soak.report, nil
	})
}

// diskSoak begins or ends this core's part.
func (m *Monitor) diskSoak(_ client, q diskSoakQuestion) (none message.None, err error) {
	s := &m.disks.soak
	switch {
	case q.Begin == 0 && s.stop != nil:
		s.stop()
		return none, nil
	case q.Begin == 0:
		return none, nil
	case s.report.Running != 0:
		return none, fmt.Errorf("core %d writes already", m.self)
	case q.Disk > maxDisk || q.Sector > 1<<54:
		return none, fmt.Errorf("core %d knows no such place", m.self)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	s.report = DiskSoakReport{Running: 1, Sector: q.Sector + uint64(m.self)*soakRegion}
	w := &soakWriter{m: m, disk: int(q.Disk), report: s.report}
	go w.run(ctx)
	return none, nil
}

// soakWriter is the goroutine that writes.
type soakWriter struct {
	m      *Monitor
	disk   int
	report DiskSoakReport
	data   [soakBlockSectors * disk.Sector]byte
}

// run writes until the context ends, and finishes the write under way then.
func (w *soakWriter) run(ctx context.Context) {
	err := error(nil)
	for n := uint64(1); err == nil && ctx.Err() == nil; n++ {
		if err = w.write(n); err == nil {
			w.report.Done = n
			w.tell()
		}
	}
	if err == nil {
		err = w.look(0)
	}
	w.note(err)
	w.report.Running = 0
	w.tell()
}

// tell lets the event loop know how far it is.
func (w *soakWriter) tell() {
	r := w.report
	w.m.do(func() { w.m.disks.soak.report = r })
}

// note keeps what an error says.
func (w *soakWriter) note(err error) {
	if err != nil {
		w.report.Error = [64]uint8{}
		copy(w.report.Error[:], err.Error())
	}
}

func (w *soakWriter) sectorOf(n uint64) uint64 {
	return w.report.Sector + n%soakBlocks*soakBlockSectors
}

// write writes the n-th stamp until that is done. It fails when there is nobody to ask, or
// nothing works, for too long.
func (w *soakWriter) write(n uint64) error {
	failed := false
	for until := time.Now().Add(soakBound); ; {
		d, err := w.m.OpenDisk(context.Background(), w.disk, openTime)
		if err == nil && failed {
			err = w.look(n)
		}
		if err == nil {
			disk.Fill(w.data[:], w.sectorOf(n), SoakStamp(w.m.self, n))
			if err = d.Write(w.sectorOf(n), w.data[:], jobBound); err == nil {
				return nil
			}
			w.report.Failed++
		}
		failed = true
		w.note(err)
		w.tell()
		if time.Now().After(until) {
			return err
		}
	}
}

// errSoakLost says that the region does not have what was done.
var errSoakLost = errors.New("a block does not have what was written")

// look looks at all blocks. That of the n-th stamp may have anything, if n is not 0.
func (w *soakWriter) look(n uint64) error {
	d, err := w.m.OpenDisk(context.Background(), w.disk, openTime)
	if err != nil {
		return err
	}
	for last := w.report.Done; last > 0 && last+soakBlocks > w.report.Done; last-- {
		unsure := n != 0 && last%soakBlocks == n%soakBlocks
		sector := w.sectorOf(last)
		if err := d.Read(sector, w.data[:], jobBound); err != nil {
			return err
		}
		whole, torn := 0, false
		first, _ := disk.Stamp(w.data[:disk.Sector], sector)
		for i := range uint64(soakBlockSectors) {
			s, ok := disk.Stamp(w.data[i*disk.Sector:][:disk.Sector], sector+i)
			if ok && s == SoakStamp(w.m.self, last) {
				whole++
			}
			torn = torn || !ok || s != first
		}
		switch {
		case unsure && torn:
			w.report.Torn++
		case !unsure && whole != soakBlockSectors:
			w.report.Lost++
			return errSoakLost
		}
	}
	return nil
}
