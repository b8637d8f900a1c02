package console

import (
	"fmt"
	"strconv"
)

// benchEveryPair measures the channels of all pairs of cores, as the paper's Table 2.
func benchEveryPair(c *Call, rounds int) error {
	cores, err := c.someCores()
	if err != nil {
		return err
	}
	lines, err := c.Sys.BenchLines()
	if err != nil {
		return err
	}
	c.Fact(NewRecord("bench-lines").Ratio("sender", lines.Sender).Ratio("receiver", lines.Receiver))
	if len(cores) < 2 {
		c.Printf("there is no second core to measure a channel to\n")
		return nil
	}
	t := NewTable("CORES", "ONE WAY", "ROUND TRIP", "P99", "BARE", "MESSAGES/S")
	for i, a := range cores {
		for _, b := range cores[i+1:] {
			c.onePair(t, a, b, rounds)
		}
	}
	c.Printf("%s", t)
	c.Printf("a message changes %.2f cache lines at the sender and %.2f at the receiver\n", lines.Sender, lines.Receiver)
	return nil
}

// onePair measures the channel between two cores.
func (c *Call) onePair(t *Table, a, b, rounds int) {
	r, err := c.Sys.BenchUMP(a, b, rounds)
	if err == nil && !(r.Bare.Median > 0 && r.Round.Median > 0 && r.OneWay > 0 && r.OneWay < 1e15) { // NaN fails, too
		err = fmt.Errorf("the measurement makes no sense: %+v", r)
	}
	if err != nil {
		c.Fail("cores %d and %d: %v", a, b, err)
		return
	}
	c.Fact(NewRecord("bench-pair").Int("from", a).Int("to", b).Dur("latency", r.Round.Median/2).Dur("rtt", r.Round.Median).
		Dur("p99", r.Round.P99).Dur("bare", r.Bare.Median).Rate("msgs", r.OneWay).Int("rounds", rounds))
	t.Row(fmt.Sprintf("%d-%d", a, b), span(r.Round.Median/2), span(r.Round.Median), span(r.Round.P99), span(r.Bare.Median),
		strconv.FormatFloat(r.OneWay, 'f', 0, 64))
}
