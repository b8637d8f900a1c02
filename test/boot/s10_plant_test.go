package boot

import (
	"encoding/binary"
	"testing"

	"atoll/arch/layout"
	"atoll/test/gdbstub"
	"atoll/test/qemu"
	"atoll/test/walk"
)

// TestS10Plant plants an overlap in a machine that runs: from outside it writes an
// entry into a page table of core 1, which makes a page of core 0's core area
// writable there. Both looks must find it: audit, which asks core 1, and the walk
// from outside.
// Sabotage: leave out the write of the entry.
func TestS10Plant(t *testing.T) {
	t.Parallel()
	const cores = 2
	o := machine(cores)
	o.Debug = true
	g := qemu.Start(t, o)
	g.Expect(`^@0 ready cores=2$`)
	g.ExpectText(`> `)
	g.Send("audit\n")
	g.Expect(`^@0 audit pages=\d+ shared=\d+ violations=0$`)
	before := outside(t, g, cores)
	plant(t, g, before, 1, victim(before).PA)
	g.Send("audit -json\n")
	g.Expect(`"event":"audit","by":0,"pages":\d+,"shared":\d+,"violations":[1-9]`)
	found := 0
	for _, overlap := range walk.Overlaps(runsOf(outside(t, g, cores))) {
		if overlap.Writable() && overlap.PA == victim(before).PA {
			found++
		}
	}
	if found != 1 {
		t.Errorf("the walk from outside finds the planted overlap %d times", found)
	}
}

// victim is the leaf of core 0 that gets a second master.
func victim(spaces []walk.Space) walk.Leaf {
	for _, l := range spaces[0].Leaves {
		if l.VA == layout.CoreArea {
			return l
		}
	}
	return walk.Leaf{}
}

// plant maps the page at pa writable in a core, some pages behind or before one that it
// maps in the RAM window.
func plant(t *testing.T, g *qemu.Guest, spaces []walk.Space, core int, pa uint64) {
	t.Helper()
	stub, err := gdbstub.Dial(g.GDB())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := stub.Close(); err != nil {
			t.Fatal(err)
		}
	}()
	for _, l := range spaces[core].Leaves {
		if l.VA < layout.WindowBase {
			continue
		}
		const rwad = 0xc7 // V, R, W, A, D
		var e [8]byte
		binary.LittleEndian.PutUint64(e[:], pa>>12<<10|rwad)
		if err := stub.WritePhys(freeEntry(t, stub, entryAddress(t, stub, spaces[core], l)), e[:]); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Fatalf("core %d maps nothing in the RAM window", core)
}

// freeEntry returns the address of an entry that maps nothing, in the table in which
// another one stands.
func freeEntry(t *testing.T, stub *gdbstub.Client, entry uint64) uint64 {
	t.Helper()
	for at := entry &^ (layout.PageSize - 1); ; at += 8 {
		var e [8]byte
		if err := stub.ReadPhys(at, e[:]); err != nil {
			t.Fatal(err)
		}
		if binary.LittleEndian.Uint64(e[:]) == 0 {
			return at
		}
	}
}

// entryAddress finds where the entry of a leaf stands: in which table of the space,
// at the place that its address selects.
func entryAddress(t *testing.T, stub *gdbstub.Client, space walk.Space, l walk.Leaf) uint64 {
	t.Helper()
	for _, table := range space.Tables {
		at := table + l.VA>>12&511*8
		var e [8]byte
		if err := stub.ReadPhys(at, e[:]); err != nil {
			t.Fatal(err)
		}
		const leaf = 0xe // R, W or X
		if v := binary.LittleEndian.Uint64(e[:]); v>>10<<12 == l.PA && v&leaf != 0 {
			return at
		}
	}
	t.Fatalf("no entry for %#x", l.VA)
	return 0
}

// runsOf joins the leaves of each space.
func runsOf(spaces []walk.Space) [][]layout.Mapping {
	runs := make([][]layout.Mapping, len(spaces))
	for i, s := range spaces {
		runs[i] = s.Runs()
	}
	return runs
}
