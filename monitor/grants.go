package monitor

import (
	"fmt"
	"time"

	"atoll/arch/layout"
	"atoll/monitor/grant"
	"atoll/monitor/ump"
)

// Frames that this core has granted to others, or holds of them: package grant has the
// books, which belong to the event loop; here they meet the channels and the hart.

// grantPort is what the books need of the monitor.
type grantPort struct{ m *Monitor }

func (g grantPort) Send(core int, msg *grant.Msg) error {
	p := g.m.peers[core]
	if p == nil || !p.linked {
		return downError(core)
	}
	w := msg.Words()
	return g.m.send(p, typeGrant, &w)
}

func (g grantPort) Life(core int) uint32 {
	p := g.m.peers[core]
	if p == nil || !p.linked {
		return 0
	}
	_, life := p.ch.Peer()
	return life
}

func (g grantPort) Stopped(core int) bool { return g.m.hart.Stopped(core) }

func (g grantPort) MapFrames(pa, pages uint64, perm layout.Perm) ([]byte, error) {
	return g.m.hart.MapFrames(pa, pages, perm)
}

func (g grantPort) UnmapFrames(pa, pages uint64) { g.m.hart.UnmapFrames(pa, pages) }

// grantMessage takes a message of another core's books.
func (m *Monitor) grantMessage(p *peer, msg *ump.Message) {
	g := grant.FromWords(&msg.W)
	m.grants.Receive(p.core, &g)
}

// openPool goes on with opening the user pool, which a later life has to itself only
// when all others have let go of what an earlier one has granted: whoever has to be
// asked needs a channel.
func (m *Monitor) openPool() error {
	err := m.grants.Open()
	for _, core := range m.grants.Missing() {
		m.reach(core) // an error is among the reasons of the one above
	}
	return err
}

// NewMemory takes frames of the user pool and maps them here, cleared. In a later life
// of this core it waits, within the bound, until the pool is open. Not for the event
// loop, which calls grants.New.
func (m *Monitor) NewMemory(pages uint64, bound time.Duration) (*grant.Memory, error) {
	type result struct {
		memory *grant.Memory
		err    error
	}
	done := make(chan result, 1)
	waiting := true
	m.do(func() {
		m.openPool()
		m.grants.WhenOpen(func() {
			if waiting {
				memory, err := m.grants.New(pages)
				done <- result{memory, err}
			}
		})
	})
	timer := time.NewTimer(bound)
	defer timer.Stop()
	select {
	case r := <-done:
		return r.memory, r.err
	case <-timer.C:
	}
	late := make(chan result, 1)
	m.do(func() { // between the bound and now it may have come after all
		waiting = false
		select {
		case r := <-done:
			late <- r
		default:
			late <- result{nil, m.openPool()}
		}
	})
	r := <-late
	return r.memory, r.err
}

// FreeMemory revokes what was granted of the memory, and gives the frames back to the
// pool when nobody holds them any more. It does not wait for that.
func (m *Monitor) FreeMemory(memory *grant.Memory) {
	m.do(func() { m.grants.Free(memory, nil) })
}

// Grant gives a core rights to the memory, R or R|W, and waits within the bound until it
// has mapped it. A grant that was not answered in time is revoked. Not for the event
// loop, which calls grants.Give.
func (m *Monitor) Grant(memory *grant.Memory, core int, rights layout.Perm, purpose grant.Purpose, arg [3]uint64, bound time.Duration) (*grant.Given, error) {
	done := make(chan error, 1)
	var given *grant.Given
	m.do(func() {
		var err error
		if core != m.self { // which the books refuse
			_, err = m.reach(core)
		}
		if err == nil {
			given, err = m.grants.Give(memory, core, rights, purpose, arg, func(err error) { done <- err })
		}
		if err != nil {
			done <- err
		}
	})
	timer := time.NewTimer(bound)
	defer timer.Stop()
	select {
	case err := <-done:
		return given, err
	case <-timer.C:
		m.do(func() {
			if given != nil {
				m.grants.Revoke(given)
			}
		})
		return nil, fmt.Errorf("core %d did not accept the frames within %v", core, bound)
	}
}

// encodeAccount and decodeAccount carry what a core says of its grants: how often that
// has changed, how many entries there are of each sort, and four words for each.
func encodeAccount(a grant.Account) []uint64 {
	words := []uint64{a.Changes, uint64(len(a.Given))}
	for _, e := range append(a.Given, a.Held...) {
		settled := uint64(0)
		if e.Settled {
			settled = 1
		}
		words = append(words, e.PA, e.Pages, uint64(e.Core), uint64(e.Rights)|settled<<8)
	}
	return words
}

func decodeAccount(words []uint64) (a grant.Account, err error) {
	if len(words) < 2 || len(words)%4 != 2 || words[1] > uint64(len(words)-2)/4 {
		return a, errShape
	}
	a.Changes = words[0]
	given := int(words[1])
	for i, w := 0, words[2:]; len(w) > 0; i, w = i+1, w[4:] {
		e := grant.Entry{PA: w[0], Pages: w[1], Core: int(w[2]), Rights: layout.Perm(w[3]), Settled: w[3]>>8 != 0}
		if i < given {
			a.Given = append(a.Given, e)
		} else {
			a.Held = append(a.Held, e)
		}
	}
	return a, nil
}
