package main

import (
	"fmt"

	"atoll/monitor/agree/cost"
	"atoll/monitor/route"
)

// agreeCores are the numbers of cores of the table and of the model.
var agreeCores = []int{2, 3, 4, 8, 12, 16, 24, 32, 48, 64}

// agreeStrategies are those that cores can agree by.
var agreeStrategies = []route.Strategy{route.Unicast, route.TwoLevel, route.Measured}

// agreeCosts are the counted costs of a message of agreement, in instructions: a send,
// and a receive with what a Node does for it. ok is false if they were not counted.
func agreeCosts(results map[string]*result) (c cost.Costs, ok bool) {
	r := results["channel-counted"]
	send, receive := r.series("bench-core", "send_ns"), r.series("bench-core", "receive_ns")
	two := results["agreement-counted"].series("bench-agreement-costs", "two_ns")
	if len(send) == 0 || len(receive) == 0 || len(two) == 0 {
		return c, false
	}
	const messages = 4 // of an operation of two phases, of two cores
	c.Send = uint64(send.median())
	c.Receive = max(uint64(two.median())/messages, c.Send) - c.Send
	return c, true
}

// agreeModel is what an operation takes by the model of package cost.
func agreeModel(results map[string]*result, s route.Strategy, cores int, twoPhase bool) (r cost.Result, ok bool) {
	c, ok := agreeCosts(results)
	if !ok {
		return r, false
	}
	r, err := cost.Measure(c, agreeTree(c, s, cores), twoPhase)
	return r, err == nil
}

// agreeTree is the tree of a strategy, from core 0.
func agreeTree(c cost.Costs, s route.Strategy, cores int) cost.Tree {
	members := route.First(cores)
	r := route.Direct(s, members)
	switch s {
	case route.TwoLevel:
		r = route.NewTwoLevel(route.Groups(members, func(int) int { return 0 }))
	case route.Measured:
		trip := 2 * (c.Send + c.Receive)
		r = route.NewMeasured(members, func(int, int) uint64 { return trip }, c.Send, c.Receive)
	}
	t := make(cost.Tree, cores)
	t[0] = -1
	r.Asks(0, members, func(from, to int) { t[to] = from })
	return t
}

// agreementCurve is the table of the model over cores.
func agreementCurve(results map[string]*result) string {
	t := newTable("cores", "1PC unicast", "1PC measured", "2PC unicast", "2PC tree", "2PC measured", "hops", "messages", "pipelined unicast", "pipelined measured")
	for _, n := range agreeCores {
		cells := []string{fmt.Sprint(n)}
		var busy []string
		var last cost.Result
		for _, twoPhase := range []bool{false, true} {
			for _, s := range agreeStrategies {
				r, ok := agreeModel(results, s, n, twoPhase)
				if !ok {
					return ""
				}
				last = r
				if twoPhase || s != route.TwoLevel {
					cells = append(cells, fmt.Sprint(r.Finished))
				}
				if twoPhase && s != route.TwoLevel {
					busy = append(busy, fmt.Sprint(r.Busy))
				}
			}
		}
		t.row(append(append(cells, fmt.Sprint(last.Hops), fmt.Sprint(last.Messages)), busy...)...)
	}
	return t.b.String()
}

// agreementTable is what was measured with two harts, and what was counted.
func agreementTable(results map[string]*result) string {
	r := results["agreement"]
	t := overBoots(r)
	at := func(strategy, key string) series { return r.rows("bench-agreement", strategy, 2, key) }
	for _, s := range []string{"unicast", "own"} {
		t.over(s+": one phase", at(s, "one_ns"), span)
		t.over(s+": two phases", at(s, "two_ns"), span)
		t.over(s+": 99th percentile", at(s, "two_p99_ns"), span)
		t.over(s+": until decided", at(s, "decided_ns"), span)
		t.over(s+": ratio to 4 messages", at(s, "ratio"), ratio)
		t.over(s+": operations a second, alone", at(s, "single_per_s"), whole)
		t.over(s+": operations a second, pipelined", at(s, "pipelined_per_s"), whole)
		t.over(s+": in flight then", at(s, "in_flight"), whole)
		t.over(s+": gain", at(s, "gain"), digits)
	}
	t.over("a message between two event loops", at("unicast", "message_ns"), span)
	t.over("messages an operation, pipelined", at("unicast", "pipelined_messages"), ratio)
	text := t.b.String()
	if c, ok := agreeCosts(results); ok {
		one := results["agreement-counted"].series("bench-agreement-costs", "one_ns").median()
		two := results["agreement-counted"].series("bench-agreement-costs", "two_ns").median()
		text += fmt.Sprintf("\nCounted: %s instructions of two cores together for an operation of one phase, %s for one of two, their event\nloops left out; so %d to send a message and %d to receive and handle one.\n",
			whole(one), whole(two), c.Send, c.Receive)
	}
	return text
}

// agreementPlot draws the curve.
func agreementPlot(results map[string]*result) string {
	list := []curve{
		{label: "2PC unicast", class: "floor"}, {label: "2PC measured", class: "ours"},
		{label: "1PC unicast", class: "floor"}, {label: "1PC measured", class: "ours"},
		{label: "pipelined", class: "other"},
	}
	for _, n := range agreeCores {
		for i, of := range []struct {
			strategy route.Strategy
			twoPhase bool
			busy     bool
		}{{route.Unicast, true, false}, {route.Measured, true, false}, {route.Unicast, false, false}, {route.Measured, false, false}, {route.Measured, true, true}} {
			r, ok := agreeModel(results, of.strategy, n, of.twoPhase)
			if !ok {
				continue
			}
			y := r.Finished
			if of.busy {
				y = r.Busy
			}
			list[i].x, list[i].y = append(list[i].x, float64(n)), append(list[i].y, float64(y))
		}
	}
	return curves("Agreeing on one operation, over cores", "Modelled: 1 ns an instruction of what follows each other; pipelined: of the busiest core, an operation.", list)
}
