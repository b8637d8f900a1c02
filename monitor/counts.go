package monitor

import (
	"fmt"

	"atoll/monitor/console"
	"atoll/monitor/message"
)

// count is what has become of the messages of one type, at this core and in this life.
type count struct{ in, out, dropped uint64 }

// drop counts a message that could not be sent or, after it was received, cannot be.
// Number 0 is that of all that have no name.
func (m *Monitor) drop(number uint16) { m.counts[number].dropped++ }

// counted sums up the messages of all types.
func (m *Monitor) counted() (sum count) {
	for i := range m.counts {
		c := &m.counts[i]
		sum.in, sum.out, sum.dropped = sum.in+c.in, sum.out+c.out, sum.dropped+c.dropped
	}
	return sum
}

// countRecord is the count of one type.
type countRecord struct{ Number, In, Out, Dropped uint64 }

var askCounts = message.DeclareStream[message.None, message.None, countRecord](52, "message-counts")

func init() {
	serveStream(askCounts, func(m *Monitor, _ client, _ message.None) (none message.None, list []countRecord, err error) {
		for number, c := range m.counts {
			if c != (count{}) {
				list = append(list, countRecord{uint64(number), c.in, c.out, c.dropped})
			}
		}
		return none, list, nil
	})
}

// Messages asks a core for its counts and puts names to them.
func (s *System) Messages(core int) ([]console.MessageCount, error) {
	_, records, err := askStream(s.ctx, s.m, core, askCounts, askTime, message.None{})
	if err != nil {
		return nil, err
	}
	return nameCounts(core, records)
}

// nameCounts lists all types with the counts that a core has answered.
func nameCounts(core int, records []countRecord) ([]console.MessageCount, error) {
	list := []console.MessageCount{{Name: "unknown"}}
	at := map[uint64]int{0: 0}
	for _, d := range message.Definitions() {
		at[uint64(d.Number)] = len(list)
		list = append(list, console.MessageCount{Number: int(d.Number), Name: d.Name, Kind: d.Kind.String()})
	}
	for _, r := range records {
		i, ok := at[r.Number]
		if !ok {
			return nil, fmt.Errorf("core %d has counted messages of the type %d, which is none", core, r.Number)
		}
		list[i].In, list[i].Out, list[i].Dropped = r.In, r.Out, r.Dropped
	}
	return list, nil
}
