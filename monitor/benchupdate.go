package monitor

import (
	"fmt"

	"atoll/arch/order"
	"atoll/monitor/histogram"
	"atoll/monitor/message"
	"atoll/monitor/ump"
)

// askUpdates is a client's part in a measurement of updates: it asks for one after the
// other, until the server has enough of them, and reports what that took. It reports
// whether the server kept to it.
func (m *Monitor) askUpdates(p *peer, rounds, lines uint64) bool {
	var h histogram.Histogram
	each := min(batch, max(rounds, 1)) // in a sample
	w := updated{}
	for enough := false; w.Rounds < rounds && !enough; {
		t := m.hart.Now()
		n := uint64(0)
		for n < min(each, rounds-w.Rounds) && !enough {
			var ok bool
			if enough, ok = m.askUpdate(p, lines); !ok {
				return false
			}
			n++
		}
		w.Rounds += n
		if took := m.hart.Now() - t; n == each || h.Count() == 0 {
			h.Add(took * each / n)
		}
		if !m.breathe(p) {
			return false
		}
	}
	w.Times = m.times(&h, int(each))
	return sendNow(m, p, clientUpdated, w) == nil
}

// askUpdate has one update made, and says whether that was enough.
func (m *Monitor) askUpdate(p *peer, lines uint64) (enough, ok bool) {
	w := [message.Words]uint64{lines}
	data := benchData.Number()
	var msg ump.Message
	if !p.ch.TrySend(data, &w) { // one is on its way at a time: the server takes none
		return false, false
	}
	got := p.ch.Await(&msg, spinLooks)
	if !(got && msg.Type == data) && !m.spinRecv(p, &msg, got) {
		return false, false
	}
	return msg.W[0] != 0, true
}

// updateCosts are nanoseconds of an update on a channel of this core to itself: of the
// server, to receive the request, make the update and answer, and of the client, to ask
// and to receive the answer. Where instructions are counted a nanosecond is one.
type updateCosts struct{ Server, Client float64 }

// measureUpdateCosts makes so many updates, a ring of them at a time.
func (m *Monitor) measureUpdateCosts(rounds, lines uint64) (c updateCosts, err error) {
	client, server, err := loopback()
	if err != nil {
		return c, err
	}
	var state shared
	var msg ump.Message
	w := [message.Words]uint64{lines}
	data := benchData.Number()
	bursts := max(rounds/order.Slots, 1)
	var asking, serving uint64
	for range bursts {
		t := m.hart.Now()
		for range order.Slots {
			client.TrySend(data, &w)
		}
		asked := m.hart.Now()
		for range order.Slots {
			if server.TryRecv(&msg) {
				state.update(msg.W[0])
				server.TrySend(data, &w)
			}
		}
		served := m.hart.Now()
		for range order.Slots {
			client.TryRecv(&msg)
		}
		asking += m.hart.Now() - served + asked - t
		serving += served - asked
	}
	if n := bursts * order.Slots; state[lines-1][0] != n || client.Stats().Received != n {
		return c, fmt.Errorf("%d of %d updates were made, and %d answered", state[lines-1][0], n, client.Stats().Received)
	}
	per := func(ticks uint64) float64 { return float64(m.hart.Duration(ticks)) / float64(bursts*order.Slots) }
	return updateCosts{per(serving), per(asking)}, nil
}
