package kernel

import "atoll/arch/layout"

// kindAt says what stands at a virtual address of an instance whose private data
// begin at data. inWindow says it for the windows in which the plan decides.
func kindAt(va, data uint64, inWindow func() layout.Kind) layout.Kind {
	switch {
	case va < data:
		return layout.Text
	case va >= layout.TableWindow && va < layout.PlanBase:
		return layout.Table
	case va >= layout.PlanBase && va < layout.DeviceBase:
		return layout.Plan
	case va >= layout.DeviceBase && va < layout.HeapBase, va >= layout.WindowBase:
		return inWindow()
	}
	return layout.Private
}

// join appends a mapping, or makes the last one longer if that goes on with it.
func join(all []layout.Mapping, m layout.Mapping) []layout.Mapping {
	if n := len(all); n > 0 {
		last := &all[n-1]
		size := last.Pages * layout.PageSize
		if last.VA+size == m.VA && last.PA+size == m.PA && last.Perm == m.Perm && last.Kind == m.Kind {
			last.Pages += m.Pages
			return all
		}
	}
	return append(all, m)
}
