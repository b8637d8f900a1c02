package main

import (
	"fmt"
	"strings"
	"time"

	"atoll/boot/tools/qemurun"
)

// besideCompute are the programs of compute.go, on Atoll and with linuxName on Linux.
const besideCompute = "compute-beside"

// besideComputeHarts are as many as the host has processors.
const besideComputeHarts = 2

// computeBeside has the programs compute on both kernels, the same files, on the same machine. Linux' first process
// is the archive's shell, and that it ends is how the machine does.
func computeBeside(kernel string, boots int) []experiment {
	m := qemurun.Machine{Harts: besideComputeHarts, Mem: "1G", Initrd: shellArchive}
	atoll := experiment{besideCompute, m, computeCommands(besideComputeHarts), boots, 2 * time.Minute}
	m.Kernel = kernel
	m.Append = `console=ttyS0 quiet panic=-1 rdinit=/bin/sh PATH=/bin -- -c "` + linuxComputing() + `"`
	return []experiment{atoll, {linuxName(besideCompute), m, m.Append, boots, 2 * time.Minute}}
}

// linuxComputing are the commands without what only Atoll's console knows.
func linuxComputing() string {
	return strings.NewReplacer("run -span "+coreList(besideComputeHarts)+" ", "", "run ", "").Replace(computeCommands(besideComputeHarts))
}

func computeBesideSection() section {
	return section{"compute-beside", measurements, []string{besideCompute, linuxName(besideCompute)}, computeBesideTable, "", nil}
}

func computeBesideTable(results map[string]*result) string {
	t := newTable("over "+boots(results[besideCompute])+" each: median (least to most)",
		"Atoll, 1 hart", "2 harts", "speed-up", "Linux, 1 thread", "2 threads", "speed-up")
	for _, c := range computers {
		cells := []string{c.what}
		for _, name := range []string{besideCompute, linuxName(besideCompute)} {
			one, two := results[name].computed(c.name, c.threads, 1), results[name].computed(c.name, c.threads, 2)
			gain := ""
			if len(one) > 0 && len(two) > 0 {
				gain = ratio(one.median() / two.median())
			}
			for _, s := range []series{one, two} {
				if len(s) == 0 {
					cells = append(cells, "-")
				} else {
					cells = append(cells, write3(s, span))
				}
			}
			cells = append(cells, gain)
		}
		t.row(cells...)
	}
	return t.b.String()
}

// goBeside is a Go program that computes with as many goroutines as harts, up to more than the host has processors.
const goBeside = "go-beside"

// goHarts are the numbers of its goroutines.
var goHarts = []int{1, 2, 4}

// goCommands has it run; on Atoll, with as many cores.
func goCommands(run func(harts int) string) string {
	primes := computers[len(computers)-1]
	var commands []string
	for _, n := range goHarts {
		commands = append(commands, fmt.Sprintf("%s%s -json %d %s", run(n), primes.name, n, primes.size))
	}
	return strings.Join(commands, "; ")
}

// goesBeside has it compute on both kernels, on a machine of four harts.
func goesBeside(kernel string, boots int) []experiment {
	m := qemurun.Machine{Harts: besideHarts, Mem: "1G", Initrd: shellArchive}
	atoll := experiment{goBeside, m, goCommands(func(harts int) string {
		if harts == 1 {
			return "run "
		}
		return "run -span " + coreList(harts) + " "
	}), boots, 2 * time.Minute}
	m.Kernel = kernel
	m.Append = `console=ttyS0 quiet panic=-1 rdinit=/bin/sh PATH=/bin -- -c "` + goCommands(func(int) string { return "" }) + `"`
	return []experiment{atoll, {linuxName(goBeside), m, m.Append, boots, 2 * time.Minute}}
}

func goBesideSection() section {
	return section{goBeside, measurements, []string{goBeside, linuxName(goBeside)}, goBesideTable, "", nil}
}

func goBesideTable(results map[string]*result) string {
	heads := []string{"primes below 100 million, over " + boots(results[goBeside]) + " each: median (least to most), speed-up"}
	for _, n := range goHarts {
		heads = append(heads, fmt.Sprintf("goroutines: %d", n))
	}
	t := newTable(heads...)
	primes := computers[len(computers)-1]
	for i, name := range []string{goBeside, linuxName(goBeside)} {
		cells := []string{[]string{"Atoll", "Linux"}[i]}
		one := results[name].computed(primes.name, primes.threads, 1)
		for _, n := range goHarts {
			if s := results[name].computed(primes.name, primes.threads, n); len(s) == 0 {
				cells = append(cells, "-")
			} else {
				cells = append(cells, write3(s, span)+", "+ratio(one.median()/s.median()))
			}
		}
		t.row(cells...)
	}
	return t.b.String()
}
