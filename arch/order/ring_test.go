package order

import (
	"math/rand/v2"
	"testing"
)

// ends is both ends of a ring in one goroutine.
type ends struct {
	ring Ring
	ack  uint64
	w    Writer
	r    Reader
}

func newEnds(tag uint64) *ends {
	e := new(ends)
	e.start(tag)
	return e
}

func (e *ends) start(tag uint64) {
	e.ring.Prepare(tag)
	e.ack = 7 << 32
	e.r.Start(&e.ring, tag, &e.ack, 7)
	e.w.Start(&e.ring, tag, &e.ack, 7)
}

func payload(n uint64) (m [7]uint64) {
	for i := range m {
		m[i] = n<<8 | uint64(i)
	}
	return m
}

// Messages come out whole and in order, through many laps and twice around the
// 16-bit sequence number, whatever the fill. Counters agree.
// Sabotage: make lap Slots+1 steps, or let Take ignore the sequence number.
func TestOrder(t *testing.T) {
	e := newEnds(Tag(3, 9))
	rnd := rand.New(rand.NewPCG(1, 2))
	var sent, got uint64
	for got < 140000 {
		for range rnd.IntN(Slots + 3) {
			m := payload(sent)
			typ := uint16(sent%0xffff) + 1
			if ok, room := Put(&e.w, typ, &m), sent-got < Slots; ok {
				if !room {
					t.Fatalf("message %d sent with %d in flight", sent, sent-got)
				}
				sent++
			} else if sent-got <= Slots-stride/slotSize {
				t.Fatalf("refused with %d in flight", sent-got)
			}
		}
		for range rnd.IntN(Slots + 3) {
			m := Message{Type: 99}
			if pending := Pending(&e.r); pending != (got < sent) {
				t.Fatalf("pending %v with %d in flight", pending, sent-got)
			}
			if !Take(&e.r, &m, 1) {
				if got != sent || m != (Message{Type: 99}) {
					t.Fatalf("nothing taken with %d in flight, message %v", sent-got, m)
				}
				continue
			}
			if m.W != payload(got) || m.Type != uint16(got%0xffff)+1 {
				t.Fatalf("message %d is %v", got, m)
			}
			got++
		}
		if e.w.Sent() != sent || e.r.Received() != got {
			t.Fatalf("counters %d %d, want %d %d", e.w.Sent(), e.r.Received(), sent, got)
		}
	}
}

// Exactly Slots messages fit; after the reader has taken and acknowledged
// stride of them, as many fit again.
// Sabotage: count free as Slots+1 in refill.
func TestFull(t *testing.T) {
	e := newEnds(Tag(1, 1))
	m, n := payload(1), 0
	for Put(&e.w, 1, &m) {
		n++
	}
	if n != Slots || e.w.Full() != 1 || !e.w.Starved() || e.w.Room() {
		t.Fatalf("%d fit, full %d, starved %v, room %v", n, e.w.Full(), e.w.Starved(), e.w.Room())
	}
	var got Message
	for i := range uint64(8) {
		if Put(&e.w, 1, &m) || e.r.Acks() != 0 {
			t.Fatalf("room after %d taken", i)
		}
		Take(&e.r, &got, 1)
	}
	if !e.w.Room() || e.r.Acks() != 1 || e.ack != 7<<32|8 {
		t.Fatalf("no room after 8: acks %d, word %#x", e.r.Acks(), e.ack)
	}
	for n = 0; Put(&e.w, 1, &m); {
		n++
	}
	if n != 8 {
		t.Fatalf("%d fit after 8 were taken", n)
	}
}

// Empty polls are counted and leave everything as it was.
func TestEmpty(t *testing.T) {
	e := newEnds(Tag(1, 2))
	var m Message
	for range 5 {
		if Take(&e.r, &m, 1) {
			t.Fatal("took a message from an empty ring")
		}
	}
	if e.r.Empty() != 5 || e.r.Received() != 0 {
		t.Fatalf("empty %d, received %d", e.r.Empty(), e.r.Received())
	}
}

// What one end may find in the other's words, and how it must take it.
// Sabotage: let Take accept type 0, or any sequence number.
func TestFaults(t *testing.T) {
	tag := Tag(5, 6)
	for _, bad := range []uint64{0, ^uint64(0), tag, tag | 1 | seqOne, tag - seqOne | 1, Tag(4, 6) | 1, Tag(5, 7) | 1, tag - lap - 1, tag - lap + 1<<16} {
		e := newEnds(tag)
		m := payload(1)
		Put(&e.w, 1, &m)
		e.ring[0].Control = bad
		got := Message{Type: 99}
		if !Pending(&e.r) {
			t.Errorf("control %#x is not worth a look", bad)
		}
		if Take(&e.r, &got, 1) || got != (Message{Type: 99}) {
			t.Errorf("control %#x was taken: %v", bad, got)
		}
		if word, ok := e.r.Fault(); !ok || word != bad {
			t.Errorf("control %#x: fault %#x %v", bad, word, ok)
		}
		e.ring[0].Control = tag | 1
		if Take(&e.r, &got, 1) || Pending(&e.r) {
			t.Errorf("taken after the fault of control %#x", bad)
		}
	}
}

// The same for the consumed word: 39 were sent and 8 counted as consumed.
// Sabotage: let refill accept a count beyond what was sent, or one that goes
// back, or another incarnation.
func TestCountFaults(t *testing.T) {
	const sent = Slots + 8
	for _, c := range []struct {
		word  uint64
		room  bool
		fault bool
	}{
		{7<<32 | 8, false, false},
		{7<<32 | 9, true, false},
		{7<<32 | sent, true, false},
		{7<<32 | sent + 1, false, true},
		{7<<32 | 7, false, true},
		{6<<32 | 9, false, true},
		{8<<32 | 9, false, true},
		{0, false, true},
		{7<<32 | 1<<31, false, true},
		{7<<32 | 1<<32 - 1, false, true},
		{^uint64(0), false, true},
	} {
		e := newEnds(Tag(5, 6))
		var got Message
		for i := range sent {
			m := payload(1)
			Put(&e.w, 1, &m)
			if i < 8 {
				Take(&e.r, &got, 1)
			}
		}
		e.ack = c.word
		m := payload(2)
		room := Put(&e.w, 1, &m)
		word, fault := e.w.Fault()
		if room != c.room || fault != c.fault || fault && word != c.word {
			t.Errorf("consumed word %#x: room %v, fault %v %#x", c.word, room, fault, word)
		}
		if e.ack = 7<<32 | sent; fault && Put(&e.w, 1, &m) {
			t.Errorf("sends after the fault of %#x", c.word)
		}
	}
}

// The message that stood in a slot a lap ago is no message and no fault.
func TestLapAgo(t *testing.T) {
	e := newEnds(Tag(1, 1))
	var got Message
	for range Slots {
		m := payload(3)
		Put(&e.w, 0xffff, &m)
		Take(&e.r, &got, 1)
	}
	if Pending(&e.r) || Take(&e.r, &got, 1) {
		t.Fatal("took a message twice")
	}
	if _, ok := e.r.Fault(); ok {
		t.Fatal("the message of a lap ago is a fault")
	}
}

// Take looks as often as it is told and no more often, and finds what comes
// meanwhile. In vain it counts once, and a nonsense word is a fault.
// Sabotage: let Take look once, or count each look.
func TestLooks(t *testing.T) {
	e := newEnds(Tag(1, 1))
	var got Message
	for _, looks := range []uint64{0, 1, 2, 1000} {
		if Take(&e.r, &got, looks) {
			t.Fatal("took a message that is not there")
		}
	}
	if e.r.Empty() != 4 {
		t.Errorf("%d calls found nothing, want 4", e.r.Empty())
	}
	m := payload(7)
	begun := make(chan struct{})
	go func() {
		<-begun
		Put(&e.w, 5, &m)
	}()
	close(begun)
	if !Take(&e.r, &got, 1<<40) || got.W != m || got.Type != 5 {
		t.Errorf("took %v", got)
	}
	e.ring[1].Control = 12345
	if _, ok := e.r.Fault(); Take(&e.r, &got, 1000) || ok {
		t.Error("took nonsense, or a fault before it")
	}
	if word, ok := e.r.Fault(); !ok || word != 12345 {
		t.Errorf("fault %v, %d", ok, word)
	}
}

// A halted end answers false; a new link does not see the slots of the old one.
// Sabotage: leave Prepare out of start, or the tag out of the control word.
func TestRelink(t *testing.T) {
	e := newEnds(Tag(1, 1))
	m := payload(1)
	var got Message
	for range 20 {
		Put(&e.w, 1, &m)
	}
	Take(&e.r, &got, 1)
	e.w.Halt()
	e.r.Halt()
	if Put(&e.w, 1, &m) || Take(&e.r, &got, 1) || Pending(&e.r) || e.w.Room() {
		t.Fatal("a halted end works")
	}
	e.start(Tag(2, 1))
	if Take(&e.r, &got, 1) || Pending(&e.r) {
		t.Fatal("took a message of the earlier link")
	}
	Put(&e.w, 2, &m)
	if !Take(&e.r, &got, 1) || got.Type != 2 || e.w.Sent() != 21 || e.r.Received() != 2 {
		t.Fatalf("got %v, sent %d, received %d", got, e.w.Sent(), e.r.Received())
	}
	var w Writer
	if Put(&w, 1, &m) {
		t.Fatal("the zero Writer sends")
	}
}

// Type 0 is the caller's mistake, found at the first use.
func TestTypeZero(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("sent a message of type 0")
		}
	}()
	e, m := newEnds(Tag(1, 1)), payload(1)
	Put(&e.w, 0, &m)
}

// The data path does not allocate.
func TestNoAllocation(t *testing.T) {
	e, m := newEnds(Tag(1, 1)), payload(1)
	var got Message
	if n := testing.AllocsPerRun(100, func() {
		Put(&e.w, 1, &m)
		Pending(&e.r)
		Take(&e.r, &got, 1)
		Take(&e.r, &got, 1)
	}); n != 0 {
		t.Fatalf("%v allocations for a message", n)
	}
}
