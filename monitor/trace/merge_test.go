package trace

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"atoll/arch/layout"
)

// send and receive make the events of message n, which two cores exchange.
func send(at uint64, to int, n uint64) Record {
	return Record{Time: at, Head: layout.TraceHead(layout.TraceSend, uint32(to)), A: n<<48 | 7}
}

func receive(at uint64, from int, n uint64) Record {
	return Record{Time: at, Head: layout.TraceHead(layout.TraceReceive, uint32(from)), A: n<<48 | 7}
}

func trap(at, pc uint64) Record {
	return Record{Time: at, Head: layout.TraceHead(layout.TraceTrap, 13), A: pc}
}

// merged lists core and time of the events.
func merged(rings []Ring) (list [][2]uint64) {
	for _, e := range Merge(rings) {
		list = append(list, [2]uint64{uint64(e.Core), e.Time})
	}
	return list
}

func TestMergeByTime(t *testing.T) {
	got := merged([]Ring{
		{Core: 0, Records: []Record{trap(1, 0), trap(5, 0), trap(9, 0)}},
		{Core: 1},
		{Core: 2, Records: []Record{trap(2, 0), trap(2, 1), trap(10, 0)}},
	})
	if want := [][2]uint64{{0, 1}, {2, 2}, {2, 2}, {0, 5}, {0, 9}, {2, 10}}; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if got := Merge(nil); len(got) != 0 {
		t.Errorf("nothing became %v", got)
	}
}

// Within one tick a message goes to and fro, and each core has done other things
// between; a send stands behind the interrupt that came while it was recorded.
// Sabotage: leave the receive that waits out of next; leave the sort out of add.
func TestMergeWithinTick(t *testing.T) {
	rings := []Ring{
		{Core: 0, Records: []Record{receive(7, 1, 2), trap(8, 1), send(7, 1, 3), receive(9, 1, 4)}},
		{Core: 1, Records: []Record{trap(7, 2), send(7, 0, 2), receive(7, 0, 3), send(7, 0, 4)}},
	}
	events := Merge(rings)
	want := []Event{
		{1, trap(7, 2)}, {1, send(7, 0, 2)}, {0, receive(7, 1, 2)}, {0, send(7, 1, 3)},
		{1, receive(7, 0, 3)}, {1, send(7, 0, 4)}, {0, trap(8, 1)}, {0, receive(9, 1, 4)},
	}
	if !reflect.DeepEqual(events, want) {
		t.Errorf("got %v\nwant %v", events, want)
	}
	if flows := Match(events); !slices.Equal(flows, []Flow{{1, 2}, {3, 4}, {5, 7}}) {
		t.Errorf("flows %v", flows)
	}
}

// Random traffic of four cores with a clock so coarse that half of what happens
// happens at once: the order is one in which it can have happened.
func TestMergeRandom(t *testing.T) {
	for seed := range uint64(50) {
		rings, total := traffic(seed)
		events := Merge(rings)
		if len(events) != total {
			t.Fatalf("seed %d: %d events became %d", seed, total, len(events))
		}
		at := map[int]int{}
		sent := map[messageID]bool{}
		for i := range events {
			e := &events[i]
			if i > 0 && e.Time < events[i-1].Time {
				t.Fatalf("seed %d: the time goes back at event %d", seed, i)
			}
			if e.Record != rings[e.Core].Records[at[e.Core]] {
				t.Fatalf("seed %d: event %d is not the next of core %d", seed, i, e.Core)
			}
			at[e.Core]++
			if msg, ok := e.message(); ok && e.Kind() == layout.TraceSend {
				sent[msg] = true
			} else if ok && !sent[msg] {
				t.Fatalf("seed %d: event %d receives what is sent later", seed, i)
			}
		}
	}
}

// traffic makes the rings of four cores.
func traffic(seed uint64) (rings []Ring, total int) {
	const cores = 4
	r := rand.New(rand.NewPCG(seed, 0))
	rings = make([]Ring, cores)
	var count [cores][cores]uint64
	var waiting [][2]int // messages on their way: from, to; in order
	var number []uint64
	for at := uint64(0); total < 400; at += uint64(r.IntN(4) / 3) {
		core := r.IntN(cores)
		rings[core].Core = core
		add := func(rec Record) {
			rings[core].Records = append(rings[core].Records, rec)
			total++
		}
		i := slices.IndexFunc(waiting, func(w [2]int) bool { return w[1] == core })
		switch to := (core + 1 + r.IntN(cores-1)) % cores; {
		case i >= 0 && r.IntN(2) == 0:
			add(receive(at, waiting[i][0], number[i]))
			waiting, number = slices.Delete(waiting, i, i+1), slices.Delete(number, i, i+1)
		case r.IntN(2) == 0:
			count[core][to]++
			waiting, number = append(waiting, [2]int{core, to}), append(number, count[core][to])
			add(send(at, to, count[core][to]))
		default:
			add(trap(at, at))
		}
	}
	return rings, total
}

// A name means the same message only between the same cores, in one direction, of
// one pair of lives, and once.
func TestMatch(t *testing.T) {
	other := receive(9, 0, 1)
	other.A |= 1 << 16 // of another life
	events := []Event{
		{1, receive(0, 0, 1)}, // nobody sent it here
		{0, send(1, 1, 1)},
		{0, receive(2, 1, 1)},
		{2, receive(3, 0, 1)},
		{1, other},
		{1, receive(10, 0, 1)},
		{1, receive(11, 0, 1)},
		{0, send(12, 1, 2)}, // nobody received it yet
		{0, send(13, 1, 3)},
		{0, send(14, 2, 3)},
		{2, receive(15, 0, 3)},
		{1, receive(16, 0, 3)},
	}
	if got := Match(events); !slices.Equal(got, []Flow{{1, 5}, {8, 11}, {9, 10}}) {
		t.Errorf("%v", got)
	}
}
