package audit_test

import (
	"fmt"
	"strings"
	"testing"

	"atoll/arch/layout"
	"atoll/boot/plan"
	"atoll/monitor/audit"
)

func TestLawful(t *testing.T) {
	for _, n := range []int{1, 2, 3, 16, plan.MaxCores} {
		p := machine(n)
		r := audit.Check(p, lawful(p), nil)
		if r.Total != 0 {
			t.Errorf("%d cores: %d violations in a lawful machine: %q", n, r.Total, r.Violations)
		}
		pairs := uint64(n * (n - 1) / 2)
		virtio, bells := uint64(0), uint64(0)
		shared := pairs
		if n > 1 {
			virtio, bells, shared = 1, uint64(n), pairs+8 // image and plan as well
		}
		if n > 2 {
			shared += bells // each of all but one
		}
		if want := uint64(n)*34 + pairs + 8 + 5 + virtio + bells; r.Pages != want || r.Shared != shared {
			t.Errorf("%d cores: %d pages, %d shared, want %d and %d", n, r.Pages, r.Shared, want, shared)
		}
		if c := r.Kinds[layout.Channel]; c.Pages != pairs || c.Shared != pairs || c.Cores.Len() != n && n > 1 {
			t.Errorf("%d cores: channel counts %+v", n, c)
		}
		if c := r.Kinds[layout.Private]; c.Pages != uint64(n)*13 || c.Shared != 0 {
			t.Errorf("%d cores: private counts %+v", n, c)
		}
	}
}

// Any core may read the plan's copy of the device tree, at any time.
// Sabotage: in planEnd, leave the blob out.
func TestDeviceTree(t *testing.T) {
	p := machine(3)
	maps := lawful(p)
	maps[0] = append(maps[0], run(blob, 1, ro, layout.Plan))
	maps[2] = append(maps[2], run(blob, 1, ro, layout.Plan))
	if r := audit.Check(p, maps, nil); r.Total != 0 {
		t.Errorf("%q", r.Violations)
	}
}

// Each case plants one fault in a machine of three cores that is lawful
// otherwise. sabotage names the line of the checker without which the case
// passes unseen.
func TestPlanted(t *testing.T) {
	for _, tt := range planted {
		t.Run(tt.name, func(t *testing.T) {
			p := machine(3)
			maps := lawful(p)
			tt.plant(p, maps)
			r := audit.Check(p, maps, nil)
			if r.Total == 0 || !strings.Contains(strings.Join(r.Violations, "\n"), tt.want) {
				t.Errorf("violations %q lack %q; does the checker still have: %s?", r.Violations, tt.want, tt.sabotage)
			}
		})
	}
}

// A core that the plan does not have.
func TestCoreBeyondPlan(t *testing.T) {
	p := machine(3)
	maps := append(lawful(p), []layout.Mapping{run(part(0), 1, ro, layout.Private)}, nil)
	r := audit.Check(p, maps, nil)
	if r.Total != 1 || r.Violations[0] != "core 3 reports mappings, but the plan has 3 cores" {
		t.Errorf("violations: %q", r.Violations)
	}
	for n := len(maps); n < 100; n++ {
		maps = append(maps, []layout.Mapping{})
	}
	if r := audit.Check(p, maps, nil); r.Total != 96 {
		t.Errorf("%d violations, want 96", r.Total)
	}
}

// A core that is not up maps nothing; what it left in its crash page may be read.
func TestDeadCore(t *testing.T) {
	p := machine(3)
	maps := lawful(p)
	maps[2] = nil
	maps[0] = append(maps[0], run(crash+2*page, 1, ro, layout.Private))
	if r := audit.Check(p, maps, nil); r.Total != 0 {
		t.Errorf("violations: %q", r.Violations)
	}
	maps[0][len(maps[0])-1].Perm = rw
	if r := audit.Check(p, maps, nil); r.Total == 0 {
		t.Error("a dead core's crash page may be written")
	}
}

// Text may be replicated instead of shared.
func TestReplicatedText(t *testing.T) {
	p := machine(2)
	maps := lawful(p)
	for i := range maps {
		maps[i][0] = run(part(i)+8*page, 4, rx, layout.Text)
		maps[i][3].Pages = 8
	}
	if r := audit.Check(p, maps, nil); r.Total != 0 {
		t.Errorf("violations: %q", r.Violations)
	}
}

// User code of all cores executes the archive, and the kernel does not.
// Sabotages: in permissions, refuse it, or leave out where it is.
func TestArchiveExecuted(t *testing.T) {
	p := machine(2)
	maps := lawful(p)
	user, kernel := run(initrd, 2, rx, layout.Initrd), run(initrd+page, 1, rx, layout.Initrd)
	user.VA = 0x1_0000
	for core := range maps {
		maps[core] = append(maps[core], run(initrd, 3, ro, layout.Initrd), user)
	}
	if r := audit.Check(p, maps, nil); r.Total != 0 {
		t.Errorf("%d violations: %q", r.Total, r.Violations)
	}
	maps[1] = append(maps[1], kernel)
	if r := audit.Check(p, maps, nil); r.Total != 1 || !strings.Contains(r.Violations[0], "executable, though it is not text") {
		t.Errorf("%d violations: %q", r.Total, r.Violations)
	}
}

// The same private page at two addresses is no violation, and one page.
func TestAliasCountsOnce(t *testing.T) {
	p := machine(1)
	before := audit.Check(p, lawful(p), nil)
	maps := lawful(p)
	alias := run(part(0)+2*page, 3, rw, layout.Private)
	alias.VA += layout.GigaPage
	maps[0] = append(maps[0], alias)
	r := audit.Check(p, maps, nil)
	if r.Total != 0 || r.Pages != before.Pages || r.Shared != 0 {
		t.Errorf("%d pages, %d shared, violations %q; want %d, 0, none", r.Pages, r.Shared, r.Violations, before.Pages)
	}
}

// What two cores do to one page is not blamed on one of them.
func TestAliasIsOfOneCore(t *testing.T) {
	p := machine(2)
	maps := lawful(p)
	alias := run(part(0), 1, rw, layout.Private)
	alias.VA += layout.GigaPage
	maps[0] = append(maps[0], alias)
	maps[1] = append(maps[1], run(part(0), 1, ro, layout.Table))
	if r := audit.Check(p, maps, nil); r.Total != 2 {
		t.Errorf("%d violations, want 2 (not its own, shared): %q", r.Total, r.Violations)
	}
}

// A garbled report gives many violations; the sentences are bounded, the count is not.
func TestBounded(t *testing.T) {
	p := machine(2)
	maps := lawful(p)
	for i := range uint64(1000) {
		maps[1] = append(maps[1], run(0x2_0000_0000+2*i*page, 1, rw, layout.Private))
	}
	r := audit.Check(p, maps, nil)
	if r.Total != 1000 || len(r.Violations) != audit.MaxViolations {
		t.Errorf("%d violations, %d sentences; want 1000 and %d", r.Total, len(r.Violations), audit.MaxViolations)
	}
}

// One core that reports the same run over and over must not make the sweep
// quadratic: 2e5 runs are done in well under the test's time limit.
func TestManyAliases(t *testing.T) {
	p := machine(1)
	maps := lawful(p)
	for i := range uint64(200_000) {
		m := run(part(0), 12, rw, layout.Private)
		m.VA += i * layout.GigaPage
		maps[0] = append(maps[0], m)
	}
	if r := audit.Check(p, maps, nil); r.Total != 200_000-7 {
		t.Errorf("%d violations, want %d", r.Total, 200_000-7)
	}
}

func TestCoreSet(t *testing.T) {
	for want, cores := range map[string][]int{
		"": nil, "0": {0}, "63": {63}, "0-1": {0, 1}, "0,2": {0, 2}, "0-3,7,62-63": {3, 2, 1, 0, 7, 63, 62},
	} {
		var s audit.CoreSet
		for _, c := range cores {
			s.Add(c)
		}
		if got := s.String(); got != want || s.Len() != len(cores) {
			t.Errorf("%v: %q with %d cores", cores, got, s.Len())
		}
	}
}

func ExampleCheck() {
	p := machine(2)
	maps := lawful(p)
	maps[1] = append(maps[1], run(part(0), 1, ro, layout.Private))
	for _, s := range audit.Check(p, maps, nil).Violations {
		fmt.Println(s)
	}
	// Output:
	// core 1 maps 0x90000000 as private, which is not its own: it lies in the kernel reserve of core 0 (in the run of 1 private page of r-- at 0x90000000 (address 0x3090000000))
	// cores 0-1 share 1 page at 0x90000000: private rw- of core 0, private r-- of core 1
}
