package monitor

import (
	"fmt"
	"time"

	"atoll/arch/layout"
	"atoll/kernel"
	"atoll/monitor/grant"
	"atoll/monitor/message"
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
	return send(g.m, p, grantBooks, *msg)
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
	return inOpenPool(m, bound, func() (*grant.Memory, error) { return m.grants.New(pages) })
}

// UserPool returns the user pool of this core, when it is open, for others to take frames
// of it. Not for the event loop.
func (m *Monitor) UserPool(bound time.Duration) (*kernel.Frames, error) {
	return inOpenPool(m, bound, func() (*kernel.Frames, error) { return m.grants.Pool(), nil })
}

// inOpenPool has the event loop call f when the user pool is open, and returns what f does.
func inOpenPool[T any](m *Monitor, bound time.Duration, f func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	var none T
	done := make(chan result, 1)
	waiting := true
	m.do(func() {
		m.openPool()
		m.grants.WhenOpen(func() {
			if waiting {
				value, err := f()
				done <- result{value, err}
			}
		})
	})
	timer := time.NewTimer(bound)
	defer timer.Stop()
	select {
	case r := <-done:
		return r.value, r.err
	case <-timer.C:
	}
	late := make(chan result, 1)
	m.do(func() { // between the bound and now it may have come after all
		waiting = false
		select {
		case r := <-done:
			late <- r
		default:
			late <- result{none, m.openPool()}
		}
	})
	timer.Reset(bound)
	select {
	case r := <-late:
		return r.value, r.err
	case <-timer.C: // the event loop does nothing
		return none, fmt.Errorf("core %d has no frames within %v", m.self, bound)
	}
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

// accountHead stands before the entries of an account: how often that has changed, and
// how many of them are of grants to others; the rest is held.
type accountHead struct{ Changes, Given uint64 }

// accountEntry is a grant.Entry without padding.
type accountEntry struct {
	PA, Pages uint64
	Core      uint32
	Rights    layout.Perm
	Settled   uint8 // not 0: it is
	Lent      uint8 // likewise
	Unused    uint8
}

var (
	grantBooks = message.Declare[grant.Msg](21, "grant")
	askGrants  = message.DeclareStream[message.None, accountHead, accountEntry](45, "grants")
)

func init() {
	handle(grantBooks, func(m *Monitor, p *peer, g grant.Msg) { m.grants.Receive(p.core, &g) })
	serveStream(askGrants, func(m *Monitor, _ client, _ message.None) (accountHead, []accountEntry, error) {
		head, list := packAccount(m.caps.account(m.grants.Account()))
		return head, list, nil
	})
}

func packAccount(a grant.Account) (accountHead, []accountEntry) {
	var list []accountEntry
	for _, e := range append(a.Given, a.Held...) {
		list = append(list, accountEntry{PA: e.PA, Pages: e.Pages, Core: uint32(e.Core), Rights: e.Rights, Settled: flag(e.Settled), Lent: flag(e.Lent)})
	}
	return accountHead{a.Changes, uint64(len(a.Given))}, list
}

func flag(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}

// unpackAccount fails if a peer cannot have meant what it has said.
func unpackAccount(head accountHead, list []accountEntry) (a grant.Account, err error) {
	if head.Given > uint64(len(list)) {
		return a, message.ErrShape
	}
	a.Changes = head.Changes
	for i, e := range list {
		to := &a.Given
		if uint64(i) >= head.Given {
			to = &a.Held
		}
		*to = append(*to, grant.Entry{PA: e.PA, Pages: e.Pages, Core: int(e.Core), Rights: e.Rights, Settled: e.Settled != 0, Lent: e.Lent != 0})
	}
	return a, nil
}
