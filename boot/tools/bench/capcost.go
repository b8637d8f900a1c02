package main

import (
	"fmt"
	"strings"

	"atoll/monitor/capops"
	"atoll/monitor/capops/cost"
)

// capCores are the numbers of cores that are counted.
const capCores = 8

// coreList names so many cores, as programs take them.
func coreList(cores int) string {
	var list []string
	for i := range cores {
		list = append(list, fmt.Sprint(i))
	}
	return strings.Join(list, ",")
}

// capOperations are what is measured, by the keys of the records: alone, and with others under
// way.
var capOperations = []struct {
	name, alone, many string
	kind              capops.Kind
}{
	{"retype", "retype_ns", "many_retypes_ns", capops.Retype},
	{"revoke", "revoke_ns", "many_revokes_ns", capops.Revoke},
}

// atCores are the values of a key of an event's rows for so many cores, one for each boot.
func (r *result) atCores(event string, cores int, key string) (s series) {
	if r == nil {
		return nil
	}
	for _, boot := range r.Boots {
		for _, rec := range boot {
			n, _ := rec.number("cores")
			if v, ok := rec.number(key); ok && rec.event() == event && int(n) == cores {
				s = append(s, v)
			}
		}
	}
	return s
}

func capTable(results map[string]*result) string {
	c := results["capcost-counted"]
	t := newTable("cores", "retype alone", "of 8 under way", "hops", "messages", "revoke alone", "of 8 under way", "hops", "messages")
	for n := 1; n <= capCores; n++ {
		cells := []string{fmt.Sprint(n)}
		for _, o := range capOperations {
			r, err := cost.Measure(o.kind, n, 0)
			if err != nil {
				return ""
			}
			for _, key := range []string{o.alone, o.many} {
				cells = append(cells, grouped(c.atCores("capcost", n, key).median()))
			}
			cells = append(cells, fmt.Sprint(r.Hops), fmt.Sprint(r.Messages))
		}
		t.row(cells...)
	}
	r := results["capcost"]
	clock := overBoots(r)
	for _, n := range []int{1, 2} {
		for _, o := range capOperations {
			label := fmt.Sprintf("%s, cores: %d", o.name, n)
			clock.over(label+", alone", r.atCores("capcost", n, o.alone), span)
			clock.over(label+", of 8 under way", r.atCores("capcost", n, o.many), span)
		}
	}
	return t.b.String() + "\n" + clock.b.String()
}

func capPlot(results map[string]*result) string {
	var list []curve
	for _, o := range capOperations {
		for _, key := range []string{o.alone, o.many} {
			c := curve{label: o.name, class: "ours"}
			if key == o.many {
				c.label, c.class = o.name+" of 8", "floor"
			}
			for n := 2; n <= capCores; n++ {
				if s := results["capcost-counted"].atCores("capcost", n, key); len(s) > 0 {
					c.x, c.y = append(c.x, float64(n)), append(c.y, s.median())
				}
			}
			list = append(list, c)
		}
	}
	return curves("Retype and revoke over cores", "1 ns is an instruction of all harts, their polling included, for one operation: alone, and of 8 under way.", list)
}
