package agree_test

import (
	"os"
	"strconv"
	"testing"

	"atoll/monitor/replica"
)

// run is one history: deaths, restarts, slow cores and operations as the seed says,
// then quiet, in which everything has to end well.
func run(seed uint64) *world {
	w := newWorld(seed)
	if w.r.IntN(3) > 0 {
		w.settle() // else deaths come before the first view
	}
	deaths := w.r.IntN(6)
	rate := 1 + w.r.IntN(40)
	for range 300 + w.r.IntN(1200) {
		if w.failed != "" {
			return w
		}
		live := w.alive()
		if w.hot > 0 { // while a view is being installed its maker may die, and others begin already
			w.hot--
			switch p := w.r.IntN(100); {
			case p < 2 && deaths > 0 && len(live) > 1:
				deaths--
				w.death(live[w.r.IntN(2)])
				continue
			case p < 30:
				w.begin(live[w.r.IntN(len(live))])
				continue
			}
		}
		switch p := w.r.IntN(1000); {
		case p < 4 && deaths > 0 && len(live) > 1:
			deaths--
			w.death(live[w.r.IntN(len(live))])
		case p < 12:
			if c := w.r.IntN(len(w.cores)); !w.cores[c].alive {
				w.birth(c)
			}
		case p < 14:
			w.slow = w.r.IntN(len(w.cores))
		case p < 14+10*rate:
			w.begin(live[w.r.IntN(len(live))])
		default:
			w.step()
		}
	}
	w.settle()
	w.judge()
	return w
}

// judge looks at a machine in which nothing is under way.
func (w *world) judge() {
	if w.failed != "" {
		return
	}
	first := w.alive()[0]
	v := w.cores[first].node.View()
	members := uint64(0)
	for _, c := range w.alive() {
		k := &w.cores[c]
		members |= 1 << c
		if !k.node.Open() || k.node.Pending() != 0 {
			w.fail("core %d waits for ever: view %d, %d operations", c, k.node.View().Number, k.node.Pending())
		}
		if *k.node.View() != *v {
			w.fail("cores %d and %d are in views %d and %d", first, c, v.Number, k.node.View().Number)
		}
		if !equal(k.table, w.cores[first].table) {
			w.fail("the tables of cores %d and %d differ", first, c)
		}
	}
	if v.Members != members {
		w.fail("the view has members %b, but %b are alive", v.Members, members)
	}
	w.judgeOps()
}

func equal(a, b *replica.Table) bool {
	if a.Len() != b.Len() {
		return false
	}
	for e := range a.All {
		if o, ok := b.Lookup(e.Name); !ok || o != e {
			return false
		}
	}
	return true
}

// judgeOps compares the table with what the living were told.
func (w *world) judgeOps() {
	table := w.cores[w.alive()[0]].table
	wanted := 0
	for id, res := range w.ops {
		if !w.cores[id.core].alive || w.cores[id.core].life != id.life {
			continue
		}
		if !res.finished {
			w.fail("core %d was never told how operation %d ended", id.core, id.seq)
		}
		if !res.put {
			continue
		}
		want := res.commit && !w.gone[res.number]
		if want {
			wanted++
		}
		if has(table, res, id.core, id.life) != want {
			w.fail("operation %d of core %d: committed %v, deleted %v, in the table %v", id.seq, id.core, res.commit, w.gone[res.number], !want)
		}
	}
	if table.Len() != wanted {
		w.fail("%d services, want %d", table.Len(), wanted)
	}
}

// Random histories of 3 to 12 cores, with real replicas, straight and by trees.
// ATOLL_SEED replays one. Sabotage: in Repeat, take the flights by slot; in onChange,
// keep none for later; in multicast, leave out Direct.
func TestRandom(t *testing.T) {
	seeds := []uint64{5067, 6766, 18902, 59902} // which once failed
	last := uint64(1000)
	if os.Getenv("ATOLL_SOAK") != "" {
		last = 30000
	}
	for seed := uint64(1); seed <= last; seed++ {
		seeds = append(seeds, seed)
	}
	if s := os.Getenv("ATOLL_SEED"); s != "" {
		seed, err := strconv.ParseUint(s, 0, 64)
		if err != nil {
			t.Fatalf("ATOLL_SEED: %v", err)
		}
		seeds = []uint64{seed}
	}
	steps, views := 0, uint32(0)
	for _, seed := range seeds {
		w := run(seed)
		if w.failed != "" {
			t.Fatalf("ATOLL_SEED=%d go test -run '^TestRandom$' ./monitor/agree\n%s\n%v", seed, w.failed, w)
		}
		steps += w.steps
		views += w.cores[w.alive()[0]].node.View().Number
	}
	t.Logf("%d histories, %d steps, %d views", len(seeds), steps, views)
}
