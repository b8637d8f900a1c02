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
	Help: `Every core of the plan has a line. State is "up" or another word of the core's own
for one that lives, "silent" for one that should but did not answer; "dead" with the
cause; "zombie" for one that is silent for good though its hart has not stopped;
"starting"; or "absent" if its hart never started. INC is the incarnation, which
start makes one more. Memory is that of the Go heap; idle is the share of time spent
in WFI. With -json, cause is that of the last death, of a core that lives again too.`,
	Run: runCores,
}

func runCores(c *Call) error {
	if err := c.none(0); err != nil {
		return err
	}
	t := NewTable("CORE", "HART", "STATE", "INC", "UP", "HEAP", "GCS", "GOROUTINES", "MSGS IN", "MSGS OUT", "DOORBELLS", "IDLE")
	count := map[string]int{}
	for _, s := range c.Sys.States() {
		count[c.coreLine(t, s)]++
	}
	c.Printf("%s", t)
	c.Fact(NewRecord("cores").Int("up", count[StateUp]).Int("planned", coreCount(c.Sys.Plan())).
		Int("dead", count[StateDead]).Int("zombie", count[StateZombie]))
	return nil
}

// coreLine adds the line of a core and returns its state. A core that has died
// since it was listed is one more dead core, and no failure.
func (c *Call) coreLine(t *Table, s CoreState) string {
	shown := s
	if s.State == StateUp {
		stat, err := c.Sys.Stat(s.Core)
		if err == nil {
			c.Datum(statRecord(s, stat))
			t.Row(statCells(s, stat)...)
			return StateUp
		}
		s = c.state(s.Core)
		shown = s
		if s.State == StateUp {
			shown.State = "silent"
			c.Fail("%v", err)
		}
	}
	c.Datum(stateRecord(shown))
	cells := []string{strconv.Itoa(s.Core), strconv.Itoa(s.Hart), shown.String(), strconv.FormatUint(uint64(s.Incarnation), 10)}
	t.Row(append(cells, slices.Repeat([]string{"-"}, 8)...)...)
	return s.State
}

// stateRecord is what is known of a core without asking it.
func stateRecord(s CoreState) *Record {
	return NewRecord("core").Int("core", s.Core).Int("hart", s.Hart).Str("state", s.State).
		Uint("incarnation", uint64(s.Incarnation)).Str("cause", s.Cause)
}

// statRecord is that and all that a core says of itself.
func statRecord(s CoreState, stat CoreStat) *Record {
	s.State = stat.State
	return stateRecord(s).Dur("up", stat.Up).
		Uint("heap-bytes", stat.HeapBytes).Uint("heap-sys-bytes", stat.HeapSys).
		Uint("pages-used", stat.PagesUsed).Uint("pages-total", stat.PagesTotal).
		Uint("gcs", stat.GCs).Dur("gc-pause", stat.GCPause).Int("goroutines", stat.Goroutines).
		Uint("msgs-in", stat.MsgsIn).Uint("msgs-out", stat.MsgsOut).Uint("doorbells", stat.Doorbells).
		Int("idle-permille", stat.IdlePermille)
}

// statCells is the line of a core that has answered.
func statCells(s CoreState, stat CoreStat) []string {
	return []string{
		strconv.Itoa(s.Core), strconv.Itoa(s.Hart), stat.State, strconv.FormatUint(uint64(s.Incarnation), 10),
		uptime(stat.Up), size(stat.HeapBytes), strconv.FormatUint(stat.GCs, 10), strconv.Itoa(stat.Goroutines),
		strconv.FormatUint(stat.MsgsIn, 10), strconv.FormatUint(stat.MsgsOut, 10), strconv.FormatUint(stat.Doorbells, 10),
		strconv.FormatFloat(float64(stat.IdlePermille)/10, 'f', 1, 64) + "%",
	}
}

// uptime leaves out digits that nobody wants to read.
func uptime(d time.Duration) string {
	if d < 10*time.Second {
		return d.Truncate(10 * time.Millisecond).String()
	}
	return d.Truncate(time.Second).String()
}
