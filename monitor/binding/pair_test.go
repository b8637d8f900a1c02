package binding

import (
	"sync/atomic"
	"testing"
	"time"

	"atoll/monitor/ump"
)

// end is one end of a pair in a test, and its core.
type end struct {
	*Binding
	peer     *end
	released atomic.Int32
	rings    atomic.Int64
	deaf     atomic.Bool // doorbells are lost
}

// Ring has the peer's event loop look, from a goroutine of its own.
func (e *end) Ring(core int) {
	e.rings.Add(1)
	if !e.peer.deaf.Load() {
		go e.peer.Look(true)
	}
}

func (e *end) Released(b *Binding) { e.released.Add(1) }

// newPair makes the two ends of a binding between cores 0 and 1.
func newPair(poll time.Duration) (a, b *end) {
	f := new(ump.Frame)
	a, b = &end{}, &end{}
	a.peer, b.peer = b, a
	a.Binding = New(a, f, 0, 1, 1, poll)
	b.Binding = New(b, f, 1, 0, 1, poll)
	return a, b
}

// withBuffers gives both ends so many buffers of a size.
func withBuffers(t testing.TB, a, b *end, count, size int) {
	t.Helper()
	for _, e := range []*end{a, b} {
		memory := make([]byte, count*size)
		if err := e.SetOwn(memory, uint64(count)); err != nil {
			t.Fatal(err)
		}
		if !e.peer.SetTheirs(memory, uint64(count)) {
			t.Fatal("the peer has buffers already")
		}
	}
}
