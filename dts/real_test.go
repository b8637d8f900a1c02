package dts

import (
	"testing"

	"atoll/dts/saved"
)

// Every saved tree parses, and describes harts, memory, a time base and known
// reservations without a complaint.
func TestRealTrees(t *testing.T) {
	for name, blob := range saved.Blobs(t, "..") {
		tree, err := Parse(blob)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		cpus, err := tree.CPUs()
		if err != nil || len(cpus) == 0 || cpus[0].Timebase == 0 {
			t.Errorf("%s: harts %d, %v", name, len(cpus), err)
		}
		for _, c := range cpus {
			if c.ISA.XLen != 64 || !c.ISA.Has("c") || c.IntC == nil {
				t.Errorf("%s: hart %d: %+v", name, c.Hart, c)
			}
		}
		if mem, err := tree.Memory(); err != nil || len(mem) == 0 {
			t.Errorf("%s: memory %v, %v", name, mem, err)
		}
		if _, err := tree.Reserved(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, n := range tree.Compatible("sifive,plic-1.0.0", "riscv,plic0") {
			if list, err := n.Interrupts(); err != nil || len(list) == 0 {
				t.Errorf("%s: contexts of %s: %d, %v", name, n.Path(), len(list), err)
			}
		}
		if n, _, err := tree.Stdout(); err != nil || n == nil {
			t.Logf("%s: no console: %v", name, err)
		}
	}
}
