package main

import (
	"fmt"
	"time"

	"atoll/boot/tools/qemurun"
)

// spinners are the numbers of threads of a program beside which pings to its core are
// measured.
var spinners = []int{0, 1, 8, 64}

// spinName is the experiment of a number of threads.
func spinName(threads int) string { return fmt.Sprintf("spin-%d", threads) }

// spinNames are those of all.
func spinNames() (names []string) {
	for _, n := range spinners {
		names = append(names, spinName(n))
	}
	return names
}

// spinExperiments ping a core on which a program computes. The other program, hello, has
// come to its end when that has begun.
func spinExperiments(m qemurun.Machine, boots int) (list []experiment) {
	for _, n := range spinners {
		commands := "ping 0 1 3000 -json"
		if n > 0 {
			commands = fmt.Sprintf("run -bg -core 1 spin %d 60; run -core 1 hello; %s", n, commands)
		}
		e := experiment{spinName(n), m, commands, boots, time.Minute}
		e.machine.Initrd = programs
		list = append(list, e)
	}
	return list
}

func spinTable(results map[string]*result) string {
	t := newTable("threads that compute", "boots", "median", "99th percentile", "least of these", "most", "messages lost")
	for _, n := range spinners {
		r := results[spinName(n)]
		p99 := r.series("ping", "p99_ns")
		least, median, most := p99.spread()
		t.row(fmt.Sprint(n), fmt.Sprint(len(p99)), span(r.series("ping", "median_ns").median()),
			span(median), span(least), span(most), whole(r.series("ping", "lost").median()))
	}
	return t.b.String()
}
