package parcel

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"atoll/monitor/binding"
	"atoll/monitor/stream"
	"atoll/monitor/ump"
)

// end is one end of a binding, and its core.
type end struct {
	*binding.Binding
	peer     *end
	released chan struct{}
}

// Ring has the peer's event loop look.
func (e *end) Ring(int)                  { go e.peer.Look(true) }
func (e *end) Released(*binding.Binding) { close(e.released) }

// pair returns two ends that are linked; the first has buffers.
func pair(t *testing.T) (a, b *end) {
	f := new(ump.Frame)
	a, b = &end{released: make(chan struct{})}, &end{released: make(chan struct{})}
	a.peer, b.peer = b, a
	a.Binding, b.Binding = binding.New(a, f, 0, 1, 1, 0), binding.New(b, f, 1, 0, 1, 0)
	for range 3 {
		a.Link()
		b.Link()
	}
	memory := make([]byte, BufferCount*BufferBytes)
	if err := a.SetOwn(memory, BufferCount); err != nil || !b.SetTheirs(memory, BufferCount) {
		t.Fatal("no buffers", err)
	}
	return a, b
}

// loop is a userland's: what others leave it, and whether there is any.
type loop struct {
	mu   sync.Mutex
	work []func()
}

func (l *loop) do(f func()) {
	l.mu.Lock()
	l.work = append(l.work, f)
	l.mu.Unlock()
}

func (l *loop) due() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.work) > 0
}

func (l *loop) run() {
	l.mu.Lock()
	work := l.work
	l.work = nil
	l.mu.Unlock()
	for _, f := range work {
		f()
	}
}

// What is sent comes in its order and whole, whoever takes it: the loop, when it has nothing left to do, or the goroutine that waits, and leaves
// it to the loop. What is sent last comes although the loop does not look any more.
// Sabotages: in Take, do not ask clear; in Listen, answer true without a look; in next, forget what is left; in Add, do not ask busy.
func TestReader(t *testing.T) {
	rand := rand.New(rand.NewPCG(7, 8))
	sizes := []int{0, 1, inline, inline + 1, BufferBytes, BufferBytes + 1, 5 * BufferBytes, 3*BufferCount*BufferBytes + 5}
	for round := range 16 {
		a, b := pair(t)
		q, r, l := NewQueue(), NewReader(b.Binding), &loop{}
		var sent, took []string
		see := func(list *[]string, p *Parcel) {
			*list = append(*list, fmt.Sprint(p.Kind, p.W, len(p.Data), bytes.Count(p.Data, []byte{1}), p.Data[:min(len(p.Data), 8)]))
		}
		ended := make(chan error, 1)
		go q.Send(a.Binding)
		go func() { ended <- r.Wait(func(p *Parcel) { l.do(func() { see(&took, p) }) }) }()
		var list []Parcel
		for i := range uint64(60) {
			p := Parcel{Kind: uint16(i + 1), W: [Words]uint64{i, i * i}, Data: make([]byte, sizes[rand.IntN(len(sizes))])}
			for at := 0; at+8 <= len(p.Data); at += 8 {
				binary.LittleEndian.PutUint64(p.Data[at:], rand.Uint64())
			}
			see(&sent, &p)
			list = append(list, p)
		}
		go func() {
			for _, p := range list {
				q.Add(p)
			}
		}()
		for turn := 0; len(took) < len(list); turn++ {
			if err := b.Err(); err != nil {
				t.Fatal(err)
			}
			l.run()
			if turn%8 < round%8 { // now and then it does something else
				continue
			}
			take := func() bool { return r.Take(func() bool { return !l.due() }, func(p *Parcel) { see(&took, p) }) }
			r.Hush()
			for range 50 {
				take()
			}
			if !r.Listen() {
				take()
			}
		}
		for i := range sent {
			if sent[i] != took[i] {
				t.Fatalf("round %d: parcel %d of %d is %s, not %s", round, i, len(sent), took[i], sent[i])
			}
		}
		q.Close()
		a.Close()
		b.End(errors.New("the peer has closed"))
		if err := <-ended; err == nil {
			t.Error("it has ended without a reason")
		}
		<-b.released
	}
}

// What the loop has yet to take comes before what it would take itself; what waits to be sent, before what could be sent at once.
// Sabotages: in Take, do not ask clear; in Add, do not ask busy; in Add, do not ask whether any wait.
func TestReaderOrder(t *testing.T) {
	a, b := pair(t)
	q, r := NewQueue(), NewReader(b.Binding)
	q.b = a.Binding
	q.Add(Parcel{Kind: 1})
	if r.Take(func() bool { return false }, func(*Parcel) { t.Error("it is taken before what came before") }) {
		t.Error("something is taken")
	}
	var took []uint16
	take := func() { r.Take(func() bool { return true }, func(p *Parcel) { took = append(took, p.Kind) }) }
	q.Add(Parcel{Kind: 2, Data: make([]byte, 2*BufferCount*BufferBytes)})
	q.Add(Parcel{Kind: 3})
	take()
	list, _ := q.take()
	q.Add(Parcel{Kind: 4})
	if take(); fmt.Sprint(took) != "[1]" || len(list) != 2 || !list[0].begun || len(list[0].Data) != BufferCount*BufferBytes {
		t.Errorf("%v are taken, %d wait", took, len(list))
	}
	for i := range list {
		if err := send(a.Binding, &list[i]); err != nil {
			t.Fatal(err)
		}
	}
	if take(); fmt.Sprint(took) != "[1 2 3]" {
		t.Errorf("%v are taken", took)
	}
}

// A stream goes with a parcel, under the name that it has when it is sent, though that waits. It is found once, and one that cannot be is a lie.
// Sabotages: in Add, take no name; in message, leave out a word of it; in Open, do not look.
func TestStreams(t *testing.T) {
	a, b := pair(t)
	x, y := make([]byte, stream.Memory), make([]byte, stream.Memory)
	here, there := stream.New(x, y), stream.New(y, x)
	q, r := NewQueue(), NewReader(b.Binding)
	var took []*Parcel
	take := func() { r.Take(func() bool { return true }, func(p *Parcel) { took = append(took, p) }) }
	word := func(s string) func([]byte) (int, error) {
		return func(b []byte) (int, error) { return copy(b, s), nil }
	}
	for range 2 {
		w := here.Writer()
		q.Add(Parcel{Kind: 3, W: [Words]uint64{4, 5, 6, 7}, Out: w})
		w.Write(5, word("words"))
		q.b = a.Binding
	}
	list, _ := q.take()
	for i := range list {
		if err := send(a.Binding, &list[i]); err != nil {
			t.Fatal(err)
		}
	}
	take()
	if len(took) != 2 {
		t.Fatal(len(took))
	}
	for _, p := range took {
		if !p.Open(there) || p.In == nil || p.Kind != 3 || p.W != [Words]uint64{4, 5, 6, 7} || p.In.Have() != 5 {
			t.Errorf("%+v has come", p)
		}
		if !p.Open(there) {
			t.Error("it is looked for again")
		}
	}
	a.Send(1, &[7]uint64{withStream | stream.Most}, restTime)
	a.Send(2, &[7]uint64{withStream}, restTime) // which is open
	a.Send(3, &[7]uint64{withStream | 2}, restTime)
	took = nil
	take()
	if len(took) != 3 || took[0].Open(there) || took[1].Open(there) || took[2].Open(nil) {
		t.Error("a stream is found that cannot be")
	}
}

// A peer that hands over what it has not announced, or announces too much, loses the binding: at once, and not the loop.
// Sabotages: in next, do not ask for buffers that nobody has announced; in begun, leave out the bound.
func TestReaderLies(t *testing.T) {
	hand := func(e *end, n int) {
		buf, err := e.Buffer(restTime)
		if err == nil {
			err = buf.Hand(n, restTime)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, lie := range map[string]func(e *end){
		"a buffer without a parcel":     func(e *end) { hand(e, 5) },
		"an empty buffer":               func(e *end) { e.Send(1, &[7]uint64{100}, restTime); hand(e, 0) },
		"more than announced":           func(e *end) { e.Send(1, &[7]uint64{100}, restTime); hand(e, 101) },
		"a parcel in place of a buffer": func(e *end) { e.Send(1, &[7]uint64{100}, restTime); e.Send(2, &[7]uint64{0}, restTime) },
		"too much":                      func(e *end) { e.Send(1, &[7]uint64{MostData + 1}, restTime) },
	} {
		for _, loops := range []bool{false, true} {
			a, b := pair(t)
			r := NewReader(b.Binding)
			lie(a)
			if loops {
				r.Take(func() bool { return true }, func(*Parcel) { t.Errorf("%s: it is taken", name) })
				if b.Err() == nil {
					t.Errorf("%s: the binding lasts", name)
				}
			}
			if err := r.Wait(func(*Parcel) { t.Errorf("%s: it is taken", name) }); err == nil {
				t.Errorf("%s: no reason", name)
			}
		}
	}
}
