//go:build !riscv64

package virtio

import (
	"testing"

	"atoll/arch/order"
	"atoll/drivers/dma"
	"atoll/drivers/virtio/virtiotest"
)

// When idx goes up, the chain that it makes available stands in memory already; and the
// device is told only after that.
// Sabotage: store idx at the beginning of Submit, or write the ring's entry after it.
func TestOrderOfStores(t *testing.T) {
	both(t, func(t *testing.T, f *virtiotest.Device, w *dma.Window) {
		f.Serve, f.Lazy = reverse, true
		_, q := open(t, f, w, 8)
		b, _ := w.Take(64, 64)
		stores := 0
		order.BeforeStore16 = func(v uint16) {
			stores++
			if c := f.Peek(0, v-1); len(c.Read) != 1 || len(c.Write) != 1 || &c.Read[0][0] != &b.Bytes[0] || len(c.Write[0]) != int(v) {
				t.Errorf("idx becomes %d, and its chain is %v", v, c)
			}
		}
		defer func() { order.BeforeStore16 = nil }()
		for n := range 5 {
			if _, err := q.Submit(Segment{b.Addr, 3, false}, Segment{b.Addr + 8, uint32(n + 1), true}); err != nil {
				t.Fatal(err)
			}
			if f.Available(0) != 1 || f.Notified != n || stores != n+1 {
				t.Errorf("%d chains, %d notifications, %d stores", f.Available(0), f.Notified, stores)
			}
			if q.Notify(); f.Notified != n+1 {
				t.Error("the device is not told")
			}
			f.Work(0, -1)
			if _, _, ok, err := q.Next(); !ok || err != nil {
				t.Fatal(ok, err)
			}
		}
		f.Tell(0, 1)
		if q.Notify(); f.Notified != 5 {
			t.Error("a device is told that does not want to know")
		}
	})
}
