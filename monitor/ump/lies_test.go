package ump

import (
	"strings"
	"testing"

	"atoll/arch/order"
)

// sentence fails the test unless an error reads like one.
func sentence(t *testing.T, err error) {
	t.Helper()
	if err == nil || !strings.HasPrefix(err.Error(), "core ") || strings.Contains(err.Error(), "%!") {
		t.Errorf("error is no sentence: %v", err)
	}
}

// lies are what the peer's incarnation 2 may write to break its link with
// incarnation 5 of core 0, and what the error must say.
var lies = map[string]struct {
	tell func(l *Line, r *order.Ring)
	want string
}{
	"sequence":       {func(l *Line, r *order.Ring) { r[0].Control += 1 << 48 }, "control word"},
	"type 0":         {func(l *Line, r *order.Ring) { r[0].Control &^= 0xffff }, "control word"},
	"tag":            {func(l *Line, r *order.Ring) { r[0].Control ^= 1 << 20 }, "control word"},
	"all ones":       {func(l *Line, r *order.Ring) { r[0].Control = ^uint64(0) }, "control word"},
	"count ahead":    {func(l *Line, r *order.Ring) { l.Ack += order.Slots + 1 }, "has consumed"},
	"count back":     {func(l *Line, r *order.Ring) { l.Ack |= 1<<32 - 1 }, "has consumed"},
	"younger":        {func(l *Line, r *order.Ring) { l.Ack = word(1, 8) }, "now says it is 1"},
	"never born":     {func(l *Line, r *order.Ring) { l.Ack = 0 }, "now says it is 0"},
	"closed":         {func(l *Line, r *order.Ring) { l.Link = word(2, 0) }, "closed its end"},
	"old link":       {func(l *Line, r *order.Ring) { l.Link = word(2, 4) }, "went back to incarnation 4"},
	"future link":    {func(l *Line, r *order.Ring) { l.Link = word(2, 6) }, "which is only 5"},
	"younger's link": {func(l *Line, r *order.Ring) { l.Link = word(1, 5) }, "link word is of 1"},
}

// Whatever one peer writes into its half of the frame, the other end loses the
// channel, says why, says so in its own line, and works again with the liar's
// next incarnation.
// Sabotage: any one check of Advance, follow, Take or refill left out.
func TestLies(t *testing.T) {
	for name, lie := range lies {
		f := new(Frame)
		c := [2]*Channel{Open(f, 0, 1, 5), Open(f, 1, 0, 2)}
		link(t, c)
		var m Message
		for range 8 {
			m.W = payload(1)
			c[0].TrySend(1, &m.W)
			c[1].TryRecv(&m)
		}
		c[1].TrySend(1, &m.W)
		lie.tell(&f.Line[1], &f.Ring[1])
		for range 2 * order.Slots {
			c[0].TrySend(1, &m.W) // until it looks at the count
		}
		c[0].TryRecv(&m)
		if c[0].Advance() != Broken {
			t.Errorf("%s: %v", name, c[0].State())
			continue
		}
		if sentence(t, c[0].Err()); !strings.Contains(c[0].Err().Error(), lie.want) {
			t.Errorf("%s: %v", name, c[0].Err())
		}
		if c[0].TrySend(1, &m.W) || c[0].TryRecv(&m) || f.Line[0].Link != word(5, 0) || !c[0].PrepareToWait() {
			t.Errorf("%s: a broken channel works, or link word is %#x", name, f.Line[0].Link)
		}
		c[0].CancelWait()
		if c[0].Advance() != Broken {
			t.Errorf("%s: linked again with the liar", name)
		}
		c[1] = Open(f, 1, 0, 3)
		link(t, c)
		if c[1].TrySend(2, &m.W); !c[0].TryRecv(&m) || m.Type != 2 || c[0].Err() != nil {
			t.Errorf("%s: no channel with the next incarnation: %v", name, c[0].Err())
		}
	}
}

// The same before there is a link, and in the middle of making one.
// Sabotage: any one check of greet left out, or the second of follow.
func TestLiesAtBirth(t *testing.T) {
	for name, lie := range map[string]func(l *Line){
		"link of a younger life":        func(l *Line) { l.Ack, l.Link = word(3, 0), word(2, 0) },
		"link with a future life of us": func(l *Line) { l.Ack, l.Link = word(3, 0), word(3, 6) },
	} {
		f := new(Frame)
		lie(&f.Line[1])
		c := Open(f, 0, 1, 5)
		if c.Advance() != Broken || c.Advance() != Broken {
			t.Errorf("%s: %v", name, c.State())
		}
		sentence(t, c.Err())
		if f.Ring[0] != (order.Ring{}) {
			t.Errorf("%s: prepared a ring for a liar", name)
		}
		link(t, [2]*Channel{c, Open(f, 1, 0, 4)})
	}
	f := new(Frame)
	c := Open(f, 0, 1, 5)
	Open(f, 1, 0, 3)
	c.Advance()
	if f.Line[1].Link = word(3, 6); c.Advance() != Broken {
		t.Errorf("half linked, and then a link with a future life of us: %v", c.State())
	}
	sentence(t, c.Err())
}

// A peer that claims for ever to read what an earlier life of ours sent blocks
// its channel, not us, until it is declared dead.
func TestWaitForClose(t *testing.T) {
	f := new(Frame)
	f.Line[1] = Line{Ack: word(3, 0), Link: word(3, 1)}
	c := Open(f, 0, 1, 5)
	if c.Advance() != Connecting || !c.PrepareToWait() || f.Line[0].Link != word(5, 0) {
		t.Fatalf("%v, link word %#x", c.State(), f.Line[0].Link)
	}
	c.CancelWait()
	c.PeerDead(3)
	link(t, [2]*Channel{c, Open(f, 1, 0, 4)})
}
