package monitor

import (
	"testing"
	"time"

	"atoll/monitor/message"
	"atoll/monitor/ump"
)

// begin lets a rogue begin a life: all channels of an earlier one are forgotten,
// and the owner hears that it is up.
func (r *rogue) begin(t *testing.T, incarnation uint32) {
	t.Helper()
	r.peers = map[int]*ump.Channel{}
	r.linkAs(t, 0, incarnation)
	r.send(0, upTold.Number(), uint64(incarnation))
	settle()
}

// bury lets a core learn that the rogue is dead.
func (r *rogue) bury(core int) {
	mon := r.m.mon(core)
	mon.do(func() { mon.passed(r.core) })
	settle()
}

// awaitConnect waits until the owner tells the rogue to open the channel to a core.
func (r *rogue) awaitConnect(t *testing.T, core int) {
	t.Helper()
	var msg ump.Message
	for begin := time.Now(); time.Since(begin) < time.Second; time.Sleep(time.Millisecond) {
		c := r.peers[0]
		c.Advance()
		for c.TryRecv(&msg) {
			if msg.Type == connectWith.Number() && connectWith.Decode(&msg.W).Core == uint64(core) {
				return
			}
		}
		r.ring(0)
	}
	t.Fatalf("core %d is not told to open its end of the channel to core %d", r.core, core)
}

// Where channels open on demand, a core reaches another's later life although the
// channel of the last one is still known: it asks for the other end once more.
// Sabotage: let reach ask for the other end of unknown channels only; leave out hope.
func TestLaterLifeIsReached(t *testing.T) {
	const asker, mortal = 5, 7
	simulate(t, config{cores: eagerCores + 2, rogues: []int{mortal}}, func(t *testing.T, m *machine) {
		r := m.rogue(mortal)
		for life := uint32(1); life <= 3; life++ {
			r.begin(t, life)
			failed := make(chan error, 1)
			go func() {
				_, err := query(m.mon(asker), mortal, askForReport, askTime, message.None{})
				failed <- err
			}()
			r.awaitConnect(t, asker)
			r.linkAs(t, asker, life)
			var msg ump.Message
			if !r.recv(asker, &msg) || msg.Type != askForReport.Number() {
				t.Fatalf("life %d: received %+v for the request", life, msg)
			}
			answer := message.Cut(message.ID(&msg.W), askForReport.Append(nil, &Report{}, nil))
			for answer.Next(&msg.W) {
				r.send(asker, askForReport.Number()|message.AnswerBit, msg.W[:]...)
			}
			if err := <-failed; err != nil {
				t.Fatalf("life %d: %v", life, err)
			}
			r.bury(0)
			r.bury(asker)
		}
	})
}
