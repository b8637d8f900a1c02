package inside

import (
	"runtime/debug"

	"atoll/arch/layout"
	"atoll/arch/shim"
	"atoll/boot/plan"

	_ "atoll/test/instance" // boots the test binary
)

// thePlan is the plan of the machine.
func thePlan() *plan.Plan { return (*plan.Plan)(shim.At(layout.PlanBase)) }

// fault runs f and returns the address at which it faults; ok is false if it does
// not.
func fault(f func()) (addr uint64, ok bool) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		switch e := recover().(type) {
		case nil:
		case interface{ Addr() uintptr }:
			addr, ok = uint64(e.Addr()), true
		default:
			panic(e)
		}
	}()
	f()
	return 0, false
}

// mapping is a run of pages as shim.Leaves reports it.
type mapping struct {
	va, pa, pages uint64
	perm          layout.Perm
}

func (m mapping) end() uint64   { return m.va + m.pages*layout.PageSize }
func (m mapping) paEnd() uint64 { return m.pa + m.pages*layout.PageSize }

// leaves returns all that the instance maps, but for the window through which the
// shim looks at its page tables: those are its own business. into is the slice to
// fill: if it is large enough, nothing is allocated.
func leaves(into []mapping) []mapping {
	into = into[:0]
	shim.Leaves(func(va, pa, pages uint64, perm layout.Perm) {
		if va < layout.TableWindow || va >= layout.PlanBase {
			into = append(into, mapping{va, pa, pages, perm})
		}
	})
	return into
}
