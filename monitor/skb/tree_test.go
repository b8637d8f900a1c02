package skb

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// trips makes round trips of all pairs of n cores.
func trips(n int, trip func(a, b int) uint64) []Trip {
	var list []Trip
	for a := range n {
		for b := range n {
			if a != b {
				list = append(list, Trip{a, b, trip(a, b)})
			}
		}
	}
	return list
}

// checkTree checks that links span the cores, parents first.
func checkTree(t *testing.T, cores []int, links []Link) {
	t.Helper()
	if len(links) != len(cores)-1 {
		t.Fatalf("%d links over %d cores: %v", len(links), len(cores), links)
	}
	if len(links) == 0 {
		return
	}
	in := []int{links[0].Parent}
	for _, l := range links {
		if !slices.Contains(in, l.Parent) || slices.Contains(in, l.Child) || !slices.Contains(cores, l.Child) {
			t.Fatalf("link %v is none of a tree over %v: %v", l, cores, links)
		}
		in = append(in, l.Child)
	}
}

// Two measured clusters: one link between them, the slow one first.
// Sabotage: in slowest_first, leave keysort out; in cluster, make Bound Most * Most.
func TestMeasuredTree(t *testing.T) {
	b := newBase(t, 6)
	b.SetTrips(trips(6, func(x, y int) uint64 {
		if x%2 != y%2 {
			return uint64(1000 + x)
		}
		return uint64(100 + x + y)
	}))
	links, err := b.Tree([]int{0, 1, 2, 3, 4, 5})
	if err != nil {
		t.Fatal(err)
	}
	want := []Link{{0, 1, 1001}, {0, 4, 104}, {0, 2, 102}, {1, 5, 106}, {1, 3, 104}}
	if !slices.Equal(links, want) {
		t.Errorf("%v, want %v", links, want)
	}
}

// The end-to-end time decides between hubs, not the link alone.
func TestSlowestFirst(t *testing.T) {
	b := newBase(t, 0+5)
	b.core.clear()
	for i, node := range []int{0, 1, 2, 1, 2} {
		b.core.add(i, i, node)
	}
	b.SetTrips(trips(5, func(x, y int) uint64 {
		switch {
		case x+y == 1:
			return 500 // 0-1
		case x+y == 2 && x != y:
			return 400 // 0-2
		case x*y == 8:
			return 300 // 2-4
		}
		return 600
	}))
	links, err := b.Tree([]int{0, 1, 2, 4})
	if err != nil {
		t.Fatal(err)
	}
	if want := []Link{{0, 2, 400}, {0, 1, 500}, {2, 4, 300}}; !slices.Equal(links, want) {
		t.Errorf("%v, want %v", links, want)
	}
}

// NUMA nodes come before what was measured; without either there are groups of about
// the square root.
func TestGroups(t *testing.T) {
	b := newBase(t, 9)
	yields(t, b, "living(Cs), groups(Cs, Gs), X = x", "[0,1,2,3,4,5,6,7,8] [[0,1,2],[3,4,5],[6,7,8]] x")
	b.core.clear()
	for i := range 9 {
		b.core.add(i, i, i%2)
	}
	yields(t, b, "living(Cs), groups(Cs, Gs), X = x", "[0,1,2,3,4,5,6,7,8] [[0,2,4,6,8],[1,3,5,7]] x")
	yields(t, b, "groups([2,4,7], Gs)", "[[2,4],[7]]")
}

// Whatever the round trips, the tree spans the living, also for 64 cores, and within
// a time.
func TestTreeSpans(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 3, 5, 8, 13, 64} {
		b := newBase(t, n)
		for round := range 3 {
			b.SetTrips(trips(n, func(x, y int) uint64 { return 100 + r.Uint64N(uint64(1+round*5000)) }))
			var cores []int
			for c := range n {
				if round < 2 || r.IntN(3) > 0 || c == 0 {
					cores = append(cores, c)
				}
			}
			begin := time.Now()
			links, err := b.Tree(cores)
			if err != nil {
				t.Fatalf("%d cores: %v", n, err)
			}
			checkTree(t, cores, links)
			if n == 64 {
				t.Logf("%d cores, round %d: %v", n, round, time.Since(begin))
			}
		}
	}
}

// The paper's rule where nothing was measured, and estimates where all was.
func TestStrategy(t *testing.T) {
	b := newBase(t, 64)
	strategy := func(n int, want string) {
		t.Helper()
		var cores []int
		for c := range n {
			cores = append(cores, c)
		}
		yields(t, b, fmt.Sprintf("strategy(%d, S)", n), want)
		if got, err := b.Strategy(cores); got != want || err != nil {
			t.Errorf("%d cores: %s, %v; want %s", n, got, err, want)
		}
	}
	strategy(2, "unicast")
	strategy(11, "unicast")
	strategy(12, "tree")
	b.SetTrips(trips(64, func(x, y int) uint64 {
		if x/8 != y/8 {
			return 600
		}
		return 200
	}))
	strategy(2, "unicast")
	strategy(4, "unicast")
	strategy(64, "measured")
	for i := range 3 { // dearer messages: trees pay earlier
		b.SetCosts([]Cost{{0, uint64(1000*i + 1), uint64(1000*i + 1), 0}})
		r := rows(t, b, "strategy(24, S)") // whose clusters of 8 are too large for its 3 hubs
		if want := []string{"unicast", "tree", "tree"}[i]; len(r) != 1 || r[0] != want {
			t.Errorf("at %d ns a message: %v, want %s; %v", 1000*i, r, want, rows(t, b, "estimates(24, E)"))
		}
	}
}

// Broadcast is taken where a line is fetched more cheaply than a message is sent, as
// measured, and never where no fetch was. The cost in the middle counts, nonsense does not.
// Sabotage: leave fetch out of the estimate; let SetCosts take the most.
func TestStrategyBroadcast(t *testing.T) {
	b := newBase(t, 24)
	b.SetTrips(trips(24, func(x, y int) uint64 { return 400 }))
	for _, c := range []struct {
		fetch uint64
		want  string
	}{{0, "tree"}, {20, "broadcast"}, {200, "tree"}} {
		b.SetCosts([]Cost{{0, 200, 100, c.fetch}, {1, 200, 100, c.fetch}, {2, 1 << 30, 1 << 29, 1 << 28}, {3, 1 << 62, 0, 1 << 40}})
		yields(t, b, "strategy(24, S)", c.want)
		yields(t, b, "cost(send, S)", "200")
	}
	yields(t, b, "cost(2, K, T)", fmt.Sprint("send ", 1<<30), fmt.Sprint("receive ", 1<<29), fmt.Sprint("fetch ", 1<<28))
	yields(t, b, "cost(3, K, T)")
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		if _, err := New(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTree(b *testing.B) {
	for _, n := range []int{4, 16, 64} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			base := newBase(b, n)
			base.SetTrips(trips(n, func(x, y int) uint64 { return uint64(100 + 900*(x/8+y/8)) }))
			var cores []int
			for c := range n {
				cores = append(cores, c)
			}
			for b.Loop() {
				if _, err := base.Tree(cores); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
