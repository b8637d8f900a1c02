package console

import (
	"slices"
	"strconv"
	"time"
)

var coresCommand = Command{
	Name:    "cores",
	Summary: "list the kernel instances and what they do",
	JSON:    true,
	Help: `Every core of the plan has a line. State is "up", another word of the core's own,
"down" for one that does not live, or "silent" for one that did not answer.
Memory is that of the Go heap; idle is the share of time spent in WFI.`,
	Run: runCores,
}

func runCores(c *Call) error {
	if err := c.none(0); err != nil {
		return err
	}
	plan, alive := c.Sys.Plan(), c.Sys.Alive()
	t := NewTable("CORE", "HART", "STATE", "UP", "HEAP", "GCS", "GOROUTINES", "MSGS IN", "MSGS OUT", "DOORBELLS", "IDLE")
	for core := range coreCount(plan) {
		hart := int(plan.Cores[core].Row.Hart)
		state := "down"
		if slices.Contains(alive, core) {
			s, err := c.Sys.Stat(core)
			if err == nil {
				c.Datum(statRecord(s))
				t.Row(statCells(s)...)
				continue
			}
			state = "silent"
			c.Fail("%v", err)
		}
		c.Datum(NewRecord("core").Int("core", core).Int("hart", hart).Str("state", state))
		t.Row(strconv.Itoa(core), strconv.Itoa(hart), state)
	}
	c.Printf("%s", t)
	c.Fact(NewRecord("cores").Int("up", len(alive)).Int("planned", coreCount(plan)))
	return nil
}

// statRecord is all that a core says of itself.
func statRecord(s CoreStat) *Record {
	return NewRecord("core").Int("core", s.Core).Int("hart", s.Hart).Str("state", s.State).Dur("up", s.Up).
		Uint("heap-bytes", s.HeapBytes).Uint("heap-sys-bytes", s.HeapSys).
		Uint("pages-used", s.PagesUsed).Uint("pages-total", s.PagesTotal).
		Uint("gcs", s.GCs).Dur("gc-pause", s.GCPause).Int("goroutines", s.Goroutines).
		Uint("msgs-in", s.MsgsIn).Uint("msgs-out", s.MsgsOut).Uint("doorbells", s.Doorbells).
		Int("idle-permille", s.IdlePermille)
}

// statCells is the line of the table.
func statCells(s CoreStat) []string {
	return []string{
		strconv.Itoa(s.Core), strconv.Itoa(s.Hart), s.State, uptime(s.Up), size(s.HeapBytes),
		strconv.FormatUint(s.GCs, 10), strconv.Itoa(s.Goroutines),
		strconv.FormatUint(s.MsgsIn, 10), strconv.FormatUint(s.MsgsOut, 10), strconv.FormatUint(s.Doorbells, 10),
		strconv.FormatFloat(float64(s.IdlePermille)/10, 'f', 1, 64) + "%",
	}
}

// uptime leaves out digits that nobody wants to read.
func uptime(d time.Duration) string {
	if d < 10*time.Second {
		return d.Truncate(10 * time.Millisecond).String()
	}
	return d.Truncate(time.Second).String()
}
