package cost

import (
	"math"
	"testing"
)

// By unicast an operation has two hops a phase and as many messages as there are
// others, each way; its time is what the coordinator does one after another.
// Sabotage: in receive, leave out the receiver's time, or that it is busy.
func TestStar(t *testing.T) {
	c := Costs{Send: 3, Receive: 5, Latency: 100}
	for n := 2; n <= 64; n++ {
		for phases, two := range []bool{false, true} {
			r, err := Measure(c, Star(n), two)
			if err != nil {
				t.Fatal(err)
			}
			phases, others := phases+1, n-1
			if r.Hops != 2*phases || r.Messages != 2*phases*others {
				t.Fatalf("%d cores, %d phases: %+v", n, phases, r)
			}
			// The first reply is there before the last message is sent, or not.
			last := uint64(3*others + 100 + 5 + 3 + 100 + 5)       // of the last participant
			all := uint64(max(3+100+5+3+100, 3*others) + 5*others) // if the coordinator never waits after the first
			if want := uint64(phases * others * (3 + 5)); r.Busy != want {
				t.Fatalf("%d cores, %d phases: busy for %d, want %d", n, phases, r.Busy, want)
			}
			if want := uint64(phases) * max(last, all); r.Finished != want || two && r.Decided != want/2 {
				t.Fatalf("%d cores, %d phases: finished %d, decided %d, want %d", n, phases, r.Finished, r.Decided, want)
			}
		}
	}
}

// A tree of two levels has twice the hops, and takes less time where there are many
// cores. Sabotage: in gather, pass each reply on by itself.
func TestTree(t *testing.T) {
	c := Costs{Send: 100, Receive: 150, Latency: 200}
	won := 0
	for n := 4; n <= 64; n++ {
		size := int(math.Ceil(math.Sqrt(float64(n))))
		star, err := Measure(c, Star(n), true)
		tree, err2 := Measure(c, Groups(n, size), true)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		if tree.Hops != 8 || tree.Messages != star.Messages {
			t.Fatalf("%d cores: star %+v, tree %+v", n, star, tree)
		}
		if tree.Finished < star.Finished && won == 0 {
			won = n
		} else if tree.Finished >= star.Finished && n > 32 {
			t.Errorf("%d cores: the tree takes %d, the star %d", n, tree.Finished, star.Finished)
		}
	}
	t.Logf("the tree wins from %d cores", won)
	for _, n := range []int{2, 4, 8, 16, 32, 64} {
		one, _ := Measure(c, Star(n), false)
		two, _ := Measure(c, Star(n), true)
		tree, _ := Measure(c, Groups(n, int(math.Ceil(math.Sqrt(float64(n))))), true)
		t.Logf("%2d cores: one phase %+v, two %+v, by a tree %+v", n, one, two, tree)
	}
}

func TestNoTree(t *testing.T) {
	for _, tree := range []Tree{nil, {0}, {-1, -1}, {-1, 2, 1}, {-1, 1}, {-1, 7}, make(Tree, 65)} {
		if _, err := Measure(Costs{}, tree, true); err == nil {
			t.Errorf("%v is taken for a tree", tree)
		}
	}
	if r, err := Measure(Costs{1, 1, 1}, Star(1), true); err != nil || r.Messages != 0 {
		t.Errorf("one core: %+v, %v", r, err)
	}
}
