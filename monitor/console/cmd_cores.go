package console

import (
	"slices"
	"strconv"
	"time"
)

var coresCommand = Command{
	Name:     "cores",
	Synopsis: "[core]",
	Summary:  "list the kernel instances and what they do",
	JSON:     true,
	Help: `Every core of the plan has a line. Up to SINCE it says what the cores have agreed on,
as the console's core has it in its own copy, or another core that is given. State
is "up"; "silent" for a core that should be but did not answer; "dead" with the
cause; "zombie" for one that is silent for good though its hart has not stopped;
"starting"; or "absent" if its hart never started. INC is the incarnation, which
start makes one more, SINCE the number of the view in which it became a member, or
ceased to be one; a dash is what the core that was asked knows, and not all have
agreed on yet. The rest each core says of itself now: memory is that of the Go heap,
idle the share of time spent in WFI. With -json, cause is that of the last death, of
a core that lives again too.`,
	Run:      runCores,
	Complete: coreNumbers(1),
}

func runCores(c *Call) error {
	if err := c.none(1); err != nil {
		return err
	}
	asked := c.Sys.Self()
	if len(c.Args) > 0 {
		n, err := c.living(c.Args[0])
		if err != nil {
			return err
		}
		asked = n
	}
	table, err := c.Sys.Cores(asked)
	if err != nil {
		return err
	}
	t := NewTable("CORE", "HART", "NODE", "STATE", "INC", "SINCE", "UP", "HEAP", "GCS", "GOROUTINES", "MSGS IN", "MSGS OUT", "DOORBELLS", "IDLE")
	count := map[string]int{}
	for _, r := range table.Cores {
		count[c.coreLine(t, r)]++
	}
	c.Printf("%s", t)
	agreed := "no"
	if table.Agreed {
		agreed = "yes"
	}
	c.Fact(NewRecord("replica").Int("core", asked).Uint("view", table.View).Str("agreed", agreed))
	c.Fact(NewRecord("cores").Int("up", count[StateUp]).Int("planned", coreCount(c.Sys.Plan())).
		Int("dead", count[StateDead]).Int("zombie", count[StateZombie]))
	return nil
}

// coreLine adds the line of a core and returns its state. A core that has died
// since it was listed is one more dead core, and no failure.
func (c *Call) coreLine(t *Table, r CoreRecord) string {
	state := r.State
	if state == StateUp {
		stat, err := c.Sys.Stat(r.Core)
		if err == nil {
			r.State = stat.State // "up", or another word of its own
			c.Datum(statRecord(r, stat))
			t.Row(append(recordCells(r), statCells(stat)...)...)
			return StateUp
		}
		if now := c.state(r.Core); now != r.CoreState {
			r.CoreState, r.Agreed, r.Since = now, false, 0
		}
		if state = r.State; state == StateUp {
			r.State = "silent"
			c.Fail("%v", err)
		}
	}
	c.Datum(coreRecord(r))
	t.Row(append(recordCells(r), slices.Repeat([]string{"-"}, 8)...)...)
	return state
}

// coreRecord is what is known of a core without asking it.
func coreRecord(r CoreRecord) *Record {
	agreed := "no"
	if r.Agreed {
		agreed = "yes"
	}
	return NewRecord("core").Int("core", r.Core).Int("hart", r.Hart).Int("node", r.Node).Str("state", r.State).
		Uint("incarnation", uint64(r.Incarnation)).Uint("since", uint64(r.Since)).Str("agreed", agreed).Str("cause", r.Cause)
}

// recordCells is the same in a table.
func recordCells(r CoreRecord) []string {
	since := "-"
	if r.Since != 0 {
		since = strconv.FormatUint(uint64(r.Since), 10)
	}
	return []string{
		strconv.Itoa(r.Core), strconv.Itoa(r.Hart), strconv.Itoa(r.Node), r.String(), strconv.FormatUint(uint64(r.Incarnation), 10), since,
	}
}

// statRecord is what is known of a core and all that it says of itself.
func statRecord(r CoreRecord, stat CoreStat) *Record {
	return coreRecord(r).Dur("up", stat.Up).
		Uint("heap-bytes", stat.HeapBytes).Uint("heap-sys-bytes", stat.HeapSys).
		Uint("pages-used", stat.PagesUsed).Uint("pages-total", stat.PagesTotal).
		Uint("gcs", stat.GCs).Dur("gc-pause", stat.GCPause).Int("goroutines", stat.Goroutines).
		Uint("msgs-in", stat.MsgsIn).Uint("msgs-out", stat.MsgsOut).Uint("doorbells", stat.Doorbells).
		Int("idle-permille", stat.IdlePermille)
}

// statCells is the rest of the line of a core that has answered.
func statCells(stat CoreStat) []string {
	return []string{
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
