package pipe

import (
	"bytes"
	"math/rand/v2"
	"syscall"
	"testing"

	"atoll/user/vfs"
)

// What is read is what was written, in its order.
// Sabotages: in Read, do not wrap; in grow, copy from the beginning.
func TestPipe(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	in, out := New(&Pool{})
	var written, got []byte
	for range 5000 {
		if r.IntN(2) == 0 {
			b := make([]byte, r.IntN(9000))
			for i := range b {
				b[i] = byte(r.Uint32())
			}
			n, err := out.Write(b)
			if len(b) > 0 && (n == 0) != (err == syscall.EAGAIN) {
				t.Fatal(n, err)
			}
			written = append(written, b[:n]...)
			continue
		}
		b := make([]byte, 1+r.IntN(7000))
		n, err := in.Read(b)
		if (n == 0) != (err == syscall.EAGAIN) {
			t.Fatal(n, err)
		}
		got = append(got, b[:n]...)
	}
	if !bytes.HasPrefix(written, got) || len(written)-len(got) > Capacity || len(got) < 1<<20 {
		t.Errorf("%d bytes were written and %d others read", len(written), len(got))
	}
}

// Sabotage: in Write, take what there is room for always.
func TestAtomic(t *testing.T) {
	in, out := New(&Pool{})
	out.Write(make([]byte, Capacity-Atomic+1))
	if out.Ready() != 0 {
		t.Error("it has room")
	}
	if n, err := out.Write(make([]byte, Atomic)); n != 0 || err != syscall.EAGAIN {
		t.Error(n, err)
	}
	if n, err := out.Write(make([]byte, Atomic+1)); n != Atomic-1 || err != nil {
		t.Error(n, err)
	}
	in.Read(make([]byte, Atomic))
	if out.Ready() != vfs.Out {
		t.Error("it has no room")
	}
}

// Sabotages: in Close of either end, do not notify the other.
func TestEnds(t *testing.T) {
	in, out := New(&Pool{})
	woken := ""
	reader := vfs.Waiter{Wake: func() { woken += "r" }}
	writer := vfs.Waiter{Wake: func() { woken += "w" }}
	in.Queue().Add(&reader)
	out.Queue().Add(&writer)
	var b [10]byte
	if _, err := in.Read(b[:]); err != syscall.EAGAIN {
		t.Error(err)
	}
	out.Write([]byte("abc"))
	in.Read(b[:1])
	if woken != "rw" {
		t.Errorf("%q were woken", woken)
	}
	out.(writing).Close()
	if n, err := in.Read(b[:]); n != 2 || err != nil || in.Ready() != vfs.Hup {
		t.Error(n, err, in.Ready())
	}
	if n, err := in.Read(b[:]); n != 0 || err != nil {
		t.Error(n, err)
	}
	if woken[:3] != "rwr" {
		t.Errorf("%q were woken", woken)
	}

	in, out = New(&Pool{})
	writer.Remove()
	out.Queue().Add(&writer)
	woken = ""
	in.(reading).Close()
	if _, err := out.Write(b[:1]); err != syscall.EPIPE || woken != "w" || out.Ready()&vfs.Err == 0 {
		t.Error(err, woken, out.Ready())
	}
}

// Sabotage: in Read of a counter, leave the count.
func TestCounter(t *testing.T) {
	var b [8]byte
	c := NewCounter(3, true)
	for range 3 {
		if n, err := c.Read(b[:]); n != 8 || err != nil || b[0] != 1 {
			t.Error(n, err, b)
		}
	}
	if _, err := c.Read(b[:]); err != syscall.EAGAIN {
		t.Error(err)
	}
	c = NewCounter(1, false)
	b = [8]byte{0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	if _, err := c.Write(b[:]); err != syscall.EAGAIN {
		t.Error(err)
	}
	b = [8]byte{5}
	c.Write(b[:])
	if c.Read(b[:]); b[0] != 6 || c.Ready() != vfs.Out {
		t.Error(b, c.Ready())
	}
	if _, err := c.Read(b[:7]); err != syscall.EINVAL {
		t.Error(err)
	}
}

// Pipes have what the pool has, and each what it needs for one write; it comes back.
// Sabotages: in drop, do not give back; in grow, do not ask the pool.
func TestPool(t *testing.T) {
	pool := &Pool{}
	var in []vfs.Stream
	total := 0
	for range 100 {
		r, w := New(pool)
		in = append(in, r)
		if n, err := w.Write(make([]byte, Atomic)); n != Atomic || err != nil {
			t.Fatal(n, err)
		}
		n, _ := w.Write(make([]byte, Capacity))
		total += n
		if w.Ready() != 0 && n > 0 {
			t.Error("a full pipe is ready")
		}
	}
	if total > poolSize || pool.taken > poolSize {
		t.Errorf("%d bytes are in the pipes, %d taken", total, pool.taken)
	}
	for i, r := range in {
		if i%2 == 0 {
			for n, _ := r.Read(make([]byte, 1<<20)); n > 0; n, _ = r.Read(make([]byte, 1<<20)) {
			}
		}
		r.(reading).Close()
	}
	if pool.taken != 0 {
		t.Errorf("%d bytes are taken at the end", pool.taken)
	}
}
