package virtio

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"atoll/drivers/dma"
	"atoll/drivers/reg/regtest"
	"atoll/drivers/virtio/virtiotest"
	"atoll/test/brief"
)

// both runs a test with a device of each version.
func both(t *testing.T, test func(t *testing.T, f *virtiotest.Device, w *dma.Window)) {
	for _, legacy := range []bool{true, false} {
		t.Run(fmt.Sprintf("legacy=%v", legacy), func(t *testing.T) {
			f, w := virtiotest.New(Entropy, legacy, t.Errorf)
			test(t, f, w)
		})
	}
}

// open brings a device up with one queue.
func open(t testing.TB, f *virtiotest.Device, w *dma.Window, size uint32) (*Device, *Queue) {
	t.Helper()
	d, err := Probe(regtest.New(f))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Negotiate(0); err != nil {
		t.Fatal(err)
	}
	q, err := d.OpenQueue(0, size, w)
	if err != nil {
		t.Fatal(err)
	}
	d.Start()
	return d, q
}

// reverse serves a chain: it writes what it has read, backwards, byte by byte over all parts.
func reverse(_ uint32, c *virtiotest.Chain) uint32 {
	in := bytes.Join(c.Read, nil)
	n := 0
	for _, part := range c.Write {
		for i := range part {
			if n < len(in) {
				part[i] = in[len(in)-1-n]
				n++
			}
		}
	}
	return uint32(n)
}

// Chains of every length go round the ring many times, several in flight and given back
// in any order of submission, and each brings what it asked for.
// Sabotage: take q.links out of Next's loop (at+1); forget nUsed's or nAvail's remainder;
// write only the low half of an address in tell.
func TestBothVersions(t *testing.T) {
	both(t, func(t *testing.T, f *virtiotest.Device, w *dma.Window) {
		f.Serve, f.Lazy = reverse, true
		_, q := open(t, f, w, 8)
		r := rand.New(rand.NewPCG(1, 2))
		type flight struct {
			in, out dma.Buffer
			text    []byte
		}
		flying := map[uint16]flight{}
		done := 0
		for n := 0; done < 70_000; n++ {
			parts := 2 + r.IntN(3)
			size := 1 + r.IntN(60)
			in, err := w.Take(uint64(size), 64)
			if err != nil {
				t.Fatal(err)
			}
			out, _ := w.Take(uint64(size), 64)
			for i := range size {
				in.Bytes[i] = byte(r.Uint32())
			}
			segments := []Segment{{in.Addr, uint32(size), false}}
			for i := range parts - 1 {
				from, to := size*i/(parts-1), size*(i+1)/(parts-1)
				if to > from {
					segments = append(segments, Segment{out.Addr + uint64(from), uint32(to - from), true})
				}
			}
			head, err := q.Submit(segments...)
			if err == nil {
				if _, twice := flying[head]; twice {
					t.Fatalf("chain %d is in flight already", head)
				}
				flying[head] = flight{in, out, bytes.Clone(in.Bytes[:size])}
				if q.Notify(); r.IntN(3) > 0 {
					continue
				}
			} else if err != ErrFull {
				t.Fatal(err)
			} else {
				w.Give(in)
				w.Give(out)
			}
			f.Work(0, 1+r.IntN(4))
			for {
				head, n, ok, err := q.Next()
				if err != nil {
					t.Fatal(err)
				}
				if !ok {
					break
				}
				c := flying[head]
				delete(flying, head)
				for i, b := range c.text {
					if c.out.Bytes[len(c.text)-1-i] != b {
						t.Fatalf("chain %d brings %x for %x", head, c.out.Bytes[:n], c.text)
					}
				}
				if int(n) != len(c.text) {
					t.Fatalf("%d bytes for %d", n, len(c.text))
				}
				w.Give(c.in)
				w.Give(c.out)
				done++
			}
			if q.InFlight() != len(flying) {
				t.Fatalf("%d in flight, not %d", q.InFlight(), len(flying))
			}
		}
	})
}

// The status goes through the steps of section 3.1.1, and nothing is put into a queue
// before the device works.
// Sabotage: leave out statusDriver, or FEATURES_OK, or set DRIVER_OK in Negotiate.
func TestSteps(t *testing.T) {
	both(t, func(t *testing.T, f *virtiotest.Device, w *dma.Window) {
		f.Offered = 1<<7 | 1<<33 | 1<<36 | 1<<35
		d, err := Probe(regtest.New(f))
		if err != nil || len(f.Written) != 0 {
			t.Fatalf("%v, and %x was written", err, f.Written)
		}
		if err := d.Negotiate(1<<7 | 1<<9); err != nil {
			t.Fatal(err)
		}
		want, steps := uint64(1<<7|1<<32|1<<33|1<<36), "[0 1 3 11]"
		if f.Legacy {
			want, steps = 1<<7, "[0 1 3]"
		}
		if d.Features != want || f.Features != want || fmt.Sprint(f.Written) != steps {
			t.Errorf("features %#x and %#x, want %#x; steps %v", d.Features, f.Features, want, f.Written)
		}
		if _, err := d.OpenQueue(0, 8, w); err != nil {
			t.Error(err)
		}
		if d.Start(); f.Status&4 == 0 {
			t.Errorf("status %#x", f.Status)
		}
		if err := d.Reset(); err != nil || f.Status != 0 || w.Free() != uint64(len(f.Memory)) {
			t.Errorf("%v, status %#x, %d bytes free", err, f.Status, w.Free())
		}
	})
}

// A device that does not let itself be reset keeps its memory.
// Sabotage: let Reset free the queues first.
func TestStuck(t *testing.T) {
	both(t, func(t *testing.T, f *virtiotest.Device, w *dma.Window) {
		d, q := open(t, f, w, 8)
		free := w.Free()
		f.Stuck = true
		if err := d.Reset(); err != ErrStuck || w.Free() != free || q.fault != nil {
			t.Errorf("%v, %d bytes free of %d", err, w.Free(), free)
		}
		if err := d.Negotiate(0); err != ErrStuck {
			t.Errorf("a stuck device is negotiated with: %v", err)
		}
	})
}

// Slots may be empty, of another kind or another version, and queues may lack.
func TestProbe(t *testing.T) {
	f, w := virtiotest.New(0, false, t.Errorf)
	if _, err := Probe(regtest.New(f)); err != ErrNone {
		t.Errorf("an empty slot: %v", err)
	}
	for _, m := range []regtest.Model{regtest.Constant(0), regtest.Constant(^uint64(0)), regtest.Memory{0: magic, 4: 3, 8: 2}} {
		if _, err := Probe(regtest.New(m)); err == nil || err == ErrNone {
			t.Errorf("%v is a device: %v", m, err)
		}
	}
	f.ID = Block
	d, _ := open(t, f, w, 8)
	if _, err := d.OpenQueue(0, 8, w); err == nil {
		t.Error("a queue is opened twice")
	}
	f.QueueMax = 0
	if _, err := d.OpenQueue(1, 8, w); err == nil {
		t.Error("a queue of no size is opened")
	}
	f.QueueMax = 100
	if q, err := d.OpenQueue(2, 1000, w); err != nil || q.Size() != 64 {
		t.Errorf("%v, not 64 of 100", err)
	}
	small := dma.NewWindow(make([]byte, 4096), virtiotest.Base, nil)
	if _, err := d.OpenQueue(3, 8, small); err != dma.ErrFull {
		t.Errorf("a queue without memory: %v", err)
	}
}

// What a device says of used chains that cannot be is the end of the queue, and of
// nothing else: no chain is given back twice, or one that is not in flight.
// Sabotage: leave any of the checks out of Next.
func TestLies(t *testing.T) {
	for name, lie := range map[string]func(id, n *uint32) uint16{
		"an id that there is not": func(id, n *uint32) uint16 { *id = 8; return 1 },
		"a huge id":               func(id, n *uint32) uint16 { *id = 1 << 31; return 1 },
		"an id not in flight":     func(id, n *uint32) uint16 { *id ^= 1; return 1 },
		"too long":                func(id, n *uint32) uint16 { *n = 5; return 1 },
		"much too long":           func(id, n *uint32) uint16 { *n = ^uint32(0); return 1 },
		"twice":                   func(id, n *uint32) uint16 { return 2 },
		"backwards":               func(id, n *uint32) uint16 { return 0xffff },
	} {
		both(t, func(t *testing.T, f *virtiotest.Device, w *dma.Window) {
			f.Serve, f.Lie = reverse, lie
			_, q := open(t, f, w, 8)
			b, _ := w.Take(64, 64)
			if _, err := q.Submit(Segment{b.Addr, 4, false}, Segment{b.Addr + 8, 4, true}); err != nil {
				t.Fatal(err)
			}
			q.Notify()
			_, n, ok, err := q.Next()
			if tolerant := f.Legacy && (name == "too long" || name == "much too long"); tolerant {
				if !ok || err != nil || n != 4 {
					t.Errorf("%s: %v, %v, %d bytes", name, ok, err, n)
				}
				return
			}
			if ok || err == nil {
				t.Errorf("%s is believed", name)
			}
			if _, _, _, again := q.Next(); !errors.Is(again, err) {
				t.Errorf("%s: then %v", name, again)
			}
			if _, err := q.Submit(Segment{b.Addr, 4, false}); err == nil {
				t.Errorf("%s: the queue takes another chain", name)
			}
		})
	}
}

// Chains that cannot be are refused and cost nothing.
func TestBadChains(t *testing.T) {
	both(t, func(t *testing.T, f *virtiotest.Device, w *dma.Window) {
		f.Serve, f.Lazy = reverse, true
		_, q := open(t, f, w, 4)
		b, _ := w.Take(64, 64)
		r, wr := Segment{b.Addr, 4, false}, Segment{b.Addr + 8, 4, true}
		for _, bad := range [][]Segment{nil, {wr, r}, {r, {b.Addr, 0, true}}, {r, r, r, r, r}} {
			if _, err := q.Submit(bad...); err == nil || err == ErrFull || f.Available(0) != 0 {
				t.Errorf("%v: %v", bad, err)
			}
		}
		if _, err := q.Submit(r, wr, wr); err != nil {
			t.Error(err)
		}
		if _, err := q.Submit(r, wr); err != ErrFull {
			t.Error(err)
		}
		if _, err := q.Submit(r); err != nil || f.Available(0) != 2 {
			t.Error(err)
		}
	})
}

// FuzzLies lets a device answer with whatever it likes, in its registers and in its
// memory: the driver may give up, but neither panic, nor loop, nor give a chain back
// that is not in flight.
func FuzzLies(f *testing.F) {
	brief.Shorten(f)
	f.Add([]byte{0, 1, 2, 3}, true)
	f.Add(bytes.Repeat([]byte{7, 200, 3, 0, 0, 1}, 40), false)
	f.Fuzz(func(t *testing.T, input []byte, legacy bool) {
		fake, w := virtiotest.New(Entropy, legacy, func(string, ...any) {})
		fake.Serve, fake.Lazy = reverse, true
		mad := &madRegisters{fake, input}
		d, err := Probe(regtest.New(mad))
		if err != nil || d.Negotiate(0) != nil {
			return
		}
		q, err := d.OpenQueue(0, 8, w)
		if err != nil {
			return
		}
		d.Start()
		b, _ := w.Take(64, 64)
		flying := map[uint16]bool{}
		for range 50 {
			if head, err := q.Submit(Segment{b.Addr, 4, false}, Segment{b.Addr + 8, 4, true}); err == nil {
				if flying[head] {
					t.Fatalf("chain %d is submitted twice", head)
				}
				flying[head] = true
			}
			q.Notify()
			fake.Work(0, 2)
			for range mad.byte() % 4 { // anything into the queue's memory
				q.mem.Bytes[(int(mad.byte())<<8|int(mad.byte()))%len(q.mem.Bytes)] = mad.byte()
			}
			d.Acknowledge()
			for {
				head, n, ok, err := q.Next()
				if err != nil || !ok {
					break
				}
				if !flying[head] || n > 4 {
					t.Fatalf("chain %d with %d bytes", head, n)
				}
				delete(flying, head)
			}
		}
		d.Reset()
	})
}

// madRegisters changes now and then what is read.
type madRegisters struct {
	*virtiotest.Device
	input []byte
}

func (m *madRegisters) byte() byte {
	if len(m.input) == 0 {
		return 0
	}
	b := m.input[0]
	m.input = m.input[1:]
	return b
}

func (m *madRegisters) Load(off uintptr, width int) uint64 {
	v := m.Device.Load(off, width)
	if m.byte()%5 == 4 {
		v = uint64(m.byte()) << (m.byte() % 32)
	}
	return v
}
