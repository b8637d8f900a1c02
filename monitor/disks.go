package monitor

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"atoll/drivers/virtio/blk"
	"atoll/monitor/binding"
	"atoll/monitor/disk"
	"atoll/monitor/message"
)

// Disks. The core that drives one exports it to all others as the service disk.<number>,
// over bindings (package disk); which core that is, the table of services says. When it
// dies the next owner of the device exports it anew, and who wants it binds again.

// diskService is the number of the service of disk 0; those of the others follow.
const diskService = 0x100

// maxDisk bounds the numbers of disks.
const maxDisk = 63

// disks is this core's part. What is under the lock any goroutine may use; jobs belong to
// the event loop.
type disks struct {
	mu     sync.Mutex
	local  map[int]*blk.Disk
	remote map[int]*disk.Client

	jobs []*diskJob
	soak diskSoak
}

func (d *disks) init() {
	d.local, d.remote = map[int]*blk.Disk{}, map[int]*disk.Client{}
}

// serveDiskNumber lets all cores use a disk that this core drives, by its number. It is
// for the event loop.
func (m *Monitor) serveDiskNumber(number int, d *blk.Disk) {
	m.disks.mu.Lock()
	m.disks.local[number] = d
	m.disks.mu.Unlock()
	m.bindings.services[diskService+uint64(number)] = func(b *binding.Binding) { m.serveDisk(b, d) }
	m.names.keep(diskName(number), uint32(diskService+number), func(*Monitor) bool { return true })
	m.agreement.changed = true
}

func diskName(number int) string { return fmt.Sprint("disk.", number) }

// serveDisk serves one client.
func (m *Monitor) serveDisk(b *binding.Binding, d *blk.Disk) {
	if m.GiveBuffers(b, disk.BufferCount, disk.BufferBytes, bindTime) != nil {
		b.Close()
		return
	}
	disk.Serve(b, d)
}

// OpenDisk returns a disk, of this core or another. It waits within the bound for
// somebody to drive it. One that is lost is opened anew. Not for the event loop.
func (m *Monitor) OpenDisk(ctx context.Context, number int, bound time.Duration) (disk.Disk, error) {
	for until := time.Now().Add(bound); ; {
		d, err := m.openDisk(ctx, number)
		if err == nil || time.Now().After(until) {
			return d, err
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(diskGap):
		}
	}
}

// noDisk reports whether it is known that there is no disk of a number: there is no slot for it, or the core that has the slot has looked, and
// drives none there. Not for the event loop.
func (m *Monitor) noDisk(number int) bool {
	slot := m.slotOf(number)
	if slot < 0 {
		return true
	}
	core, held := m.Holder(slot)
	if !held {
		return false
	}
	head, list, err := askStream(context.Background(), m, core, askDisks, askTime, message.None{})
	return err == nil && head.Pending == 0 && !slices.ContainsFunc(list, func(d diskRecord) bool { return int(d.Number) == number })
}

// diskGap is how long to wait before looking again who drives a disk.
const diskGap = 20 * time.Millisecond

func (m *Monitor) openDisk(ctx context.Context, number int) (disk.Disk, error) {
	m.disks.mu.Lock()
	local, remote := m.disks.local[number], m.disks.remote[number]
	m.disks.mu.Unlock()
	if local != nil {
		return local, nil
	}
	if remote != nil && remote.Err() == nil {
		return remote, nil
	}
	b, err := m.BindName(ctx, diskName(number), bindTime)
	if err != nil {
		return nil, err
	}
	if err := m.GiveBuffers(b, disk.BufferCount, disk.BufferBytes, bindTime); err != nil {
		b.Close()
		return nil, err
	}
	c := disk.NewClient(b)
	m.disks.mu.Lock()
	defer m.disks.mu.Unlock()
	if other := m.disks.remote[number]; other != nil && other.Err() == nil {
		c.Close() // somebody else was faster
		return other, nil
	}
	m.disks.remote[number] = c
	return c, nil
}

// diskRecord is a disk as its owner knows it.
type diskRecord struct {
	Number, BlockSize                           uint32
	Sectors                                     uint64
	ReadOnly, Flushes, Legacy, Polled           uint8
	Failed                                      uint8
	Unused                                      [3]uint8
	ID                                          [24]uint8
	Requests, Errors, Interrupts, Looks, Resets uint64
}

// disksHead stands before the disks of a core: whether devices are on their way to it, or to
// nobody yet.
type disksHead struct{ Pending uint64 }

var askDisks = message.DeclareStream[message.None, disksHead, diskRecord](90, "disks")

func init() {
	serveStreamLater(askDisks, func(m *Monitor, _ client, _ message.None, done func(disksHead, []diskRecord, error)) {
		head := disksHead{} // before the list is made, that a disk is in one or the other
		if m.handingOver() {
			head.Pending = 1
		}
		go func() { // a disk is asked for its name
			list := m.diskRecords()
			m.do(func() { done(head, list, nil) })
		}()
	})
}

// identifyTime bounds the wait for a disk's name.
const identifyTime = 200 * time.Millisecond

// diskRecords lists the disks of this core.
func (m *Monitor) diskRecords() (list []diskRecord) {
	m.disks.mu.Lock()
	local := map[int]*blk.Disk{}
	for number, d := range m.disks.local {
		local[number] = d
	}
	m.disks.mu.Unlock()
	flag := func(b bool) uint8 {
		if b {
			return 1
		}
		return 0
	}
	for number, d := range local {
		s := d.Stats()
		r := diskRecord{
			Number: uint32(number), BlockSize: d.BlockSize, Sectors: d.Sectors,
			ReadOnly: flag(d.ReadOnly), Flushes: flag(d.Flushes), Legacy: flag(d.Legacy), Polled: flag(d.Polled),
			Failed: flag(d.Err() != nil), Requests: s.Requests, Errors: s.Errors, Interrupts: s.Interrupts,
			Looks: s.Polled, Resets: s.Resets,
		}
		if name := d.Name(identifyTime); name != "" {
			copy(r.ID[:], name)
		}
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b diskRecord) int { return int(a.Number) - int(b.Number) })
	return list
}
