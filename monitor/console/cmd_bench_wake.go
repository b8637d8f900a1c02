package console

import (
	"fmt"
	"strconv"
)

// benchWake measures blocked round trips.
func benchWake(c *Call, rounds int) error {
	pairs, err := benchPairs(c)
	if err != nil {
		return err
	}
	if len(pairs) == 0 {
		return fmt.Errorf("there is no second core to wake")
	}
	t := NewTable("FROM", "TO", "BARE", "BARE P99", "BLOCKED", "P99", "RATIO", "SAMPLES", "AWAKE")
	for _, p := range pairs {
		r, err := c.Sys.BenchWake(p[0], p[1], rounds)
		if err == nil && (r.Round.Count == 0 || r.Bare.Count == 0 || r.Bare.Median <= 0) {
			err = fmt.Errorf("of %d trips none counts, and of %d bare ones %d: a hart was awake each time",
				r.Round.Count+r.Round.Awake, r.Bare.Count+r.Bare.Awake, r.Bare.Count)
		}
		if err != nil {
			c.Fail("cores %d and %d: %v", p[0], p[1], err)
			continue
		}
		ratio := float64(r.Round.Median) / float64(r.Bare.Median)
		c.Fact(NewRecord("bench-wake").Int("from", p[0]).Int("to", p[1]).
			Dur("bare", r.Bare.Median).Dur("rtt", r.Round.Median).Dur("p99", r.Round.P99).Ratio("ratio", ratio).
			Dur("bare-p99", r.Bare.P99).Dur("mean", r.Round.Mean).Dur("bare-mean", r.Bare.Mean).
			Dur("max", r.Round.Max).Dur("bare-max", r.Bare.Max).
			Int("samples", r.Round.Count).Int("awake", r.Round.Awake).
			Int("bare-samples", r.Bare.Count).Int("bare-awake", r.Bare.Awake))
		t.Row(strconv.Itoa(p[0]), strconv.Itoa(p[1]), span(r.Bare.Median), span(r.Bare.P99), span(r.Round.Median),
			span(r.Round.P99), strconv.FormatFloat(ratio, 'f', 2, 64), strconv.Itoa(r.Round.Count), strconv.Itoa(r.Round.Awake))
	}
	c.Printf("%s", t)
	return nil
}
