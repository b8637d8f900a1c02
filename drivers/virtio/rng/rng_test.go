package rng

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	"atoll/drivers/dma"
	"atoll/drivers/reg/regtest"
	"atoll/drivers/virtio"
	"atoll/drivers/virtio/virtiotest"
)

// open makes a fake device and its driver, in a bubble, for each version.
func open(t *testing.T, test func(t *testing.T, f *virtiotest.Device, w *dma.Window, r *RNG)) {
	for _, legacy := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			f, w := virtiotest.New(virtio.Entropy, legacy, t.Errorf)
			dev, err := virtio.Probe(regtest.New(f))
			if err != nil {
				t.Fatal(err)
			}
			f.Serve = func(_ uint32, c *virtiotest.Chain) uint32 { return uint32(copy(c.Write[0], "random")) }
			r, err := New(dev, w)
			if err != nil {
				t.Fatal(err)
			}
			test(t, f, w, r)
		})
	}
}

// What the device gives comes out, and only that, as often as it is asked; no interrupt is
// wanted.
// Sabotage: return the whole buffer; leave clear out.
func TestRead(t *testing.T) {
	open(t, func(t *testing.T, f *virtiotest.Device, w *dma.Window, r *RNG) {
		for range 100 {
			if b, err := r.Read(time.Second); err != nil || string(b) != "random" {
				t.Fatalf("%q, %v", b, err)
			}
			f.Serve = func(_ uint32, c *virtiotest.Chain) uint32 {
				if !bytes.Equal(c.Write[0], make([]byte, Most)) {
					t.Error("the device is shown what it gave before")
				}
				return uint32(copy(c.Write[0], "random"))
			}
		}
		if f.Interrupting() {
			t.Error("an interrupt that nobody takes")
		}
	})
}

// A device that does not answer, gives nothing or lies is reset, gives nothing more, and its
// memory comes back; one that cannot be reset keeps it.
// Sabotage: leave Reset out of end, or give the buffer back before it.
func TestBadDevices(t *testing.T) {
	for name, spoil := range map[string]func(f *virtiotest.Device){
		"silent":  func(f *virtiotest.Device) { f.Lazy = true },
		"nothing": func(f *virtiotest.Device) { f.Serve = func(uint32, *virtiotest.Chain) uint32 { return 0 } },
		"lies":    func(f *virtiotest.Device) { f.Lie = func(id, _ *uint32) uint16 { *id = 99; return 1 } },
		"stuck":   func(f *virtiotest.Device) { f.Lazy, f.Stuck = true, true },
	} {
		open(t, func(t *testing.T, f *virtiotest.Device, w *dma.Window, r *RNG) {
			spoil(f)
			free := w.Free()
			began := time.Now()
			if b, err := r.Read(time.Second); err == nil || time.Since(began) > time.Second+pollGap {
				t.Errorf("%s: %q after %v", name, b, time.Since(began))
			}
			if _, err := r.Read(time.Second); err == nil {
				t.Errorf("%s: it gives something afterwards", name)
			}
			if stuck := name == "stuck"; stuck == (w.Free() == uint64(len(f.Memory))) || stuck && w.Free() != free {
				t.Errorf("%s: %d bytes are free", name, w.Free())
			}
		})
	}
}
