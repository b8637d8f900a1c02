package domain

import (
	"math/rand/v2"
	"testing"

	"atoll/arch/layout"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

// Where a test of listening has its dispatchers and endpoints, in the caller's table and in
// its RAM.
const (
	ears     = 3
	mouths   = 8
	atEar    = 1
	atMouth  = atEar + ears
	atTable  = atMouth + mouths
	earPages = 2
)

func (w *world) makeEar(i uint64) {
	w.t.Helper()
	w.want(abi.OK, abi.CallRetype, uint64(abi.SlotRAM), i*earPages*layout.PageSize, uint64(capability.Dispatcher), earPages*layout.PageSize, 1, uint64(abi.SlotRoot), at(atEar+i)>>16)
	w.want(abi.OK, abi.CallConfigure, at(atEar+i), uint64(abi.SlotRoot), at(atTable), 0, 0)
	w.want(abi.OK, abi.CallStart, at(atEar+i), 0x1000, 0, 0)
}

func (w *world) makeMouth(i uint64) {
	w.t.Helper()
	w.want(abi.OK, abi.CallRetype, uint64(abi.SlotRAM), (ears*earPages+i)*layout.PageSize, uint64(capability.Endpoint), layout.PageSize, 1, uint64(abi.SlotRoot), at(atMouth+i)>>16)
}

// Who listens is told of a message, though it came before; endpoints and dispatchers end in
// any order, and nobody is told who has ended. A model says who listens to what.
// Sabotages: in pass, do not post; in listen, do not look at count; in destroy, leave out
// unhearAll; in endEndpoint, leave out unhear.
func TestListen(t *testing.T) {
	for seed := range uint64(20) {
		w := newWorld(t)
		w.want(abi.OK, abi.CallRetype, uint64(abi.SlotRAM), 100*layout.PageSize, uint64(capability.VNodeL2), 2*layout.PageSize, 1, uint64(abi.SlotRoot), at(atTable)>>16)
		for i := range uint64(ears) {
			w.makeEar(i)
		}
		for i := range uint64(mouths) {
			w.makeMouth(i)
		}
		var by [mouths]int // 1 + ear
		r := rand.New(rand.NewPCG(seed, 6))
		for range 600 {
			ear, mouth := r.Uint64N(ears), r.Uint64N(mouths)
			ep := w.endpoint(ramBase + (ears*earPages+mouth)*layout.PageSize)
			n := w.native(ramBase + ear*earPages*layout.PageSize)
			n.due = 0
			switch r.IntN(5) {
			case 0:
				w.want(abi.OK, abi.CallListen, at(atMouth+mouth), at(atEar+ear))
				if by[mouth] = int(1 + ear); (n.due != 0) != (ep.count > 0) {
					t.Fatalf("with %d messages there it is told %#x", ep.count, n.due)
				}
			case 1:
				w.want(abi.OK, abi.CallListen, at(atMouth+mouth), 0)
				by[mouth] = 0
			case 2:
				if w.send(at(atMouth + mouth)); (n.due != 0) != (by[mouth] == int(1+ear) && ep.count < abi.QueueLength) && ep.count < abi.QueueLength {
					t.Fatalf("dispatcher %d is told %#x of a message to who has %d listening", ear, n.due, by[mouth])
				}
			case 3:
				w.want(abi.OK, abi.CallDelete, at(atMouth+mouth))
				w.clean()
				w.makeMouth(mouth)
				by[mouth] = 0
			case 4:
				w.want(abi.OK, abi.CallDelete, at(atEar+ear))
				w.clean()
				for i := range by {
					if by[i] == int(1+ear) {
						by[i] = 0
					}
				}
				w.makeEar(ear)
			}
			w.checkHearing(by)
		}
	}
}

func (w *world) send(to uint64) {
	w.p.X = [32]uint64{regA7: abi.CallSend, regA0: to}
	w.Call(w.p)
}

func (w *world) clean() {
	for w.db.Clean(1000) {
	}
}

func (w *world) checkHearing(by [mouths]int) {
	w.t.Helper()
	var hears [ears + 1]uint64
	for i, ear := range by {
		hears[ear]++
		want := uint64(0)
		if ear > 0 {
			want = ramBase + uint64(ear-1)*earPages*layout.PageSize
		}
		if got := w.endpoint(ramBase + (ears*earPages+uint64(i))*layout.PageSize).hearing.by; got != want {
			w.t.Fatalf("%#x listens to endpoint %d, not %#x", got, i, want)
		}
	}
	for i := range ears {
		if n := w.native(ramBase + uint64(i)*earPages*layout.PageSize); n.hears != hears[i+1] {
			w.t.Fatalf("dispatcher %d listens to %d endpoints, not %d", i, n.hears, hears[i+1])
		}
	}
}

// A dispatcher that waits for whatever may come is woken by a message, and listens to
// no more than MaxListen endpoints. Sabotage: in listen, do not look at hears.
func TestListenWakes(t *testing.T) {
	w := newWorld(t)
	w.want(abi.OK, abi.CallRetype, uint64(abi.SlotRAM), 100*layout.PageSize, uint64(capability.VNodeL2), 2*layout.PageSize, 1, uint64(abi.SlotRoot), at(atTable)>>16)
	w.makeEar(0)
	w.makeMouth(0)
	w.makeMouth(1)
	w.want(abi.OK, abi.CallListen, at(atMouth), at(atEar))
	n := w.native(ramBase)
	n.X = [32]uint64{regA7: abi.CallWait, regA0: abi.Forever}
	if next := w.Call(&n.Caller); next != nil || !n.Waits() {
		t.Fatal("it does not wait")
	}
	if w.send(at(atMouth)); n.Waits() || abi.Error(n.X[regA0]) != abi.OK {
		t.Errorf("after a message it waits: %v, answer %v", n.Waits(), abi.Error(n.X[regA0]))
	}
	n.hears = MaxListen
	w.want(abi.Error(capability.ErrTooMany), abi.CallListen, at(atMouth+1), at(atEar))
	w.want(abi.OK, abi.CallListen, at(atMouth), at(atEar))
}
