package monitor

import "atoll/monitor/route"

// twoLevel is the two-level route over some cores: by NUMA node, where there are two or
// more.
func (m *Monitor) twoLevel(members route.Set) *route.Route {
	return route.NewTwoLevel(route.Groups(members, func(core int) int { return int(m.plan.Cores[core].Node) }))
}
