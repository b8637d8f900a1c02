package console

import (
	"fmt"
	"strconv"
)

// benchUpdates measures updates of a structure by messages to the core that has it.
func benchUpdates(c *Call, rounds int) error {
	cores, err := c.ownFirst()
	if err != nil {
		return err
	}
	for _, lines := range UpdateLines {
		costs, err := c.Sys.BenchUpdateCosts(rounds, lines)
		if err != nil {
			return err
		}
		c.Fact(NewRecord("bench-updates-cost").Int("lines", lines).Dur("server", costs.Server).Dur("client", costs.Client).Int("rounds", rounds))
	}
	if len(cores) < 2 {
		c.Printf("there is no second core to ask for updates\n")
		return nil
	}
	t := NewTable("CORES", "LINES", "MEDIAN", "P99", "UPDATES/S")
	err = c.Sys.BenchUpdates(cores, rounds, func(r UpdatesRow) {
		if r.Err == nil && !(r.Median > 0 && r.Updates > 0 && r.PerSecond > 0 && r.PerSecond < 1e12) { // NaN fails, too
			r.Err = fmt.Errorf("the measurement makes no sense: %+v", r)
		}
		if r.Err != nil {
			c.Fail("%s of %s: %v", plural(r.Cores, "core"), plural(r.Lines, "line"), r.Err)
			return
		}
		c.Fact(NewRecord("bench-updates").Int("cores", r.Cores).Int("lines", r.Lines).Dur("median", r.Median).Dur("p99", r.P99).
			Rate("updates", r.PerSecond).Int("made", r.Updates))
		t.Row(strconv.Itoa(r.Cores), strconv.Itoa(r.Lines), span(r.Median), span(r.P99), strconv.FormatFloat(r.PerSecond, 'f', 0, 64))
	})
	c.Printf("%s", t)
	return err
}
