package pipe

import (
	"bytes"
	"math/rand/v2"
	"syscall"
	"testing"

	"atoll/monitor/stream"
	"atoll/user/vfs"
)

// cores returns the streams of two cores.
func cores() (here, there *stream.Set) {
	x, y := make([]byte, stream.Memory), make([]byte, stream.Memory)
	return stream.New(x, y), stream.New(y, x)
}

// begin returns both ends of a stream.
func begin(from, to *stream.Set) (*stream.Writer, *stream.Reader) {
	w := from.Writer()
	return w, to.Reader(w.Name())
}

// drain reads all that a stream has.
func drain(r *stream.Reader) (b []byte) {
	r.Read(r.Have(), func(from []byte) (int, error) {
		b = append(b, from...)
		return len(from), nil
	})
	return b
}

// What is in a pipe, and all that is written to it, goes to who reads it on another core. Who waits for room is woken, and who writes when nobody reads
// any more gets EPIPE. Sabotages: in Send, leave what there is, or do not stir, or do not notify, or do not say that it is over; in Close, do not say it; in Ready, do not ask the stream.
func TestSend(t *testing.T) {
	here, there := cores()
	in, out := New(&Pool{})
	out.Write([]byte("before "))
	w, r := begin(here, there)
	told, over, woken := 0, 0, 0
	out.Queue().Add(&vfs.Waiter{Wake: func() { woken++ }})
	if !r.Await() {
		t.Error("something has come")
	}
	Send(in, w, func() { told++ }, func() { over++ })
	if woken != 1 {
		t.Error("who waits for room is not woken")
	}
	if told != 1 {
		t.Error("a reader who has looked before is not told")
	}
	if told = 0; r.Await() {
		t.Error("nothing has come")
	}
	if out.Write([]byte("behind")); told != 1 {
		t.Errorf("told %d times", told)
	}
	if out.Write([]byte("!")); told != 1 {
		t.Errorf("told %d times of one wait", told)
	}
	if got := drain(r); string(got) != "before behind!" {
		t.Errorf("%q", got)
	}
	for n := 0; n < stream.Bytes; n += 100 {
		out.Write(make([]byte, 100))
	}
	if !out.(vfs.Elsewise).Waits(true, 100) || in.(vfs.Elsewise).Waits(false, 1) {
		t.Error("who writes need not wait, or who reads is here")
	}
	if _, err := out.Write(make([]byte, 100)); err != syscall.EAGAIN || out.Ready() != 0 {
		t.Error(err, out.Ready())
	}
	if drain(r); !r.Stir(Atomic) || r.Stir(Atomic) {
		t.Error("the writer is not to be told, or twice")
	}
	if Stirred(in); woken < 2 || out.Ready() != vfs.Out {
		t.Error(woken, out.Ready())
	}
	if out.(writing).Close(); over != 1 || in.Ready()&vfs.Hup == 0 {
		t.Error(over, in.Ready())
	}
	in, out = New(&Pool{})
	out.(writing).Close()
	w, _ = begin(here, there)
	if Send(in, w, nil, func() { over++ }); over != 2 {
		t.Error("it is not told that nobody writes any more")
	}
	if in.(reading).Close(); out.Ready()&vfs.Err == 0 {
		t.Error("who writes is not told that nobody reads")
	}
}

// What is written on other cores is read in its order, and a write of one piece in one piece, whatever else is written meanwhile. Nobody starves.
// Sabotages: in turn, forget what is left; in readFar, read more than is left; in turn, begin with the pipe each time.
func TestReceive(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	in, out := New(&Pool{})
	const writers, size = 4, 100
	var far []*stream.Writer
	for range writers - 1 {
		here, there := cores()
		w, from := begin(there, here)
		Receive(out, from, func() {}, func() {})
		far = append(far, w)
	}
	var wrote, read [writers]int
	piece := make([]byte, size)
	var got []byte
	for range 30000 {
		if who := r.IntN(writers); r.IntN(6) > 0 {
			for i := range piece {
				piece[i] = byte(who<<6 | wrote[who]%64)
			}
			n, err := 0, error(nil)
			if who == 0 {
				n, err = out.Write(piece)
			} else {
				n, err = Put(far[who-1], size, from(piece))
			}
			if n != size && err != syscall.EAGAIN {
				t.Fatal(n, err)
			}
			wrote[who] += n / size
			continue
		}
		b := make([]byte, 1+r.IntN(5*size))
		n, err := in.Read(b)
		if n == 0 && err != syscall.EAGAIN {
			t.Fatal(n, err)
		}
		for got = append(got, b[:n]...); len(got) >= size; got = got[size:] {
			who := got[0] >> 6
			if want := bytes.Repeat([]byte{who<<6 | byte(read[who]%64)}, size); !bytes.Equal(got[:size], want) {
				t.Fatalf("of writer %d piece %d is %x", who, read[who], got[:size])
			}
			read[who]++
		}
	}
	for who := range writers {
		if read[who] < 150 {
			t.Errorf("of writer %d %d pieces of %d have been read", who, read[who], wrote[who])
		}
	}
}

// Who writes to the pipe may know of what was written to its streams before, and is read behind that; what is in the pipe when a stream comes is read before it. A
// pipe of which all goes to another core takes no stream, and one that may take one does not go.
// Sabotages: in mark, mark nothing; in turn, ask for the pipe first; in mark, do not ask whether it fits; in MaySend, or MayReceive, answer true.
func TestOrder(t *testing.T) {
	here, there := cores()
	in, out := New(&Pool{})
	out.Write([]byte("0"))
	if !MayReceive(out) || MaySend(in) {
		t.Error("it may not be read out of a stream, or may go")
	}
	w, r := begin(there, here)
	v, q := begin(there, here)
	Receive(out, r, func() {}, func() {})
	s := Receive(out, q, func() {}, func() {})
	read := func(n int) string {
		b := make([]byte, n)
		n, _ = in.Read(b)
		return string(b[:n])
	}
	far := func(w *stream.Writer, b string) { Put(w, len(b), from([]byte(b))) }
	far(w, "12")
	out.Write([]byte("3"))
	far(w, "4")
	if got := read(2); got != "01" {
		t.Errorf("%q", got)
	}
	out.Write([]byte("56"))
	far(w, "7")
	if got := read(20); got != "234567" {
		t.Errorf("%q", got)
	}
	for i := 0; ; i++ { // each write is behind what is in the stream
		far(w, "x")
		if _, err := out.Write([]byte("y")); err == syscall.EAGAIN {
			if i != mostMarks-1 || out.Ready() != 0 {
				t.Errorf("%d writes are marked; %v", i, out.Ready())
			}
			break
		}
	}
	woken := false
	out.Queue().Add(&vfs.Waiter{Wake: func() { woken = true }})
	if got := read(5); got != "xyxyx" || !woken || out.Ready() != vfs.Out {
		t.Errorf("%q, woken %v", got, woken)
	}
	far(v, "z")
	out.Write([]byte("y"))
	s.Drop()
	for got := ""; len(got) < 2*mostMarks-4; {
		more := read(1000)
		if got += more; more == "" {
			t.Fatalf("%q", got)
		}
	}
	in, out = New(&Pool{})
	if !MaySend(in) {
		t.Error("it may not go")
	}
	w, _ = begin(here, there)
	if Send(in, w, func() {}, func() {}); MayReceive(out) {
		t.Error("a stream may come though all goes elsewhere")
	}
}

// Who reads waits for a stream, too, and learns of its end when all has been read. Who writes is told that there is room, and that nobody reads.
// Sabotages: in readFar, do not wait; in farReady, do not ask; in Finish, do not say that it is over; in read of a source, neither, or do not stir; in unread, do nothing;
// in Drop, leave what there is.
func TestSources(t *testing.T) {
	here, there := cores()
	in, out := New(&Pool{})
	w, r := begin(there, here)
	told, over, woken := 0, 0, 0
	in.Queue().Add(&vfs.Waiter{Wake: func() { woken++ }})
	s := Receive(out, r, func() { told++ }, func() { over++ })
	if _, err := in.Read(make([]byte, 1)); woken != 1 || err != syscall.EAGAIN {
		t.Error(woken, err)
	}
	if !in.(vfs.Elsewise).Waits(false, 1) || out.(vfs.Elsewise).Waits(true, 1) {
		t.Error("who reads need not wait, or who writes is to")
	}
	Put(w, 3, from([]byte("abc")))
	if in.(vfs.Elsewise).Waits(false, 1) {
		t.Error("who reads is to wait")
	}
	if !w.Stir() || w.Stir() {
		t.Error("the reader is not to be told, or twice")
	}
	if Stirred(out); woken != 2 || in.Ready() != vfs.In {
		t.Error(woken, in.Ready())
	}
	if Put(w, 1, from([]byte("d"))); !w.Stir() {
		t.Error("who waits still is not to be told of the next time")
	}
	for {
		if _, err := Put(w, 1000, from(make([]byte, 1000))); err == syscall.EAGAIN {
			break
		}
	}
	if in.Read(make([]byte, Atomic)); told != 0 && r.Have() > stream.Bytes-Atomic {
		t.Error("the writer is told that there is no room")
	}
	if in.Read(make([]byte, Atomic)); told != 1 {
		t.Errorf("told %d times", told)
	}
	if s.Finish(); over != 0 {
		t.Error("it is over before all has been read")
	}
	if n, _ := in.Read(make([]byte, stream.Bytes)); n == 0 || over != 1 {
		t.Error(n, over)
	}
	if s.Finish(); over != 2 {
		t.Error("the end of one that is empty is not told")
	}
	if _, err := in.Read(make([]byte, 1)); err != syscall.EAGAIN || in.Ready() != 0 {
		t.Error(err, in.Ready())
	}
	Put(w, 4, from([]byte("rest")))
	s.Drop()
	s.Drop()
	b := make([]byte, 10)
	if n, _ := in.Read(b); string(b[:n]) != "rest" {
		t.Errorf("%q", b[:n])
	}
	_, r = begin(there, here)
	Receive(out, r, nil, func() { over++ })
	if in.(reading).Close(); over != 3 {
		t.Error("it is not told that nobody reads any more")
	}
	_, r = begin(there, here)
	if Receive(out, r, nil, func() { over++ }); over != 4 {
		t.Error("it is not told that nobody reads")
	}
}

// Room that is made for what is written may end who would have read it. Sabotage: in write, do not look.
func TestReaderEnds(t *testing.T) {
	in, out := New(&Pool{})
	if n, err := out.(vfs.WriterFrom).WriteFrom(10, func(b []byte) (int, error) {
		in.(reading).Close()
		return len(b), nil
	}); n != 0 || err != syscall.EPIPE {
		t.Error(n, err)
	}
}
