package main

import (
	"fmt"

	"atoll/monitor/route"
)

// shootCores are the numbers of cores of the table and of the model.
var shootCores = []int{2, 4, 8, 12, 16, 24, 32, 48, 64}

// rows are the values of a key of an event's rows for one strategy with so many cores,
// one for each boot.
func (r *result) rows(event, strategy string, cores int, key string) (s series) {
	if r == nil {
		return nil
	}
	for _, boot := range r.Boots {
		for _, rec := range boot {
			n, _ := rec.number("cores")
			if v, ok := rec.number(key); ok && rec.event() == event && rec["strategy"] == strategy && int(n) == cores {
				s = append(s, v)
			}
		}
	}
	return s
}

// shootOrder is the order of the protocols in the paper's Figure 6.
var shootOrder = []route.Strategy{route.Broadcast, route.Unicast, route.TwoLevel, route.Measured}

// shootModel is what a round takes by the model of package route with the counted costs
// of a send and a receive, in instructions; ok is false if they were not counted.
func shootModel(results map[string]*result, s route.Strategy, cores int) (o route.Outcome, ok bool) {
	c := results["channel-counted"]
	send, receive := c.series("bench-core", "send_ns"), c.series("bench-core", "receive_ns")
	if len(send) == 0 || len(receive) == 0 {
		return o, false
	}
	costs := route.Costs{Send: uint64(send.median()), Receive: uint64(receive.median())}
	trip := 2 * (costs.Send + costs.Receive)
	members := route.First(cores)
	r := route.Direct(s, members)
	switch s {
	case route.TwoLevel:
		r = route.NewTwoLevel(route.Groups(members, func(int) int { return 0 }))
	case route.Measured:
		r = route.NewMeasured(members, func(int, int) uint64 { return trip }, costs.Send, costs.Receive)
	}
	return r.Cost(0, costs), true
}

func shootdownTable(results map[string]*result) string {
	t := newTable("cores", "broadcast", "unicast", "tree", "measured", "hops", "messages")
	for _, n := range shootCores {
		cells := []string{fmt.Sprint(n)}
		var last route.Outcome
		for _, s := range shootOrder {
			o, ok := shootModel(results, s, n)
			if !ok {
				return ""
			}
			cells = append(cells, fmt.Sprint(o.Time))
			last = o
		}
		t.row(append(cells, fmt.Sprint(last.Hops), fmt.Sprint(last.Messages))...)
	}
	text := t.b.String()
	clock := overBoots(results["shootdown"])
	for _, s := range shootOrder {
		clock.over(s.String()+", two harts", results["shootdown"].rows("bench-shootdown", s.String(), 2, "median_ns"), span)
	}
	return text + "\n" + clock.b.String()
}

func shootdownPlot(results map[string]*result) string {
	classes := []string{"other", "floor", "floor", "ours"}
	var list []curve
	for i, s := range shootOrder {
		c := curve{label: s.String(), class: classes[i]}
		for _, n := range shootCores {
			if o, ok := shootModel(results, s, n); ok {
				c.x, c.y = append(c.x, float64(n)), append(c.y, float64(o.Time))
			}
		}
		list = append(list, c)
	}
	return curves("Telling all cores and hearing from them, over cores", "Modelled: 1 ns an instruction of the sends and receives that follow each other.", list)
}
