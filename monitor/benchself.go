package monitor

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"atoll/arch/order"
	"atoll/monitor/ump"
)

// SelfReport is what a core measured on a channel to itself: nanoseconds of one
// send and one receive. Under an emulator that counts instructions (-icount
// shift=0) a nanosecond is an instruction.
type SelfReport struct{ Send, Receive float64 }

// benchSelf sends to itself through a frame of its own, a ring at a time.
func (m *Monitor) benchSelf(rounds uint64, done func([]uint64, error)) {
	if rounds == 0 || rounds > maxRounds {
		done(nil, fmt.Errorf("%d rounds cannot be measured", rounds))
		return
	}
	a, b, err := loopback()
	if err != nil {
		done(nil, err)
		return
	}
	const burst = order.Slots
	var send, receive uint64
	var w [7]uint64
	var msg ump.Message
	bursts := max(rounds/burst, 1)
	for range bursts {
		t0 := m.hart.Now()
		for range burst {
			a.TrySend(typeBench, &w)
		}
		t1 := m.hart.Now()
		for range burst {
			b.TryRecv(&msg)
		}
		send += t1 - t0
		receive += m.hart.Now() - t1
	}
	if n := b.Stats().Received; n != bursts*burst {
		done(nil, fmt.Errorf("%d of %d messages arrived", n, bursts*burst))
		return
	}
	per := func(ticks uint64) float64 { return float64(m.hart.Duration(ticks)) / float64(bursts*burst) }
	done(encode(nil, SelfReport{per(send), per(receive)}), nil)
}

// loopback returns the two ends of a channel from this core to itself.
func loopback() (a, b *ump.Channel, err error) {
	frame := new(ump.Frame)
	a, b = ump.Open(frame, 0, 1, 1), ump.Open(frame, 1, 0, 1)
	for range 8 {
		if a.Advance() == ump.Linked && b.Advance() == ump.Linked {
			return a, b, nil
		}
		b.Advance()
	}
	return nil, nil, errors.New("a channel to oneself does not link")
}

// bell measures how long a core takes to wake: it rings now and then, and the
// other core answers with the time from the ring to the receive.
type bell struct {
	m        *Monitor
	peer     *peer
	left     uint64
	waiting  bool // for the answer
	deadline uint64
	times    Histogram
	done     func([]uint64, error)
}

// bellGap is the time between rings: long enough for the other core to block.
// maxBells bounds a measurement to about half a minute.
const (
	bellGap  = 2 * time.Millisecond
	maxBells = 10_000
)

// benchBell rings a core so many times.
func (m *Monitor) benchBell(core, rounds uint64, done func([]uint64, error)) {
	p, err := m.benchPeer(core, rounds)
	if err == nil && rounds > maxBells {
		err = fmt.Errorf("core %d cannot ring %d times", m.self, rounds)
	}
	if err != nil {
		done(nil, err)
		return
	}
	m.bell = &bell{m: m, peer: p, left: rounds, done: done, deadline: m.hart.Now() + m.hart.Ticks(bellGap)}
}

// expire rings, or gives up on an answer.
func (b *bell) expire() {
	if b.waiting {
		b.finish(fmt.Errorf("core %d does not answer", b.peer.core))
		return
	}
	b.waiting = true
	b.deadline = b.m.hart.Now() + b.m.hart.Ticks(pongTime)
	if err := b.m.beginBench(b.peer, benchBell, b.m.hart.Now(), 0); err != nil {
		b.finish(err)
	}
}

// bellTold takes the answer.
func (m *Monitor) bellTold(p *peer, ticks uint64) {
	b := m.bell
	if b == nil || b.peer != p || !b.waiting {
		m.dropped++
		return
	}
	b.times.Add(ticks)
	b.waiting = false
	if b.left--; b.left == 0 {
		b.finish(nil)
		return
	}
	// Not in step with anything periodic.
	b.deadline = m.hart.Now() + m.hart.Ticks(bellGap+time.Duration(b.left%7)*100*time.Microsecond)
}

func (b *bell) finish(err error) {
	b.m.bell = nil
	b.done(encode(nil, b.m.times(&b.times, 1)), err)
}

// spin starts or ends a goroutine that does nothing but use the hart. There is at
// most one, also when an old one has not yet seen that it shall end.
func (m *Monitor) spin(on bool) {
	if m.stopSpin != nil {
		m.stopSpin.Store(true)
		m.stopSpin = nil
	}
	if on {
		stop := new(atomic.Bool)
		m.stopSpin = stop
		go func() {
			for !stop.Load() {
			}
		}()
	}
}
