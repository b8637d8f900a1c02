package main

import (
	"fmt"
	"time"

	"atoll/boot/tools/qemurun"
)

// besideCores are processes over cores, beside Linux: linuxbench -cores on a machine of two harts, which are as many as the host has processors. Nothing
// is counted, since harts take turns then, and who looks for an answer uses its turn up.
const besideCores = "cores-beside"

// coresBeside has the program run on both kernels.
func coresBeside(kernel, archive string, boots int) []experiment {
	m := qemurun.Machine{Harts: besideComputeHarts, Mem: "1G", Initrd: archive}
	atoll := experiment{besideCores, m, "run " + linuxbench + " -cores -json", boots, 2 * time.Minute}
	m.Kernel, m.Append = kernel, "console=ttyS0 quiet panic=-1 rdinit=/"+linuxbench+" -- -json -cores -init"
	return []experiment{atoll, {linuxName(besideCores), m, m.Append, boots, 2 * time.Minute}}
}

// coresRow is a figure of linuxbench -cores.
type coresRow struct {
	key, what string
	bytes     float64 // that go meanwhile: then it is written as bytes a second
}

var coresRows = []coresRow{
	{"pipe_here", "pipe round trip of a byte, both processes on one hart", 0},
	{"pipe_there", "the same, one process on each of two harts", 0},
	{"to4", "to the other hart through a pipe, writes of 4 KiB", 4 << 10},
	{"to64", "the same, writes of 64 KiB", 64 << 10},
	{"from4", "from the other hart through a pipe, writes of 4 KiB", 4 << 10},
	{"from64", "the same, writes of 64 KiB", 64 << 10},
	{"spawn_here", "fork, exec and wait, small processes on one hart", 0},
	{"spawn_there", "the same, exec on the other hart", 0},
	{"spawn_first", "the first of these", 0},
}

func coresSection() section {
	return section{"cores", measurements, []string{besideCores, linuxName(besideCores)}, coresTable, "", nil}
}

// flow writes bytes a second.
func flow(v float64) string { return fmt.Sprintf("%.3g MB/s", v/1e6) }

func coresTable(results map[string]*result) string {
	t := newTable("over "+boots(results[besideCores])+" each: median (least to most)", "Atoll", "Linux", "Atoll to Linux")
	for _, row := range coresRows {
		atoll, linux := besideSeries(results, besideCores, row.key)
		if len(atoll) == 0 || len(linux) == 0 {
			continue
		}
		write, of := span, func(s series) series { return s }
		if row.bytes > 0 {
			write, of = flow, func(s series) (r series) {
				for _, ns := range s {
					r = append(r, row.bytes/ns*1e9)
				}
				return r
			}
		}
		t.row(row.what, write3(of(atoll), write), write3(of(linux), write), ratio(atoll.median()/linux.median()))
	}
	here, there := "spawn_here", "spawn_there"
	text := t.b.String() + "\nThe other hart to the same: "
	for i, name := range []string{besideCores, linuxName(besideCores)} {
		r := results[name]
		text += fmt.Sprintf("%s a process takes %s times as long, a round trip %s times", []string{"on Atoll", ", on Linux"}[i],
			ratio(r.series(linuxbench, there+"_ns").median()/r.series(linuxbench, here+"_ns").median()),
			ratio(r.series(linuxbench, "pipe_there_ns").median()/r.series(linuxbench, "pipe_here_ns").median()))
	}
	return text + ".\n"
}

func mapsSection() section {
	return section{"maps", measurements, []string{besideBoot, linuxName(besideBoot)}, mapsTable, "", nil}
}

// mapsTable has threads that map regions of their own, as regions a second, and how many times as many those of one thread they are.
func mapsTable(results map[string]*result) string {
	t := newTable("regions a second over "+boots(results[besideBoot])+" each: median (least to most)", "Atoll", "to one thread", "Linux", "to one thread", "Atoll to Linux")
	var one [2]float64
	for _, n := range unmapHarts {
		atoll, linux := besideSeries(results, besideBoot, fmt.Sprint("maps", n))
		cells := []string{fmt.Sprintf("threads, each on a hart of its own: %d", n)}
		var medians [2]float64
		for i, s := range []series{atoll, linux} {
			var rate series
			for _, ns := range s {
				rate = append(rate, 1e9/ns)
			}
			if medians[i] = rate.median(); n == 1 {
				one[i] = medians[i]
			}
			if len(rate) == 0 {
				cells = append(cells, "-", "")
			} else {
				cells = append(cells, write3(rate, grouped), ratio(medians[i]/one[i]))
			}
		}
		if medians[0] > 0 && medians[1] > 0 {
			cells = append(cells, ratio(medians[0]/medians[1]))
		}
		t.row(cells...)
	}
	return t.b.String()
}
