package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/u-root/u-root/pkg/cpio"

	"atoll/boot/tools/debian"
	"atoll/boot/tools/newc"
	"atoll/boot/tools/qemurun"
)

// linuxbench is the program that both kernels run, the same file, which make image puts into
// the archive.
const linuxbench = "linuxbench"

// shellArchive has it, too, and a shell: what make initrd leaves.
const shellArchive = "build/initrd.cpio"

// programFolder is where both archives have it.
const programFolder = "bin/"

// besideHarts are the harts of the machine whose boot is measured.
const besideHarts = 4

// Experiments: each on Atoll, and with linuxName on Linux.
const (
	besideCounted = "beside-counted"
	besideTimed   = "beside-timed"
	besideBoot    = "beside-boot"

	// with a shell in the archive
	besideShell      = "beside-shell-counted"
	besideShellTimed = "beside-shell-timed"
	besideShellBoot  = "beside-shell-boot"
)

func linuxName(name string) string { return name + "-linux" }

// besideRAM is the memory of the machines, in bytes; QEMU is told 1G.
const besideRAM = 1 << 30

// beside is Atoll beside Linux: the same machine, the same archive, the same program in it.
func beside(dir string, boots int) (suite, error) {
	kernel, _, err := debian.Kernel(dir, func(s string) { fmt.Fprintln(os.Stderr, "bench:", s) })
	if err != nil {
		return suite{}, err
	}
	archive := filepath.Join(dir, "linuxbench.cpio")
	if err := extract(archive, programs, linuxbench); err != nil {
		return suite{}, err
	}
	s := suite{sections: []section{besideSection(), unmapSection(), coresSection(), mapsSection(), computeBesideSection(), goBesideSection()}, host: "beside-host"}
	pair := func(name string, harts, boots int, extra []string, archive string) {
		init := "/" + linuxbench
		if archive == shellArchive {
			init = "/" + programFolder + linuxbench
		}
		m := qemurun.Machine{Harts: harts, Mem: "1G", Extra: extra, Initrd: archive}
		run := "run "
		if harts > 1 && archive != shellArchive { // a shell runs on one core

			run += "-span " + coreList(harts) + " "
		}
		e := experiment{name, m, "mem -json; " + run + linuxbench + " -json", boots, 3 * time.Minute}
		m.Kernel = kernel
		m.Append = "console=ttyS0 quiet panic=-1 rdinit=" + init + " -- -json -init"
		s.experiments = append(s.experiments, e, experiment{linuxName(name), m, m.Append, boots, 3 * time.Minute})
	}
	pair(besideCounted, 1, 1, counting, archive)
	pair(besideTimed, 1, boots, nil, archive)
	pair(besideBoot, besideHarts, boots, nil, archive)
	s.experiments = append(s.experiments, coresBeside(kernel, archive, boots)...)
	if _, err := os.Stat(shellArchive); err == nil {
		pair(besideShell, 1, 1, counting, shellArchive)
		pair(besideShellTimed, 1, boots, nil, shellArchive)
		pair(besideShellBoot, besideHarts, boots, nil, shellArchive)
		s.experiments = append(s.experiments, computeBeside(kernel, boots)...)
		s.experiments = append(s.experiments, goesBeside(kernel, boots)...)
	}
	return s, nil
}

// extract makes an archive of one file of another.
func extract(path, from, name string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	records, err := newc.Records(data)
	if err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	find := func(name string) (cpio.Record, bool) {
		i := slices.IndexFunc(records, func(r cpio.Record) bool { return r.Name == programFolder+name })
		if i < 0 {
			return cpio.Record{}, false
		}
		return records[i], true
	}
	r, there := find(name)
	if target, link := linkOf(r); link {
		r, there = find(target)
	}
	if !there {
		return fmt.Errorf("%s has no %s", from, name)
	}
	r.Name = name // the first process is looked for there
	return writeArchive(path, r)
}

// linkOf returns where a record leads to if it is a symbolic link.
func linkOf(r cpio.Record) (target string, ok bool) {
	if r.Mode&cpio.S_IFMT != cpio.S_IFLNK {
		return "", false
	}
	b := make([]byte, r.FileSize)
	n, _ := r.ReadAt(b, 0)
	return string(b[:n]), true
}

func writeArchive(path string, records ...cpio.Record) error {
	archive, err := newc.Pack(records)
	if err != nil {
		return err
	}
	return os.WriteFile(path, archive, 0o644)
}

// besideFigures are the program's, by the keys of its record.
var besideFigures = []struct{ key, what string }{
	{"null", "call that does next to nothing (`getppid`)"},
	{"futex", "futex round trip, two threads"},
	{"pipe", "pipe round trip of 64 bytes, two processes"},
	{"fault", "page fault: first write to a page"},
	{"read", "read 4 KiB of a file"},
	{"open", "open a file, and close it"},
	{"fork", "fork, exec and wait, processes of one page"},
	{"spawn", "vfork, exec and wait, by a Go program"},
	{"unmap1", "munmap of a page that was written"},
	{"protect1", "mprotect of one: to read only"},
	{"started", "from power-on until the program runs"},
}

// shellFigures are those of the archive that has a shell.
var shellFigures = []struct{ key, what string }{
	{"script", "a shell script of 100 commands"},
	{"prompt", "from power-on until the shell runs a command"},
}

func besideSection() section {
	return section{"beside", measurements, []string{
		besideCounted, linuxName(besideCounted), besideTimed, linuxName(besideTimed), besideBoot, linuxName(besideBoot),
	}, besideTable, "beside.svg", besidePlot}
}

// besideSeries are a figure's on both.
func besideSeries(results map[string]*result, name, key string) (atoll, linux series) {
	return results[name].series(linuxbench, key+"_ns"), results[linuxName(name)].series(linuxbench, key+"_ns")
}

func besideTable(results map[string]*result) string {
	release := "Linux " + results[linuxName(besideCounted)].text(linuxbench, "release")
	counted := newTable("one hart, instructions", "Atoll", release, "Atoll to Linux")
	count := func(what, name, key string) {
		if atoll, linux := besideSeries(results, name, key); len(atoll) > 0 && len(linux) > 0 {
			counted.row(what, grouped(atoll.median()), grouped(linux.median()), ratio(atoll.median()/linux.median()))
		}
	}
	timed := newTable("over "+boots(results[besideTimed])+" each: median (least to most)", "Atoll", release, "Atoll to Linux")
	compare := func(what string, atoll, linux series, write func(float64) string) {
		if len(atoll) > 0 && len(linux) > 0 {
			timed.row(what, write3(atoll, write), write3(linux, write), ratio(atoll.median()/linux.median()))
		}
	}
	for _, f := range besideFigures {
		count(f.what, besideCounted, f.key)
		atoll, linux := besideSeries(results, besideTimed, f.key)
		compare(f.what, atoll, linux, span)
	}
	for _, f := range shellFigures {
		count(f.what, besideShell, f.key)
		atoll, linux := besideSeries(results, besideShellTimed, f.key)
		compare(f.what, atoll, linux, span)
	}
	atoll, linux := besideSeries(results, besideBoot, "started")
	compare(fmt.Sprintf("the same with %d harts", besideHarts), atoll, linux, span)
	atoll, linux = besideSeries(results, besideShellBoot, "started")
	compare(fmt.Sprintf("the same with %d harts and the shell's archive", besideHarts), atoll, linux, span)
	atoll, linux = besideSeries(results, besideShellBoot, "prompt")
	compare(fmt.Sprintf("from power-on until the shell runs a command, %d harts", besideHarts), atoll, linux, span)
	compare(fmt.Sprintf("memory of 1 GiB that is not free then, %d harts", besideHarts),
		results[besideBoot].used(), results[linuxName(besideBoot)].used(), mebi)
	if atoll, linux := results[besideShellBoot], results[linuxName(besideShellBoot)]; atoll != nil && linux != nil {
		compare("the same with the shell's archive", atoll.used(), linux.used(), mebi)
	}
	return counted.b.String() + "\n" + timed.b.String()
}

// write3 writes the median of a series and what it lies between.
func write3(s series, write func(float64) string) string {
	least, median, most := s.spread()
	return fmt.Sprintf("%s (%s to %s)", write(median), write(least), write(most))
}

// used is the machine's memory that nobody can have any more, for each boot. Of Atoll it is
// what is in no core's pools, and what is taken from those, DMA windows included.
func (r *result) used() (s series) {
	for _, boot := range r.Boots {
		free := 0.0
		for _, rec := range boot {
			available, _ := rec.number("available_bytes")
			partition, _ := rec.number("partition_bytes")
			dma, _ := rec.number("dma_bytes")
			if taken, ok := rec.number("used_bytes"); ok && rec.event() == "mem-core" {
				free += partition - dma - taken
			}
			free += available
		}
		if free > 0 {
			s = append(s, besideRAM-free)
		}
	}
	return s
}

func besidePlot(results map[string]*result) string {
	var rows []bar
	for _, f := range besideFigures {
		atoll, linux := besideSeries(results, besideCounted, f.key)
		rows = append(rows, barOf("Atoll, "+besideShort[f.key], "ours", atoll), barOf("Linux", "other", linux))
	}
	return bars("Atoll beside Linux: instructions of one hart", "1 ns is an instruction. The same program on both.", rows)
}

// besideShort are the labels of the plot.
var besideShort = map[string]string{
	"null": "null call", "futex": "futex, there and back", "pipe": "pipe, there and back", "fault": "page fault", "read": "read 4 KiB",
	"open": "open and close", "unmap1": "munmap", "protect1": "mprotect", "fork": "fork, exec, wait", "spawn": "vfork, exec, wait", "started": "power-on to program",
}
