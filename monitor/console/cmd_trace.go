package console

import (
	"slices"
	"strconv"
	"time"

	"atoll/arch/layout"
	"atoll/monitor/trace"
)

// Bounds of the events that trace show prints.
const (
	showDefault = 40
	showMost    = layout.TraceRecords * 64
)

var traceCommand = Command{
	Name:     "trace",
	Synopsis: "word [core...]",
	Summary:  "record what the instances do, and show it",
	JSON:     true,
	Flags:    []Flag{{Name: "n", Value: "events", Help: "how many of the latest events show prints, 40 if not given"}},
	Help: `Every core can record its latest events: messages, doorbells, traps, sleep, thread
switches, deaths and births. Without core numbers the command is about all living
cores.
  on, off  begin or end recording; a core that is started later records if the core
           that starts it does
  status   say who records, and how much there is
  clear    forget what was recorded
  show     print the latest events of the cores, merged by time
  dump     print every record as it is; with -json, for boot/tools/trace
  shoots   print what the steps of shootdowns have taken, by the number of hosts: the
           mean over that half of them which neither was fast nor slow, and the least
A core keeps 4096 records. Messages that carry a trace are not recorded, but what
else they cause is: switch off before you look. When a core that records dies, its
last words have its last events.`,
	Run: runTrace,
	Complete: func(sys System, args []string) []string {
		if len(args) == 0 {
			return traceWords
		}
		return coreNumbers(1<<10)(sys, args)
	},
}

// traceWords are what trace can be told to do.
var traceWords = []string{"clear", "dump", "off", "on", "shoots", "show", "status"}

func runTrace(c *Call) error {
	if len(c.Args) == 0 {
		return Usagef("a word that says what to do is needed, as in trace on; see help trace")
	}
	what := c.Args[0]
	if !slices.Contains(traceWords, what) {
		return Usagef("there is no trace %s; the words are on, off, status, clear, show, dump, shoots", quote(what))
	}
	events, given := c.Option("n")
	if given && what != "show" {
		return Usagef("only trace show takes -n")
	}
	most := showDefault
	if given {
		n, err := number("number of events", events, 1, showMost)
		if err != nil {
			return err
		}
		most = n
	}
	cores, err := c.traceCores()
	if err != nil {
		return err
	}
	switch what {
	case "show":
		c.traceShow(cores, most)
	case "dump":
		c.traceDump(cores)
	case "shoots":
		c.traceShoots(cores)
	default:
		c.traceDo(cores, map[string]trace.Action{
			"on": trace.On, "off": trace.Off, "status": trace.Status, "clear": trace.Clear}[what])
	}
	return nil
}

// traceCores are the living cores that the arguments behind the first name, each
// once, or all.
func (c *Call) traceCores() ([]int, error) {
	if len(c.Args) == 1 {
		return c.Sys.Alive(), nil
	}
	var cores []int
	for _, arg := range c.Args[1:] {
		n, err := c.core(arg)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(cores, n) {
			cores = append(cores, n)
		}
	}
	for _, n := range cores {
		if err := c.up(n); err != nil {
			return nil, err
		}
	}
	return cores, nil
}

// rings asks the cores, one after the other.
func (c *Call) rings(cores []int, action trace.Action, most int) []trace.Ring {
	var rings []trace.Ring
	for _, core := range cores {
		r, err := c.Sys.Trace(core, action, most)
		if err != nil {
			c.Fail("%v", err)
			continue
		}
		rings = append(rings, r)
	}
	return rings
}

// traceRecord is the state of a ring.
func (c *Call) traceRecord(r *trace.Ring) *Record {
	state := "off"
	if r.On {
		state = "on"
	}
	return NewRecord("trace").Int("core", r.Core).Str("state", state).
		Uint("written", r.Written).Uint("kept", r.Kept()).Uint("size", r.Size).
		Uint("timebase", c.Sys.Plan().Timebase)
}

// traceDo has the cores do something and says how their rings are afterwards.
func (c *Call) traceDo(cores []int, action trace.Action) {
	for _, r := range c.rings(cores, action, 0) {
		c.Fact(c.traceRecord(&r))
	}
}

// traceDump prints all rings, record by record.
func (c *Call) traceDump(cores []int) {
	for _, core := range cores {
		for _, r := range c.rings([]int{core}, trace.Read, layout.TraceRecords) {
			c.Fact(c.traceRecord(&r))
			for i := range r.Records {
				e := &r.Records[i]
				c.Fact(NewRecord("trace-record").Int("core", r.Core).Uint("time", e.Time).Str("kind", e.Kind().String()).
					Uint("head", e.Head).Uint("a", e.A).Uint("b", e.B))
			}
		}
	}
}

// traceShow prints the latest events of the cores, from all of whom as many are
// needed as are to be shown.
func (c *Call) traceShow(cores []int, most int) {
	rings := c.rings(cores, trace.Read, min(most, layout.TraceRecords))
	events := trace.Merge(rings)
	events = events[max(0, len(events)-most):]
	t := NewTable("TIME", "CORE", "EVENT", "ARGUMENTS")
	for i := range events {
		e := &events[i]
		since := trace.Duration(e.Time-events[0].Time, c.Sys.Plan().Timebase)
		r := NewRecord("trace-event").Int("core", e.Core).Dur("since", since).Uint("time", e.Time).Str("kind", e.Kind().String())
		for _, a := range trace.Args(&e.Record) {
			r.Str("arg-"+a.Name, a.Text)
		}
		c.Datum(r)
		t.Row(decimal(since, time.Microsecond)+" us", strconv.Itoa(e.Core), e.Kind().String(), trace.Line(&e.Record))
	}
	c.Printf("%s", t)
	c.Fact(NewRecord("trace-show").Int("cores", len(rings)).Int("events", len(events)))
}

// traceShoots prints what shootdowns have taken, of which the cores have recorded all.
func (c *Call) traceShoots(cores []int) {
	all := trace.Shootdowns(trace.Merge(c.rings(cores, trace.Read, layout.TraceRecords)))
	for hosts := 1; hosts < len(cores); hosts++ {
		list := trace.WithHosts(all, hosts)
		if len(list) == 0 {
			continue
		}
		r := NewRecord("trace-shoots").Int("hosts", hosts).Int("rounds", len(list))
		middle := trace.MiddleHalf(list)
		for step := range trace.NumSteps {
			sum, least := uint64(0), list[0].Steps[step]
			for i := range middle {
				sum += middle[i].Steps[step]
			}
			for i := range list {
				least = min(least, list[i].Steps[step])
			}
			r.Dur(step.String(), trace.Duration(sum, c.Sys.Plan().Timebase)/time.Duration(len(middle))).
				Dur(step.String()+"-least", trace.Duration(least, c.Sys.Plan().Timebase))
		}
		c.Fact(r)
	}
}
