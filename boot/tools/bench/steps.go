package main

import (
	"fmt"
	"strings"
)

// stepsHarts are the most harts that have read a page which is unmapped.
const stepsHarts = 4

// stepsRounds are few enough for a core's ring to have most of them.
const stepsRounds = 30

// stepsCommands have pages unmapped, which the others read first, and the trace say what shootdowns took.
func stepsCommands() string {
	var commands []string
	for n := 2; n <= stepsHarts; n++ {
		commands = append(commands, fmt.Sprintf("trace clear; trace on; run -span %s unmapbench -json %d; trace off; trace shoots -json", coreList(n), stepsRounds))
	}
	return strings.Join(commands, "; ")
}

// unmapSteps are the steps of a shootdown, in the words of trace shoots. Where harts take turns two of them are
// mostly those of others.
var unmapSteps = []struct {
	key, what string
	turns     bool
}{
	{"leave", "from the call's code to the event loop, and the first message", false},
	{"send", "messages to the others", false},
	{"out", "doorbell, until the other core has the message", true},
	{"turn", "there, from the event loop to the CPU driver", false},
	{"drop", "it drops the page and forgets the translation", false},
	{"reply", "from the CPU driver to the event loop, and the reply", false},
	{"back", "until home has it", true},
	{"return", "at home, from the event loop to the CPU driver", false},
}

// stepped is a value of trace shoots for so many harts, the first of each boot.
func (r *result) stepped(harts int, key string) (s series) {
	if r == nil {
		return nil
	}
	for _, boot := range r.Boots {
		for _, rec := range boot {
			hosts, _ := rec.number("hosts")
			if v, ok := rec.number(key); ok && rec.event() == "trace-shoots" && int(hosts) == harts-1 {
				s = append(s, v)
				break
			}
		}
	}
	return s
}

// unmapped is the median of munmap on so many harts, the first of each boot.
func (r *result) unmapped(harts int) (s series) {
	if r == nil {
		return nil
	}
	for _, boot := range r.Boots {
		for _, rec := range boot {
			unmap, _ := rec["unmap"].(map[string]any)
			n, _ := unmap["harts"].(float64)
			if v, ok := unmap["median-ns"].(float64); ok && int(n) == harts {
				s = append(s, v)
				break
			}
		}
	}
	return s
}

func stepsTable(results map[string]*result) string {
	timed, counted := results["steps"], results["steps-counted"]
	heads := []string{"over " + boots(timed) + ": median; instructions: least of a boot"}
	for n := 2; n <= stepsHarts; n++ {
		heads = append(heads, fmt.Sprintf("harts: %d", n), "instructions")
	}
	t := newTable(heads...)
	cell := func(s series, write func(float64) string) string {
		if len(s) == 0 {
			return "-"
		}
		return write(s.median())
	}
	whole := map[int]float64{}
	for _, step := range unmapSteps {
		cells := []string{step.what}
		for n := 2; n <= stepsHarts; n++ {
			took, code := timed.stepped(n, step.key+"_ns"), "others' turns"
			whole[n] += took.median()
			if !step.turns {
				code = cell(counted.stepped(n, step.key+"_least_ns"), grouped)
			}
			cells = append(cells, cell(took, span), code)
		}
		t.row(cells...)
	}
	sums, calls, all := []string{"these together"}, []string{"munmap of a page that no other has"}, []string{"munmap, by the program"}
	for n := 2; n <= stepsHarts; n++ {
		sum := "-"
		if whole[n] > 0 {
			sum = span(whole[n])
		}
		sums = append(sums, sum, "")
		calls = append(calls, cell(timed.unmapped(1), span), cell(counted.unmapped(1), grouped))
		all = append(all, cell(timed.unmapped(n), span), "")
	}
	t.row(sums...)
	t.row(calls...)
	t.row(all...)
	return t.b.String()
}
