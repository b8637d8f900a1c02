package main

import "fmt"

// conditions are those that interference is measured under.
var conditions = []struct{ label, key, class string }{
	{"others quiet", "quiet", "floor"},
	{"others spin", "busy", "floor"},
	{"others are restarted", "restarts", "ours"},
}

func interferenceTable(results map[string]*result) string {
	r := results["interference"]
	t := overBoots(r)
	for _, c := range conditions {
		t.over(c.label+": median", r.series("bench-interference", c.key+"_ns"), span)
		t.over(c.label+": 99th percentile", r.series("bench-interference", c.key+"_p99_ns"), span)
	}
	t.over("restarts meanwhile", r.series("bench-interference", "lives"), whole)
	t.over("messages lost", r.series("bench-interference", "lost"), whole)
	return t.b.String()
}

// bootName is the experiment of a number of harts.
func bootName(harts int, counted bool) string {
	name := fmt.Sprintf("boot-%d", harts)
	if counted {
		name += "-counted"
	}
	return name
}

func bootTable(results map[string]*result) string {
	t := newTable("harts", "boots", "entry to ready", "least", "most", "instructions, all harts", "touched by an instance", "most")
	for _, n := range bootHarts {
		r := results[bootName(n, false)]
		s := r.series("bench-boot", "boot_ns")
		if len(s) == 0 {
			continue
		}
		least, median, most := s.spread()
		counted := "-"
		if c := results[bootName(n, true)].series("bench-boot", "boot_ns"); len(c) > 0 {
			counted = million(c.median())
		}
		kib := func(key string) string { return whole(r.series("bench-boot", key).median()/1024) + " KiB" }
		t.row(fmt.Sprint(n), fmt.Sprint(len(s)), span(median), span(least), span(most), counted,
			kib("touched_bytes"), kib("touched_max_bytes"))
	}
	return t.b.String()
}

// barOf makes a bar of a series.
func barOf(label, class string, s series) bar {
	least, median, most := s.spread()
	return bar{label, least, median, most, class}
}

func channelPlot(results map[string]*result) string {
	r := results["channel"]
	return bars("Round trip of two spinning harts", "Bars: median over boots. Lines: least to most. "+peerNote, []bar{
		barOf("bare, two words", "floor", r.series("bench-ump", "bare_ns")),
		barOf("Atoll, 64 bytes", "ours", r.series("bench-ump", "rtt_ns")),
		{peerSpin.name, peerSpin.least, peerSpin.median, peerSpin.most, "other"},
	})
}

func bindingTable(results map[string]*result) string {
	r := results["binding"]
	t := overBoots(r)
	of := func(key string) series { return r.series("bench-binding", key) }
	t.over("until the binding is made", of("setup_ns"), span)
	t.over("round trip between the monitors, polling", of("monitors_ns"), span)
	t.over("round trip over the binding, polling", of("rtt_ns"), span)
	t.over("the same: 99th percentile", of("p99_ns"), span)
	t.over("ratio in the same boot", of("ratio"), ratio)
	t.over("round trip over the binding, both blocked", of("woken_ns"), span)
	t.over("the same: 99th percentile", of("woken_p99_ns"), span)
	t.over("bulk data by buffers, MB a second", of("bulk_bytes_per_s").scaled(1e-6), digits)
	return t.b.String()
}

func bindingPlot(results map[string]*result) string {
	r := results["binding"]
	return bars("Round trip over a binding", "Bars: median over boots. Lines: least to most.", []bar{
		barOf("monitors, polling", "floor", r.series("bench-binding", "monitors_ns")),
		barOf("binding, polling", "ours", r.series("bench-binding", "rtt_ns")),
		barOf("binding, both blocked", "ours", r.series("bench-binding", "woken_ns")),
		barOf("making it", "other", r.series("bench-binding", "setup_ns")),
	})
}

const peerNote = "Linux carried over, see the text."

func wakePlot(results map[string]*result) string {
	r := results["wake"]
	rows := []bar{
		barOf("bare, IPI and WFI", "floor", r.series("bench-wake", "bare_ns")),
		barOf("Atoll, 64 bytes", "ours", r.series("bench-wake", "rtt_ns")),
	}
	for _, p := range peers {
		rows = append(rows, bar{p.name, p.least, p.median, p.most, "other"})
	}
	return bars("Round trip for which both sides sleep", "Bars: median over boots. Lines: least to most. "+peerNote, rows)
}

func interferencePlot(results map[string]*result) string {
	r := results["interference"]
	var rows []bar
	for _, c := range conditions {
		rows = append(rows,
			barOf(c.label+", median", c.class, r.series("bench-interference", c.key+"_ns")),
			barOf(c.label+", p99", c.class, r.series("bench-interference", c.key+"_p99_ns")))
	}
	return bars("Ping between two cores, while two others are ...", "Bars: median over boots. Lines: least to most.", rows)
}

func bootPlot(results map[string]*result) string {
	list := []curve{{label: "guest time", class: "ours"}, {label: "1 ns an instruction", class: "floor"}}
	for _, n := range bootHarts {
		for i, counted := range []bool{false, true} {
			if s := results[bootName(n, counted)].series("bench-boot", "boot_ns"); len(s) > 0 {
				list[i].x = append(list[i].x, float64(n))
				list[i].y = append(list[i].y, s.median())
			}
		}
	}
	return curves("From entry to ready, over harts", "Guest time: on a host with few processors. Instructions: of all harts, which take turns.", list)
}
