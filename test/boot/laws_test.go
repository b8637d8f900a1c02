package boot

import (
	"fmt"
	"slices"

	"atoll/arch/layout"
	"atoll/test/walk"
)

// compare holds one core's report against what was found outside. The core ran
// on between its report and the stop, so the memory that it maps as it goes may
// differ; everything else must agree page by page.
func compare(core int, reported []layout.Mapping, space walk.Space) (problems []string) {
	found := space.Runs()
	if len(found) == 0 {
		return []string{fmt.Sprintf("core %d has no page tables", core)}
	}
	for _, m := range walk.Subtract(found, reported) {
		if !mapsAsItGoes(m, space) {
			problems = append(problems, fmt.Sprintf("core %d maps, but does not report: %s", core, describe(m)))
		}
	}
	gone, all := uint64(0), uint64(0)
	for _, m := range reported {
		all += m.Pages
	}
	for _, m := range walk.Subtract(reported, found) {
		if !mapsAsItGoes(m, space) && !inTableWindow(m) {
			problems = append(problems, fmt.Sprintf("core %d reports, but does not map: %s", core, describe(m)))
		}
		gone += m.Pages
	}
	if gone > all/4 {
		problems = append(problems, fmt.Sprintf("core %d no longer maps %d of the %d pages that it reported", core, gone, all))
	}
	return problems
}

// mapsAsItGoes reports whether an instance may have mapped the run since its report:
// heap, bss, the stacks of further threads, and its own tables in the table window.
func mapsAsItGoes(m layout.Mapping, space walk.Space) bool {
	if m.Perm != layout.R|layout.W {
		return false
	}
	if inTableWindow(m) {
		for i := range m.Pages {
			if !slices.Contains(space.Tables, m.PA+i*layout.PageSize) {
				return false
			}
		}
		return true
	}
	heap := m.VA >= layout.HeapBase && m.VA < layout.HeapEnd
	link := m.VA >= layout.LinkBase && m.VA < layout.CoreBase
	stacks := m.VA >= layout.CoreArea && m.VA < layout.TableWindow
	return heap || link || stacks
}

// inTableWindow reports whether the run shows page tables, which ones of the
// core's changes all the time.
func inTableWindow(m layout.Mapping) bool {
	return m.VA >= layout.TableWindow && m.VA < layout.PlanBase
}

// lawless checks what was found outside against laws L2 and L7. The reports only
// tell which pages are channel frames, and the granters what they have granted.
func lawless(spaces []walk.Space, reported [][]layout.Mapping, grants []given) (problems []string) {
	runs := make([][]layout.Mapping, len(spaces))
	for core, s := range spaces {
		runs[core] = s.Runs()
		for _, l := range s.Leaves {
			if l.User || l.Perm&(layout.W|layout.X) == layout.W|layout.X {
				problems = append(problems, fmt.Sprintf("core %d maps %#x with %s, for U-mode: %v", core, l.VA, l.Perm, l.User))
			}
		}
	}
	channels := channelPages(reported)
	for _, o := range walk.Overlaps(runs) {
		for i := range o.Pages {
			pa := o.PA + i*layout.PageSize
			if lent, problem := grantedAll(grants, o, pa); lent {
				if problem != "" {
					problems = append(problems, problem)
				}
				continue
			}
			if isFile(o, pa) {
				continue
			}
			if o.Writable() && (!channels[pa] || len(o.Spaces) != 2) {
				problems = append(problems, fmt.Sprintf("cores %v share the page at %#x with permissions %v, and it is no channel frame of two", o.Spaces, pa, o.Perms))
			}
		}
	}
	return append(problems, foreignTables(spaces, runs)...)
}

// QEMU's machine virt has the interrupt files of its harts in S-mode here (QEMU,
// hw/riscv/virt.c), a page each if there are no guests.
const (
	files    = 0x2800_0000
	maxFiles = 512
)

// isFile reports whether the page is an interrupt file, which all harts but its own may
// write (monitor/doorbell_riscv64.go). Cores have the numbers of their harts here.
func isFile(o walk.Overlap, pa uint64) bool {
	hart := int(pa-files) / layout.PageSize
	return pa >= files && hart < maxFiles && !slices.Contains(o.Spaces, hart)
}

// foreignTables finds page tables of one core that another one maps, to read even.
func foreignTables(spaces []walk.Space, runs [][]layout.Mapping) (problems []string) {
	for core, s := range spaces {
		var own []layout.Mapping
		for _, pa := range s.Tables {
			own = append(own, layout.Mapping{VA: pa, PA: pa, Pages: 1, Perm: layout.R | layout.W})
		}
		for other := range runs {
			if other == core {
				continue
			}
			for _, o := range walk.Overlaps([][]layout.Mapping{own, runs[other]}) {
				problems = append(problems, fmt.Sprintf("core %d can reach page tables of core %d at %#x", other, core, o.PA))
			}
		}
	}
	return problems
}

// channelPages are the pages that some core reports as a channel frame.
func channelPages(reported [][]layout.Mapping) map[uint64]bool {
	pages := map[uint64]bool{}
	for _, runs := range reported {
		for _, m := range runs {
			for i := range m.Pages {
				if m.Kind == layout.Channel {
					pages[m.PA+i*layout.PageSize] = true
				}
			}
		}
	}
	return pages
}

// describe writes a run for a message.
func describe(m layout.Mapping) string {
	return fmt.Sprintf("%d pages at %#x, memory %#x, %s, %s", m.Pages, m.VA, m.PA, m.Perm, m.Kind)
}
