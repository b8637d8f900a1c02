package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"atoll/dts/boards"
	"atoll/dts/fdtbuild"
)

// file writes a file and returns its name.
func file(t *testing.T, content []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "x.dtb")
	if err := os.WriteFile(name, content, 0o666); err != nil {
		t.Fatal(err)
	}
	return name
}

// Every machine is told in words: whom it uses, whom not and why, the console, what
// brings interrupts, and what nobody drives.
func TestWords(t *testing.T) {
	monitor := fdtbuild.Monitor()
	monitor.Root.Find("soc").Add("mmc@16010000").Strings("compatible", "vendor,odd-mmc").Wide("reg", 0x1601_0000, 0x1000)
	nameless := fdtbuild.Virt(2, 256<<20)
	nameless.Root.Find("soc", "serial@10000000").Strings("compatible", "vendor,odd\x1b")
	for name, c := range map[string]struct {
		tree *fdtbuild.Tree
		want []string
	}{
		"monitor": {monitor, []string{
			`hart 1 is core 0: "riscv,sv39", timer of the firmware at 4000000 Hz`, "hart 2 is core 1: \"riscv,sv39\", timer of its own",
			"hart 0 is left out: it has no mmu-type",
			`/soc/serial@10000000 ("snps,dw-apb-uart") at 0x10000000, a register of 4 bytes every 4 bytes; of core 0, interrupt 32 of controller 0`,
			`controller 0 is /soc/plic@c000000 ("sifive,plic-1.0.0"): 136 sources, routed by core 0, to cores 0 1 2 3`,
			"devices that nobody drives\n  /soc/mmc@16010000 (\"vendor,odd-mmc\")\n", "an image of 5120 KiB at 0x40200000",
		}},
		"numa":     {fdtbuild.NUMA(), []string{"routed by core 0, to cores 0 5 6 7", "routed by core 1, to cores 1 2 3 4"}},
		"nameless": {nameless, []string{"the firmware's, polled", `\x1b`}},
	} {
		var out, errs strings.Builder
		if status := run([]string{"-image", "/nowhere", file(t, c.tree.Blob())}, &out, &errs); status != statusOK || errs.Len() > 0 {
			t.Errorf("%s: status %d, %q", name, status, errs.String())
		}
		for _, w := range c.want {
			if !strings.Contains(out.String(), w) {
				t.Errorf("%s: %q is not in\n%s", name, w, out.String())
			}
		}
	}
}

// What cannot be planned gets a sentence and a status.
func TestRefused(t *testing.T) {
	harts := fdtbuild.Virt(1, 256<<20)
	harts.Root.Find("cpus", "cpu@0").Strings("mmu-type", "riscv,none")
	short := fdtbuild.Virt(1, 8<<20)
	for name, c := range map[string]struct {
		args   []string
		status int
		want   string
	}{
		"no file":      {nil, statusUsage, "name one device tree"},
		"empty name":   {[]string{""}, statusUsage, "name one device tree"},
		"two files":    {[]string{"a", "b"}, statusUsage, "name one device tree"},
		"odd flag":     {[]string{"-odd", "a"}, statusUsage, "-odd"},
		"minus cores":  {[]string{"-cores", "-1", "a"}, statusUsage, "less than none"},
		"missing file": {[]string{"/nowhere.dtb"}, statusUsage, "no such file"},
		"a folder":     {[]string{t.TempDir()}, statusUsage, "directory"},
		"text":         {[]string{file(t, []byte("/dts-v1/; / { };"))}, statusUsage, "is no device tree that can be read"},
		"nothing":      {[]string{file(t, nil)}, statusUsage, "is no device tree that can be read"},
		"no hart":      {[]string{file(t, harts.Blob())}, statusNoPlan, "no hart can be used (hart 0: it has no MMU)"},
		"other hart":   {[]string{"-hart", "7", file(t, fdtbuild.Virt(1, 256<<20).Blob())}, statusNoPlan, "does not describe hart 7"},
		"no memory":    {[]string{file(t, fdtbuild.New("x").Blob())}, statusNoPlan, "describes no memory"},
		"short":        {[]string{file(t, short.Blob())}, statusNoPlan, "memory"},
	} {
		var out, errs strings.Builder
		if status := run(c.args, &out, &errs); status != c.status || !strings.Contains(errs.String(), c.want) {
			t.Errorf("%s: status %d, %q; want %d, %q", name, status, errs.String(), c.status, c.want)
		}
	}
}

// Every board of dts/boards can be named, and the kernel would boot there.
func TestBoards(t *testing.T) {
	for _, name := range boards.Names() {
		var out, errs strings.Builder
		status := run([]string{name}, &out, &errs)
		if strings.Contains(errs.String(), boards.ErrMissing.Error()) {
			t.Skip(errs.String())
		}
		if status != statusOK || !strings.Contains(out.String(), "is core 0") {
			t.Errorf("%s: status %d, %q", name, status, errs.String())
		}
	}
}
