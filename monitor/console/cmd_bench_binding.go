package console

import (
	"fmt"
	"strconv"
)

// benchBinding measures bindings against the channels of the monitors.
func benchBinding(c *Call, rounds int) error {
	pairs, err := benchPairs(c)
	if err != nil {
		return err
	}
	t := NewTable("FROM", "TO", "SETUP", "MONITORS", "BINDING", "P99", "RATIO", "WOKEN", "P99", "BULK MB/S")
	for _, p := range pairs {
		ump, err := c.Sys.BenchUMP(p[0], p[1], rounds)
		var r BindingResult
		if err == nil {
			r, err = c.Sys.BenchBinding(p[0], p[1], rounds)
		}
		if err == nil && !(ump.Round.Median > 0 && r.Round.Median > 0 && r.Bulk > 0 && r.Bulk < 1e15) { // NaN fails, too
			err = fmt.Errorf("the measurement makes no sense: %+v", r)
		}
		if err != nil {
			c.Fail("cores %d and %d: %v", p[0], p[1], err)
			continue
		}
		ratio := float64(r.Round.Median) / float64(ump.Round.Median)
		c.Fact(NewRecord("bench-binding").Int("from", p[0]).Int("to", p[1]).Dur("setup", r.Setup).
			Dur("monitors", ump.Round.Median).Dur("rtt", r.Round.Median).Dur("p99", r.Round.P99).Ratio("ratio", ratio).
			Dur("woken", r.Wake.Median).Dur("woken-p99", r.Wake.P99).Rate("bulk-bytes", r.Bulk).Int("rounds", rounds))
		t.Row(strconv.Itoa(p[0]), strconv.Itoa(p[1]), span(r.Setup), span(ump.Round.Median), span(r.Round.Median), span(r.Round.P99),
			strconv.FormatFloat(ratio, 'f', 2, 64), span(r.Wake.Median), span(r.Wake.P99), strconv.FormatFloat(r.Bulk/1e6, 'f', 1, 64))
	}
	if len(pairs) == 0 {
		c.Printf("there is no second core to bind to\n")
		return nil
	}
	c.Printf("%s", t)
	return nil
}
