package monitor

import (
	"errors"
	"fmt"
	"sync/atomic"

	"atoll/arch/order"
	"atoll/monitor/message"
	"atoll/monitor/ump"
)

// SelfReport is what a core measured on a channel to itself: nanoseconds of one
// send and one receive. Under an emulator that counts instructions (-icount
// shift=0) a nanosecond is an instruction.
type SelfReport struct{ Send, Receive float64 }

// spinQuestion asks for a goroutine that spins, or with 0 for the end of it.
type spinQuestion struct{ On uint64 }

var (
	askBenchSelf = message.DeclareRequest[uint64, SelfReport](41, "bench-self") // rounds
	askSpin      = message.DeclareRequest[spinQuestion, message.None](42, "spin")
)

func init() {
	serve(askBenchSelf, func(m *Monitor, _ client, rounds uint64) (SelfReport, error) { return m.benchSelf(rounds) })
	serve(askSpin, func(m *Monitor, who client, q spinQuestion) (message.None, error) {
		m.spin(q.On != 0)
		m.spinFor = who
		return message.None{}, nil
	})
}

// benchSelf sends to itself through a frame of its own, a ring at a time.
func (m *Monitor) benchSelf(rounds uint64) (SelfReport, error) {
	if rounds == 0 || rounds > maxRounds {
		return SelfReport{}, fmt.Errorf("%d rounds cannot be measured", rounds)
	}
	a, b, err := loopback()
	if err != nil {
		return SelfReport{}, err
	}
	var send, receive uint64
	bursts := max(rounds/order.Slots, 1)
	for range bursts {
		s, r := m.burst(a, b)
		send, receive = send+s, receive+r
	}
	if n := b.Stats().Received; n != bursts*order.Slots {
		return SelfReport{}, fmt.Errorf("%d of %d messages arrived", n, bursts*order.Slots)
	}
	per := func(ticks uint64) float64 { return float64(m.hart.Duration(ticks)) / float64(bursts*order.Slots) }
	return SelfReport{per(send), per(receive)}, nil
}

// countLines returns how many cache lines of a frame a message changes, on the average:
// at the sender, and at the receiver. Each of them has to go to the other core once.
func countLines() (sender, receiver float64, err error) {
	frame := new(ump.Frame)
	a, b, err := loopbackIn(frame)
	if err != nil {
		return 0, 0, err
	}
	const laps = 8
	var w [message.Words]uint64
	var msg ump.Message
	var sent, received int
	for n := range uint64(laps * order.Slots) {
		w[n%message.Words] = n + 1
		before := *frame
		ok := a.TrySend(benchData.Number(), &w)
		between := *frame
		if !ok || !b.TryRecv(&msg) || msg.W != w {
			return 0, 0, fmt.Errorf("message %d to oneself did not arrive", n)
		}
		sent += changedLines(&before, &between)
		received += changedLines(&between, frame)
	}
	return float64(sent) / (laps * order.Slots), float64(received) / (laps * order.Slots), nil
}

// changedLines counts the cache lines in which two frames differ.
func changedLines(a, b *ump.Frame) (n int) {
	for e := range a.Line {
		if a.Line[e] != b.Line[e] {
			n++
		}
		for i := range a.Ring[e] {
			if a.Ring[e][i] != b.Ring[e][i] {
				n++
			}
		}
	}
	return n
}

// loopback returns the two ends of a channel from this core to itself.
func loopback() (a, b *ump.Channel, err error) { return loopbackIn(new(ump.Frame)) }

func loopbackIn(frame *ump.Frame) (a, b *ump.Channel, err error) {
	a, b = ump.Open(frame, 0, 1, 1), ump.Open(frame, 1, 0, 1)
	for range 8 {
		if a.Advance() == ump.Linked && b.Advance() == ump.Linked {
			return a, b, nil
		}
		b.Advance()
	}
	return nil, nil, errors.New("a channel to oneself does not link")
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
