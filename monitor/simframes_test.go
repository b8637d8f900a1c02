package monitor

import (
	"errors"
	"time"

	"atoll/arch/layout"
	"atoll/boot/plan"
)

// simMemory is the memory of the simulated user pools, by core.
type simMemory map[int][]byte

// simPoolPages is the size of a simulated user pool.
const simPoolPages = 256

func simPool(core int) plan.Range {
	return plan.Range{Base: 0x9000_0000 + uint64(core)<<24, Size: simPoolPages * layout.PageSize}
}

// MapFrames maps frames of a simulated pool. Whoever takes frames of its own pool must
// be the only one that maps them.
func (h *simHart) MapFrames(pa, pages uint64, perm layout.Perm) ([]byte, error) {
	core := int(pa-simPool(0).Base) >> 24
	pool := simPool(core)
	if core == h.core {
		for _, o := range h.m.harts {
			if o != h && o.maps(pa, pages) {
				h.m.t.Errorf("core %d takes frames at %#x that core %d still maps", h.core, pa, o.core)
			}
		}
	}
	if h.m.noMapping.Load() {
		return nil, errors.New("no page left for a table")
	}
	h.mu.Lock()
	if h.inst.mapped == nil {
		h.inst.mapped = map[uint64]bool{}
	}
	for i := range pages {
		h.inst.mapped[pa+i*layout.PageSize] = true
	}
	h.mu.Unlock()
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	if h.m.pools == nil {
		h.m.pools = simMemory{}
	}
	if h.m.pools[core] == nil {
		h.m.pools[core] = make([]byte, pool.Size)
	}
	return h.m.pools[core][pa-pool.Base:][: pages*layout.PageSize : pages*layout.PageSize], nil
}

func (h *simHart) UnmapFrames(pa, pages uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range pages {
		if !h.inst.mapped[pa+i*layout.PageSize] {
			h.m.t.Errorf("core %d unmaps %#x, which it does not map", h.core, pa+i*layout.PageSize)
		}
		delete(h.inst.mapped, pa+i*layout.PageSize)
	}
}

// bind lets goroutines of a simulated core use bindings: they ring past the event
// loop, and do not poll, for which time would have to pass.
func (h *simHart) bind(mon *Monitor) {
	h.m.mu.Lock()
	h.m.bound = append(h.m.bound, mon)
	h.m.mu.Unlock()
	mon.bindings.poll = 0
	mon.bindings.ring = func(core int) {
		to := h.m.harts[core]
		time.AfterFunc(20*time.Microsecond, func() {
			if to.trap() {
				to.post(Doorbell)
			}
		})
	}
}

// maps reports whether a core that runs maps one of the frames.
func (h *simHart) maps(pa, pages uint64) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range pages {
		if h.inst.running && h.inst.mapped[pa+i*layout.PageSize] {
			return true
		}
	}
	return false
}

// mappedFrames is how many frames of user pools a core maps.
func (h *simHart) mappedFrames() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.inst.mapped)
}
