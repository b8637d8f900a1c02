package monitor

import (
	"slices"
	"sync"

	"atoll/arch/layout"
	"atoll/boot/plan"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/kernel/domain"
	"atoll/monitor/capops"
	"atoll/monitor/grant"
	"atoll/monitor/message"
)

// Capabilities between cores: package capops has the protocol, package domain what a core does
// with its own. The node belongs to the CPU driver's loop, as the capabilities do; what comes
// and goes passes between that and the event loop in its order.

var capabilityTold = message.Declare[capops.Msg](140, "capability")

func init() { handle(capabilityTold, (*Monitor).capabilityCame) }

// capabilities is this core's part. It belongs to the event loop.
type capabilities struct {
	m       *Monitor
	driver  *capabilityDriver  // nil until the first program is started
	unclean [plan.MaxCores]int // deaths of which the driver has not said that all is deleted
}

// capabilityDriver is the part of the CPU driver's loop.
type capabilityDriver struct {
	m        *Monitor
	core     *domain.Core
	node     *capops.Node
	own      capops.Range
	lives    [plan.MaxCores]uint32 // of the cores that the node knows to be up
	mourning []int                 // cores that have died, until all is deleted that they had lent

	mu    sync.Mutex
	books grant.Account // the entries that are capabilities
}

func (s *capabilities) init(m *Monitor) {
	s.m = m
	m.grants.Busy = func(core int) bool { return s.unclean[core] > 0 }
}

// Remote returns what makes capabilities pass between cores, for this core's CPU driver. Not
// for the event loop.
func (m *Monitor) Remote(c *domain.Core) domain.Remote {
	d := &capabilityDriver{m: m, core: c}
	var pools []capops.Range
	for i := range int(m.plan.NCores) {
		u := m.plan.Cores[i].User
		pools = append(pools, capops.Range{Base: u.Base, Size: u.Size})
	}
	d.own = pools[m.self]
	d.node = capops.New(capops.Config{Self: m.self, Pools: pools, Store: capabilityStore{d}})
	m.wait(func() {
		m.caps.driver = d
		for _, p := range m.order {
			if p.linked {
				m.caps.linked(p)
			}
		}
	})
	return d
}

// capabilityCame takes a message of a peer.
func (m *Monitor) capabilityCame(p *peer, msg capops.Msg) {
	d, from := m.caps.driver, p.core
	if d == nil {
		for _, r := range capops.Refusals(&msg) {
			post(m, p, capabilityTold, r)
		}
		return
	}
	d.do(func() { d.node.Step(from, &msg) })
}

// linked takes note that the channel to a core is linked.
func (s *capabilities) linked(p *peer) {
	d, core := s.driver, p.core
	if d == nil {
		return
	}
	_, life := p.ch.Peer()
	s.dead(core, life-1)
	d.do(func() {
		d.lives[core] = life
		d.node.Up(core)
	})
}

// dead takes firmware's word that a core is dead in all lives up to this one, all messages
// of which have been received.
func (s *capabilities) dead(core int, life uint32) {
	d := s.driver
	if d == nil || life == 0 {
		return
	}
	s.unclean[core]++
	d.do(func() {
		if known := d.lives[core]; known != 0 && known <= life {
			d.lives[core] = 0
			d.node.Dead(core)
		}
		d.mourning = append(d.mourning, core)
	})
}

// cleaned takes the driver's word that nothing is left of what a dead core had lent.
func (s *capabilities) cleaned(core int) {
	s.unclean[core]--
	s.m.grants.Recheck(core)
}

// account adds what is lent to the books of grants.
func (s *capabilities) account(a grant.Account) grant.Account {
	if d := s.driver; d != nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		a.Given, a.Held = append(a.Given, d.books.Given...), append(a.Held, d.books.Held...)
		a.Changes += d.books.Changes
	}
	return a
}

// do has the CPU driver's loop call f, and sends what comes of it.
func (d *capabilityDriver) do(f func()) {
	d.core.Loop().Do(func() {
		f()
		d.flush()
	})
}

// flush writes the books, sends what the node has to say, and says who has been mourned.
func (d *capabilityDriver) flush() {
	d.write()
	for len(d.mourning) > 0 && d.node.Clean(d.mourning[0]) {
		core := d.mourning[0]
		d.mourning = d.mourning[1:]
		d.m.do(func() { d.m.caps.cleaned(core) })
	}
	outs := slices.Clone(d.node.Outs())
	d.node.Clear()
	if len(outs) == 0 {
		return
	}
	lives := d.lives
	d.m.do(func() {
		for i := range outs {
			d.m.sendCapability(&outs[i], lives[outs[i].To])
		}
	})
}

// sendCapability sends to a life of a core. If that cannot be talked to its death will end
// what waits for it.
func (m *Monitor) sendCapability(o *capops.Out, life uint32) {
	p := m.peers[o.To]
	if p == nil || !p.linked {
		m.drop(capabilityTold.Number())
		return
	}
	if _, now := p.ch.Peer(); now == life {
		post(m, p, capabilityTold, o.Msg)
	}
}

// write writes the books anew.
func (d *capabilityDriver) write() {
	entry := func(core int, c capability.Cap, settled bool) grant.Entry {
		return grant.Entry{PA: c.Base, Pages: c.Size / layout.PageSize, Core: core, Rights: layout.R | layout.W, Settled: settled, Lent: true}
	}
	var given, held []grant.Entry
	d.node.Lent(func(core int, c capability.Cap, settled bool) { given = append(given, entry(core, c, settled)) })
	d.node.Held(func(core int, c capability.Cap, settled bool) { held = append(held, entry(core, c, settled)) })
	d.mu.Lock()
	defer d.mu.Unlock()
	if !slices.Equal(given, d.books.Given) || !slices.Equal(held, d.books.Held) {
		d.books = grant.Account{Given: given, Held: held, Changes: d.books.Changes + 1}
	}
}

// What the CPU driver calls: see domain.Remote.

func (d *capabilityDriver) Core() int { return d.m.self }

func (d *capabilityDriver) Foreign(c capability.Cap) bool { return c.Base-d.own.Base >= d.own.Size }

func (d *capabilityDriver) Pass(number uint32, c capability.Cap, core int, end uint64) {
	d.node.Pass(number, c, core, end)
	d.flush()
}

func (d *capabilityDriver) Revoke(number uint32, c capability.Cap) {
	d.node.Revoke(number, c)
	d.flush()
}

func (d *capabilityDriver) Retype(number uint32, c capability.Cap, low, high uint64) {
	d.node.Retype(number, c, low, high)
	d.flush()
}

func (d *capabilityDriver) Ended(c capability.Cap) {
	d.node.Ended(c)
	d.flush()
}

// capabilityStore is the core's capabilities as the node sees them: see capops.Store.
type capabilityStore struct{ d *capabilityDriver }

func (s capabilityStore) Anchor(c capability.Cap) abi.Error { return s.d.core.Anchor(c) }
func (s capabilityStore) Release(c capability.Cap)          { s.d.core.Release(c) }
func (s capabilityStore) Deliver(c capability.Cap, end uint64) abi.Error {
	return s.d.core.Deliver(c, end)
}
func (s capabilityStore) Holds(c capability.Cap) bool { return s.d.core.Database().Has(c) }
func (s capabilityStore) Free(c capability.Cap, low, high uint64) bool {
	return !s.d.core.Database().MadeOf(c, low, high)
}
func (s capabilityStore) Asks(number uint32) bool           { return s.d.core.Asks(number) }
func (s capabilityStore) Freeze(c capability.Cap)           { s.d.core.Database().Freeze(c) }
func (s capabilityStore) Thaw(c capability.Cap)             { s.d.core.Database().Thaw(c) }
func (s capabilityStore) Result(number uint32, e abi.Error) { s.d.core.Result(number, e) }
func (s capabilityStore) Wipe(c capability.Cap, number uint32, tag capops.Tag) {
	d := s.d
	d.core.Wipe(c, number, func() {
		d.node.Wiped(tag)
		d.flush()
	})
}
