package plan

import (
	"fmt"
	"maps"
	"slices"

	"atoll/arch/layout"
	"atoll/dts"
)

// Shares of a partition.
const (
	dmaSize    = 1 << 20
	minReserve = 12 << 20
	maxReserve = 1 << 30
)

// assignMemory gives every core its partition, and the plan's own pages their
// place. Where memory is short it drops harts and tries again with fewer.
func (p *planner) assignMemory() error {
	for {
		free, err := p.carve(p.free, len(p.harts))
		if err != nil && len(p.harts) == 1 {
			return err
		}
		var seats map[uint32][]int
		dropped := []int{p.leastWanted()}
		if err == nil {
			seats, dropped = p.seat(free)
		}
		if len(dropped) == len(p.harts) {
			return fmt.Errorf("the largest free pieces of memory hold no partition of %d MiB (%d MiB are free in all)", MinPartition/mib, p.plan.RAM/mib)
		}
		if len(dropped) == 0 {
			p.split(free, seats)
			return nil
		}
		p.drop(dropped)
	}
}

// leastWanted returns the index of the hart that goes first when memory is
// short: the last one that is not the boot hart.
func (p *planner) leastWanted() int {
	last := len(p.harts) - 1
	if last > 0 && last == p.bootIndex() {
		last--
	}
	return last
}

// drop leaves harts out, given their indices.
func (p *planner) drop(indices []int) {
	var kept []dts.CPU
	for i, h := range p.harts {
		if slices.Contains(indices, i) {
			p.note("hart %d is left out: memory is short, and each core needs %d MiB in one piece", h.Hart, MinPartition/mib)
		} else {
			kept = append(kept, h)
		}
	}
	p.harts = kept
}

// byNode sorts what partitions can use of the pieces by NUMA node.
func byNode(pieces []piece) map[uint32][]Range {
	nodes := map[uint32][]Range{}
	for _, m := range pieces {
		if r := m.inward(layout.MegaPage); r.Size >= MinPartition {
			nodes[m.node] = append(nodes[m.node], r)
		}
	}
	return nodes
}

// seats returns how many partitions of a size the ranges hold.
func seats(ranges []Range, size uint64) int {
	n := 0
	for _, r := range ranges {
		n += int(min(r.Size/size, MaxCores))
	}
	return n
}

// seat decides which node's memory each core lives in: its own node's while
// that has room, else the node with most room. It returns the cores of each
// node, and the cores for which there is no room anywhere.
func (p *planner) seat(free []piece) (taken map[uint32][]int, dropped []int) {
	nodes := byNode(free)
	room := map[uint32]int{}
	for id, ranges := range nodes {
		room[id] = seats(ranges, MinPartition)
	}
	ids := slices.Sorted(maps.Keys(room))
	taken = map[uint32][]int{}
	for _, i := range p.seatOrder(room) {
		home := p.harts[i].NUMA
		if room[home] == 0 {
			for _, id := range ids {
				if room[id] > room[home] {
					home = id
				}
			}
		}
		if room[home] == 0 {
			dropped = append(dropped, i)
			continue
		}
		room[home]--
		taken[home] = append(taken[home], i)
	}
	return taken, dropped
}

// seatOrder returns the order in which cores choose: the boot hart and core 0,
// which must not be dropped, then the cores whose node has memory, so that they
// go before those that have to live elsewhere.
func (p *planner) seatOrder(room map[uint32]int) []int {
	order := []int{p.bootIndex()}
	var strangers []int
	for i, h := range p.harts {
		switch {
		case i == order[0]:
		case i == 0 || room[h.NUMA] > 0:
			order = append(order, i)
		default:
			strangers = append(strangers, i)
		}
	}
	return append(order, strangers...)
}

// split cuts each node's memory into partitions of one size, the largest that fit.
func (p *planner) split(free []piece, taken map[uint32][]int) {
	nodes := byNode(free)
	left := total(free)
	for _, id := range slices.Sorted(maps.Keys(taken)) {
		cores := taken[id]
		slices.Sort(cores)
		size := share(nodes[id], len(cores))
		left -= size * uint64(len(cores))
		cut(nodes[id], len(cores), size, func(i int, reserve, rest Range) { p.partition(cores[i], reserve, rest, id) })
	}
	if left >= MinPartition {
		p.note("%d MiB of memory are in no partition: partitions are equal, and each in two pieces at most", left/mib)
	}
}

// share returns the largest size, in steps of MegaPage, of which the ranges hold n. The
// caller has made sure that they hold n of MinPartition.
func share(ranges []Range, n int) uint64 {
	size := sum(ranges) / uint64(n) &^ (layout.MegaPage - 1)
	for size > MinPartition && !cut(ranges, n, size, func(int, Range, Range) {}) {
		size -= layout.MegaPage
	}
	return size
}

// cut cuts n partitions of a size out of ranges, in their order, and gives the kernel reserve
// and what is the rest of each; it reports whether there is room for all. Where a range ends
// within a partition the smaller part is the reserve, if it is not much smaller than those of
// the other partitions; else what is left of the range is left out.
func cut(ranges []Range, n int, size uint64, give func(i int, reserve, rest Range)) bool {
	i, tail := 0, Range{} // of the range before
	for _, r := range ranges {
		if more := size - tail.Size; i < n && tail.Size > 0 && r.Size >= more && mayReserve(min(more, tail.Size), size) {
			head := Range{r.Base, more}
			r = Range{r.Base + more, r.Size - more}
			if tail.Size <= more {
				give(i, tail, head)
			} else {
				give(i, head, tail)
			}
			i++
		}
		for ; i < n && r.Size >= size; i++ {
			reserve := usualReserve(size)
			give(i, Range{r.Base, reserve}, Range{r.Base + reserve, size - reserve})
			r = Range{r.Base + size, r.Size - size}
		}
		tail = r
	}
	return i == n
}

// usualReserve is the kernel reserve of a partition in one piece.
func usualReserve(size uint64) uint64 {
	return min(max(size/2&^(layout.MegaPage-1), minReserve), maxReserve)
}

// mayReserve reports whether the kernel reserve of a partition of a size in two pieces may
// have that many bytes: from a quarter to twice of what is usual.
func mayReserve(bytes, size uint64) bool {
	usual := usualReserve(size)
	return bytes >= max(usual/4, minReserve) && bytes <= 2*usual && size-bytes >= 2*dmaSize
}

// partition gives a core its partition: kernel reserve, and the rest for user pool and DMA
// window.
func (p *planner) partition(core int, reserve, rest Range, node uint32) {
	c := &p.plan.Cores[core]
	c.Reserve = reserve
	c.User = Range{rest.Base, rest.Size - dmaSize}
	c.DMA = Range{rest.End() - dmaSize, dmaSize}
	if h := p.harts[core]; h.NUMA != node {
		p.note("hart %d lives in the memory of node %d: its own node %d has none to spare", h.Hart, node, h.NUMA)
	}
}
