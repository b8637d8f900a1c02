package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
)

// report writes tables and plots, and renews the documentation's if docs is not empty.
func report(out, docs string, h host, results map[string]*result) error {
	tables := map[string]string{
		"host":         h.String() + "\n",
		"channel":      channelTable(results),
		"wake":         wakeTable(results),
		"life":         lifeTable(results),
		"interference": interferenceTable(results),
		"shootdown":    shootdownTable(results),
		"boot":         bootTable(results),
	}
	agreement := map[string]string{"agreement": agreementTable(results), "agreement-curve": agreementCurve(results)}
	plots := map[string]string{
		"channel.svg":      channelPlot(results),
		"wake.svg":         wakePlot(results),
		"interference.svg": interferencePlot(results),
		"shootdown.svg":    shootdownPlot(results),
		"agreement.svg":    agreementPlot(results),
		"boot.svg":         bootPlot(results),
	}
	all := maps.Clone(tables)
	maps.Copy(all, agreement)
	if err := os.WriteFile(filepath.Join(out, "tables.md"), []byte(allTables(all)), 0o666); err != nil {
		return err
	}
	dirs := []string{out}
	if docs != "" {
		dirs = append(dirs, filepath.Join(docs, "plots"))
		for name, of := range map[string]map[string]string{"measurements.md": tables, "agreement.md": agreement} {
			if err := renew(filepath.Join(docs, name), of); err != nil {
				return err
			}
		}
	}
	for _, dir := range dirs {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return err
		}
		for name, svg := range plots {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(svg), 0o666); err != nil {
				return err
			}
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
