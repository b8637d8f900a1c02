package monitor

import (
	"errors"

	"atoll/monitor/message"
)

// A request can take long: pings, rings, a measurement. Who asked may lose interest,
// because its bound is over or somebody has typed Ctrl-C, or it may die. Then what it
// asked for ends, at the core that does it.

// client is who has asked for an operation: a core, and the id of its request there.
type client struct {
	core int
	id   uint32
}

func (c client) same(other client) bool { return c == other }

// cancelMessage gives up a request of its sender's.
type cancelMessage struct{ ID uint64 }

var cancelRequest = message.Declare[cancelMessage](2, "cancel")

func init() { handle(cancelRequest, (*Monitor).cancelled) }

var errCancelled = errors.New("who asked for it has given up")

// abandon ends this core's interest in a call, and with it what the other core does
// for it. A call that has its answer is left alone.
func (m *Monitor) abandon(c *call) {
	if c.core == m.self {
		m.cancel(client{m.self, c.id}.same, errCancelled)
		return
	}
	if m.calls[c.id] != c {
		return
	}
	delete(m.calls, c.id)
	if p := m.peers[c.core]; p != nil {
		post(m, p, cancelRequest, cancelMessage{uint64(c.id)})
	}
}

// cancel ends with an error what goes on for the clients that match.
func (m *Monitor) cancel(match func(client) bool, err error) {
	for _, g := range m.pings {
		if match(g.client) {
			g.fail(err)
		}
	}
	if b := m.bell; b != nil && match(b.client) {
		b.finish(err)
	}
	if m.trips.all != nil && match(m.trips.who) {
		m.trips.stop(err)
	}
	m.knowledge.cancel(match, err)
	m.disks.cancel(match, err)
	m.programs.cancel(m, match, err)
	if m.bindings.measured != nil && match(m.bindings.measuredFor) {
		m.bindings.measured(err)
	}
	if m.measuring && match(m.measured) {
		m.cutShort = true
	}
	if m.stopSpin != nil && match(m.spinFor) {
		m.spin(false)
	}
}

// bereave ends what goes on for a core that is dead.
func (m *Monitor) bereave(core int) {
	m.cancel(func(c client) bool { return c.core == core }, downError(core))
}

// cancelled takes a peer's word that it has given up a request.
func (m *Monitor) cancelled(p *peer, c cancelMessage) {
	m.cancel(client{p.core, uint32(c.ID)}.same, errCancelled)
}
