//go:build !riscv64

package agree

import (
	"os"
	"runtime/debug"
	"testing"
)

// soak reports whether the longer searches are to run.
func soak() bool { return os.Getenv("ATOLL_SOAK") != "" }

// examine searches all that can happen.
func examine(t *testing.T, s *scenario) {
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // all but the states seen is short-lived
	x := &search{t: t, cores: s.cores, window: searchWindow, chains: s.chains, scripts: s.scripts}
	x.Hash = func(m *machine) uint64 { return x.image.hashOf(func() { x.write(m) }) }
	x.Next, x.Chance, x.End = x.successors, move.chance, x.end
	m := x.start(!s.unfounded, s.cores-s.absent)
	m.kills, m.births = s.kills, s.births
	x.Visit(m)
	t.Logf("%d states, %d ends", x.States(), x.Ends)
	if x.States() < s.states || x.Ends == 0 {
		t.Errorf("the search is too small: %d states, want %d", x.States(), s.states)
	}
}

// scenario is what may happen in a search, in any order: deaths and restarts of any
// core, and operations.
type scenario struct {
	name      string
	soak      bool // takes long
	cores     int
	kills     int
	births    int
	unfounded bool // begins with the first view
	chains    bool // multicasts go along chains
	absent    int  // cores that are not up in the beginning
	scripts   []script
	states    int // that the search must find at least
}

var scenarios = []scenario{
	{name: "conflict", cores: 3, kills: 1, scripts: []script{{0, true, 0}, {1, true, 0}}, states: 6000},
	{name: "conflict, rejoin", cores: 3, kills: 1, births: 1, scripts: []script{{0, true, 0}, {1, true, 0}}, states: 40000},
	{name: "both kinds, rejoin", cores: 3, kills: 1, births: 1, scripts: []script{{0, true, 0}, {1, false, 0}}, states: 15000},
	{name: "three coordinators", cores: 3, kills: 1, scripts: []script{{0, true, 0}, {1, true, 0}, {2, true, 1}}, states: 90000},
	{name: "pipelined", cores: 3, kills: 1, scripts: []script{{0, true, 0}, {0, false, 0}, {1, true, 0}}, states: 45000},
	{name: "two deaths, rejoin", cores: 3, kills: 2, births: 1, scripts: []script{{0, true, 0}}, states: 15000},
	{name: "two deaths, two rejoin", soak: true, cores: 3, kills: 2, births: 2, scripts: []script{{1, false, 0}}, states: 140000},
	{name: "joiners alone", cores: 3, absent: 2, kills: 1, births: 2, states: 9000},
	{name: "all die", soak: true, cores: 3, kills: 3, births: 2, states: 430000},
	{name: "first view", cores: 3, kills: 1, births: 1, unfounded: true, scripts: []script{{1, true, 0}}, states: 9000},
	{name: "first view, two deaths", cores: 3, kills: 2, births: 1, unfounded: true, states: 9000},
	{name: "four, one phase, two deaths", cores: 4, kills: 2, scripts: []script{{2, false, 0}}, states: 9000},
	{name: "four, two phases, two deaths", cores: 4, kills: 2, scripts: []script{{2, true, 0}}, states: 9000},
	{name: "four, two deaths, rejoin", soak: true, cores: 4, kills: 2, births: 1, states: 90000},
	{name: "four, conflict", soak: true, cores: 4, kills: 1, scripts: []script{{0, true, 0}, {1, true, 0}}, states: 1500000},
	{name: "three operations, rejoin", soak: true, cores: 3, kills: 1, births: 1, scripts: []script{{0, true, 0}, {1, true, 0}, {2, false, 0}}, states: 280000},
	{name: "four, three deaths, rejoin", soak: true, cores: 4, kills: 3, births: 1, scripts: []script{{1, true, 0}}, states: 2500000},
	{name: "four, one phase, rejoin", soak: true, cores: 4, kills: 2, births: 1, scripts: []script{{2, false, 0}}, states: 500000},
	{name: "chains, conflict", chains: true, cores: 3, kills: 1, scripts: []script{{0, true, 0}, {1, true, 0}}, states: 9000},
	{name: "chains, both kinds", chains: true, cores: 3, kills: 1, scripts: []script{{0, true, 0}, {0, false, 1}}, states: 2800},
	{name: "chains, three coordinators", chains: true, cores: 3, kills: 1, scripts: []script{{0, true, 0}, {1, true, 0}, {2, false, 1}}, states: 75000},
	{name: "chains, rejoin", soak: true, chains: true, cores: 3, kills: 1, births: 1, scripts: []script{{0, true, 0}, {1, true, 0}}, states: 120000},
	{name: "four, chains", chains: true, cores: 4, kills: 1, scripts: []script{{1, true, 0}}, states: 18000},
	{name: "four, chains, two deaths", soak: true, chains: true, cores: 4, kills: 2, scripts: []script{{1, true, 0}}, states: 80000},
	{name: "four, a joins, a death", cores: 4, absent: 1, kills: 1, births: 1, states: 29000},
	{name: "four, a joins, a death, one phase", soak: true, cores: 4, absent: 1, kills: 1, births: 1, scripts: []script{{2, false, 0}}, states: 150000},
	{name: "four, first view, a death", soak: true, cores: 4, kills: 1, unfounded: true, states: 145000},
	{name: "a joins, conflict", cores: 3, absent: 1, kills: 1, births: 1, scripts: []script{{0, true, 0}, {1, true, 0}}, states: 25000},
	{name: "four, two join", soak: true, cores: 4, absent: 2, births: 2, scripts: []script{{1, true, 0}}, states: 2000000},
}

// All interleavings of a few operations, deaths and restarts, with the real code.
// Each core learns of a death at any time, with any of the last messages lost.
// Sabotage: in Repeat, return at once; in report, when busy, return; in exclude, append no outcomes; in
// participate, drop what is of a later view; in senior, compare no views; in
// moveHolder, enter at the first word.
func TestExplore(t *testing.T) {
	for i := range scenarios {
		s := &scenarios[i]
		t.Run(s.name, func(t *testing.T) {
			if s.soak && !soak() {
				t.Skip("runs with ATOLL_SOAK=1")
			}
			examine(t, s)
		})
	}
}
