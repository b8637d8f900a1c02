package monitor

import (
	"errors"
	"time"

	"atoll/arch/layout"
	"atoll/boot/plan"
	"atoll/monitor/grant"
	"atoll/monitor/route"
)

// A broadcast line is a cache line that one core, its root, writes and all others read:
// a page of the root's user pool that it has granted them, read-only.

// broadcastLine is what stands at the beginning of the page.
type broadcastLine struct {
	Round uint64 // of a raw protocol, written last
}

// broadcastLines are those that this core knows. They belong to the event loop.
type broadcastLines struct {
	own  *grant.Memory
	held [plan.MaxCores]*grant.Held // by root
}

// takeLine takes the line that another core grants; one of each at a time.
func (b *broadcastLines) takeLine(m *Monitor, h *grant.Held) grant.Why {
	if b.held[h.Core] != nil || h.Rights != layout.R {
		return grant.NotWanted
	}
	b.held[h.Core] = h
	h.Ended = func(error) {
		b.held[h.Core] = nil
		m.grants.Release(h)
	}
	return 0
}

// of returns the line of a root, nil if this core does not hold it.
func (b *broadcastLines) of(root int) *broadcastLine {
	h := b.held[root]
	if h == nil {
		return nil
	}
	return lineAt(h.Bytes)
}

// lineTime bounds the wait for one core to take a line.
const lineTime = 2 * time.Second

// shareLine grants this core's line to others, and returns what takes it back. Not for
// the event loop.
func (m *Monitor) shareLine(cores route.Set) (takeBack func(), err error) {
	memory, err := m.NewMemory(1, lineTime)
	if err != nil {
		return nil, err
	}
	taken := make(chan bool, 1)
	m.do(func() {
		if m.broadcast.own == nil {
			m.broadcast.own = memory
			taken <- true
		} else {
			taken <- false
		}
	})
	if !<-taken {
		m.FreeMemory(memory)
		return nil, errors.New("the broadcast line is in use already")
	}
	takeBack = func() {
		m.do(func() { m.broadcast.own = nil })
		m.FreeMemory(memory)
	}
	for core := range cores.All() {
		if _, err := m.Grant(memory, core, layout.R, grant.ForBroadcast, [3]uint64{}, lineTime); err != nil {
			takeBack()
			return nil, err
		}
	}
	return takeBack, nil
}
