package main

import (
	"fmt"
	"strings"
)

// computeHarts are the most harts that programs compute on.
const computeHarts = 4

// computers are the programs, with the key of the number of their threads and what they are to do.
var computers = []struct{ name, threads, size, what string }{
	{"cg", "threads", "S", "NAS CG, class S"},
	{"barneshut", "threads", "4096", "Barnes-Hut, 4096 bodies"},
	{"primes", "goroutines", "8", "primes below 100 million, by goroutines"},
}

// computeCommands have each program compute with one thread and more, up to most, each on a hart of its own.
func computeCommands(most int) string {
	var commands []string
	for _, c := range computers {
		for n := 1; n <= most; n++ {
			on := ""
			if n > 1 {
				on = "-span " + coreList(n) + " "
			}
			commands = append(commands, fmt.Sprintf("run %s%s -json %d %s", on, c.name, n, c.size))
		}
	}
	return strings.Join(commands, "; ")
}

// computed are the times of a program with so many threads, one for each boot.
func (r *result) computed(program, key string, threads int) (s series) {
	if r == nil {
		return nil
	}
	for _, boot := range r.Boots {
		for _, rec := range boot {
			n, _ := rec.number(key)
			if v, ok := rec.number("time_ns"); ok && rec.event() == program && int(n) == threads {
				s = append(s, v)
			}
		}
	}
	return s
}

func computeTable(results map[string]*result) string {
	heads := []string{"over " + boots(results["compute"]) + ": median (least to most), speed-up"}
	for n := 1; n <= computeHarts; n++ {
		heads = append(heads, fmt.Sprintf("harts: %d", n))
	}
	t := newTable(heads...)
	for _, c := range computers {
		one := results["compute"].computed(c.name, c.threads, 1)
		cells := []string{c.what}
		for n := 1; n <= computeHarts; n++ {
			s := results["compute"].computed(c.name, c.threads, n)
			if len(s) == 0 {
				cells = append(cells, "-")
				continue
			}
			cells = append(cells, write3(s, span)+", "+ratio(one.median()/s.median()))
		}
		t.row(cells...)
	}
	return t.b.String()
}

func computePlot(results map[string]*result) string {
	classes := []string{"ours", "floor", "other"}
	var list []curve
	for i, c := range computers {
		l := curve{label: c.name, class: classes[i]}
		for n := 1; n <= computeHarts; n++ {
			if s := results["compute"].computed(c.name, c.threads, n); len(s) > 0 {
				l.x, l.y = append(l.x, float64(n)), append(l.y, s.median())
			}
		}
		list = append(list, l)
	}
	return curves("Programs that compute, over harts", "Guest time, on a host with two processors.", list)
}
