package monitor

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"atoll/monitor/binding"
)

// soakService is exported by every core: it sends back what it receives.
const soakService = 4

// Types of messages of the soak's service.
const (
	soakData uint16 = 1 + iota // a soakMessage, sent back with the lives exchanged
	soakPart                   // the same, and a buffer that belongs to it
	soakLast                   // the service closes the binding
)

// Bounds of a binding of the soak. A core that neither answers nor dies has failed.
const (
	soakBindTime  = 20 * time.Second // of each step
	soakFate      = 30 * time.Second // until the death of who does not answer is known
	soakMost      = 60               // messages: more than a ring holds
	soakBuffers   = 2
	soakBufferLen = 4096
)

var errAlien = errors.New("another message than the next")

// asWords and ofWords convert a message of a soak.
func (s soakMessage) asWords() [7]uint64 {
	return [7]uint64{s.Lives, s.Number, s.Mixture[0], s.Mixture[1], s.Mixture[2], s.Mixture[3], s.Mixture[4]}
}

func swapped(lives uint64) (from, to uint64) { return lives & (1<<32 - 1), lives >> 32 }

// serveSoak serves one binding: it checks what it receives as the client does.
func (m *Monitor) serveSoak(b *binding.Binding) {
	defer b.Close()
	m.soaking.count(func(r *WorkReport) { r.Served++ })
	var msg binding.Message
	for number := uint64(1); ; number++ {
		if b.Recv(&msg, soakBindTime) != nil || msg.Type == soakLast {
			return
		}
		to, from := swapped(msg.W[0])
		if msg.W != newSoak(from, to, number).asWords() || msg.Type == soakPart && !m.takeSoakPart(b, number) {
			m.soaking.count(func(r *WorkReport) { r.Alien++ })
			return
		}
		answer := newSoak(to, from, number).asWords()
		if b.Send(msg.Type, &answer, soakBindTime) != nil {
			return
		}
	}
}

// takeSoakPart takes a buffer and reports whether it is what belongs to a message, or
// has gone with the binding.
func (m *Monitor) takeSoakPart(b *binding.Binding, number uint64) bool {
	p, err := b.Part(soakBindTime)
	if err != nil {
		return true
	}
	right := len(p.Bytes) == soakLength(number)
	for i, c := range p.Bytes {
		right = right && c == byte(number+uint64(i))
	}
	p.Done(soakBindTime) // an error shows at the next step
	return right
}

func soakLength(number uint64) int { return 1 + int(number*97%soakBufferLen) }

// soakBindings binds to other cores, one after the other, until the work is over.
func (m *Monitor) soakBindings(r *rand.Rand) {
	w := &m.soaking
	for nonce := uint64(1); ; nonce++ {
		rest(r)
		peer := w.peer(r)
		if peer < 0 {
			return
		}
		life := m.Lives()[peer]
		if life.State != Up {
			continue
		}
		err := m.soakBinding(r, peer, uint64(m.self)<<24|nonce&(1<<24-1))
		switch {
		case err == nil:
			w.count(func(r *WorkReport) { r.Closed++ })
		case errors.Is(err, errAlien):
			w.count(func(r *WorkReport) { r.Alien++ })
		case m.outlived(peer, life):
			w.count(func(r *WorkReport) { r.Broken++ })
		default:
			w.count(func(r *WorkReport) { r.Failed++ })
			m.do(func() { m.lines.printf("core %d, a binding to core %d: %v\n", m.self, peer, err) })
		}
	}
}

// outlived reports whether a life of another core is over. Who has seen its binding end
// may learn of the death later.
func (m *Monitor) outlived(peer int, then Life) bool {
	for end := time.Now().Add(soakFate); time.Now().Before(end); time.Sleep(workPause) {
		if now := m.Lives()[peer]; now.State != Up || now.Incarnation != then.Incarnation {
			return true
		}
	}
	return false
}

// soakBinding makes a binding, uses it, and sees it closed.
func (m *Monitor) soakBinding(r *rand.Rand, peer int, nonce uint64) error {
	b, err := m.Bind(context.Background(), peer, soakService, soakBindTime)
	if err != nil {
		return fmt.Errorf("is not made: %w", err)
	}
	defer b.Close()
	m.soaking.count(func(r *WorkReport) { r.Bound++ })
	parts := r.IntN(4) == 0
	if parts {
		if err := m.GiveBuffers(b, soakBuffers, soakBufferLen, soakBindTime); err != nil {
			return fmt.Errorf("has no buffers: %w", err)
		}
	}
	most := uint64(1 + r.IntN(soakMost))
	if err := m.soakOver(r, b, nonce, most, parts); err != nil {
		return fmt.Errorf("ends: %w", err)
	}
	if r.IntN(2) == 0 {
		return nil // closed from this side
	}
	if err := b.Send(soakLast, &[7]uint64{}, soakBindTime); err != nil {
		return err
	}
	var msg binding.Message
	if err := b.Recv(&msg, soakBindTime); !errors.Is(err, binding.ErrClosed) {
		return fmt.Errorf("is not closed: %w", err)
	}
	return nil
}

// soakOver sends numbered messages, in bursts, and checks what comes back. Between two
// bursts it may rest for so long that the other end blocks.
func (m *Monitor) soakOver(r *rand.Rand, b *binding.Binding, nonce, most uint64, parts bool) error {
	var msg binding.Message
	burst := 1 + r.IntN(40)
	life := uint64(m.incarnation)
	for sent, back := uint64(0), uint64(0); back < most; {
		if r.IntN(2) == 0 {
			rest(r)
		}
		for n := 0; n < burst && sent < most; n++ {
			sent++
			w := newSoak(nonce, life, sent).asWords()
			typ := soakData
			if parts && sent%8 == 1 {
				typ = soakPart
			}
			if err := b.Send(typ, &w, soakBindTime); err != nil {
				return err
			}
			if typ == soakPart {
				if err := handSoakPart(b, sent); err != nil {
					return err
				}
			}
		}
		for back < sent {
			back++
			if err := b.Recv(&msg, soakBindTime); err != nil {
				return err
			}
			if msg.W != newSoak(life, nonce, back).asWords() {
				return fmt.Errorf("%w: %v", errAlien, msg)
			}
			m.soaking.count(func(r *WorkReport) { r.Messages++ })
		}
	}
	return nil
}

func handSoakPart(b *binding.Binding, number uint64) error {
	buf, err := b.Buffer(soakBindTime)
	if err != nil {
		return err
	}
	n := soakLength(number)
	for i := range n {
		buf.Bytes[i] = byte(number + uint64(i))
	}
	return buf.Hand(n, soakBindTime)
}
