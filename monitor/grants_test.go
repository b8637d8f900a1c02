package monitor

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"atoll/arch/layout"
	"atoll/monitor/grant"
)

// grantTo has a core grant memory to others, to read.
func (m *machine) grantTo(t *testing.T, from int, memory *grant.Memory, to ...int) {
	t.Helper()
	for _, core := range to {
		if _, err := m.mon(from).Grant(memory, core, layout.R, grant.ForBroadcast, [3]uint64{}, time.Second); err != nil {
			t.Fatal(err)
		}
	}
}

// holds lists whose frames a core holds.
func (m *machine) holds(core int) (from []int) {
	m.at(core, func() {
		for _, e := range m.mon(core).grants.Account().Held {
			from = append(from, e.Core)
		}
	})
	return from
}

// free is how many frames of its pool a core has left.
func (m *machine) free(core int) (n uint64) {
	m.at(core, func() { n = m.mon(core).grants.Frames() })
	return n
}

// One core writes a page that all others read; what a dead holder held is free, and
// what a dead granter has granted goes.
// Sabotage: let bury not tell the grants.
func TestGrantToAll(t *testing.T) {
	simulate(t, config{cores: 4}, func(t *testing.T, m *machine) {
		seen := make([]*grant.Held, 4)
		for core := range 4 {
			m.at(core, func() {
				m.mon(core).grants.Take(grant.ForBroadcast, func(h *grant.Held) grant.Why { seen[core] = h; return 0 })
			})
		}
		memory, err := m.mon(0).NewMemory(2, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		m.grantTo(t, 0, memory, 1, 2, 3)
		m.at(0, func() { memory.Bytes[4097] = 99 })
		for core := 1; core < 4; core++ {
			m.at(core, func() {
				if h := seen[core]; h.Core != 0 || h.Rights != layout.R || len(h.Bytes) != 2*layout.PageSize || h.Bytes[4097] != 99 {
					t.Errorf("core %d holds %+v", core, h)
				}
			})
		}
		m.harts[2].kill(layout.CausePanic, false)
		settle()
		m.mon(0).FreeMemory(memory)
		settle()
		if n := m.free(0); n != simPoolPages || len(m.holds(1)) > 0 || m.harts[1].mappedFrames() > 0 {
			t.Errorf("%d frames are free; core 1 holds frames of %v", n, m.holds(1))
		}
		if memory, err = m.mon(3).NewMemory(1, time.Second); err != nil {
			t.Fatal(err)
		}
		m.grantTo(t, 3, memory, 0, 1)
		m.harts[3].kill(layout.CausePanic, false)
		settle()
		if len(m.holds(0)) > 0 || len(m.holds(1)) > 0 || m.harts[0].mappedFrames() > 0 {
			t.Errorf("cores 0 and 1 hold frames of %v and %v", m.holds(0), m.holds(1))
		}
	})
}

// A core that is ended and started again and again, with grants on each side, leaves
// nothing behind.
// Sabotage: let the table's Dead end no grants; let Release not unmap.
func TestGrantRestarts(t *testing.T) {
	const rounds = 100
	simulate(t, config{cores: 3}, func(t *testing.T, m *machine) {
		m.reborn = func(_ int, mon *Monitor) { takeAll(mon) }
		for core := range 3 {
			takeAll(m.mon(core))
		}
		for range rounds {
			for _, from := range []int{0, 1, 2} {
				memory, err := m.mon(from).NewMemory(3, time.Second)
				if err != nil {
					t.Fatal(err)
				}
				m.grantTo(t, from, memory, (from+1)%3, (from+2)%3)
				if from != 2 {
					m.mon(from).FreeMemory(memory) // while it dies, perhaps
				}
			}
			m.harts[2].kill(layout.CausePanic, false)
			settle()
			if n := m.free(0); n != simPoolPages || len(m.holds(0)) != 0 {
				t.Fatalf("core 0 has %d free frames and holds some of %v", n, m.holds(0))
			}
			if err := m.mon(0).StartCore(2); err != nil {
				t.Fatal(err)
			}
			settle()
		}
		if l := m.mon(0).Lives()[2]; l.Incarnation != rounds+1 {
			t.Errorf("%d lives", l.Incarnation)
		}
		for core := range 3 {
			if n := m.harts[core].mappedFrames(); n > 0 || m.free(core) != simPoolPages && core != 2 {
				t.Errorf("core %d maps %d frames, and has %d", core, n, m.free(core))
			}
		}
	})
}

// The next life of a granter has no frames while a holder lives that has not let go: one
// that stands still, a zombie in the end.
// Sabotage: let NewMemory use the pool without openPool and WhenOpen.
func TestNextLifeWaitsForAZombie(t *testing.T) {
	simulate(t, config{cores: 3}, func(t *testing.T, m *machine) {
		for core := range 3 {
			takeAll(m.mon(core))
		}
		memory, err := m.mon(2).NewMemory(1, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		m.grantTo(t, 2, memory, 1)
		thaw := m.harts[1].freeze()
		m.harts[2].kill(layout.CausePanic, false)
		time.Sleep(time.Minute)
		if err := m.mon(0).StartCore(2); err != nil {
			t.Fatal(err)
		}
		_, err = m.mon(2).NewMemory(1, time.Second)
		if want := "core 2 cannot use its user pool yet: core 1 may map frames of its earlier life"; err == nil || err.Error() != want {
			t.Fatalf("%v, want %s", err, want)
		}
		thaw()
		if _, err := m.mon(2).NewMemory(1, time.Minute); err != nil {
			t.Error(err)
		}
	})
}

// What cannot be granted is said in a sentence, and costs nothing.
// Sabotage: let Grant not return the error of Give.
func TestGrantErrors(t *testing.T) {
	simulate(t, config{cores: 2}, func(t *testing.T, m *machine) {
		if _, err := m.mon(0).NewMemory(simPoolPages+1, time.Second); err == nil || !strings.Contains(err.Error(), "the user pool has no run of frames that long left") {
			t.Errorf("more frames than there are: %v", err)
		}
		m.noMapping.Store(true)
		if _, err := m.mon(0).NewMemory(1, time.Second); err == nil || !strings.Contains(err.Error(), "no page left for a table") {
			t.Errorf("no page for a table: %v", err)
		}
		m.noMapping.Store(false)
		memory, err := m.mon(0).NewMemory(1, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		m.at(1, func() { m.mon(1).grants.Take(grant.ForBroadcast, nil) })
		for core, want := range map[int]string{0: "no open channel", 1: "nobody there takes such grants", 7: "there is no core 7"} {
			if _, err := m.mon(0).Grant(memory, core, layout.R, grant.ForBroadcast, [3]uint64{}, time.Second); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("core %d: %v, want %q", core, err, want)
			}
		}
		takeAll(m.mon(1))
		m.noMapping.Store(true)
		if _, err := m.mon(0).Grant(memory, 1, layout.R, grant.ForBroadcast, [3]uint64{}, time.Second); err == nil || !strings.Contains(err.Error(), "no page is left for a table") {
			t.Errorf("no page for the holder's table: %v", err)
		}
		m.noMapping.Store(false)
		thaw := m.harts[1].freeze()
		if _, err := m.mon(0).Grant(memory, 1, layout.R, grant.ForBroadcast, [3]uint64{}, time.Second); err == nil {
			t.Error("a core that stands still has accepted")
		}
		thaw()
		settle()
		if from := m.holds(1); len(from) > 0 {
			t.Errorf("core 1 still holds what was given up: of cores %v", from)
		}
		m.mon(0).FreeMemory(memory)
		settle()
		if n := m.free(0); n != simPoolPages {
			t.Errorf("%d frames are free", n)
		}
	})
}

// Sabotage: let unpackAccount forget the check of the number of grants.
func TestAccountOnItsWay(t *testing.T) {
	e := grant.Entry{PA: 0x9000_0000, Pages: 3, Core: 2, Rights: layout.R | layout.W, Settled: true}
	for _, a := range []grant.Account{{}, {Changes: 7, Given: []grant.Entry{e, {Core: 1}}}, {Held: []grant.Entry{e}}, {Given: []grant.Entry{e}, Held: []grant.Entry{e, e}}} {
		head, list := packAccount(a)
		if got, err := unpackAccount(head, list); err != nil || fmt.Sprint(got) != fmt.Sprint(a) {
			t.Errorf("%+v came back as %+v, %v", a, got, err)
		}
		for _, given := range []uint64{uint64(len(list)) + 1, ^uint64(0)} {
			head.Given = given
			if got, err := unpackAccount(head, list); err == nil {
				t.Errorf("%d of %d are given: %+v", given, len(list), got)
			}
		}
	}
}
