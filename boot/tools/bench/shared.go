package main

import "fmt"

// sharedPaper are the paper's Figure 3 for two cores, in cycles of 4x4-core AMD Opterons, by the
// number of lines: in shared memory, and by messages (Baumann et al., The multikernel, SOSP 2009,
// read off the authors' plot); 0 is a line that the plot does not have.
var sharedPaper = map[int]struct{ shm, msg float64 }{1: {50, 1300}, 2: {600, 0}, 4: {850, 0}, 8: {1700, 1300}}

// sharedRows are the rows of guest time: where, and of how many cores.
var sharedRows = []struct {
	label, short, of, event, class string
	cores                          int
}{
	{"one core alone, in its cache", "one core", "shared", "updates", "floor", 1},
	{"two cores, the same lines", "two cores", "shared", "updates", "other", 2},
	{"by messages to the one that has them, at the client", "by messages", "updates", "bench-updates", "ours", 2},
}

// linesOf are the values of a row's updates of so many lines.
func linesOf(results map[string]*result, of, event string, cores, lines int) (s series) {
	r := results[of]
	if r == nil {
		return nil
	}
	for _, boot := range r.Boots {
		for _, rec := range boot {
			n, _ := rec.number("cores")
			l, _ := rec.number("lines")
			if v, ok := rec.number("median_ns"); ok && rec.event() == event && int(n) == cores && int(l) == lines {
				s = append(s, v)
			}
		}
	}
	return s
}

func sharedTable(results map[string]*result) string {
	t := newTable("an update, over "+boots(results["shared"])+": median (least to most)", "1 line", "2 lines", "4 lines", "8 lines")
	row := func(label string, cell func(lines int) string) {
		cells := []string{label}
		for _, lines := range updateLines {
			cells = append(cells, cell(lines))
		}
		t.row(cells...)
	}
	for _, r := range sharedRows {
		row(r.label, func(lines int) string {
			if s := linesOf(results, r.of, r.event, r.cores, lines); len(s) > 0 {
				return write3(s, span)
			}
			return "-"
		})
	}
	row("counted: instructions of an update in shared memory", func(lines int) string {
		return digits(linesOf(results, "shared-counted", "updates", 1, lines).median())
	})
	row("paper, two cores, cycles: SHM", func(lines int) string { return whole(sharedPaper[lines].shm) })
	row("paper, two cores, cycles: MSG", func(lines int) string {
		if v := sharedPaper[lines].msg; v > 0 {
			return whole(v)
		}
		return ""
	})
	return t.b.String()
}

func sharedPlot(results map[string]*result) string {
	var rows []bar
	for _, lines := range updateLines {
		for _, r := range sharedRows {
			rows = append(rows, barOf(fmt.Sprintf("lines: %d, %s", lines, r.short), r.class, linesOf(results, r.of, r.event, r.cores, lines)))
		}
	}
	return bars("An update of shared state, two harts", "Bars: median over boots. Lines: least to most.", rows)
}
