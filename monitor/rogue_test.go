package monitor

import (
	"testing"
	"time"

	"atoll/monitor/ump"
)

// A rogue is a core without a monitor: the test says what it sends.
type rogue struct {
	m     *machine
	core  int
	peers map[int]*ump.Channel
}

// rogue gives a core of config.rogues into the hands of the test.
func (m *machine) rogue(core int) *rogue {
	return &rogue{m, core, map[int]*ump.Channel{}}
}

// link opens the channel to a peer and waits until both ends have linked.
func (r *rogue) link(t testing.TB, peer int) {
	t.Helper()
	r.linkAs(t, peer, 1)
}

// linkAs is link in a life of that number.
func (r *rogue) linkAs(t testing.TB, peer int, incarnation uint32) {
	t.Helper()
	c := ump.Open(r.m.frame(r.core, peer), r.core, peer, incarnation)
	r.peers[peer] = c
	both := false
	for range 200 {
		linked := c.Advance() == ump.Linked
		r.ring(peer)
		if linked && both {
			return
		}
		time.Sleep(time.Millisecond)
		r.m.at(peer, func() {
			p := r.m.mon(peer).peers[r.core]
			both = p != nil && p.linked
		})
	}
	t.Fatalf("core %d does not link with core %d: %v", peer, r.core, c.State())
}

// ring rings the peer's doorbell if the channel says so.
func (r *rogue) ring(peer int) {
	if r.peers[peer].PeerWaiting() {
		r.m.harts[peer].post(Doorbell)
	}
}

// send sends one message and reports whether there was room.
func (r *rogue) send(peer int, typ uint16, w ...uint64) bool {
	var all [7]uint64
	copy(all[:], w)
	ok := r.peers[peer].TrySend(typ, &all)
	r.ring(peer)
	return ok
}

// recv waits for a message. It answers false when the machine ends.
func (r *rogue) recv(peer int, msg *ump.Message) bool {
	c := r.peers[peer]
	for !c.TryRecv(msg) {
		if c.PrepareToWait() {
			select {
			case <-r.m.stop:
				return false
			case <-r.m.harts[r.core].wake:
			}
			c.CancelWait()
		}
		c.Advance()
		r.ring(peer)
	}
	return true
}

// pong answers each ping of a peer with the pongs that answers names.
func (r *rogue) pong(peer int, answers func(seq uint64) []uint64) {
	var msg ump.Message
	for r.recv(peer, &msg) {
		if msg.Type != pingThere.Number() {
			continue
		}
		for _, seq := range answers(msg.W[1]) {
			r.send(peer, pingBack.Number(), msg.W[0], seq, msg.W[2])
		}
	}
}
