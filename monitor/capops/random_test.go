package capops

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"atoll/kernel/capability"
)

// randomDeeds draws what cores want to do.
func randomDeeds(d *rand.Rand) (list []deed) {
	of := func() capability.Cap {
		owner := d.IntN(cores)
		return []capability.Cap{frameOf(owner), ramOf(owner), partOf(ramOf(owner))}[d.IntN(3)]
	}
	for range 12 + d.IntN(20) {
		x := deed{core: d.IntN(cores), what: []Kind{Pass, Pass, Pass, Revoke, Retype, Dropped}[d.IntN(6)], cap: of(), to: d.IntN(cores), channel: 1}
		if d.IntN(8) == 0 {
			x.channel = badChannel
		}
		if x.what == Retype {
			x.cap = ramOf(d.IntN(cores))
		}
		if x.to == x.core {
			x.to = (x.core + 1) % cores
		}
		list = append(list, x)
	}
	return list
}

// walk lets a seed say what happens next, until nothing can.
func walk(t *testing.T, seed uint64) {
	d := rand.New(rand.NewPCG(seed, 0xca95))
	m := newMachine(randomDeeds(d))
	m.kills, m.births = d.IntN(4), d.IntN(3)
	var path []move
	for {
		var next *machine
		var how move
		n := 0
		m.successors(func(v move, s *machine) {
			if v.what == dies && d.IntN(10) > 0 {
				return
			}
			if n++; d.IntN(n) == 0 {
				next, how = s, v
			}
		})
		if next == nil {
			break
		}
		m, path = next, append(path, how)
		if m.failed != "" {
			break
		}
	}
	if m.failed == "" && m.kills == 0 {
		m.end()
	}
	if m.failed != "" {
		var b strings.Builder
		for _, v := range path {
			fmt.Fprintln(&b, v)
		}
		t.Fatalf("seed %d: %s\n%s\n%v", seed, m.failed, b.String(), m)
	}
}

// Histories of many operations of three cores, with deaths and rejoins, as a seed draws them.
// Sabotage: as of TestExplore.
func TestRandom(t *testing.T) {
	seeds := uint64(300)
	if os.Getenv("ATOLL_SOAK") != "" {
		seeds = 20000
	}
	for seed := range seeds {
		walk(t, seed)
	}
}
