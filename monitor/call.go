package monitor

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"atoll/boot/plan"
	"atoll/monitor/ump"
)

// maxAnswer bounds the words of an answer.
const maxAnswer = 1 << 18

// call is a request on its way.
type call struct {
	core  int
	id    uint32
	words []uint64
	done  chan error
}

// Call asks a core for something and returns the words of its answer. It fails
// when the core answers with an error, cannot be reached, or has not answered
// within the bound; then the other core ends what it does for it. Any goroutine but
// the event loop's may call it.
func (m *Monitor) Call(core int, op Op, bound time.Duration, args ...uint64) ([]uint64, error) {
	return m.call(context.Background(), core, op, bound, args...)
}

// call is Call, and ends with the context, too.
func (m *Monitor) call(ctx context.Context, core int, op Op, bound time.Duration, args ...uint64) ([]uint64, error) {
	c := &call{core: core, done: make(chan error, 1)}
	m.do(func() { m.begin(c, op, args) })
	timer := time.NewTimer(bound)
	defer timer.Stop()
	select {
	case err := <-c.done:
		return c.words, err
	case <-ctx.Done():
		m.do(func() { m.abandon(c) })
		return nil, context.Cause(ctx)
	case <-timer.C:
		m.do(func() { m.abandon(c) })
		return nil, fmt.Errorf("core %d did not answer within %v", core, bound)
	}
}

// begin sends the request; a request to this core is served at once.
func (m *Monitor) begin(c *call, op Op, args []uint64) {
	m.nextID++
	id := m.nextID
	c.id = id
	var w [7]uint64
	w[0] = uint64(id) | uint64(op)<<32
	copy(w[1:], args)
	if c.core == m.self {
		m.perform(client{m.self, id}, op, w[1:], func(words []uint64, err error) {
			c.words = words
			c.done <- err
		})
		return
	}
	p, err := m.reach(c.core)
	if err == nil {
		m.calls[id] = c
		err = m.send(p, typeRequest, &w)
	}
	if err != nil {
		delete(m.calls, id)
		c.done <- err
	}
}

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
		w := [7]uint64{uint64(opConnect) << 32, uint64(core)}
		owner, err := m.open(m.owner)
		if err == nil {
			err = m.send(owner, typeRequest, &w)
		}
		if err != nil {
			return nil, err
		}
	}
	return m.open(core)
}

// request serves a peer's request.
func (m *Monitor) request(p *peer, msg *ump.Message) {
	id, op := uint32(msg.W[0]), Op(msg.W[0]>>32)
	switch op {
	case opConnect:
		m.connectPair(p.core, msg.W[1])
		return
	case opCancel:
		m.cancelled(p, msg)
		return
	}
	m.perform(client{p.core, id}, op, msg.W[1:], func(words []uint64, err error) { m.reply(p, id, op, words, err) })
}

// connectPair lets two cores open the channel between them: the owner passes on
// what one of them asks of the other.
func (m *Monitor) connectPair(from int, to uint64) {
	if to >= plan.MaxCores || int(to) >= int(m.plan.NCores) || int(to) == from {
		m.dropped++
		return
	}
	var err error
	if int(to) == m.self {
		return
	}
	if m.self == m.owner {
		var p *peer
		if p, err = m.open(int(to)); err == nil {
			w := [7]uint64{uint64(opConnect) << 32, uint64(from)}
			err = m.send(p, typeRequest, &w)
		}
	} else if from == m.owner {
		_, err = m.open(int(to))
	}
	if err != nil {
		m.dropped++
	}
}

// reply sends an answer in as many messages as it takes.
func (m *Monitor) reply(p *peer, id uint32, op Op, words []uint64, err error) {
	flags := uint64(0)
	if op == opTrace {
		flags = flagUntraced
	}
	if err != nil {
		flags, words = flags|flagError, textWords(err.Error())
	}
	for {
		var w [7]uint64
		n := copy(w[1:], words)
		words = words[n:]
		w[0] = uint64(id) | uint64(n)<<32 | flags
		if len(words) == 0 {
			w[0] |= flagLast
		}
		if e := m.send(p, typeAnswer, &w); e != nil {
			m.dropped++
			return
		}
		if len(words) == 0 {
			return
		}
	}
}

// answer takes a peer's answer, or a part of it.
func (m *Monitor) answer(p *peer, msg *ump.Message) {
	head := msg.W[0]
	c := m.calls[uint32(head)]
	n := head >> 32 & 0xff
	if c == nil || c.core != p.core || n > payload {
		m.dropped++ // also what comes after its bound
		return
	}
	c.words = append(c.words, msg.W[1:1+n]...)
	var err error
	switch {
	case len(c.words) > maxAnswer:
		err = fmt.Errorf("the answer of core %d has no end", p.core)
	case head&flagLast == 0:
		return
	case head&flagError != 0:
		err = errors.New(wordsText(c.words))
	}
	delete(m.calls, uint32(head))
	c.done <- err
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

// textWords and wordsText carry a sentence in words, zero-padded.
func textWords(s string) []uint64 {
	b := append([]byte(s), make([]byte, 8)...)
	words := make([]uint64, len(b)/8)
	for i := range words {
		words[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	return words
}

func wordsText(words []uint64) string {
	var b []byte
	for _, w := range words {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	for len(b) > 0 && b[len(b)-1] == 0 {
		b = b[:len(b)-1]
	}
	return string(b)
}
