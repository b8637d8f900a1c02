package boot

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"atoll/arch/layout"
	"atoll/test/gdbstub"
	"atoll/test/qemu"
	"atoll/test/walk"
)

// TestS10Walk looks at the machine from outside: it stops it, walks the page tables
// of every hart through QEMU's gdb stub, and compares them with what the instances
// report of themselves. Then it checks law L2 on what it found, without their help.
// Sabotage: in bells.open, leave core == self out; leave A out of sv39.Leaf, which the
// emulator mends in the leaves that have been used, and in no others.
func TestS10Walk(t *testing.T) {
	t.Parallel()
	for name, aia := range map[string]string{"PLIC": "none", "IMSIC": "aplic-imsic"} {
		t.Run(name, func(t *testing.T) {
			o := machine(4)
			o.Debug, o.Machine.Options = true, []string{"aia=" + aia}
			walkAll(t, o)
		})
	}
}

func walkAll(t *testing.T, o qemu.Options) {
	const cores = 4
	g := qemu.Start(t, o)
	g.Expect(`^@0 ready cores=4$`)
	g.ExpectText(`> `)
	g.Send("audit -json\n")
	g.Expect(`"event":"audit",`)
	reported := reportedRuns(t, g.Console(), cores)
	given := reportedGrants(t, g.Console())
	spaces := outside(t, g, cores)
	for core := range cores {
		for _, problem := range compare(core, reported[core], spaces[core]) {
			t.Error(problem)
		}
	}
	for _, problem := range lawless(spaces, reported, given) {
		t.Error(problem)
	}
}

// mapping is a run as `audit -json` lists it. Addresses are strings in hexadecimal.
type mapping struct {
	Core   *int
	VA, PA string
	Pages  uint64
	Perm   string
	Kind   string
}

// reportedRuns reads the runs that each core reported of itself.
func reportedRuns(t *testing.T, console string, cores int) [][]layout.Mapping {
	t.Helper()
	runs := make([][]layout.Mapping, cores)
	for line := range strings.Lines(console) {
		var m mapping
		if !strings.HasPrefix(line, "{") || json.Unmarshal([]byte(line), &m) != nil || m.Core == nil || m.VA == "" {
			continue
		}
		va, err1 := strconv.ParseUint(m.VA, 0, 64)
		pa, err2 := strconv.ParseUint(m.PA, 0, 64)
		perm, ok := parsePerm(m.Perm)
		kind := slices.IndexFunc(kinds(), func(k layout.Kind) bool { return k.String() == m.Kind })
		if err1 != nil || err2 != nil || !ok || kind < 0 || *m.Core < 0 || *m.Core >= cores {
			t.Fatalf("audit lists a run that makes no sense: %s", line)
		}
		run := layout.Mapping{VA: va, PA: pa, Pages: m.Pages, Perm: perm, Kind: layout.Kind(kind)}
		runs[*m.Core] = append(runs[*m.Core], run)
	}
	for core, r := range runs {
		if len(r) == 0 {
			t.Fatalf("audit -json lists no mapping of core %d", core)
		}
	}
	return runs
}

// kinds are all kinds of pages.
func kinds() []layout.Kind {
	all := make([]layout.Kind, layout.NumKinds)
	for i := range all {
		all[i] = layout.Kind(i)
	}
	return all
}

// parsePerm reads a permission as layout.Perm prints it.
func parsePerm(s string) (layout.Perm, bool) {
	for p := range layout.R | layout.W | layout.X + 1 {
		if p.String() == s {
			return p, true
		}
	}
	return 0, false
}

// outside stops the machine for a moment and reads the address space of every core's hart, indexed
// by core: the boot lines say which hart that is.
func outside(t *testing.T, g *qemu.Guest, cores int) []walk.Space {
	t.Helper()
	stub, err := gdbstub.Dial(g.GDB())
	if err != nil {
		t.Fatal(err)
	}
	defer stub.Close() // lets it run again
	threads, err := stub.Threads()
	if err != nil {
		t.Fatal(err)
	}
	byHart := map[int]walk.Space{}
	for _, thread := range threads {
		hart, err := stub.Register(thread, "mhartid")
		if err != nil {
			t.Fatal(err)
		}
		satp, err := stub.Register(thread, "satp")
		if err != nil {
			t.Fatal(err)
		}
		space, err := walk.Read(stub, satp)
		if err != nil {
			t.Fatalf("hart %d: %v", hart, err)
		}
		byHart[int(hart)] = space
	}
	spaces := make([]walk.Space, cores)
	for _, f := range qemu.Facts(g.Console(), "up") {
		spaces[f.Core] = byHart[f.Int("hart")]
	}
	return spaces
}
