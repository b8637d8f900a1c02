package monitor

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"atoll/boot/plan"
	"atoll/monitor/message"
)

// call is a request on its way.
type call struct {
	core    int
	id      uint32
	answers uint16 // type number of its answer
	parts   message.Assembly
	data    []byte // of the answer
	done    chan error
}

// ask asks a core for something and returns its answer. It fails when the core
// answers with an error, cannot be reached, dies, or has not answered within the bound;
// at that, or when the context ends, the other core ends what it does for the request.
// Any goroutine but the event loop's may call it.
func ask[Q, A any](ctx context.Context, m *Monitor, core int, d message.Request[Q, A], bound time.Duration, q Q) (A, error) {
	a, _, err := askStream(ctx, m, core, d, bound, q)
	return a, err
}

// askStream is ask for an answer with records.
func askStream[Q, A, R any](ctx context.Context, m *Monitor, core int, d message.Stream[Q, A, R], bound time.Duration, q Q) (A, []R, error) {
	data, err := m.await(ctx, core, d.Number(), d.Ask(&q), d.Most(), bound)
	if err != nil {
		var none A
		return none, nil, err
	}
	return d.Answer(data)
}

// await sends a request whose words lack an id, and waits for the bytes of its answer.
func (m *Monitor) await(ctx context.Context, core int, number uint16, w [message.Words]uint64, most int, bound time.Duration) ([]byte, error) {
	return m.callAfter(ctx, core, number, w, most, bound, func() error { return nil })
}

// callAfter is await for a request ahead of which something is sent, in the event loop.
func (m *Monitor) callAfter(ctx context.Context, core int, number uint16, w [message.Words]uint64, most int, bound time.Duration, ahead func() error) ([]byte, error) {
	c := &call{core: core, answers: number | message.AnswerBit, parts: message.Assembly{Most: most}, done: make(chan error, 1)}
	m.do(func() {
		if err := ahead(); err != nil {
			c.done <- err
			return
		}
		m.begin(c, number, &w)
	})
	timer := time.NewTimer(bound)
	defer timer.Stop()
	select {
	case err := <-c.done:
		return c.data, err
	case <-ctx.Done():
		m.do(func() { m.abandon(c) })
		return nil, context.Cause(ctx)
	case <-timer.C:
		m.do(func() { m.abandon(c) })
		return nil, fmt.Errorf("core %d did not answer within %v", c.core, bound)
	}
}

// begin sends the request; a request to this core is served at once.
func (m *Monitor) begin(c *call, number uint16, w *[message.Words]uint64) {
	m.nextID++
	c.id = m.nextID
	message.SetID(w, c.id)
	if c.core == m.self {
		operations[number](m, client{m.self, c.id}, w, func(data []byte, err error) {
			c.data = bytes.Clone(data)
			c.done <- err
		})
		return
	}
	p, err := m.reach(c.core)
	if err == nil {
		m.calls[c.id] = c
		err = m.transmit(p, number, w)
	}
	if err != nil {
		delete(m.calls, c.id)
		c.done <- err
	}
}

// connectMessage asks for the channel between its sender and a core to be opened: the
// owner passes it on to that core.
type connectMessage struct{ Core uint64 }

var connectWith = message.Declare[connectMessage](1, "connect")

func init() { handle(connectWith, (*Monitor).connectPair) }

// reach returns the peer of a core. Where there is no channel yet, or none to its
// present life, the other core is told through the owner to open its end.
func (m *Monitor) reach(core int) (*peer, error) {
	if core < 0 || core >= int(m.plan.NCores) {
		return nil, fmt.Errorf("there is no core %d", core)
	}
	if m.lives.get(core).State == Zombie {
		return nil, downError(core)
	}
	p := m.peers[core]
	if (p == nil || !p.linked && p.lost == nil) && m.self != m.owner && core != m.owner {
		owner, err := m.open(m.owner)
		if err == nil {
			err = send(m, owner, connectWith, connectMessage{uint64(core)})
		}
		if err != nil {
			return nil, err
		}
	}
	return m.open(core)
}

// connectPair lets two cores open the channel between them: the owner passes on
// what one of them asks of the other.
func (m *Monitor) connectPair(p *peer, c connectMessage) {
	from, to := p.core, c.Core
	if to >= plan.MaxCores || int(to) >= int(m.plan.NCores) || int(to) == from {
		m.drop(connectWith.Number())
		return
	}
	var err error
	if int(to) == m.self {
		return
	}
	if m.self == m.owner {
		var other *peer
		if other, err = m.open(int(to)); err == nil {
			err = send(m, other, connectWith, connectMessage{uint64(from)})
		}
	} else if from == m.owner {
		_, err = m.open(int(to))
	}
	if err != nil {
		m.drop(connectWith.Number())
	}
}

// reply sends an answer in as many messages as it takes.
func (m *Monitor) reply(p *peer, id uint32, number uint16, data []byte, err error) {
	f := message.Cut(id, data)
	if err != nil {
		f = message.CutError(id, err)
	}
	var w [message.Words]uint64
	for f.Next(&w) {
		if m.transmit(p, number, &w) != nil {
			m.drop(number)
			return
		}
	}
}

// answer takes a peer's answer, or a part of it.
func (m *Monitor) answer(p *peer, number uint16, w *[message.Words]uint64) {
	c := m.calls[message.ID(w)]
	if c == nil || c.core != p.core || c.answers != number {
		m.drop(number) // also what comes after its bound
		return
	}
	if whole, err := c.parts.Take(w); whole {
		c.data = c.parts.Bytes()
		delete(m.calls, c.id)
		c.done <- err
	}
}

// failCalls ends all calls to a core whose channel is lost.
func (m *Monitor) failCalls(core int, err error) {
	for id, c := range m.calls {
		if c.core == core {
			delete(m.calls, id)
			c.done <- err
		}
	}
}
