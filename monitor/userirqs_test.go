package monitor

import (
	"slices"
	"testing"
	"time"

	"atoll/arch/layout"
	"atoll/boot/plan"
	"atoll/kernel/abi"
	"atoll/kernel/domain"
	"atoll/monitor/replica"
)

// takeIn has a program of a core take a source, and returns what came of it.
func takeIn(t *testing.T, m *machine, core int, source uint64, came func()) (domain.Source, abi.Error) {
	t.Helper()
	type answer struct {
		s domain.Source
		e abi.Error
	}
	got := make(chan answer, 1)
	m.mon(core).Sources().Take(source, came, func(s domain.Source, e abi.Error) { got <- answer{s, e} })
	select {
	case a := <-got:
		return a.s, a.e
	case <-time.After(time.Minute):
		t.Fatal("neither given nor refused")
		return nil, 0
	}
}

// withClock is a machine whose core 2 holds a clock that programs can have, source 8, and a
// disk, which they cannot, source 9. Their controller reaches cores 1 and 2.
func withClock(r *simRouter, takers *[4]*simTaker) config {
	c := withSources(plan.DevicePLIC, 0, r, takers)
	outfit := c.outfit
	c.outfit = func(p *plan.Plan) {
		outfit(p)
		p.NDevices = 4
		p.Devices[2].Kind, p.Devices[2].Regs = plan.DeviceRTC, plan.Range{Base: 0x10_1000, Size: layout.PageSize}
		p.Devices[3] = plan.Device{Kind: plan.DeviceVirtioMMIO, Controller: 0, IRQ: 9, Owner: 2, Regs: plan.Range{Base: 0x10_2000, Size: layout.PageSize}}
		for i := range 4 {
			p.Devices[i].Path[0] = byte('a' + i)
		}
	}
	return c
}

// A source that is asked for when firmware says that its device's holder has stopped, but
// that is still a member of the view, is given by the next holder.
// Sabotage: let holderless look at Held alone.
func TestProgramSourceOfDead(t *testing.T) {
	var r simRouter
	var takers [4]*simTaker
	simulate(t, withClock(&r, &takers), func(t *testing.T, m *machine) {
		devices := func() *replica.Devices { return m.mon(1).agreement.replica.Devices }
		m.soon(t, "holder of the device", time.Second, 1, func() bool { return devices().Held(2) })
		m.harts[2].kill(layout.CausePanic, true)
		got := make(chan abi.Error, 1)
		m.at(1, func() {
			for m.harts[2].now().running {
				time.Sleep(time.Millisecond)
			}
			if !devices().Held(2) {
				t.Error("the view has changed without this core")
			}
			m.mon(1).takeSource(8, heirLooks, nil, func(_ domain.Source, e abi.Error) { got <- e })
		})
		if e := <-got; e != abi.OK || devices().Get(2).Core != 1 {
			t.Errorf("%v, of core %d", e, devices().Get(2).Core)
		}
	})
}

// A program gets the source of a device that its core holds, once, and no other; an interrupt
// is completed when it has been acknowledged, and the source is free when it is dropped.
// Sabotages: let serve not look at kept; let mayGive not look at the holder; in takeSource, do
// not look at sources; in free, do not delete from sources.
func TestProgramSource(t *testing.T) {
	var r simRouter
	var takers [4]*simTaker
	simulate(t, withClock(&r, &takers), func(t *testing.T, m *machine) {
		m.soon(t, "holder of the device", time.Second, 2, func() bool { return m.mon(2).agreement.replica.Devices.Held(2) })
		came := 0
		for _, no := range []struct {
			core   int
			source uint64
		}{{1, 8}, {2, 9}, {2, 7}, {2, 1<<32 | 8}, {2, ^uint64(0)}} {
			if _, e := takeIn(t, m, no.core, no.source, nil); e != abi.ErrSource {
				t.Errorf("core %d gets source %#x: %v", no.core, no.source, e)
			}
		}
		r.seen()
		for range 2 {
			s, e := takeIn(t, m, 2, 8, func() { came++ })
			if e != abi.OK || r.seen() != "route 8 to core 2 as 8" {
				t.Fatal(e)
			}
			if _, e := takeIn(t, m, 2, 8, nil); e != abi.ErrOwned {
				t.Errorf("it is given away twice: %v", e)
			}
			if base, size := s.Registers(); base != 0x10_1000 || size != layout.PageSize {
				t.Errorf("registers %#x, %#x", base, size)
			}
			m.at(2, func() {
				came, takers[2].completed, takers[2].lines = 0, nil, []uint32{8}
				m.mon(2).irq.serve()
				if came != 1 || takers[2].completed != nil {
					t.Errorf("came %d times, %v is completed before it is acknowledged", came, takers[2].completed)
				}
			})
			s.Again()
			m.at(2, func() {
				if !slices.Equal(takers[2].completed, []uint32{8}) {
					t.Errorf("%v is completed", takers[2].completed)
				}
			})
			s.Drop()
			s.Again()
			m.at(2, func() {
				takers[2].completed, takers[2].lines = nil, []uint32{8}
				m.mon(2).irq.serve()
				if came != 1 || m.mon(2).irq.stray == 0 {
					t.Errorf("it comes when it has been dropped: %d", came)
				}
			})
		}
	})
}
