package main

import (
	"strings"
	"testing"
)

// has checks that a text has lines.
func has(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, want := range lines {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not there:\n%s", want, text)
		}
	}
}

// Times, and bytes a second of what takes twice as long on Linux, stand beside each other, and how much longer the other hart takes
// on each; what was not measured has no row.
// Sabotages: in coresTable, write the time for what has bytes; divide Linux' figures by Atoll's.
func TestCoresTable(t *testing.T) {
	results := map[string]*result{
		besideCores: {Boots: [][]record{{{"event": linuxbench, "pipe_here_ns": 2e3, "pipe_there_ns": 3e3, "to4_ns": 4096.0, "spawn_here_ns": 1e6, "spawn_there_ns": 15e5}}}},
		linuxName(besideCores): {Boots: [][]record{{{"event": linuxbench, "pipe_here_ns": 4e3, "pipe_there_ns": 8e3, "to4_ns": 8192.0, "spawn_here_ns": 1e6,
			"spawn_there_ns": 2e6, "spawn_first_ns": 1.0}}}},
	}
	text := coresTable(results)
	has(t, text, "| pipe round trip of a byte, both processes on one hart | 2 us (2 us to 2 us) | 4 us (4 us to 4 us) | 0.50 |",
		"| to the other hart through a pipe, writes of 4 KiB | 1e+03 MB/s (1e+03 MB/s to 1e+03 MB/s) | 500 MB/s (500 MB/s to 500 MB/s) | 0.50 |",
		"on Atoll a process takes 1.50 times as long, a round trip 1.50 times, on Linux a process takes 2.00 times as long, a round trip 2.00 times")
	if strings.Contains(text, "the first of these") {
		t.Errorf("a row is there that was not measured here:\n%s", text)
	}
}

// Sabotages: in mapsTable, compare with two threads; write times.
func TestMapsTable(t *testing.T) {
	results := map[string]*result{
		besideBoot:            {Boots: [][]record{{{"event": linuxbench, "maps1_ns": 1e5, "maps2_ns": 5e4}}}},
		linuxName(besideBoot): {Boots: [][]record{{{"event": linuxbench, "maps1_ns": 2e5, "maps2_ns": 4e5, "maps4_ns": 1e6}}}},
	}
	has(t, mapsTable(results), "| threads, each on a hart of its own: 2 | 20,000 (20,000 to 20,000) | 2.00 | 2,500 (2,500 to 2,500) | 0.50 | 8.00 |",
		"| threads, each on a hart of its own: 4 | - |  | 1,000 (1,000 to 1,000) | 0.20 |")
}

// Sabotage: in goBesideTable, take the times of two goroutines for one.
func TestGoBesideTable(t *testing.T) {
	times := func(one, two float64) *result {
		return &result{Boots: [][]record{{{"event": "primes", "goroutines": 1.0, "time_ns": one}, {"event": "primes", "goroutines": 2.0, "time_ns": two}}}}
	}
	results := map[string]*result{goBeside: times(6e8, 4e8), linuxName(goBeside): times(8e8, 4e8)}
	has(t, goBesideTable(results), "| Atoll | 600 ms (600 ms to 600 ms), 1.00 | 400 ms (400 ms to 400 ms), 1.50 | - |",
		"| Linux | 800 ms (800 ms to 800 ms), 1.00 | 400 ms (400 ms to 400 ms), 2.00 | - |")
}
