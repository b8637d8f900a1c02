package stream

import (
	"errors"
	"math/rand/v2"
	"testing"
	"unsafe"

	"atoll/arch/order"
)

// pair returns the streams of two cores.
func pair() (a, b *Set) {
	x, y := make([]byte, Memory), make([]byte, Memory)
	return New(x, y), New(y, x)
}

// begin returns both ends of a new stream.
func begin(t *testing.T, a, b *Set) (*Writer, *Reader) {
	t.Helper()
	w := a.Writer()
	if w == nil {
		t.Fatal("no stream begins")
	}
	r := b.Reader(w.Name())
	if r == nil {
		t.Fatal("the stream is not found")
	}
	return w, r
}

// series writes, and checks, bytes of which each is known by its place.
type series struct {
	t  *testing.T
	at int
}

func (s *series) fill(b []byte) (int, error) {
	for i := range b {
		b[i] = byte((s.at + i) % 251)
	}
	s.at += len(b)
	return len(b), nil
}

func (s *series) take(b []byte) (int, error) {
	for i, c := range b {
		if c != byte((s.at+i)%251) {
			s.t.Errorf("byte %d is %d", s.at+i, c)
			return i, errors.New("wrong")
		}
	}
	s.at += len(b)
	return len(b), nil
}

// Two cores at once: what is read is what was written, and who waits is told, or need not wait. Each end is woken by nothing but what the other's Stir says.
// Sabotages: in put, publish before fill, or with a plain store of less; in Read, publish before take; in either Await, do not look again, or store the same
// number; in either Stir, answer false; in Room, take no word; in Stir of a reader, ask for more room than Await.
func TestStream(t *testing.T) {
	const total, atomic = 3 << 20, 4096
	for seed := range uint64(4) {
		a, b := pair()
		w, r := begin(t, a, b)
		hasRead, hasWritten, done := make(chan bool, 1000), make(chan bool, 1000), make(chan bool)
		go func() { // writes
			defer close(done)
			rand, s := rand.New(rand.NewPCG(seed, 1)), &series{t: t}
			for s.at < total {
				n := min(1+rand.IntN(1<<rand.IntN(18)), total-s.at)
				for w.Room(min(n, atomic)) < min(n, atomic) {
					if w.Await(min(n, atomic)) {
						<-hasRead
					}
				}
				if k, err := w.Write(min(n, w.Room(n)), s.fill); k == 0 || err != nil {
					t.Errorf("%d written: %v", k, err)
					return
				}
				if w.Stir() {
					hasWritten <- true
				}
			}
		}()
		rand, s := rand.New(rand.NewPCG(seed, 2)), &series{t: t}
		for s.at < total && !t.Failed() {
			for r.Have() == 0 {
				if r.Await() {
					<-hasWritten
				}
			}
			if r.Have() > Bytes {
				t.Fatal("more has been written than there is room for")
			}
			r.Read(1+rand.IntN(1<<rand.IntN(18)), s.take)
			if r.Stir(atomic) {
				hasRead <- true
			}
		}
		<-done
	}
}

// A write of one piece is seen whole or not at all, over the end of the ring, too, and one that ends in its middle as far as it was filled.
// Sabotages: in put, publish in the loop; in put, publish n.
func TestPieces(t *testing.T) {
	a, b := pair()
	w, r := begin(t, a, b)
	w.Write(Bytes-10, func(b []byte) (int, error) { return len(b), nil })
	r.Have()
	r.Read(Bytes, func(b []byte) (int, error) { return len(b), nil })
	pieces, in := 0, &series{t: t}
	n, err := w.Write(30, func(b []byte) (int, error) {
		if pieces++; r.Have() != 0 {
			t.Error("a part is seen")
		}
		return in.fill(b)
	})
	if n != 30 || err != nil || pieces != 2 || r.Have() != 30 {
		t.Errorf("%d, %v: %d pieces, %d bytes", n, err, pieces, r.Have())
	}
	if r.Await() || w.Await(1) {
		t.Error("somebody is to wait who need not")
	}
	bad := errors.New("bad")
	if n, err := w.Write(100, func(b []byte) (int, error) { in.fill(b[:7]); return 7, bad }); n != 7 || err != bad || r.Have() != 37 {
		t.Error(n, err, r.Have())
	}
	out := &series{t: t}
	if n, err := r.Read(37, func(b []byte) (int, error) {
		if out.at >= 10 {
			out.take(b[:3])
			return 3, bad
		}
		return out.take(b)
	}); n != 13 || err != bad || r.Have() != 24 {
		t.Error(n, err, r.Have())
	}
	if r.Read(24, out.take); out.at != 37 || r.Have() != 0 {
		t.Errorf("%d bytes", out.at)
	}
}

// A ring is used again when both ends have closed it, whoever was first, and not before. What an earlier use has left is nothing to the next.
// Sabotages: in Writer, do not ask for done; in Close of a reader, store nothing; in Writer, begin at 0; in Room, take any word.
func TestUses(t *testing.T) {
	a, b := pair()
	var ws []*Writer
	var rs []*Reader
	for range Most {
		w, r := begin(t, a, b)
		ws, rs = append(ws, w), append(rs, r)
	}
	if a.Writer() != nil {
		t.Fatal("one too many begins")
	}
	for i := range 20 {
		w, r := ws[i%Most], rs[i%Most]
		w.Write(5000+i, (&series{}).fill)
		if i%2 == 0 {
			r.Have()
			r.Read(1000, func(b []byte) (int, error) { return len(b), nil })
			r.Close()
			w.Write(10, (&series{}).fill) // nobody reads it
			if a.Writer() != nil {
				t.Fatal("one begins that is still written")
			}
			w.Close()
		} else {
			w.Close()
			if a.Writer() != nil {
				t.Fatal("one begins that is still read")
			}
			r.Close()
		}
		w, r = begin(t, a, b)
		if w.Room(Bytes) != Bytes || r.Have() != 0 {
			t.Fatalf("a new one has room for %d bytes, and %d in it", w.Room(Bytes), r.Have())
		}
		in, out := &series{t: t}, &series{t: t}
		w.Write(Bytes, in.fill)
		r.Have()
		if r.Read(Bytes, out.take); out.at != Bytes {
			t.Fatal(out.at)
		}
		ws[i%Most], rs[i%Most] = w, r
	}
	if a.Open() != Most || b.Open() != Most {
		t.Error(a.Open(), b.Open())
	}
	a.Close()
	b.Close()
	if a.Writer() != nil || b.Reader(Name{}) != nil || ws[0].Room(1) != 0 || rs[0].Have() != 0 || !rs[0].Await() || !ws[0].Await(1) || rs[0].Stir(0) || ws[0].Stir() {
		t.Error("a set that was closed goes on")
	}
	ws[0].Close()
	rs[0].Close()
}

// Whatever the words of the other core are, nobody reads or writes outside a ring, and positions stay what they can be. Names that cannot be are refused.
// Sabotages: in Have, or in Room, take any word; in Have, take one that is less; in Reader, leave out a check.
func TestLies(t *testing.T) {
	rand := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		mine, theirs := make([]byte, Memory), make([]byte, Memory)
		a := New(mine, theirs)
		wild := unsafe.Slice((*uint64)(unsafe.Pointer(&theirs[0])), controlBytes/8)
		order.Store64(&wild[0], 1)
		w := a.Writer()
		r := a.Reader(Name{Ring: rand.Uint64N(Most), Use: rand.Uint64(), From: rand.Uint64()})
		if w == nil || r == nil {
			t.Fatal("no stream begins")
		}
		if a.Reader(Name{Ring: uint64(r.n)}) != nil || a.Reader(Name{Ring: Most + rand.Uint64N(100)}) != nil || a.Reader(Name{Ring: 1 << 63}) != nil {
			t.Fatal("a name is taken that cannot be")
		}
		for range 50 {
			for range 4 {
				v := rand.Uint64()
				if rand.IntN(2) == 0 {
					v = []uint64{w.head, w.tail, r.head, r.tail}[rand.IntN(4)] + rand.Uint64N(3*Bytes) - Bytes
				}
				order.Store64(&wild[8+rand.IntN(8*Most)], v)
			}
			if room := w.Room(Bytes); room < 0 || room > Bytes {
				t.Fatal("room", room)
			}
			w.Write(min(w.Room(1), rand.IntN(9000)), func(b []byte) (int, error) { return len(b), nil })
			if have := r.Have(); have < 0 || have > Bytes {
				t.Fatal("have", have)
			}
			have := r.Have()
			order.Store64(&r.theirs.head, r.tail+rand.Uint64N(uint64(have)+1))
			if r.Have() != have {
				t.Fatal("what has been found is taken back")
			}
			r.Read(rand.IntN(9000), func(b []byte) (int, error) { return len(b), nil })
			w.Await(rand.IntN(Bytes))
			r.Await()
			w.Stir()
			r.Stir(rand.IntN(Bytes))
		}
	}
	if New(make([]byte, Memory-1), make([]byte, Memory)) != nil || New(make([]byte, Memory), nil) != nil {
		t.Error("memory is taken that is too small")
	}
}

// One that the other core takes no streams of begins none. Sabotage: in Writer, do not ask.
func TestReady(t *testing.T) {
	x, y := make([]byte, Memory), make([]byte, Memory)
	a := New(x, y)
	if a.Writer() != nil {
		t.Error("a stream begins that nobody takes")
	}
	if b := New(y, x); a.Writer() == nil || b.Writer() == nil {
		t.Error("no stream begins")
	}
	var none *Set
	if none.Writer() != nil || none.Reader(Name{}) != nil {
		t.Error("none has streams")
	}
}
