package monitor

import (
	"time"

	"atoll/arch/layout"
	"atoll/monitor/message"
)

// Report is what an instance says of its own state.
type Report struct {
	Up           time.Duration // since its early code began
	Born         uint64        // when that was (ticks)
	HeapBytes    uint64        // live and not yet swept objects
	HeapSys      uint64        // bytes mapped for the heap
	PagesUsed    uint64        // of the kernel reserve
	PagesTotal   uint64
	GCs          uint64
	GCPause      time.Duration // total
	Goroutines   uint64
	MsgsIn       uint64
	MsgsOut      uint64
	Doorbells    uint64
	IdlePermille uint64
	Dropped      uint64 // messages that could not be
}

// mapping is a layout.Mapping without padding.
type mapping struct {
	VA, PA, Pages uint64
	Perm          layout.Perm
	Kind          layout.Kind
	Unused        [6]uint8
}

var (
	askForReport = message.DeclareRequest[message.None, Report](32, "report")
	askForSpace  = message.DeclareStream[message.None, message.None, mapping](33, "space")
)

func init() {
	serve(askForReport, func(m *Monitor, _ client, _ message.None) (Report, error) { return m.report(), nil })
	serveStreamLater(askForSpace, func(m *Monitor, who client, _ message.None, done func(message.None, []mapping, error)) {
		if m.programs.userland == nil {
			done(message.None{}, packSpace(m.hart.Space()), nil)
			return
		}
		var list []mapping
		m.inUserland(func(err error) { done(message.None{}, list, err) }, func(u Userland) error {
			list = packSpace(u.Mappings(m.hart.Space))
			return nil
		})
	})
}

func packSpace(space []layout.Mapping) (list []mapping) {
	for _, s := range space {
		list = append(list, mapping{VA: s.VA, PA: s.PA, Pages: s.Pages, Perm: s.Perm, Kind: s.Kind})
	}
	return list
}

func (m *Monitor) report() Report {
	r := m.hart.Report()
	c := m.counted()
	r.MsgsIn, r.MsgsOut, r.Dropped = c.in, c.out, c.dropped
	return r
}

// layout returns a mapping as others know it.
func (s *mapping) layout() layout.Mapping {
	return layout.Mapping{VA: s.VA, PA: s.PA, Pages: s.Pages, Perm: s.Perm, Kind: s.Kind}
}
