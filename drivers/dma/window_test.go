package dma

import (
	"math/rand/v2"
	"testing"
)

const base = 0x9_0000_0000

// Buffers are aligned, cleared, in the window and apart from each other, and what is
// given back is taken again.
// Sabotage: leave out the rounding of at, or clear, or the rounding of size.
func TestTakeAndGive(t *testing.T) {
	mem := make([]byte, 1<<16)
	w := NewWindow(mem, base, nil)
	r := rand.New(rand.NewPCG(1, 1))
	var out []Buffer
	owner := map[uint64]bool{}
	for range 20_000 {
		if r.IntN(2) == 0 && len(out) > 0 {
			i := r.IntN(len(out))
			for at := out[i].Addr; at < out[i].Addr+uint64(len(out[i].Bytes)); at += Line {
				delete(owner, at)
			}
			w.Give(out[i])
			out = append(out[:i], out[i+1:]...)
			continue
		}
		size, align := uint64(1+r.IntN(5000)), uint64(1)<<r.IntN(13)
		b, err := w.Take(size, align)
		if err == ErrFull {
			continue
		}
		if uint64(len(b.Bytes)) < size || b.Addr%align != 0 || b.Addr%Line != 0 || &b.Bytes[0] != &mem[b.Addr-base] {
			t.Fatalf("%d bytes at %#x for %d at %#x", len(b.Bytes), b.Addr, size, align)
		}
		for i := range b.Bytes {
			if b.Bytes[i] != 0 {
				t.Fatal("a buffer is not cleared")
			}
			b.Bytes[i] = 0xff
		}
		for at := b.Addr; at < b.Addr+uint64(len(b.Bytes)); at += Line {
			if owner[at] {
				t.Fatalf("two buffers at %#x", at)
			}
			owner[at] = true
		}
		out = append(out, b)
	}
	for _, b := range out {
		w.Give(b)
	}
	if w.Free() != uint64(len(mem)) {
		t.Errorf("%d bytes are free", w.Free())
	}
	for _, size := range []uint64{0, 1<<16 + 1, 1 << 63} {
		if _, err := w.Take(size, 1); err != ErrFull {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
	if _, err := w.Take(1<<16, 1); err != nil {
		t.Error(err)
	}
}

// What was not taken cannot be given back.
// Sabotage: leave the search out of Give.
func TestGivenTwice(t *testing.T) {
	w := NewWindow(make([]byte, 1<<12), base, nil)
	b, _ := w.Take(64, 64)
	w.Give(b)
	defer func() {
		if recover() == nil {
			t.Error("a buffer is given back twice")
		}
	}()
	w.Give(b)
}

// lines notes what is cleaned and invalidated.
type lines struct{ cleaned, forgotten [][2]uint64 }

func (l *lines) Clean(addr, size uint64) { l.cleaned = append(l.cleaned, [2]uint64{addr, size}) }
func (l *lines) Invalidate(addr, size uint64) {
	l.forgotten = append(l.forgotten, [2]uint64{addr, size})
}

// Where memory is not coherent whole lines are cleaned for the device and invalidated
// for the processor, of this buffer only.
// Sabotage: swap Clean and Invalidate; do not round sizes up.
func TestSync(t *testing.T) {
	l := &lines{}
	w := NewWindow(make([]byte, 1<<12), base, l)
	w.Take(1, 1)
	b, _ := w.Take(100, 1)
	b.ForDevice()
	if len(l.cleaned) != 1 || len(l.forgotten) != 0 || l.cleaned[0] != [2]uint64{base + 64, 128} {
		t.Errorf("%+v", l)
	}
	b.ForCPU()
	if len(l.cleaned) != 1 || len(l.forgotten) != 1 || l.forgotten[0] != [2]uint64{base + 64, 128} {
		t.Errorf("%+v", l)
	}
}

// Words are little-endian and in place, and one outside of the buffer or not aligned panics.
// Sabotage: leave the test of alignment out of word.
func TestWords(t *testing.T) {
	w := NewWindow(make([]byte, 1<<12), base, nil)
	b, _ := w.Take(64, 64)
	b.Store16(2, 0x1234)
	if b.Bytes[2] != 0x34 || b.Load16(2) != 0x1234 || b.Load32(0) != 0x1234_0000 {
		t.Errorf("% x", b.Bytes[:4])
	}
	for _, at := range []int{-2, 1, 63, 64, 1 << 40} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("a word at %d", at)
				}
			}()
			b.Load16(at)
		}()
	}
}
