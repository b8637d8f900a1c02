package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/u-root/u-root/pkg/cpio"
)

// besideSample are results of both kernels: Linux takes twice as long and keeps twice as much.
func besideSample() map[string]*result {
	results := map[string]*result{}
	for _, name := range besideSection().of {
		rec, mem := record{"event": linuxbench}, record{"event": "mem-core", "partition_bytes": 1e9, "dma_bytes": 1e6, "used_bytes": 2e6}
		by := 1.0
		if strings.HasSuffix(name, linuxName("")) {
			by, mem = 2, record{"event": "none"}
			rec["release"], rec["available_bytes"] = "9.1", 920e6
		}
		for _, f := range besideFigures {
			rec[f.key+"_ns"] = 1234.0 * by
		}
		results[name] = &result{Boots: [][]record{{mem, rec}}}
	}
	return results
}

// The tables have a row for each figure, and the memory that is not free; the shell's only
// when it was measured.
// Sabotage: leave used_bytes out of used; divide Linux' figures by Atoll's.
func TestBesideTable(t *testing.T) {
	results := besideSample()
	text := besideTable(results)
	for _, want := range []string{
		"| one hart, instructions | Atoll | Linux 9.1 |", "| open a file, and close it | 1,234 | 2,468 | 0.50 |",
		"| the same with 4 harts | 1.23 us (1.23 us to 1.23 us) | 2.47 us (2.47 us to 2.47 us) | 0.50 |",
		"| memory of 1 GiB that is not free then, 4 harts | 73.2 MiB (73.2 MiB to 73.2 MiB) | 147 MiB (147 MiB to 147 MiB) | 0.50 |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not there:\n%s", want, text)
		}
	}
	if got, want := strings.Count(text, " | 0.50 |"), 2*len(besideFigures)+2; got != want {
		t.Errorf("%d rows, want %d:\n%s", got, want, text)
	}
	for _, name := range []string{besideShell, besideShellTimed, besideShellBoot} {
		for _, name := range []string{name, linuxName(name)} {
			results[name] = &result{Boots: [][]record{{{"event": linuxbench, "script_ns": 5e6, "prompt_ns": 6e6, "started_ns": 7e6}}}}
		}
	}
	text = besideTable(results)
	for _, want := range []string{
		"| a shell script of 100 commands | 5,000,000 | 5,000,000 | 1.00 |",
		"| a shell script of 100 commands | 5 ms (5 ms to 5 ms) | 5 ms (5 ms to 5 ms) | 1.00 |",
		"| from power-on until the shell runs a command | 6,000,000 | 6,000,000 | 1.00 |",
		"| the same with 4 harts and the shell's archive | 7 ms (7 ms to 7 ms) |",
		"| from power-on until the shell runs a command, 4 harts | 6 ms (6 ms to 6 ms) |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not there:\n%s", want, text)
		}
	}
	svg := filepath.Join(t.TempDir(), "beside.svg")
	if err := os.WriteFile(svg, []byte(besidePlot(results)), 0o600); err != nil {
		t.Fatal(err)
	}
	wellFormed(t, svg)
}

// Each number of harts has a row, beside the paper's for as many, and no ratio where one of the kernels has no
// figure.
// Sabotage: leave the number of harts out of the key; take the paper's for both calls.
func TestUnmapTable(t *testing.T) {
	results := besideSample()
	for name, unmap2 := range map[string]float64{besideBoot: 20e3, linuxName(besideBoot): 40e3} {
		rec := results[name].Boots[0][1]
		rec["unmap2_ns"] = unmap2
		if name != besideBoot {
			rec["unmap4_ns"] = 50e3
		}
	}
	text := unmapTable(results)
	for _, want := range []string{
		"| munmap, harts that have read the page: 1 | 1.23 us (1.23 us to 1.23 us) | 2.47 us (2.47 us to 2.47 us) | 0.50 |  |  |  |",
		"| munmap, harts that have read the page: 2 | 20 us (20 us to 20 us) | 40 us (40 us to 40 us) | 0.50 | 10500 | 5300 | 6100 |",
		"| munmap, harts that have read the page: 4 | - | 50 us (50 us to 50 us) |  | 10600 | 7300 | 8900 |",
		"| mprotect, harts that have read the page: 2 | - | - |  |  |  |  |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not there:\n%s", want, text)
		}
	}
	svg := filepath.Join(t.TempDir(), "unmap.svg")
	if err := os.WriteFile(svg, []byte(unmapPlot(results)), 0o600); err != nil {
		t.Fatal(err)
	}
	wellFormed(t, svg)
}

// Sabotage: let extract take the first file.
func TestExtract(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "from"), filepath.Join(dir, "to")
	if err := writeArchive(from, cpio.StaticFile("other", "other", 0o755)); err != nil {
		t.Fatal(err)
	}
	if err := extract(to, from, linuxbench); err == nil || !strings.Contains(err.Error(), "has no linuxbench") {
		t.Errorf("an archive without it: %v", err)
	}
	if err := writeArchive(from, cpio.StaticFile("other", "other", 0o755), cpio.StaticFile("bin/"+linuxbench, "program", 0o755)); err != nil {
		t.Fatal(err)
	}
	if err := extract(to, from, linuxbench); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(to)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if records, err := cpio.ReadAllRecords(cpio.Newc.Reader(f)); err != nil || len(records) != 1 || records[0].Name != linuxbench {
		t.Errorf("%v, %v", records, err)
	}
}
