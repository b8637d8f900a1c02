package console

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// benchInterference measures whether two cores notice what others do.
func benchInterference(c *Call, _ int) error {
	a, b, others, err := c.interferers()
	if err != nil {
		return err
	}
	ms := spanDefault
	if text, ok := c.Option("t"); ok {
		if ms, err = number("number of milliseconds", text, 1, spanMost); err != nil {
			return err
		}
	}
	r, err := c.Sys.BenchInterference(a, b, others, time.Duration(ms)*time.Millisecond)
	if err != nil {
		return err
	}
	t := NewTable("OTHERS", "MEDIAN", "P99", "MAX", "PINGS", "LOST", "RESTARTS")
	for i, p := range []PingResult{r.Quiet, r.Busy, r.Restarts} {
		lives := []int{0, 0, r.Lives}[i]
		t.Row([]string{"quiet", "spinning", "restarted"}[i], span(p.Median), span(p.P99), span(p.Max),
			strconv.Itoa(p.Count), strconv.Itoa(p.Lost), strconv.Itoa(lives))
	}
	c.Fact(NewRecord("bench-interference").Int("from", a).Int("to", b).Int("others", len(others)).
		Dur("quiet", r.Quiet.Median).Dur("quiet-p99", r.Quiet.P99).Dur("busy", r.Busy.Median).Dur("busy-p99", r.Busy.P99).
		Dur("restarts", r.Restarts.Median).Dur("restarts-p99", r.Restarts.P99).
		Int("quiet-pings", r.Quiet.Count).Int("busy-pings", r.Busy.Count).Int("pings", r.Restarts.Count).
		Int("lost", r.Quiet.Lost+r.Busy.Lost+r.Restarts.Lost).Int("lives", r.Lives))
	c.Printf("%s", t)
	if r.Lives == 0 {
		return fmt.Errorf("no core was started afresh within %d ms", ms)
	}
	return nil
}

// interferers reads the cores: two to measure between, the others to restart.
func (c *Call) interferers() (a, b int, others []int, err error) {
	if len(c.Args) < 4 {
		return 0, 0, nil, Usagef("two cores to measure and others to restart are needed, as in bench interference 0 1 2 3")
	}
	if a, b, err = c.pair(c.Args[1], c.Args[2]); err != nil {
		return 0, 0, nil, err
	}
	for _, text := range c.Args[3:] {
		n, err := c.living(text)
		switch {
		case err != nil:
			return 0, 0, nil, err
		case n == a || n == b || slices.Contains(others, n):
			return 0, 0, nil, Usagef("core %d is named twice", n)
		case n == c.Sys.Self():
			return 0, 0, nil, fmt.Errorf("core %d has the console and cannot be restarted", n)
		}
		others = append(others, n)
	}
	return a, b, others, nil
}
