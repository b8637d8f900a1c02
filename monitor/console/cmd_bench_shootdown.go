package console

import (
	"fmt"
	"slices"
	"strconv"
)

// maxShooters is how many cores can take part in a raw protocol.
const maxShooters = 32

// benchShootdown measures the raw protocols.
func benchShootdown(c *Call, rounds int) error {
	if err := c.none(2); err != nil {
		return err
	}
	// The own core is the root.
	cores := slices.DeleteFunc(c.Sys.Alive(), func(core int) bool { return core == c.Sys.Self() })
	cores = append([]int{c.Sys.Self()}, cores...)
	if len(cores) < 2 {
		return fmt.Errorf("there is no second core to tell anything")
	}
	most := min(len(cores), maxShooters)
	if len(c.Args) == 2 {
		var err error
		if most, err = number("number of cores", c.Args[1], 2, most); err != nil {
			return err
		}
	}
	t := NewTable("CORES", "STRATEGY", "MEDIAN", "P99", "ROUNDS", "HOPS", "MESSAGES", "CRITICAL")
	err := c.Sys.BenchShootdown(cores[:most], rounds, func(r ShootRow) { c.shootRow(t, r) })
	c.Printf("%s", t)
	return err
}

// shootRow prints one row.
func (c *Call) shootRow(t *Table, r ShootRow) {
	if r.Err == nil && (r.Median <= 0 || r.Rounds <= 0) {
		r.Err = fmt.Errorf("the measurement makes no sense: %+v", r)
	}
	if r.Err != nil {
		c.Fail("%s with %d cores: %v", r.Strategy, r.Cores, r.Err)
		return
	}
	c.Fact(NewRecord("bench-shootdown").Int("cores", r.Cores).Str("strategy", r.Strategy).
		Dur("median", r.Median).Dur("p99", r.P99).Int("rounds", r.Rounds).
		Int("hops", r.Hops).Int("messages", r.Messages).Dur("critical", r.Critical))
	t.Row(strconv.Itoa(r.Cores), r.Strategy, span(r.Median), span(r.P99), strconv.Itoa(r.Rounds),
		strconv.Itoa(r.Hops), strconv.Itoa(r.Messages), span(r.Critical))
}
