package monitor

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"atoll/drivers/virtio/blk"
	"atoll/monitor/binding"
	"atoll/monitor/disk"
)

// Volume is a disk for a file system of this core: whoever drives it, and for nobody else's file
// system. That is agreed on: the core exports a name for as long as it has the disk, which no other can export
// then, and which goes with the core. It is for one goroutine. Package block says what its methods do.
type Volume struct {
	m        *Monitor
	number   int
	sectors  uint64
	readOnly bool
}

// volumeService is the number of the service that says who has a disk; nobody is served.
const volumeService = 0x180

func volumeName(number int) string { return fmt.Sprint("volume.", number) }

// How long a disk is tried for: its owner may have died, and another has to take it over.
const volumeTime = 15 * time.Second

// OpenVolume takes a disk for a file system. It fails with EBUSY if somebody has it, and with ENXIO if there is
// no such disk: at once if that is known, else when nobody has come to drive it. It blocks, within a bound.
func (m *Monitor) OpenVolume(number int) (*Volume, error) {
	if number > maxDisk {
		return nil, syscall.ENXIO
	}
	if _, err := m.Lookup(diskName(number)); err != nil && m.noDisk(number) {
		return nil, syscall.ENXIO
	}
	v := &Volume{m: m, number: number}
	d, err := m.OpenDisk(context.Background(), number, openTime)
	if err == nil {
		v.sectors, v.readOnly, err = d.Measure()
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", syscall.ENXIO, err)
	}
	none := func(b *binding.Binding) { b.Close() }
	if err := m.ExportAs(context.Background(), volumeName(number), uint32(volumeService+number), none); err != nil {
		return nil, fmt.Errorf("%w: %w", syscall.EBUSY, err)
	}
	return v, nil
}

// Close gives the disk up.
func (v *Volume) Close() { v.m.Withdraw(context.Background(), volumeName(v.number)) }

// Sectors returns how many there are.
func (v *Volume) Sectors() uint64 { return v.sectors }

// ReadOnly reports whether they can only be read.
func (v *Volume) ReadOnly() bool { return v.readOnly }

// Read reads sectors.
func (v *Volume) Read(sector uint64, into []byte) error {
	return v.try(func(d disk.Disk) error { return d.Read(sector, into, disk.RequestTime) })
}

// Write writes sectors.
func (v *Volume) Write(sector uint64, data []byte) error {
	return v.try(func(d disk.Disk) error { return d.Write(sector, data, disk.RequestTime) })
}

// Flush waits until what was written is on the medium.
func (v *Volume) Flush() error {
	return v.try(func(d disk.Disk) error { return d.Flush(disk.RequestTime) })
}

// try asks the disk, and again when its owner has died: what may have been done then may be done again.
func (v *Volume) try(do func(disk.Disk) error) (err error) {
	for until := time.Now().Add(volumeTime); ; {
		var d disk.Disk
		if d, err = v.m.OpenDisk(context.Background(), v.number, openTime); err == nil {
			err = do(d)
		}
		if err == nil || !errors.Is(err, disk.ErrLost) && !errors.Is(err, blk.ErrUnknown) || time.Now().After(until) {
			return err
		}
	}
}
