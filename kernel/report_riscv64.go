package kernel

import (
	"runtime"
	"runtime/metrics"
	"time"

	"atoll/arch/layout"
	"atoll/arch/shim"
)

// Report is what an instance says of its own state.
type Report struct {
	Up         time.Duration // since its early code began
	HeapBytes  uint64        // live and not yet swept objects
	HeapSys    uint64        // bytes mapped for the heap
	PagesUsed  uint64        // of the kernel reserve
	PagesTotal uint64
	GCs        uint64
	GCPause    time.Duration // total
	Goroutines uint64
	Doorbells  uint64
	Idle       time.Duration // in wfi and looking for interrupts before it
	Threads    uint64
	Switches   uint64
	Traps      uint64
	Signals    uint64
}

// ReadReport takes a report. It does not stop the world.
func ReadReport() Report {
	samples := []metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/unused:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},
		{Name: "/gc/cycles/total:gc-cycles"},
		{Name: "/sched/pauses/total/gc:seconds"},
	}
	metrics.Read(samples)
	s := shim.ReadStats()
	return Report{
		Up:         shim.Duration(shim.Now() - shim.Born()),
		HeapBytes:  samples[0].Value.Uint64(),
		HeapSys:    samples[0].Value.Uint64() + samples[1].Value.Uint64() + samples[2].Value.Uint64(),
		PagesUsed:  s.PagesUsed,
		PagesTotal: s.PagesTotal,
		GCs:        samples[3].Value.Uint64(),
		GCPause:    sum(samples[4].Value.Float64Histogram()),
		Goroutines: uint64(runtime.NumGoroutine()),
		Doorbells:  s.Doorbells,
		Idle:       s.Idle,
		Threads:    s.Threads,
		Switches:   s.Switches,
		Traps:      s.Traps,
		Signals:    s.Signals,
	}
}

// Space returns all that this instance maps, as its page tables say, in order of
// virtual address. kindOf names what stands at a physical address of the RAM
// window and of the device window; the rest follows from the virtual address.
func Space(kindOf func(pa uint64) layout.Kind) []layout.Mapping {
	data := shim.DataStart()
	var all []layout.Mapping
	shim.Leaves(func(va, pa, pages uint64, perm layout.Perm) {
		kind := kindAt(va, data, func() layout.Kind { return kindOf(pa) })
		all = join(all, layout.Mapping{VA: va, PA: pa, Pages: pages, Perm: perm, Kind: kind})
	})
	return all
}
