package audit_test

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"atoll/arch/layout"
	"atoll/boot/plan"
	"atoll/monitor/audit"
)

// seenPage is how one core maps one page, in the model.
type seenPage struct {
	core int
	perm layout.Perm
	kind layout.Kind
}

// model is the audit done page by page with a map: slow and plain.
type model struct {
	p     *plan.Plan
	up    map[int]bool
	pages map[uint64][]seenPage
}

func newModel(p *plan.Plan, maps [][]layout.Mapping) *model {
	m := &model{p: p, up: map[int]bool{}, pages: map[uint64][]seenPage{}}
	for core, runs := range maps {
		m.up[core] = runs != nil
		for _, r := range runs {
			for i := range r.Pages {
				pa := r.PA + i*page
				m.pages[pa] = append(m.pages[pa], seenPage{core, r.Perm, r.Kind})
			}
		}
	}
	return m
}

// counts returns how many pages there are and how many of them several cores map.
func (m *model) counts() (pages, shared uint64) {
	for _, uses := range m.pages {
		pages++
		for _, u := range uses {
			if u.core != uses[0].core {
				shared++
				break
			}
		}
	}
	return pages, shared
}

// lawful reports whether every page obeys the laws.
func (m *model) lawful() bool {
	for pa, uses := range m.pages {
		for i, u := range uses {
			if !m.own(pa, u) || u.perm&layout.W != 0 && u.perm&layout.X != 0 || u.perm&layout.X != 0 && u.kind != layout.Text && u.kind != layout.Process {
				return false
			}
			for _, o := range uses[:i] {
				if !m.together(pa, u, o) {
					return false
				}
			}
		}
	}
	return true
}

// own reports whether a core may map a page so, as far as it alone goes.
func (m *model) own(pa uint64, u seenPage) bool {
	slot := -1 // page of the core's partition
	if pa >= part(u.core) && pa < part(u.core)+partSize {
		slot = int(pa-part(u.core)) / page
	}
	claim := pa >= claims && pa < claims+16*page && (pa-claims)/page%2 == 1 && (pa-claims)/page/2 < uint64(m.p.NCores)
	writable := u.perm&layout.W != 0
	switch u.kind {
	case layout.Text:
		return !writable && (pa >= image && pa < image+6*page || slot >= 0 && slot < 16)
	case layout.Plan:
		return !writable && (pa >= area && pa < area+2*page || pa == blob)
	case layout.Channel:
		for o := range int(m.p.NCores) {
			if o != u.core && m.p.Pair(o, u.core) == pa {
				return true
			}
		}
	case layout.Private, layout.Table:
		if u.kind == layout.Private && pa >= crash && pa < crash+uint64(m.p.NCores)*page {
			n := int(pa-crash) / page
			return n == u.core || !m.up[n] && u.perm == ro
		}
		return slot >= 0 && slot < 16 || u.kind == layout.Table && slot >= 16 && slot < 24
	case layout.Device:
		return !claim && (pa == uart && u.core == 0 || pa == virtio && u.core == 1 || pa >= plic && pa < plic+0x60_0000 && u.core == 0)
	case layout.IRQ:
		return pa == claims+uint64(2*u.core+1)*page
	case layout.Doorbell:
		return pa >= bells && pa < bells+uint64(m.p.NCores)*page && pa != bells+uint64(u.core)*page
	case layout.Initrd:
		return !writable && pa >= initrd && pa < initrd+3*page
	case layout.User, layout.Process:
		return slot >= 16 && slot < 24
	case layout.DMA:
		return slot >= 24
	}
	return false
}

// together reports whether two mappings of one page may both be.
func (m *model) together(pa uint64, u, o seenPage) bool {
	if u.core == o.core {
		clash := func(w, x seenPage) bool {
			return w.perm&layout.W != 0 && x.perm&layout.X != 0 && x.kind != layout.Process
		}
		return !clash(u, o) && !clash(o, u) && (u.kind == layout.Table) == (o.kind == layout.Table)
	}
	if u.kind != o.kind {
		return false
	}
	switch u.kind {
	case layout.Text:
		return pa >= image && pa < image+6*page
	case layout.Plan, layout.Doorbell, layout.Initrd:
		return true
	case layout.Channel:
		return m.p.Pair(u.core, o.core) == pa
	}
	return false
}

// TestModel compares the sweep with the model on machines with a few faults.
// It also shows that the random faults are of both sorts: seen and harmless.
func TestModel(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	bases := []uint64{image, area, channels, crash, part(0), part(1), part(2), part(3), uart, virtio, plic, claims, bells, initrd}
	perms := []layout.Perm{ro, ro, rw, rw, rw, rx, rw | rx}
	good := 0
	const rounds = 3000
	for range rounds {
		p := machine(4)
		maps := lawful(p)
		if rnd.IntN(4) == 0 {
			maps[3] = nil
		}
		for range rnd.IntN(3) {
			core, pa := rnd.IntN(3), bases[rnd.IntN(len(bases))]+rnd.Uint64N(40)*page
			m := run(pa, 1+rnd.Uint64N(3), perms[rnd.IntN(len(perms))], layout.Kind(rnd.IntN(int(layout.NumKinds))))
			m.VA += layout.GigaPage
			maps[core] = append(maps[core], m)
		}
		m, r := newModel(p, maps), audit.Check(p, maps, nil)
		if pages, shared := m.counts(); r.Pages != pages || r.Shared != shared {
			t.Fatalf("%d pages, %d shared; the model has %d and %d: %+v", r.Pages, r.Shared, pages, shared, maps)
		}
		if m.lawful() != (r.Total == 0) {
			t.Fatalf("lawful by the model: %v; violations: %q", m.lawful(), r.Violations)
		}
		if r.Total == 0 {
			good++
		}
	}
	if good < rounds/10 || good > rounds*9/10 {
		t.Errorf("%d of %d machines are lawful; the test compares too little", good, rounds)
	}
}

// FuzzCheck feeds runs made of raw bytes: any report is an answer, none a panic.
func FuzzCheck(f *testing.F) {
	f.Add([]byte{})
	f.Add(binary.LittleEndian.AppendUint64(nil, image))
	f.Add(make([]byte, 200))
	f.Fuzz(func(t *testing.T, data []byte) {
		p := machine(3)
		maps := lawful(p)
		for len(data) >= 16 {
			pa := binary.LittleEndian.Uint64(data)
			pages := uint64(binary.LittleEndian.Uint32(data[8:]))
			m := run(pa, pages, layout.Perm(data[12]), layout.Kind(data[13]))
			if data[15]&1 != 0 { // near something that exists
				m.PA, m.VA = image+pa%(1<<29)&^(page-1), m.VA&^(page-1)
			}
			core := int(data[14]) % 5
			for core >= len(maps) {
				maps = append(maps, nil)
			}
			maps[core] = append(maps[core], m)
			data = data[16:]
		}
		r := audit.Check(p, maps, nil)
		if r.Shared > r.Pages || len(r.Violations) > r.Total || len(r.Violations) > audit.MaxViolations {
			t.Errorf("inconsistent report: %+v", r)
		}
		for k, n := range r.Kinds {
			if n.Pages > r.Pages || n.Shared > n.Pages || (n.Pages == 0) != (n.Cores == 0) {
				t.Errorf("inconsistent count of %s: %+v", layout.Kind(k), n)
			}
		}
	})
}
