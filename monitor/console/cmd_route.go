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
}

// RouteState is what one core takes.
type RouteState struct {
	Choice   string // one of Strategies, or "auto"
	Strategy string // which that is now
}

// MulticastResult is what came of a multicast.
type MulticastResult struct {
	Asks    [][2]int // from, to
	Replied []int
	Hops    int // messages in the longest chain
	Took    time.Duration
}

const routeAuto = "auto"

var routeCommand = Command{
	Name:     "route",
	Synopsis: "[strategy]",
	Summary:  "show or choose how a core sends to many others",
	JSON:     true,
	Help: `With unicast a core sends to each other one itself. With tree it sends to one of each
group, which sends to its group: the cores of a NUMA node, or if there is one node
only, groups of equal size. With measured it takes the tree that the system knowledge
base makes of measured round trips, and with auto the strategy that this names, too;
until it has named one, unicast. With broadcast it writes a line of memory that it
shares with the others, who poll it; who does not yet is sent a message.
A choice is for all living cores, and lasts as long as they do. Without one, route
shows what each core takes, and sends a message to all others to see who replies.`,
	Run: runRoute,
	Complete: func(sys System, args []string) []string {
		if len(args) == 0 {
			return append(slices.Clone(Strategies), routeAuto)
		}
		return nil
	},
}

func runRoute(c *Call) error {
	if err := c.none(1); err != nil {
		return err
	}
	if len(c.Args) == 1 {
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
	c.Fact(NewRecord("route").Str("choice", own.Choice).Str("strategy", own.Strategy).Int("asked", len(r.Asks)).
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

// chooseRoute has all living cores take a strategy.
func (c *Call) chooseRoute(word string) error {
	if word != routeAuto && !slices.Contains(Strategies, word) {
		return Usagef("there is no strategy %s, only %s and %s", quote(word), strings.Join(Strategies, ", "), routeAuto)
	}
	for _, core := range c.Sys.Alive() {
		if err := c.Sys.SetRoute(core, word); err != nil {
			c.Fail("%v", err)
		}
	}
	return nil
}
