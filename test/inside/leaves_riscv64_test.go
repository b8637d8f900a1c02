package inside

import (
	"runtime/debug"
	"testing"

	"atoll/arch/layout"
	"atoll/arch/shim"
	"atoll/boot/plan"
)

// TestOnlyOwnMemory checks that each page the instance maps is one it may.
func TestOnlyOwnMemory(t *testing.T) {
	p, row, s := thePlan(), shim.Row(), shim.Segments()
	if p.NCores < 2 {
		t.Fatalf("%d cores: there is no partition of another", p.NCores)
	}
	own := plan.Range{Base: row.Pool, Size: row.PoolEnd - row.Pool}
	inPlan := plan.Range{Base: row.PlanPA, Size: row.PlanSize}
	within := func(m mapping, r plan.Range) bool { return m.pa >= r.Base && m.paEnd() <= r.End() }
	finisher := false // the one device of a test instance, whoever would own it
	for _, m := range leaves(nil) {
		switch {
		case m.va < s.Data && m.pa == m.va-layout.LinkBase+row.Image && m.perm&layout.W == 0:
		case within(m, own) && m.perm == layout.R|layout.W:
		case within(m, inPlan) && m.perm == layout.R:
		case m.va == layout.CrashPage && m.pa == row.CrashPA && m.pages == 1 && m.perm == layout.R|layout.W:
		case isFinisher(p, m):
			finisher = true
		default:
			t.Errorf("%#x shows %#x, %d pages, %v", m.va, m.pa, m.pages, m.perm)
		}
	}
	if !finisher {
		t.Error("the test finisher, which the instance has mapped, is not among the leaves")
	}
}

// isFinisher reports whether the run shows the test finisher where the plan wants
// it.
func isFinisher(p *plan.Plan, m mapping) bool {
	for _, d := range p.Devices[:p.NDevices] {
		if d.Kind == plan.DeviceFinisher && m.va == d.VA && m.pa == d.Regs.Base && m.paEnd() <= d.Regs.End() && m.perm == layout.R|layout.W {
			return true
		}
	}
	return false
}

// TestPristineData checks that nobody can reach the data from which instances are
// born.
func TestPristineData(t *testing.T) {
	image, _, _ := shim.ImageRange()
	s := shim.Segments()
	lo, hi := image+s.Data-layout.LinkBase, image+s.DataEnd-layout.LinkBase
	if lo >= hi {
		t.Fatal("there are no pristine data")
	}
	for _, m := range leaves(nil) {
		if m.pa < hi && m.paEnd() > lo {
			t.Errorf("%#x shows %#x, %d pages of the pristine data", m.va, m.pa, m.pages)
		}
	}
}

// TestPermissions checks that no page can be both written and executed, whatever
// address it is reached at, and that no writable page has two.
func TestPermissions(t *testing.T) {
	seen := map[uint64]layout.Perm{}
	for _, m := range leaves(nil) {
		if m.perm&layout.R == 0 {
			t.Errorf("%#x is mapped %v", m.va, m.perm)
		}
		for pa := m.pa; pa < m.paEnd(); pa += layout.PageSize {
			both := seen[pa] | m.perm
			if both&layout.W != 0 && (both&layout.X != 0 || seen[pa] != 0) {
				t.Errorf("%#x shows %#x, which is writable and mapped %v and %v", m.va, pa, seen[pa], m.perm)
			}
			seen[pa] = both
		}
	}
}

// TestAccounting checks that the pages in use are those mapped and those of the
// tables, to the page.
func TestAccounting(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	row := shim.Row()
	list := make([]mapping, 0, 1<<14)
	leaves(list) // touches the slice
	for range 100 {
		before := shim.ReadStats()
		list = leaves(list)
		if after := shim.ReadStats(); before.PagesUsed != after.PagesUsed {
			continue // the runtime has taken or given memory during the walk
		}
		mapped := uint64(0)
		for _, m := range list {
			if m.pa >= row.Pool && m.pa < row.PoolEnd {
				mapped += m.pages
			}
		}
		if before.PagesUsed != mapped+before.TablePages {
			t.Errorf("%d pages are in use, %d are mapped and %d are tables", before.PagesUsed, mapped, before.TablePages)
		}
		return
	}
	t.Error("the number of used pages never stood still")
}
