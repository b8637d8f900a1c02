package console

import (
	"fmt"
	"strconv"
	"time"
)

// DoorbellResult is what doorbells of one kind cost.
type DoorbellResult struct {
	Ring time.Duration // one ring, at the core that rings
	Wake Latency       // from the ring to the receive on the idle core
}

// benchDoorbell measures doorbells, by message where the core takes them, and by IPI.
func benchDoorbell(c *Call, rounds int) error {
	pairs, err := benchPairs(c)
	if err != nil {
		return err
	}
	if len(pairs) == 0 {
		return fmt.Errorf("there is no second core to ring")
	}
	t := NewTable("FROM", "TO", "WAY", "RING", "WAKE", "P99")
	for _, p := range pairs {
		for _, way := range []string{"message", "ipi"} {
			if way == "message" && c.Sys.Plan().Cores[p[1]].File.Size == 0 {
				continue
			}
			r, err := c.Sys.BenchDoorbell(p[0], p[1], rounds, way == "ipi")
			if err != nil {
				c.Fail("cores %d and %d by %s: %v", p[0], p[1], way, err)
				continue
			}
			c.Fact(NewRecord("bench-doorbell").Int("from", p[0]).Int("to", p[1]).Str("way", way).
				Dur("ring", r.Ring).Dur("wake", r.Wake.Median).Dur("wake-p99", r.Wake.P99).Int("rounds", rounds))
			t.Row(strconv.Itoa(p[0]), strconv.Itoa(p[1]), way, span(r.Ring), span(r.Wake.Median), span(r.Wake.P99))
		}
	}
	c.Printf("%s", t)
	return nil
}
