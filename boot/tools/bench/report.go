package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// section is a part of the documentation that is made of what was measured.
type section struct {
	name  string   // of its table
	page  string   // file that has it
	of    []string // experiments that it is made of: without any of them it stays as it was
	table func(map[string]*result) string
	plot  string // file, "" = none
	draw  func(map[string]*result) string
}

// Pages of the documentation that have sections.
const (
	measurements = "measurements.md"
	agreementDoc = "agreement.md"
)

// sections lists all there are, in the order of the pages.
func sections() []section {
	var boots []string
	for _, n := range bootHarts {
		boots = append(boots, bootName(n, false), bootName(n, true))
	}
	return []section{
		{"channel", measurements, []string{"channel", "channel-counted"}, channelTable, "channel.svg", channelPlot},
		{"pairs", measurements, []string{"pairs", "channel-counted"}, pairsTable, "pairs.svg", pairsPlot},
		{"updates", measurements, []string{"updates", "updates-counted"}, updatesTable, "updates.svg", updatesPlot},
		{"shared", measurements, []string{"shared", "shared-counted", "updates"}, sharedTable, "shared.svg", sharedPlot},
		{"binding", measurements, []string{"binding"}, bindingTable, "binding.svg", bindingPlot},
		{"userump", measurements, []string{"userump", "userump-counted", "channel-counted"}, userUMPTable, "userump.svg", userUMPPlot},
		{"wake", measurements, []string{"wake", "wake-counted"}, wakeTable, "wake.svg", wakePlot},
		{"life", measurements, []string{"life", "life-counted"}, lifeTable, "", nil},
		{"shootdown", measurements, []string{"shootdown", "channel-counted"}, shootdownTable, "shootdown.svg", shootdownPlot},
		{"capcost", measurements, []string{"capcost", "capcost-counted"}, capTable, "capcost.svg", capPlot},
		{"compute", measurements, []string{"compute"}, computeTable, "compute.svg", computePlot},
		{"steps", measurements, []string{"steps", "steps-counted"}, stepsTable, "", nil},
		{"interference", measurements, []string{"interference"}, interferenceTable, "interference.svg", interferencePlot},
		{"spin", measurements, spinNames(), spinTable, "", nil},
		{"user", measurements, []string{"user-counted"}, userTable, "user.svg", userPlot},
		{"boot", measurements, boots, bootTable, "boot.svg", bootPlot},
		{"agreement", agreementDoc, []string{"agreement", "agreement-counted", "channel-counted"}, agreementTable, "", nil},
		{"agreement-curve", agreementDoc, []string{"agreement-counted", "channel-counted"}, agreementCurve, "agreement.svg", agreementPlot},
	}
}

// missing names an experiment of a section that has no result, "" if all have one.
func (s *section) missing(results map[string]*result) string {
	for _, name := range s.of {
		if r := results[name]; r == nil || len(r.Boots) == 0 {
			return name
		}
	}
	return ""
}

// begun reports whether an experiment of a section has a result.
func (s *section) begun(results map[string]*result) bool {
	return slices.ContainsFunc(s.of, func(name string) bool { return results[name] != nil && len(results[name].Boots) > 0 })
}

// report writes tables and plots, and renews the documentation's if docs is not empty.
// A section whose experiments have not all been made stays as it is; the log says so,
// and the page, too.
func (s suite) report(out, docs string, h host, results map[string]*result, log io.Writer) error {
	var all strings.Builder
	pages := map[string]map[string]string{measurements: {s.host: h.String() + "\n"}}
	dirs := []string{out}
	if docs != "" {
		dirs = append(dirs, filepath.Join(docs, "plots"))
	}
	for _, s := range s.sections {
		table := ""
		if name := s.missing(results); name == "" {
			table = s.table(results)
			fmt.Fprintf(&all, "## %s\n\n%s\n", s.name, table)
			if err := s.write(dirs, results); err != nil {
				return err
			}
		} else if docs != "" {
			fmt.Fprintf(log, "bench: %s keeps the earlier %s: %s was not measured\n", s.page, s.name, name)
		} else if s.begun(results) {
			fmt.Fprintf(log, "bench: there is no table of %s: %s was not measured\n", s.name, name)
		}
		if pages[s.page] == nil {
			pages[s.page] = map[string]string{}
		}
		pages[s.page][s.name] = table
	}
	if err := os.WriteFile(filepath.Join(out, "tables.md"), []byte(h.String()+"\n\n"+all.String()), 0o666); err != nil {
		return err
	}
	if docs == "" {
		return nil
	}
	for page, tables := range pages {
		if err := renew(filepath.Join(docs, page), tables); err != nil {
			return err
		}
	}
	return nil
}

// write writes the section's plot, if it has one, into directories.
func (s *section) write(dirs []string, results map[string]*result) error {
	if s.draw == nil {
		return nil
	}
	svg := []byte(s.draw(results))
	for _, dir := range dirs {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, s.plot), svg, 0o666); err != nil {
			return err
		}
	}
	return nil
}

func channelTable(results map[string]*result) string {
	r := results["channel"]
	t := overBoots(r)
	bare, rtt := r.series("bench-ump", "bare_ns"), r.series("bench-ump", "rtt_ns")
	t.over("bare ping-pong of two words", bare, span)
	t.over("message of 64 bytes and its answer", rtt, span)
	t.over("ratio in the same boot", rtt.ratios(bare), ratio)
	t.over("messages a second, one way", r.series("bench-ump", "msgs_per_s"), million)
	t.over("doorbell to receive, core idle", r.series("bench-core", "idle_ns"), span)
	t.over("doorbell to receive, beside a spinning goroutine", r.series("bench-core", "busy_ns"), span)
	counted := results["channel-counted"]
	text := t.b.String()
	if send := counted.series("bench-core", "send_ns"); len(send) > 0 {
		text += fmt.Sprintf("\nCounted: %s instructions to send a message and %s to receive one, the loop around the call and its share of\nthe acknowledgements included.\n",
			whole(send.median()), whole(counted.series("bench-core", "receive_ns").median()))
	}
	return text
}

func wakeTable(results map[string]*result) string {
	r := results["wake"]
	t := overBoots(r)
	bare, rtt := r.series("bench-wake", "bare_ns"), r.series("bench-wake", "rtt_ns")
	t.over("bare: word, IPI, WFI, both ways", bare, span)
	t.over("message to a sleeping core and its answer", rtt, span)
	t.over("ratio in the same boot", rtt.ratios(bare), ratio)
	t.over("99th percentile", r.series("bench-wake", "p99_ns"), span)
	t.over("samples in a boot", r.series("bench-wake", "samples"), whole)
	t.over("left out, a hart was awake", r.series("bench-wake", "awake"), whole)
	for _, p := range peers {
		t.row(p.name+" (carried over)", span(p.least), span(p.median), span(p.most))
	}
	text := t.b.String()
	counted := results["wake-counted"]
	if mean := counted.series("bench-wake", "mean_ns"); len(mean) > 0 {
		text += fmt.Sprintf("\nCounted: %s instructions there and back, of which %s are the bare trip's; Linux' futex, between two threads of one\nhart: %d, its pipe: %d.\n",
			whole(mean.median()), whole(counted.series("bench-wake", "bare_mean_ns").median()), peerFutexInstructions, peerPipeInstructions)
	}
	return text
}

func lifeTable(results map[string]*result) string {
	r, c := results["life"], results["life-counted"]
	t := newTable(overLives(r), "least", "median", "most", "instructions")
	for _, row := range []struct{ label, key string }{
		{"one way of a bare wake-up", "bare_wake_ns"},
		{"from the last store of the dead until it is noticed: median", "noticed_ns"},
		{"the same: slowest", "noticed_max_ns"},
		{"from the order to start until the first instruction: median", "born_ns"},
		{"from the order to start until up: median", "restart_ns"},
		{"the same: slowest", "restart_max_ns"},
	} {
		s := r.series("bench-life", row.key)
		if len(s) == 0 {
			continue
		}
		least, median, most := s.spread()
		t.row(row.label, span(least), span(median), span(most), whole(c.series("bench-life", row.key).median()))
	}
	return t.b.String()
}

func overLives(r *result) string {
	return fmt.Sprintf("over %s of %s lives", boots(r), whole(r.series("bench-life", "rounds").median()))
}
