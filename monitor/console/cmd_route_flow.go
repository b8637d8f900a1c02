package console

import (
	"strconv"
	"time"
)

// Flow is what has come of the multicasts that a core sends one after the other.
type Flow struct {
	Begun                 bool // it had begun
	Count, Short, Missing int
	Slowest               time.Duration
}

// Words of route that are no strategy.
const (
	routeBegin = "begin"
	routeEnd   = "end"
)

// beginFlow has all living cores send multicasts.
func (c *Call) beginFlow() error {
	for _, core := range c.Sys.Alive() {
		if _, err := c.Sys.Flow(core, true); err != nil {
			c.Fail("%v", err)
		}
	}
	return nil
}

// endFlow ends that, and says what came of them.
func (c *Call) endFlow() error {
	t := NewTable("CORE", "MULTICASTS", "SHORT", "MISSING", "SLOWEST")
	flows := map[int]Flow{}
	alive := c.Sys.Alive()
	begun := false
	for _, core := range alive {
		f, err := c.Sys.Flow(core, false)
		if err != nil {
			c.Fail("%v", err)
			begun = true // for all that is known
			continue
		}
		flows[core] = f
		begun = begun || f.Begun
	}
	if !begun {
		return Usagef("no core sends multicasts that could be ended; route begin has them do it")
	}
	for _, core := range alive {
		f, ok := flows[core]
		if !ok {
			continue
		}
		c.Fact(NewRecord("multicasts").Int("core", core).Int("count", f.Count).Int("short", f.Short).
			Int("missing", f.Missing).Dur("slowest", f.Slowest))
		t.Row(strconv.Itoa(core), strconv.Itoa(f.Count), strconv.Itoa(f.Short), strconv.Itoa(f.Missing), span(f.Slowest))
		if f.Missing > 0 {
			c.Fail("core %d misses %d replies of cores that lived", core, f.Missing)
		}
	}
	c.Printf("%s", t)
	return nil
}
