package console

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Routing is how cores send to many others.
type Routing interface {
	// SetRoute has a core take one of Strategies, or "auto".
	SetRoute(core int, strategy string) error
	// Route says what a core takes.
	Route(core int) (RouteState, error)
	// Multicast has the own core tell all others nothing, and hear from them.
	Multicast() (MulticastResult, error)
	// Flow has a core begin to send multicasts one after the other, or end that, and says
	// what came of those since it last began.
	Flow(core int, on bool) (Flow, error)
}

// RouteState is what one core takes.
type RouteState struct {
	Choice   string // one of Strategies, or "auto"
	Strategy string // which that is now
}

// MulticastResult is what came of a multicast.
type MulticastResult struct {
	Members int      // of the route, this core included
	Asks    [][2]int // from, to
	Replied []int
	Hops    int // messages in the longest chain
	Took    time.Duration
}

const routeAuto = "auto"

var routeCommand = Command{
	Name:     "route",
	Synopsis: "[strategy|begin|end]",
	Summary:  "show or choose how a core sends to many others",
	JSON:     true,
	Help: `With unicast a core sends to each other one itself. With tree it sends to one of each
group, which sends to its group: the cores of a NUMA node, or if there is one node
only, groups of equal size. With measured it takes the tree that the system knowledge
base makes of measured round trips, and with auto the strategy that this names, too;
until it has named one, unicast. With broadcast it writes a line of memory that it
shares with the others, who poll it; who does not yet is sent a message.
A choice is for all cores, those that are born later included. Without one, route
shows what each core takes, and sends a message to all others to see who replies.
After route begin all cores send to all others again and again, until route end,
which says how often, how often the dead did not reply (SHORT), and how many replies
of the living are missing.`,
	Run: runRoute,
	Complete: func(sys System, args []string) []string {
		if len(args) == 0 {
			return append(slices.Clone(Strategies), routeAuto, routeBegin, routeEnd)
		}
		return nil
	},
}

func runRoute(c *Call) error {
	if err := c.none(1); err != nil {
		return err
	}
	if len(c.Args) == 1 {
		switch c.Args[0] {
		case routeBegin:
			return c.beginFlow()
		case routeEnd:
			return c.endFlow()
		}
		return c.chooseRoute(c.Args[0])
	}
	t := NewTable("CORE", "CHOICE", "STRATEGY", "SENDS TO")
	r, err := c.Sys.Multicast()
	if err != nil {
		return err
	}
	own := RouteState{}
	for _, core := range c.Sys.Alive() {
		s, err := c.Sys.Route(core)
		if err != nil {
			c.Fail("%v", err)
			continue
		}
		if core == c.Sys.Self() {
			own = s
		}
		to := r.from(core)
		c.Datum(NewRecord("route-core").Int("core", core).Str("choice", s.Choice).Str("strategy", s.Strategy).Str("to", to))
		t.Row(strconv.Itoa(core), s.Choice, s.Strategy, to)
	}
	c.Printf("%s", t)
	c.Fact(NewRecord("route").Str("choice", own.Choice).Str("strategy", own.Strategy).Int("members", r.Members).Int("asked", len(r.Asks)).
		Int("replied", len(r.Replied)).Int("hops", r.Hops).Dur("time", r.Took))
	return nil
}

// from lists the cores that one core asks.
func (r *MulticastResult) from(core int) string {
	var to []string
	for _, a := range r.Asks {
		if a[0] == core {
			to = append(to, strconv.Itoa(a[1]))
		}
	}
	return strings.Join(to, ",")
}

// chooseRoute has all living cores take a strategy. The owner tells those born later.
func (c *Call) chooseRoute(word string) error {
	if word != routeAuto && !slices.Contains(Strategies, word) {
		return Usagef("there is no strategy %s, only %s and %s; and begin and end",
			quote(word), strings.Join(Strategies, ", "), routeAuto)
	}
	for _, core := range c.Sys.Alive() {
		if err := c.Sys.SetRoute(core, word); err != nil {
			c.Fail("%v", err)
		}
	}
	return nil
}
