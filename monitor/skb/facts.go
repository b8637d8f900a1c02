package skb

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/ichiban/prolog/engine"

	"atoll/boot/plan"
	"atoll/dts"
)

// facts are the tables. Addresses and sizes are in bytes, times in nanoseconds.
type facts struct {
	core       *table // Core, Hart, Node
	memory     *table // Core, reserve | user | dma, Base, Bytes
	device     *table // Path, Owner by the plan, Kind, Base, Interrupt source (0 = polled), Compatible
	routed     *table // Path, Controller: whose interrupts tell the device's owner
	controller *table // Controller, Path, Owner by the plan, Sources
	reaches    *table // Controller, Core
	console    *table // Path
	cache      *table // Core, Level, data | instruction | unified, Bytes
	distance   *table // Node, Node, Distance as in the device tree
	alive      *table // Core, Incarnation
	held       *table // Path, Core, Incarnation that the cores have agreed on as the holder
	consoleAt  *table // Core that has the console
	rtt        *table // Core, Core, least round trip that the first measured
	far        *table // Core, Core, the slower of their round trips, both living
	rttRange   *table // least and most round trip among the living
	costOf     *table // Core, send | receive | fetch, Time that this occupies the core
	cost       *table // send | receive | fetch, the same for a core in the middle

	paths []string // of the plan's devices, in its order
}

func (f *facts) init(b *Base) {
	for _, t := range []struct {
		at    **table
		name  string
		arity int
	}{
		{&f.core, "core", 3}, {&f.memory, "memory", 4}, {&f.device, "device", 6}, {&f.routed, "routed", 2},
		{&f.controller, "controller", 4}, {&f.reaches, "reaches", 2}, {&f.console, "console", 1},
		{&f.cache, "cache", 4}, {&f.distance, "distance", 3}, {&f.alive, "alive", 2}, {&f.held, "held", 3}, {&f.consoleAt, "console_core", 1},
		{&f.rtt, "rtt", 3}, {&f.far, "far", 3}, {&f.rttRange, "rtt_range", 2}, {&f.costOf, "cost", 3}, {&f.cost, "cost", 2},
	} {
		*t.at = b.table(t.name, t.arity)
	}
}

// Counts returns how many facts each predicate has, in the order of their making.
func (b *Base) Counts() []Count {
	var list []Count
	for _, t := range b.tables {
		list = append(list, Count{t.name, t.arity, len(t.rows)})
	}
	return list
}

// Count is a predicate and the number of its facts.
type Count struct {
	Name         string
	Arity, Facts int
}

// CountVars and Cells are a count as a row of a result.
var CountVars = []string{"Predicate", "Facts"}

func (c Count) Cells() []string {
	return []string{fmt.Sprintf("%s/%d", c.Name, c.Arity), strconv.Itoa(c.Facts)}
}

// SetPlan takes the facts of a plan, in place of those of another.
func (b *Base) SetPlan(p *plan.Plan) {
	for _, t := range []*table{b.core, b.memory, b.device, b.routed, b.controller, b.reaches, b.console} {
		t.clear()
	}
	b.paths = nil
	var holders []Life
	for i := range min(int(p.NCores), plan.MaxCores) {
		c := &p.Cores[i]
		b.core.add(i, c.Row.Hart, c.Node)
		b.memory.add(i, "reserve", c.Reserve.Base, c.Reserve.Size)
		b.memory.add(i, "user", c.User.Base, c.User.Size)
		b.memory.add(i, "dma", c.DMA.Base, c.DMA.Size)
		if c.Controller != plan.NoCore {
			b.reaches.add(c.Controller, i)
		}
	}
	for i := range min(int(p.NDevices), plan.MaxDevices) {
		d := &p.Devices[i]
		name := d.Path.String()
		b.device.add(name, d.Owner, d.Kind.String(), d.Regs.Base, d.IRQ, d.Compatible.String())
		if d.Controller != plan.NoCore {
			b.routed.add(name, d.Controller)
		}
		if d.Console != 0 {
			b.console.add(name)
		}
		b.paths = append(b.paths, name)
		holders = append(holders, Life{int(d.Owner), 1})
	}
	for i := range min(int(p.NControllers), plan.MaxControllers) {
		c := &p.Controllers[i]
		name := p.Devices[c.Device].Path.String()
		b.controller.add(i, name, c.Owner, c.Sources)
		b.routed.add(name, i)
	}
	b.SetHolders(holders)
}

// SetTree takes what only the device tree tells: caches and distances of nodes.
func (b *Base) SetTree(tree *dts.Tree, p *plan.Plan) {
	b.cache.clear()
	b.distance.clear()
	cpus, _ := tree.CPUs() // what it says of some harts stands even if others are faulty
	for i := range min(int(p.NCores), plan.MaxCores) {
		at := slices.IndexFunc(cpus, func(c dts.CPU) bool { return c.Hart == p.Cores[i].Row.Hart })
		if at >= 0 {
			b.addCaches(i, cpus[at].Node)
		}
	}
	b.addDistances(tree)
}

// maxLevels bounds the chain of caches: a tree may hold a circle.
const maxLevels = 4

// addCaches enters a hart's caches (Devicetree Specification v0.4, sections 3.8.2
// and 3.9).
func (b *Base) addCaches(core int, n *dts.Node) {
	for level := 1; n != nil && level <= maxLevels; level++ {
		for _, c := range []struct{ prop, kind string }{
			{"i-cache-size", "instruction"}, {"d-cache-size", "data"}, {"cache-size", "unified"},
		} {
			if size, ok := n.U32(c.prop); ok {
				b.cache.add(core, level, c.kind, size)
			}
		}
		n = n.Provider("next-level-cache")
	}
}

// maxDistances bounds the entries that are taken from a distance matrix.
const maxDistances = 256

// addDistances enters the distances of NUMA nodes (Linux' binding
// numa-distance-map-v1: triples of node, node, distance).
func (b *Base) addDistances(tree *dts.Tree) {
	for _, n := range tree.Compatible("numa-distance-map-v1") {
		m, _ := n.Prop("distance-matrix")
		for i := 0; i < maxDistances && len(m) >= 12; i++ {
			cell := func(at int) uint32 {
				return uint32(m[at])<<24 | uint32(m[at+1])<<16 | uint32(m[at+2])<<8 | uint32(m[at+3])
			}
			b.distance.add(cell(0), cell(4), cell(8))
			m = m[12:]
		}
	}
}

// Life is a core that lives.
type Life struct {
	Core        int
	Incarnation uint32
}

// SetLives says who lives, and who of them has the console.
func (b *Base) SetLives(lives []Life, console int) {
	lives = slices.SortedFunc(slices.Values(lives), func(x, y Life) int { return cmp.Compare(x.Core, y.Core) })
	b.alive.clear()
	for _, l := range lives {
		b.alive.add(l.Core, l.Incarnation)
	}
	b.consoleAt.clear()
	b.consoleAt.add(console)
	b.setRange()
}

// SetHolders says who holds the devices of the plan, in its order, and in which life.
func (b *Base) SetHolders(holders []Life) {
	b.held.clear()
	for i, h := range holders[:min(len(holders), len(b.paths))] {
		b.held.add(b.paths[i], h.Core, h.Incarnation)
	}
}

// Successions asks for the cores in the order in which they follow as holders, for each
// device of the plan, in its order.
func (b *Base) Successions() ([][]int, error) {
	rows, err := b.ask("device(D, _, _, _, _, _), succession(D, Cs), member(C, Cs)", "D", "C")
	if err != nil {
		return nil, fmt.Errorf("the successions of devices: %w", err)
	}
	byPath := map[string][]int{}
	for _, r := range rows {
		path := r[0].(engine.Atom).String()
		byPath[path] = append(byPath[path], int(r[1].(engine.Integer)))
	}
	list := make([][]int, len(b.paths))
	for i, path := range b.paths {
		list[i] = byPath[path]
	}
	return list, nil
}

// Trip is a round trip that a core has measured.
type Trip struct {
	From, To int
	Least    uint64 // nanoseconds
}

// Cost returns what SetCosts has found of a word, in nanoseconds, 0 if nothing.
func (b *Base) Cost(word string) uint64 {
	for _, row := range b.cost.rows {
		if row[0].(engine.Atom).String() == word {
			return uint64(row[1].(engine.Integer))
		}
	}
	return 0
}

// mostTime is more than anything that is measured takes, in nanoseconds.
const mostTime = 1 << 31

// SetTrips takes all round trips anew. Those of 0 or of hours are left out: they
// come from other cores.
func (b *Base) SetTrips(trips []Trip) {
	b.rtt.clear()
	for _, t := range trips {
		if t.Least > 0 && t.Least < mostTime && t.From != t.To {
			b.rtt.add(t.From, t.To, t.Least)
		}
	}
	b.setRange()
}

// Cost is what a core has measured of itself, in nanoseconds, 0 = not: how long a message
// occupies it that it sends or receives, and a line that it fetches from another core.
type Cost struct {
	Core                 int
	Send, Receive, Fetch uint64
}

// SetCosts takes all costs anew. Those of 0 or of hours are left out, as of round trips.
// One that is far from the others, since the host has taken the core's time meanwhile, does
// not move the median.
func (b *Base) SetCosts(costs []Cost) {
	b.costOf.clear()
	b.cost.clear()
	for _, kind := range []struct {
		word string
		of   func(*Cost) uint64
	}{
		{"send", func(c *Cost) uint64 { return c.Send }},
		{"receive", func(c *Cost) uint64 { return c.Receive }},
		{"fetch", func(c *Cost) uint64 { return c.Fetch }},
	} {
		var all []uint64
		for i := range costs {
			if t := kind.of(&costs[i]); t > 0 && t < mostTime {
				b.costOf.add(costs[i].Core, kind.word, t)
				all = append(all, t)
			}
		}
		if len(all) > 0 {
			slices.Sort(all)
			b.cost.add(kind.word, all[(len(all)-1)/2])
		}
	}
}

// setRange works out what follows from the round trips among the living.
func (b *Base) setRange() {
	b.rttRange.clear()
	b.far.clear()
	least, most := int64(math.MaxInt64), int64(0)
	slower := map[[2]int]int64{}
	for _, row := range b.rtt.rows {
		if b.alive.first[row[0]] == nil || b.alive.first[row[1]] == nil {
			continue
		}
		from, to, t := int(row[0].(engine.Integer)), int(row[1].(engine.Integer)), int64(row[2].(engine.Integer))
		least, most = min(least, t), max(most, t)
		pair := [2]int{min(from, to), max(from, to)}
		slower[pair] = max(slower[pair], t)
	}
	if most > 0 {
		b.rttRange.add(uint64(least), uint64(most))
	}
	for _, pair := range slices.SortedFunc(maps.Keys(slower), func(x, y [2]int) int { return slices.Compare(x[:], y[:]) }) {
		b.far.add(pair[0], pair[1], uint64(slower[pair]))
		b.far.add(pair[1], pair[0], uint64(slower[pair]))
	}
}
