package monitor

import (
	"math/bits"
	"slices"

	"atoll/monitor/agree"
	"atoll/monitor/replica"
	"atoll/monitor/skb"
)

// unranked is the set of devices whose succession the knowledge base has not told.
func (m *Monitor) unranked() (set uint64) {
	all := m.agreement.replica.Devices
	for i := range all.Count() {
		if !all.Ranked(i) {
			set |= 1 << i
		}
	}
	return set
}

// rankLater has the knowledge base asked for what it has not told, if this core runs it.
func (m *Monitor) rankLater() {
	if d := &m.devices; d.rankAt == 0 && !d.ranking && m.host() == m.self && m.unranked() != 0 {
		d.rankAt = m.hart.Now() + m.hart.Ticks(rankAfter)
	}
}

// rank asks the knowledge base for the successions, and has all agree on them. No
// measurement is disturbed.
func (m *Monitor) rank() {
	d := &m.devices
	if m.host() != m.self || m.unranked() == 0 {
		return
	}
	if m.measuring || len(m.pings) > 0 {
		d.rankAt = m.hart.Now() + m.hart.Ticks(rankAfter)
		return
	}
	d.ranking = true
	var orders [][]int
	m.knowledge.query(m, func(b *skb.Base) (err error) { orders, err = b.Successions(); return err }, func(err error) {
		d.ranking = false
		if err == nil {
			err = m.agreeOnOrders(orders)
		}
		if err != nil {
			d.rankAt = m.hart.Now() + m.hart.Ticks(rankAfter)
		}
	})
}

// agreeOnOrders has all agree on the successions of devices. Devices that have the same
// one go together.
func (m *Monitor) agreeOnOrders(orders [][]int) error {
	left := m.unranked()
	for left != 0 {
		first := bits.TrailingZeros64(left)
		order, set := orders[first], uint64(0)
		for s := left; s != 0; s &= s - 1 {
			if i := bits.TrailingZeros64(s); slices.Equal(orders[i], order) {
				set |= 1 << i
			}
		}
		left &^= set
		for at := 0; at < len(order); at += replica.HeirsPart {
			part := order[at:min(at+replica.HeirsPart, len(order))]
			o := &Operation{replica.Heirs, false, replica.HeirsData(set, at, part)}
			if err := m.beginOperation(o, func(agree.EventKind, bool) {}); err != nil {
				return err
			}
		}
	}
	return nil
}
