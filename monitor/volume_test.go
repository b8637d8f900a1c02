package monitor

import (
	"errors"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"atoll/arch/layout"
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
