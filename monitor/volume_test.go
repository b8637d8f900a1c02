package monitor

import (
	"errors"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"atoll/arch/layout"
	"atoll/boot/plan"
	"atoll/drivers/dma"
	"atoll/drivers/reg"
	"atoll/monitor/disk"
)

// A disk that a core has for a file system is nobody else's, and is read and written without an error while whoever
// drives it dies again and again. When it is given up, or the core dies that has it, another can have it.
// Sabotage: let try ask once; leave ExportAs out of OpenVolume; let Close do nothing.
func TestVolumeThroughDeaths(t *testing.T) {
	c, d := withDisk(t, 4)
	simulate(t, c, func(t *testing.T, m *machine) {
		m.holders(t, "0.1")
		v, err := m.mon(2).OpenVolume(0)
		if err != nil || v.Sectors() != simSectors || v.ReadOnly() {
			t.Fatalf("%+v, %v", v, err)
		}
		for _, core := range []int{2, 3} {
			if _, err := m.mon(core).OpenVolume(0); !errors.Is(err, syscall.EBUSY) {
				t.Errorf("core %d has it, too: %v", core, err)
			}
		}
		if _, err := m.mon(3).OpenVolume(1); !errors.Is(err, syscall.ENXIO) {
			t.Errorf("a disk that is not there: %v", err)
		}
		var done atomic.Uint64
		var stop atomic.Bool
		ended := make(chan error, 1)
		go func() { ended <- useVolume(v, &done, &stop) }()
		for round := range 4 {
			owner, other := round%2, (round+1)%2
			before := done.Load()
			for tries := 0; done.Load() < before+30; tries++ {
				if time.Sleep(100 * time.Millisecond); tries == 1000 {
					t.Fatalf("round %d: nothing is written any more", round)
				}
			}
			m.harts[owner].kill(layout.CausePanic, round%3 == 0)
			time.Sleep(2 * time.Second)
			if err := m.mon(other).StartCore(owner); err != nil {
				t.Fatal(err)
			}
		}
		stop.Store(true)
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if d.torn == 0 {
			t.Error("nobody has died in the middle of a request")
		}
		v.Close()
		if v, err = m.mon(3).OpenVolume(0); err != nil {
			t.Fatalf("what was given up: %v", err)
		}
		m.harts[3].kill(layout.CausePanic, false)
		for tries := 0; ; tries++ {
			if v, err = m.mon(2).OpenVolume(0); err == nil {
				break
			}
			if time.Sleep(100 * time.Millisecond); tries == 200 {
				t.Fatalf("what a dead core has had: %v", err)
			}
		}
		v.Close()
	})
}

// useVolume writes blocks, and reads what it has written, until it is told to stop.
func useVolume(v *Volume, done *atomic.Uint64, stop *atomic.Bool) error {
	const blocks, size = 16, 8
	data := make([]byte, size*disk.Sector)
	for n := uint64(1); !stop.Load(); n++ {
		first := n % blocks * size
		disk.Fill(data, first, n)
		if err := v.Write(first, data); err != nil {
			return err
		}
		if err := v.Flush(); err != nil {
			return err
		}
		clear(data)
		if err := v.Read(first, data); err != nil {
			return err
		}
		for s := uint64(0); s < size; s++ {
			if stamp, ok := disk.Stamp(data[s*disk.Sector:][:disk.Sector], first+s); !ok || stamp != n {
				return errors.New("what is read is not what was written")
			}
		}
		done.Add(1)
	}
	return nil
}

// emptySlot is the registers of a slot in which nothing stands.
type emptySlot struct{}

func (emptySlot) Read8(uintptr) uint8     { return 0 }
func (emptySlot) Write8(uintptr, uint8)   {}
func (emptySlot) Write32(uintptr, uint32) {}
func (emptySlot) Read32(off uintptr) uint32 {
	switch off {
	case 0:
		return 0x7472_6976 // the magic value
	case 4:
		return 2
	}
	return 0
}

// That there is no disk is said at once: of a number that no slot has, and of a slot that its core has found empty. One that is there is
// found meanwhile. Sabotage: leave noDisk out of OpenVolume; in noDisk, take a list without the disk for an answer of who is still to look.
func TestNoVolume(t *testing.T) {
	c, d := withDisk(t, 2)
	one := c.outfit
	const gap = 0x1000
	c.outfit = func(p *plan.Plan) {
		one(p)
		p.Devices[1] = p.Devices[0] // the disk, whose number is 0
		p.Devices[1].Regs.Base += gap
		p.NDevices = 2
	}
	c.drive = func(h *simHart, m *Monitor) {
		regs, base := simRegisters{d, h, m.incarnation}, m.plan.Devices[1].Regs.Base
		m.driveControllers(newInterrupts(m.plan, h.core, nil, nil))
		m.driveVirtio(func(dev *plan.Device) (reg.Block, error) {
			if dev.Regs.Base == base {
				return regs, nil
			}
			return emptySlot{}, nil
		}, func(*plan.Device) {}, func() (*dma.Window, error) { return d.window(h.core, m.incarnation), nil })
	}
	simulate(t, c, func(t *testing.T, m *machine) {
		v, err := m.mon(1).OpenVolume(0) // when it is, all is known
		if err != nil {
			t.Fatal(err)
		}
		v.Close()
		for core := range 2 {
			for _, number := range []int{1, 2, maxDisk + 1} {
				began := time.Now()
				_, err := m.mon(core).OpenVolume(number)
				if took := time.Since(began); !errors.Is(err, syscall.ENXIO) || took > openTime/2 {
					t.Errorf("core %d, disk %d: %v, after %v", core, number, err, took)
				}
			}
		}
	})
}
