package binding

import "testing"

// Buffers that are kept are not handed over, and what is held of them, at either end, lasts until it is let go, though the binding has ended.
// Sabotages: in SetOwn, keep none; in hold, do not count; in LetGo, do not count back.
func TestHold(t *testing.T) {
	a, b := newPair(0)
	open(a, b)
	a.Keep(2)
	if a.HoldOwn() != nil || b.HoldTheirs(2) != nil {
		t.Error("something is held before there are buffers")
	}
	withBuffers(t, a, b, 3, 64)
	own, theirs := a.HoldOwn(), b.HoldTheirs(2)
	if len(own) != 64 || len(theirs) != 64 {
		t.Fatal(len(own), len(theirs))
	}
	if own[3] = 7; theirs[3] != 7 {
		t.Error("they hold different buffers")
	}
	if b.HoldOwn() != nil || b.HoldTheirs(3) != nil {
		t.Error("something is held that is not kept")
	}
	data := make([]byte, 3*64)
	if left, sent := a.TrySend(1, &[7]uint64{}, data); len(left) != 64 || !sent {
		t.Errorf("of what two buffers do not hold %d bytes are left", len(left))
	}
	if buf, err := a.Buffer(0); err == nil {
		t.Error("a buffer is to be handed over that is kept", buf.n)
	}
	for _, e := range []*end{a, b} {
		e.Close()
		if e.released.Load() != 0 {
			t.Error("let go although it is held")
		}
	}
	if a.HoldOwn() != nil || b.HoldTheirs(2) != nil {
		t.Error("something is held of a binding that has ended")
	}
	for _, e := range []*end{a, b} {
		if e.LetGo(); e.released.Load() != 1 {
			t.Errorf("let go %d times", e.released.Load())
		}
	}
}
