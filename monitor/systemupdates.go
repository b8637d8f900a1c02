package monitor

import (
	"time"

	"atoll/monitor/console"
	"atoll/monitor/route"
)

// BenchUpdates measures updates of a structure that this core, the first of a list, has:
// for one client and more, up to all others of the list.
func (s *System) BenchUpdates(cores []int, rounds int, each func(console.UpdatesRow)) error {
	for _, core := range cores[1:] {
		if _, err := s.Ping(s.m.self, core, 1); err != nil { // opens the channel if need be
			return err
		}
	}
	for n := 2; n <= len(cores); n++ {
		for _, lines := range console.UpdateLines {
			row := console.UpdatesRow{Cores: n, Lines: lines}
			q := updatesQuestion{route.Of(cores[1:n]...), uint64(rounds), uint64(lines)}
			r, err := ask(s.ctx, s.m, s.m.self, askBenchUpdates, benchTime, q)
			row.Latency, row.Updates, row.PerSecond, row.Err = latency(r.Times), int(r.Updates), r.PerSecond, err
			each(row)
			if err := s.ctx.Err(); err != nil {
				return err
			}
		}
	}
	return nil
}

// costRounds is how many updates are enough to count what one costs: they hold the event
// loop up.
const costRounds = 20_000

// BenchUpdateCosts measures what an update costs the server and a client.
func (s *System) BenchUpdateCosts(rounds, lines int) (console.UpdateCosts, error) {
	type result struct {
		updateCosts
		err error
	}
	done := make(chan result, 1)
	s.m.do(func() {
		c, err := s.m.measureUpdateCosts(uint64(min(rounds, costRounds)), uint64(lines))
		done <- result{c, err}
	})
	r := <-done
	return console.UpdateCosts{Server: time.Duration(r.Server + 0.5), Client: time.Duration(r.Client + 0.5)}, r.err
}

// BenchLines counts the cache lines of a channel that a message changes.
func (s *System) BenchLines() (console.LineCount, error) {
	sender, receiver, err := countLines()
	return console.LineCount{Sender: sender, Receiver: receiver}, err
}
