package share

import (
	"bytes"
	"errors"
	"maps"
	"syscall"
	"testing"
	"time"
)

// device is one that knows fids: a walk or an attachment makes one, and who names one that there is not gets EBADF.
type device struct {
	fids map[uint32]bool
	life uint64
	seen [][]byte
	odd  func(reply []byte) []byte // changes replies, unless it is nil
}

func newDevice() *device { return &device{fids: map[uint32]bool{}, life: 1} }

func (d *device) Life() uint64 { return d.life }

func (d *device) Exchange(request, reply []byte, _ time.Duration) (int, error) {
	d.seen = append(d.seen, bytes.Clone(request))
	r := d.answer(request)
	if d.odd != nil {
		r = d.odd(r)
	}
	return copy(reply, r), nil
}

func (d *device) answer(m []byte) []byte {
	tag := le.Uint16(m[5:])
	ok := finish(m[4]+1, tag, nil)
	fid := le.Uint32(m[7:])
	switch {
	case m[4] == tversion:
		return versionMessage(rversion, tag, MessageSize)
	case m[4] == tattach:
		d.fids[fid] = true
	case !d.fids[fid]:
		return refusal(tag, syscall.EBADF)
	case m[4] == twalk && len(m) >= 17:
		if n := le.Uint16(m[15:]); n < 5 { // names that there are
			d.fids[le.Uint32(m[11:])] = true
			return finish(rwalk, tag, le.AppendUint16(nil, n))
		}
		return finish(rwalk, tag, le.AppendUint16(nil, 4))
	case m[4] == tclunk || m[4] == tremove:
		delete(d.fids, fid)
	}
	return ok
}

func attach(fid uint32) []byte {
	body := le.AppendUint32(le.AppendUint32(nil, fid), noFid)
	return finish(tattach, 1, append(body, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff))
}

func walkTo(fid, to uint32, names uint16) []byte {
	return finish(twalk, 1, le.AppendUint16(le.AppendUint32(le.AppendUint32(nil, fid), to), names))
}

func one(typ uint8, fid uint32) []byte { return finish(typ, 1, le.AppendUint32(nil, fid)) }

// ask makes an exchange, and returns the reply's type, and its error if that is what it is.
func ask(t *testing.T, s *Session, m []byte) (uint8, syscall.Errno) {
	t.Helper()
	reply := make([]byte, MessageSize)
	n, err := s.Exchange(m, reply)
	if err != nil {
		t.Fatal(err)
	}
	if typ, tag, err := kind(reply[:n]); err != nil || tag != 1 {
		t.Fatalf("the reply % x is none: %v", reply[:n], err)
	} else if typ != rlerror {
		return typ, 0
	}
	return rlerror, syscall.Errno(le.Uint32(reply[header:]))
}

func open(t *testing.T, h *Hub) *Session {
	t.Helper()
	s, err := h.Open()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Two sessions use the same numbers and do not meet; nobody names a fid that he does not have, in any place of
// a message.
// Sabotage: leave the number out of translate; leave the second fid of Trenameat or Tlink out of fidsOf.
func TestApart(t *testing.T) {
	d := newDevice()
	h := NewHub(d)
	a, b := open(t, h), open(t, h)
	for _, s := range []*Session{a, b} {
		if typ, e := ask(t, s, attach(1)); typ != tattach+1 {
			t.Fatal(typ, e)
		}
	}
	if len(d.fids) != 2 {
		t.Fatalf("the device knows %v", d.fids)
	}
	if typ, _ := ask(t, a, walkTo(1, 2, 1)); typ != rwalk {
		t.Fatal("a walk fails")
	}
	ask(t, a, walkTo(1, 3, 9)) // leads nowhere
	stolen := le.AppendUint32(nil, 1)
	other := uint32(b.number)<<fidBits | 1
	rename := append(le.AppendUint16(le.AppendUint32(nil, 1), 1), 'x')
	for name, m := range map[string][]byte{
		"a fid that is another's":    one(24, other),
		"one that was never":         one(24, 7),
		"one of a walk to nowhere":   one(24, 3),
		"a second one that is not":   finish(70, 1, append(bytes.Clone(stolen), 9, 0, 0, 0)),
		"a second one of Trenameat":  finish(trenameat, 1, append(bytes.Clone(rename), 9, 0, 0, 0, 0, 0)),
		"a new one beyond the bound": walkTo(1, 1<<fidBits, 1),
	} {
		seen := len(d.seen)
		if _, e := ask(t, a, m); e != syscall.EBADF || len(d.seen) != seen {
			t.Errorf("%s: %v", name, e)
		}
	}
	if typ, _ := ask(t, a, finish(trenameat, 1, append(bytes.Clone(rename), 2, 0, 0, 0, 0, 0))); typ != trenameat+1 {
		t.Error("a Trenameat of its own fids is refused")
	}
}

// When a session ends the device has none of its fids, and those of others; its number is another's. In a new life
// of the device sessions of the one before are over, and leave it alone.
// Sabotage: leave the clunks out of Close; leave life out of Exchange; do not speak anew.
func TestClunked(t *testing.T) {
	d := newDevice()
	h := NewHub(d)
	a, b := open(t, h), open(t, h)
	ask(t, a, attach(1))
	ask(t, b, attach(1))
	ask(t, a, walkTo(1, 2, 1))
	a.Close()
	want := map[uint32]bool{uint32(b.number)<<fidBits | 1: true}
	if !maps.Equal(d.fids, want) {
		t.Errorf("the device knows %v, want %v", d.fids, want)
	}
	if c := open(t, h); c.number != a.number {
		t.Errorf("session %d, want %d again", c.number, a.number)
	}
	d.life, d.fids = 2, map[uint32]bool{}
	if _, err := b.Exchange(one(24, 1), make([]byte, MessageSize)); !errors.Is(err, ErrLost) {
		t.Errorf("in the next life: %v", err)
	}
	d.seen = nil
	b.Close()
	if len(d.seen) != 0 {
		t.Error("the next life is told of fids of the one before")
	}
	ask(t, open(t, h), attach(1))
	if len(d.seen) != 2 || d.seen[0][4] != tversion {
		t.Errorf("the next life is told %v", d.seen)
	}
}

// There are so many sessions, and so many fids of each, and no more.
// Sabotage: leave the bound out of Open or translate.
func TestFull(t *testing.T) {
	h := NewHub(newDevice())
	s := open(t, h)
	for fid := range uint32(mostFids) {
		ask(t, s, attach(fid))
	}
	if _, e := ask(t, s, attach(mostFids)); e != syscall.ENFILE {
		t.Errorf("one fid too many: %v", e)
	}
	for range mostSessions - 1 {
		open(t, h)
	}
	if _, err := h.Open(); err != ErrFull {
		t.Errorf("one session too many: %v", err)
	}
}

// Whatever a session sends, and the device answers: each message that reaches the device is whole and has fids of
// the session alone, and replies are what the device has said.
func FuzzSession(f *testing.F) {
	f.Add(append(attach(1), walkTo(1, 2, 1)...), []byte{})
	f.Add(finish(trenameat, 1, []byte{1, 0, 0, 0, 0xff, 0xff}), []byte{1})
	f.Fuzz(func(t *testing.T, sent, answers []byte) {
		d := newDevice()
		h := NewHub(d)
		other := open(t, h)
		ask(t, other, attach(1))
		s := open(t, h)
		d.seen = nil
		d.odd = func(reply []byte) []byte {
			if len(answers) > 0 {
				n := int(answers[0]) % (len(reply) + 1)
				answers = answers[1:]
				return reply[:n]
			}
			return reply
		}
		reply := make([]byte, MessageSize)
		for len(sent) > 0 {
			n := min(len(sent), 64)
			if len(sent) >= 4 {
				n = int(min(uint32(len(sent)), le.Uint32(sent)%1000+1))
			}
			s.Exchange(sent[:n], reply)
			sent = sent[n:]
		}
		s.Close()
		for _, m := range d.seen {
			at, err := fids(m)
			if _, _, bad := kind(m); bad != nil || err != nil {
				t.Fatalf("the device gets % x: %v, %v", m, bad, err)
			}
			for _, off := range at {
				if le.Uint32(m[off:])>>fidBits != uint32(s.number) {
					t.Fatalf("the device gets another's fid in % x", m)
				}
			}
		}
		if !d.fids[uint32(other.number)<<fidBits|1] {
			t.Fatal("another's fid is gone")
		}
	})
}
