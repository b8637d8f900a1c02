package plan

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"atoll/boot/zoo"
	"atoll/dts"
)

// Every tree that can be found gets a plan that holds the invariants, whichever of its
// harts boots, and a console wherever its stdout-path names a UART that is driven.
// Only a machine without a hart that can be used gets none, and a sentence.
// Sabotage: in findMemory, leave p.in.Image out of the holes; in addDevice, give d an
// Owner of its own, p.plan.NDevices; in unusable, leave the case "riscv,none" out.
func TestZoo(t *testing.T) {
	trees := zoo.Trees(t, "../..")
	for _, name := range slices.Sorted(maps.Keys(trees)) {
		t.Run(name, func(t *testing.T) {
			in := input(t, trees[name])
			cpus, _ := in.Tree.CPUs()
			boots := 0
			for _, c := range cpus {
				if !qualifies(in.Tree, c) {
					continue
				}
				in.BootHart = c.Hart
				p, notes := mustMake(t, in)
				checkConsole(t, in, p, notes)
				if boots++; boots == 8 {
					break // a hart more is no other machine
				}
			}
			if boots > 0 {
				return
			}
			if _, err := Presume(in.Tree, 5*mib); err == nil || !strings.Contains(err.Error(), "no hart can be used") {
				t.Errorf("no hart qualifies, but Presume says %v", err)
			}
		})
	}
}

// checkConsole checks that the console is the one that the tree names.
func checkConsole(t *testing.T, in Input, p *Plan, notes []string) {
	t.Helper()
	named, _, _ := in.Tree.Stdout()
	if named == nil || named.Match(uartNames()...) == "" {
		return
	}
	for _, d := range p.Devices[:p.NDevices] {
		if d.Console == 1 && in.Tree.Find(d.Path.String()) == named && d.Owner == 0 {
			return
		}
	}
	t.Errorf("%s is not the console of core 0: %q", named.Path(), notes)
}

// Trees whose properties are changed at random never make the planner panic, and every
// plan that it makes holds the invariants.
// Sabotage: in mappable, leave out the check of p.told.
func TestMutatedZoo(t *testing.T) {
	rounds := 60
	if testing.Short() {
		rounds = 5
	}
	trees := zoo.Trees(t, "../..")
	rng := rand.New(rand.NewPCG(5, 6))
	plans, refused := 0, 0
	for _, name := range slices.Sorted(maps.Keys(trees)) {
		good := input(t, trees[name])
		blob := trim(trees[name])
		props := properties(blob)
		for round := range rounds {
			bad := slices.Clone(blob)
			for range 1 + rng.IntN(3) {
				mutate(rng, bad, props)
			}
			if !makes(t, fmt.Sprintf("%s, round %d", name, round), bad, good) {
				refused++
				continue
			}
			plans++
		}
	}
	t.Logf("%d plans of mutated trees, %d refused with a sentence", plans, refused)
	if plans < refused {
		t.Errorf("only %d of %d mutated trees had a plan: the mutations test too little", plans, plans+refused)
	}
}

// makes plans a mutated machine and checks the plan, if there is one.
func makes(t *testing.T, what string, blob []byte, in Input) bool {
	t.Helper()
	failed := t.Failed()
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("%s: %v", what, r)
		}
		if t.Failed() && !failed {
			t.Fatalf("that was %s", what)
		}
	}()
	var err error
	if in.Tree, err = dts.Parse(blob); err != nil {
		return false
	}
	p, _, err := Make(in)
	if err != nil {
		return false
	}
	checkPlan(t, in, p)
	return true
}

// trim cuts the padding off a blob, which QEMU's trees have much of.
func trim(blob []byte) []byte {
	word := func(at int) uint32 { return binary.BigEndian.Uint32(blob[at:]) }
	// Offsets and sizes in the header (section 5.2).
	size := max(word(8)+word(36), word(12)+word(32))
	blob = slices.Clone(blob[:size])
	binary.BigEndian.PutUint32(blob[4:], size)
	return blob
}

// properties returns where the values in the structure block stand (section 5.4).
func properties(blob []byte) (values []Range) {
	word := func(at uint32) uint32 { return binary.BigEndian.Uint32(blob[at:]) }
	for at := word(8); ; {
		token := word(at)
		at += 4
		switch token {
		case 1: // a node begins, with its name
			for blob[at] != 0 {
				at++
			}
			at = (at + 4) &^ 3
		case 3: // a property
			n := word(at)
			if n > 0 {
				values = append(values, Range{uint64(at + 8), uint64(n)})
			}
			at = (at + 8 + n + 3) &^ 3
		case 9: // the end
			return values
		}
	}
}

// mutate changes one value: a cell of it, a byte of it, or all of it to another's.
func mutate(rng *rand.Rand, blob []byte, values []Range) {
	v := values[rng.IntN(len(values))]
	bytes := blob[v.Base:v.End()]
	switch rng.IntN(3) {
	case 0:
		odd := []uint32{0, 1, 2, 3, 9, 11, 0x1000, 0x10_0000, 0x1000_0000, 0x8000_0000, 0x8020_0000, 0xffff_f000, 0xffff_ffff}
		if cells := len(bytes) / 4; cells > 0 {
			binary.BigEndian.PutUint32(bytes[4*rng.IntN(cells):], odd[rng.IntN(len(odd))])
		}
	case 1:
		bytes[rng.IntN(len(bytes))] ^= 1 << rng.IntN(8)
	case 2:
		o := values[rng.IntN(len(values))]
		copy(bytes, blob[o.Base:o.End()])
	}
}
