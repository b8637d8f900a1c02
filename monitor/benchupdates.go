package monitor

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"atoll/monitor/message"
	"atoll/monitor/route"
	"atoll/monitor/ump"
)

// The message half of the paper's Figure 3: a structure of some cache lines that one
// core, the server, has for itself, and others, the clients, that have it updated. A
// client sends a request and waits for its answer; all poll and do nothing else. The other
// half, in which all write the lines themselves, wants memory that instances share, which
// no two have (law L2): programs have, see user/programs/updates.

// updateLines is how many cache lines the structure has.
const updateLines = 8

// updateTime is how long the clients of one measurement go on at most.
const updateTime = 250 * time.Millisecond

// shared is what is updated: each line by its first word.
type shared [updateLines][8]uint64

// update changes as many of the lines as a client asks for.
func (s *shared) update(lines uint64) {
	for i := range min(lines, updateLines) {
		s[i][0]++
	}
}

// updatesQuestion asks for a measurement with clients, in rounds of each.
type updatesQuestion struct {
	Clients       route.Set
	Rounds, Lines uint64
}

// updated is what a client says when it has ended.
type updated struct {
	Times  Times
	Rounds uint64
}

// UpdatesReport is what came of a measurement.
type UpdatesReport struct {
	Times     Times // of an update at a client: the middle one of their medians, the most of the others
	Updates   uint64
	PerSecond float64
}

var (
	clientUpdated   = message.Declare[updated](110, "bench-updated")
	askBenchUpdates = message.DeclareRequest[updatesQuestion, UpdatesReport](111, "bench-updates")
)

func init() {
	handle(clientUpdated, (*Monitor).clientIsUpdated)
	serve(askBenchUpdates, (*Monitor).benchUpdates)
}

// updates is the server's part. It belongs to the event loop.
type updates struct {
	clients []*peer
	state   shared
	made    uint64    // updates
	running route.Set // clients that have not ended
	reports []updated // of those that have
}

// benchUpdates measures with this core as server.
func (m *Monitor) benchUpdates(who client, q updatesQuestion) (r UpdatesReport, err error) {
	if q.Clients == 0 || q.Lines == 0 || q.Lines > updateLines {
		return r, fmt.Errorf("core %d cannot measure updates of %d lines by %d cores", m.self, q.Lines, q.Clients.Count())
	}
	u := &updates{running: q.Clients}
	for core := range q.Clients.All() {
		p, err := m.benchPeer(uint64(core), q.Rounds)
		if err != nil {
			return r, err
		}
		u.clients = append(u.clients, p)
	}
	m.updates = u
	m.measure(who, func() {
		begun := m.hart.Now()
		if err = m.serveUpdates(u, q); err == nil {
			r, err = u.report(q.Lines, m.hart.Duration(m.hart.Now()-begun))
		}
		m.endClients(u)
	})
	m.updates = nil
	return r, err
}

// serveUpdates has all clients begin, and serves them until each has ended.
func (m *Monitor) serveUpdates(u *updates, q updatesQuestion) error {
	for _, p := range u.clients {
		if err := beginBench(m, p, benchBegin, benchMessage{benchUpdates, q.Rounds, q.Lines}); err != nil {
			return err
		}
	}
	begun := m.hart.Now()
	until, last, made := begun+m.hart.Ticks(updateTime), begun, u.made // last: when made was seen to grow
	var answer [message.Words]uint64
	for looks := 1; u.running != 0; looks++ {
		for _, p := range u.clients {
			if !m.serveClient(u, p, &answer) {
				return fmt.Errorf("core %d asks for more updates than it awaits", p.core)
			}
		}
		if looks%spinLooks != 0 {
			continue
		}
		now := m.hart.Now()
		if now >= until {
			answer[0] = 1 // enough
		}
		if u.made != made {
			made, last = u.made, now
		}
		if err := m.watchClients(u); err != nil {
			return err
		}
		if u.running != 0 && now-last > m.hart.Ticks(spinTime) {
			return fmt.Errorf("core %d stopped asking for updates", u.running.Lowest())
		}
	}
	return nil
}

// serveClient answers a client's request, if there is one, and reports whether the client
// keeps to one at a time.
func (m *Monitor) serveClient(u *updates, p *peer, answer *[message.Words]uint64) bool {
	var msg ump.Message
	if !p.ch.TryRecv(&msg) {
		return true
	}
	if msg.Type != benchData.Number() {
		m.receive(p, &msg)
		return true
	}
	u.state.update(msg.W[0])
	u.made++
	return p.ch.TrySend(benchData.Number(), answer)
}

// watchClients serves all other cores now and then, and says what is wrong with a client
// that runs.
func (m *Monitor) watchClients(u *updates) error {
	if m.shootLook(u.running) {
		return nil
	}
	for _, p := range u.clients {
		if u.running.Has(p.core) && p.lost != nil {
			return p.lost
		}
	}
	if m.cutShort {
		return errCancelled
	}
	return nil
}

// endClients tells the clients that still run to end.
func (m *Monitor) endClients(u *updates) {
	for _, p := range u.clients {
		if u.running.Has(p.core) && p.lost == nil && sendNow(m, p, benchEnd, message.None{}) != nil {
			m.drop(benchEnd.Number())
		}
	}
}

// clientIsUpdated takes a client's word that it has ended.
func (m *Monitor) clientIsUpdated(p *peer, w updated) {
	u := m.updates
	if u == nil || !u.running.Has(p.core) {
		m.drop(clientUpdated.Number())
		return
	}
	u.running &^= route.Of(p.core)
	u.reports = append(u.reports, w)
}

var errLostUpdates = errors.New("the clients had other updates than the server has made")

// report checks that every update was made, on each line, and sums up.
func (u *updates) report(lines uint64, took time.Duration) (r UpdatesReport, err error) {
	var medians []float64
	for _, w := range u.reports {
		medians = append(medians, w.Times.Median)
		r.Times.P99 = max(r.Times.P99, w.Times.P99)
		r.Updates += w.Rounds
	}
	slices.Sort(medians)
	r.Times.Median = medians[len(medians)/2]
	r.PerSecond = float64(u.made) / took.Seconds()
	for i := range u.state {
		want := u.made
		if uint64(i) >= lines {
			want = 0
		}
		if u.state[i][0] != want || r.Updates != u.made {
			err = errLostUpdates
		}
	}
	return r, err
}
