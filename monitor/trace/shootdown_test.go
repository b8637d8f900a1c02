package trace

import (
	"slices"
	"testing"

	"atoll/arch/layout"
	"atoll/monitor/message"
)

// Messages of the monitor's multicast, by their names.
const (
	askNumber   = 26
	replyNumber = 28
)

var (
	_ = message.Declare[message.None](askNumber, "multicast")
	_ = message.Declare[message.None](replyNumber, "multicast-reply")
)

func step(at uint64, k layout.TraceKind, home int, number uint64) Record {
	return Record{Time: at, Head: layout.TraceHead(k, uint32(home)), A: number}
}

func told(at uint64, k layout.TraceKind, peer int, typ, n uint64) Record {
	return Record{Time: at, Head: layout.TraceHead(k, uint32(peer)), A: n<<48 | typ}
}

// shootdownRings are those of shootdown 9 of core 0, with two hosts of which core 2 is the last to reply, though
// core 1 takes longer. Other messages and another's shootdown of that number come in between.
func shootdownRings() []Ring {
	const s, r = layout.TraceSend, layout.TraceReceive
	return []Ring{
		{Core: 0, Records: []Record{
			{Time: 100, Head: layout.TraceHead(layout.TraceShoot, 0), A: 9, B: 1<<1 | 1<<2}, told(110, s, 1, askNumber, 1), told(115, s, 2, askNumber, 1), told(116, s, 2, 7, 2),
			told(170, r, 1, replyNumber, 1), told(200, r, 2, replyNumber, 1), step(230, layout.TraceShot, 0, 9),
			step(300, layout.TraceShoot, 0, 10), // and nothing more is known
		}},
		{Core: 1, Records: []Record{
			told(120, r, 0, askNumber, 1), step(121, layout.TraceDrop, 0, 9), step(160, layout.TraceDropped, 0, 9), told(161, s, 0, replyNumber, 1),
		}},
		{Core: 2, Records: []Record{
			step(104, layout.TraceDrop, 1, 9), step(105, layout.TraceDropped, 1, 9), // another's
			told(135, r, 0, askNumber, 1), told(136, r, 0, 7, 2), step(140, layout.TraceDrop, 0, 9), step(146, layout.TraceDropped, 0, 9),
			told(147, s, 0, 7, 1), told(153, s, 0, replyNumber, 2-1),
		}},
	}
}

// Steps are those by way of the last reply, and add up to the whole.
// Sabotages: MinFunc in place of the MaxFunc of shootdown; with in place of message for what came.
func TestShootdowns(t *testing.T) {
	got := Shootdowns(Merge(shootdownRings()))
	want := Shootdown{Home: 0, Hosts: 2, Steps: [NumSteps]uint64{10, 5, 20, 5, 6, 7, 47, 30}}
	if len(got) != 1 || got[0] != want {
		t.Fatalf("%+v, want %+v", got, want)
	}
	if got[0].Whole() != 130 {
		t.Errorf("it took %d, and its steps %d", 130, got[0].Whole())
	}
}

// Of a shootdown some of whose events are not there nothing is said, whichever are missing.
// Sabotages: leave v.dropped >= 0, or back, out of visit; leave the count of visits out of shootdown.
func TestShootdownsLost(t *testing.T) {
	for core, n := range map[int]int{0: 7, 1: 4} {
		for lost := range n {
			if core == 0 && lost == 3 { // another message
				continue
			}
			rings := shootdownRings()
			rings[core].Records = slices.Delete(rings[core].Records, lost, lost+1)
			for _, s := range Shootdowns(Merge(rings)) {
				t.Errorf("without event %d of core %d: %+v", lost, core, s)
			}
		}
	}
}

// Sabotage: list in place of sorted.
func TestMiddleHalf(t *testing.T) {
	var list []Shootdown
	for _, took := range []uint64{90, 1, 5, 7, 6, 2, 80, 8} {
		list = append(list, Shootdown{Hosts: int(took) % 2, Steps: [NumSteps]uint64{took}})
	}
	var whole []uint64
	for _, s := range MiddleHalf(list) {
		whole = append(whole, s.Whole())
	}
	if !slices.Equal(whole, []uint64{5, 6, 7, 8}) {
		t.Errorf("%v", whole)
	}
	if one := MiddleHalf(list[:1]); len(one) != 1 {
		t.Errorf("of one are left %v", one)
	}
	if odd := WithHosts(list, 1); len(odd) != 3 {
		t.Errorf("with one host: %v", odd)
	}
}
