package monitor

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"atoll/monitor/disk"
	"atoll/monitor/message"
)

// What the console has a core do with a disk: the core does it in a goroutine, whoever
// drives the disk, and answers with what came of it. It ends when who has asked gives up.

// Jobs.
const (
	jobWrite   uint64 = iota // sectors that prove themselves, with a stamp; then a flush
	jobVerify                // look for these
	jobCheck                 // write others over what there is, read them back, and put it back
	jobRead                  // how fast is that, one request after the other; data goes nowhere
	jobRewrite               // the same for writing what was read before
	jobRandom                // single sectors, at random
	numJobs
)

// jobSectors bounds the sectors of one job, and readSectors those whose data is sent.
const (
	jobSectors  = 1 << 16
	readSectors = 64
	// rewriteSectors bounds what is kept in memory to be written again.
	rewriteSectors = 1 << 10
)

// jobBound bounds one request of a job, openTime the wait for who drives the disk.
const (
	jobBound = 30 * time.Second
	openTime = 5 * time.Second
	// rateTime is how long a measurement goes on.
	rateTime = time.Second
)

// diskQuestion is what a core is to do.
type diskQuestion struct{ Job, Disk, Sector, Count, Stamp uint64 }

// DiskReport is what came of a job.
type DiskReport struct {
	Sectors, Requests uint64
	Bad, FirstBad     uint64 // sectors that were not what was written, and the first
	Took              time.Duration
	Local             uint64 // not 0: the core drives the disk itself
}

// diskJob is a job that goes on.
type diskJob struct {
	who    client
	cancel context.CancelCauseFunc
}

var (
	askDiskRead = message.DeclareStream[diskQuestion, message.None, uint8](91, "disk-read")
	askDiskJob  = message.DeclareRequest[diskQuestion, DiskReport](92, "disk-job")
)

func init() {
	serveStreamLater(askDiskRead, func(m *Monitor, who client, q diskQuestion, done func(message.None, []uint8, error)) {
		startDiskJob(m, who, q, readSectors, func(ctx context.Context, d disk.Disk) ([]byte, error) {
			data := make([]byte, q.Count*disk.Sector)
			return data, d.Read(q.Sector, data, jobBound)
		}, func(data []byte, err error) { done(message.None{}, data, err) })
	})
	serveLater(askDiskJob, func(m *Monitor, who client, q diskQuestion, done func(DiskReport, error)) {
		if q.Job >= numJobs {
			done(DiskReport{}, errors.New("there is no such job of a disk"))
			return
		}
		startDiskJob(m, who, q, jobSectors, func(ctx context.Context, d disk.Disk) (DiskReport, error) {
			_, remote := d.(*disk.Client)
			r := DiskReport{}
			if !remote {
				r.Local = 1
			}
			begin := time.Now()
			err := diskJobs[q.Job](ctx, d, q, &r)
			if r.Took == 0 {
				r.Took = time.Since(begin)
			}
			return r, err
		}, done)
	})
}

// startDiskJob opens the disk and does something with it, in a goroutine. done is called in the event loop.
func startDiskJob[T any](m *Monitor, who client, q diskQuestion, most uint64, do func(context.Context, disk.Disk) (T, error), done func(T, error)) {
	var none T
	if q.Count == 0 || q.Count > most || q.Disk > maxDisk || q.Sector > 1<<54 {
		done(none, fmt.Errorf("core %d does not do that with %d sectors at once, only with 1 to %d", m.self, q.Count, most))
		return
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	job := &diskJob{who, cancel}
	m.disks.jobs = append(m.disks.jobs, job)
	go func() {
		var result T
		d, err := m.OpenDisk(ctx, int(q.Disk), openTime)
		if err == nil {
			result, err = do(ctx, d)
		}
		m.do(func() {
			m.disks.jobs = slices.DeleteFunc(m.disks.jobs, func(j *diskJob) bool { return j == job })
			cancel(nil)
			done(result, err)
		})
	}()
}

// cancel ends the jobs of clients that match.
func (d *disks) cancel(match func(client) bool, err error) {
	for _, j := range d.jobs {
		if match(j.who) {
			j.cancel(err)
		}
	}
}

var diskJobs = [numJobs]func(context.Context, disk.Disk, diskQuestion, *DiskReport) error{
	jobWrite: diskWrite, jobVerify: diskVerify, jobCheck: diskCheck,
	jobRead: diskReads, jobRewrite: diskRewrites, jobRandom: diskReads,
}

// chunks calls do for parts of the job's sectors, as many as one request takes.
func (q diskQuestion) chunks(ctx context.Context, do func(sector uint64, data []byte) error) error {
	var buf [disk.BufferBytes]byte
	for at := uint64(0); at < q.Count; {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		n := min(q.Count-at, disk.BufferBytes/disk.Sector)
		if err := do(q.Sector+at, buf[:n*disk.Sector]); err != nil {
			return fmt.Errorf("sector %d and on: %w", q.Sector+at, err)
		}
		at += n
	}
	return nil
}

func (r *DiskReport) add(data []byte) {
	r.Requests++
	r.Sectors += uint64(len(data) / disk.Sector)
}

// judge looks whether sectors are what was written with a stamp.
func (r *DiskReport) judge(data []byte, sector, stamp uint64) {
	for ; len(data) > 0; data, sector = data[disk.Sector:], sector+1 {
		if s, ok := disk.Stamp(data[:disk.Sector], sector); !ok || s != stamp {
			if r.Bad == 0 {
				r.FirstBad = sector
			}
			r.Bad++
		}
	}
}

func diskWrite(ctx context.Context, d disk.Disk, q diskQuestion, r *DiskReport) error {
	err := q.chunks(ctx, func(sector uint64, data []byte) error {
		disk.Fill(data, sector, q.Stamp)
		r.add(data)
		return d.Write(sector, data, jobBound)
	})
	if err != nil {
		return err
	}
	return d.Flush(jobBound)
}

func diskVerify(ctx context.Context, d disk.Disk, q diskQuestion, r *DiskReport) error {
	return q.chunks(ctx, func(sector uint64, data []byte) error {
		r.add(data)
		err := d.Read(sector, data, jobBound)
		if err == nil {
			r.judge(data, sector, q.Stamp)
		}
		return err
	})
}

func diskCheck(ctx context.Context, d disk.Disk, q diskQuestion, r *DiskReport) error {
	was := make([]byte, disk.BufferBytes)
	return q.chunks(ctx, func(sector uint64, data []byte) error {
		was := was[:len(data)]
		r.add(data)
		if err := d.Read(sector, was, jobBound); err != nil {
			return err
		}
		disk.Fill(data, sector, q.Stamp)
		err := d.Write(sector, data, jobBound)
		if err == nil {
			clear(data)
			err = d.Read(sector, data, jobBound)
		}
		if err == nil {
			r.judge(data, sector, q.Stamp)
		}
		return errors.Join(err, d.Write(sector, was, jobBound), d.Flush(jobBound))
	})
}

// errEnough ends a measurement.
var errEnough = errors.New("the time is up")

// rate makes one request after the other until the time is up: in order of the sectors,
// and again from the first.
func (q diskQuestion) rate(ctx context.Context, r *DiskReport, do func(sector uint64, data []byte) error) (err error) {
	begin := time.Now()
	for err == nil {
		err = q.chunks(ctx, func(sector uint64, data []byte) error {
			if r.Took = time.Since(begin); r.Took >= rateTime {
				return errEnough
			}
			r.add(data)
			return do(sector, data)
		})
	}
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

func diskReads(ctx context.Context, d disk.Disk, q diskQuestion, r *DiskReport) error {
	from, among := q.Sector, q.Count
	if q.Job == jobRandom {
		q.Count = 1
	}
	return q.rate(ctx, r, func(sector uint64, data []byte) error {
		if q.Job == jobRandom {
			sector = from + rand.Uint64N(among)
		}
		return d.Read(sector, data, jobBound)
	})
}

func diskRewrites(ctx context.Context, d disk.Disk, q diskQuestion, r *DiskReport) error {
	was := map[uint64][]byte{}
	q.Count = min(q.Count, rewriteSectors)
	err := q.chunks(ctx, func(sector uint64, data []byte) error {
		was[sector] = slices.Clone(data)
		return d.Read(sector, was[sector], jobBound)
	})
	if err != nil {
		return err
	}
	return q.rate(ctx, r, func(sector uint64, _ []byte) error { return d.Write(sector, was[sector], jobBound) })
}
