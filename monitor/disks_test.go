package monitor

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"atoll/arch/layout"
	"atoll/boot/plan"
	"atoll/drivers/dma"
	"atoll/drivers/reg"
	"atoll/drivers/virtio"
	"atoll/drivers/virtio/virtiotest"
	"atoll/monitor/disk"
)

// simDisk is a disk in a slot of a simulated machine. It works when its driver looks, and
// not at once, so that its owner may die in between; and what it has not done when it is
// reset it does in part.
type simDisk struct {
	*virtiotest.Device
	mu      sync.Mutex
	content []byte
	random  *rand.Rand
	writes  int
	torn    int // writes that a reset has cut
}

const simSectors = 4096

func newSimDisk(t *testing.T) *simDisk {
	d := &simDisk{content: make([]byte, simSectors*disk.Sector), random: rand.New(rand.NewPCG(1, 2))}
	d.Device, _ = virtiotest.New(virtio.Block, false, t.Errorf)
	d.Memory = make([]byte, 8<<20)
	d.Lazy, d.Serve = true, d.serve
	d.Config = binary.LittleEndian.AppendUint64(nil, simSectors)
	return d
}

// window is the DMA window of a life of a core; each has another, so that the goroutines of
// the dead, which a test cannot end, do no harm.
func (d *simDisk) window(core int, life uint32) *dma.Window {
	const size = 256 << 10
	at := (uint64(core)*8 + uint64(life)) * size
	return dma.NewWindow(d.Memory[at:][:size], virtiotest.Base+at, nil)
}

func (d *simDisk) serve(_ uint32, c *virtiotest.Chain) uint32 { return d.do(c, 1<<30) }

// do does a request, of a write only so many bytes.
func (d *simDisk) do(c *virtiotest.Chain, most int) uint32 {
	header, written := bytes.Join(c.Read, nil), 1
	at := int(binary.LittleEndian.Uint64(header[8:])) * disk.Sector
	switch binary.LittleEndian.Uint32(header) {
	case 0:
		for _, part := range c.Write[:len(c.Write)-1] {
			written += copy(part, d.content[at:])
			at += len(part)
		}
	case 1:
		data := header[16:]
		copy(d.content[at:], data[:min(len(data), most)])
		d.writes++
	}
	c.Write[len(c.Write)-1][0] = 0
	return uint32(written)
}

// simRegisters are the registers as one life of a core sees them; the dead see none.
type simRegisters struct {
	*simDisk
	h    *simHart
	life uint32
}

func (r simRegisters) alive() bool {
	l := r.h.now()
	return l.running && l.incarnation == r.life
}

func (r simRegisters) Read32(off uintptr) uint32 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.alive() {
		return 0
	}
	if off == 0x70 && r.Status&4 != 0 && r.random.IntN(25) == 0 {
		r.Work(0, 1)
	}
	return uint32(r.Load(off, 4))
}

func (r simRegisters) Write32(off uintptr, v uint32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.alive() {
		return
	}
	if off == 0x70 && v == 0 {
		for _, c := range r.Waiting(0) { // what is under way ends anywhere
			r.do(c, r.random.IntN(9)*disk.Sector)
			r.torn++
		}
	}
	r.Store(off, 4, uint64(v))
}

func (r simRegisters) Read8(off uintptr) uint8     { return uint8(r.Read32(off)) }
func (r simRegisters) Write8(off uintptr, _ uint8) { panic("nobody writes bytes") }

// withDisk is a machine with a disk in its only slot, without an interrupt.
func withDisk(t *testing.T, cores int) (config, *simDisk) {
	d := newSimDisk(t)
	c := config{cores: cores}
	c.outfit = func(p *plan.Plan) {
		p.NDevices = 1
		p.Devices[0] = plan.Device{Kind: plan.DeviceVirtioMMIO, Controller: plan.NoCore, Regs: plan.Range{Base: 0x1000_0000, Size: 0x1000}}
	}
	c.drive = func(h *simHart, m *Monitor) {
		regs := simRegisters{d, h, m.incarnation}
		m.driveControllers(newInterrupts(m.plan, h.core, nil, nil))
		m.driveVirtio(
			func(*plan.Device) (reg.Block, error) { return regs, nil }, func(*plan.Device) {},
			func() (*dma.Window, error) { return d.window(h.core, m.incarnation), nil })
	}
	return c, d
}

// soaking has cores begin or end to write.
func (m *machine) soaking(begin uint64, cores ...int) {
	for _, core := range cores {
		mon := m.mon(core)
		mon.wait(func() { mon.diskSoak(client{}, diskSoakQuestion{Begin: begin}) })
	}
}

func (m *machine) soaked(core int) (r DiskSoakReport) {
	mon := m.mon(core)
	mon.wait(func() { r = mon.disks.soak.report })
	return r
}

// Cores write while whoever drives the disk dies again and again, and comes back. No write
// that was reported done is lost, those that were not are told of as such, the next owner
// serves, and in the end each block has its last write.
// Sabotage: let lost answer nil; let reset of package blk end requests with nil.
func TestDisksThroughDeaths(t *testing.T) {
	c, d := withDisk(t, 4)
	simulate(t, c, func(t *testing.T, m *machine) {
		m.holders(t, "0.1")
		m.soaking(1, 2, 3)
		for round := range 4 {
			owner, other := round%2, (round+1)%2
			before := [2]DiskSoakReport{m.soaked(2), m.soaked(3)}
			for tries := 0; m.soaked(2).Done < before[0].Done+20 || m.soaked(3).Done < before[1].Done+20; tries++ {
				if time.Sleep(100 * time.Millisecond); tries == 1000 {
					t.Fatalf("round %d: they write no more: %+v, %+v", round, m.soaked(2), m.soaked(3))
				}
			}
			m.harts[owner].kill(layout.CausePanic, round%3 == 0)
			time.Sleep(2 * time.Second)
			if err := m.mon(other).StartCore(owner); err != nil {
				t.Fatal(err)
			}
		}
		m.soaking(0, 2, 3)
		time.Sleep(10 * time.Second)
		failed := uint64(0)
		for _, core := range []int{2, 3} {
			r := m.soaked(core)
			text, _, _ := strings.Cut(string(r.Error[:]), "\x00")
			if failed += r.Failed; r.Running != 0 || r.Lost != 0 || r.Failed > 0 && !strings.Contains(text, "peer-dead: core") {
				t.Errorf("core %d: %+v, %q", core, r, text)
			}
			for n := r.Done; n > r.Done-soakBlocks; n-- {
				first := r.Sector + n%soakBlocks*soakBlockSectors
				for s := first; s < first+soakBlockSectors; s++ {
					if stamp, ok := disk.Stamp(d.content[s*disk.Sector:][:disk.Sector], s); !ok || stamp != SoakStamp(core, n) {
						t.Errorf("core %d: sector %d has stamp %#x, whole: %v, want %#x", core, s, stamp, ok, SoakStamp(core, n))
					}
				}
			}
		}
		if failed == 0 || d.torn == 0 {
			t.Errorf("%d writes have failed, %d were cut: nobody died in the middle", failed, d.torn)
		}
		t.Logf("%d writes, %d failed, %d cut by a reset", d.writes, failed, d.torn)
	})
}

// What a disk says reaches who asked at another core: errors as such, and its name; a job ends
// when who wants it gives up.
// Sabotage: let codeOf answer 0; leave disks.cancel out of cancel.
func TestDiskFromAfar(t *testing.T) {
	c, d := withDisk(t, 3)
	simulate(t, c, func(t *testing.T, m *machine) {
		m.holders(t, "0.1")
		far, err := m.mon(2).OpenDisk(context.Background(), 0, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		data := make([]byte, 40*disk.Sector)
		disk.Fill(data, 100, 7)
		if err := far.Write(100, data, 0); err != nil || !bytes.Equal(d.content[100*disk.Sector:][:len(data)], data) {
			t.Errorf("%v, or not what was written", err)
		}
		clear(data)
		if err := far.Read(100, data, 0); err != nil || !bytes.Equal(d.content[100*disk.Sector:][:len(data)], data) {
			t.Errorf("%v, or not what was read", err)
		}
		for sector, want := range map[uint64]string{simSectors: "no such sectors", ^uint64(0): "no such sectors"} {
			if err := far.Read(sector, data[:disk.Sector], 0); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("sector %d: %v", sector, err)
			}
		}
		if err := far.Read(0, data[:100], 0); !errors.Is(err, disk.ErrRefused) {
			t.Errorf("a piece of a sector: %v", err)
		}
		if again, err := m.mon(2).OpenDisk(context.Background(), 0, time.Minute); err != nil || again != far {
			t.Errorf("opened twice: %v", err)
		}
		_, err = m.mon(2).OpenDisk(context.Background(), 1, time.Second)
		if err == nil || !strings.Contains(err.Error(), "no core exports disk.1") {
			t.Errorf("a disk that is not there: %v", err)
		}
		ctx, giveUp := context.WithCancel(context.Background())
		time.AfterFunc(50*time.Millisecond, giveUp)
		q := diskQuestion{Job: jobRead, Count: 1000}
		if _, err := ask(ctx, m.mon(1), 2, askDiskJob, time.Minute, q); err == nil {
			t.Error("a job that was given up succeeds")
		}
		time.Sleep(100 * time.Millisecond)
		m.mon(2).wait(func() {
			if n := len(m.mon(2).disks.jobs); n != 0 {
				t.Errorf("%d jobs go on for nobody", n)
			}
		})
		for _, q := range []diskQuestion{{Job: numJobs, Count: 1}, {Count: 0}, {Count: jobSectors + 1}, {Disk: maxDisk + 1, Count: 1}, {Sector: 1 << 60, Count: 1}} {
			if _, err := ask(context.Background(), m.mon(1), 2, askDiskJob, time.Minute, q); err == nil {
				t.Errorf("%+v is done", q)
			}
		}
	})
}
