package main

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"atoll/monitor/route"
)

// console is what a guest prints around its records.
const console = `OpenSBI v1.1
@0 ready cores=2
atoll> bench ump -json
{"event":"bench-ump","by":0,"from":0,"bare_ns":100,"rtt_ns":150}
{"event":"bench-core","by":0,"core":0,"send_ns":55}
{"event":"bench-core","by":0,"core":1,"send_ns":57}
{"broken
@0 exit status=0
`

// Records are found among other lines; a series takes the first of each boot.
func TestParse(t *testing.T) {
	records := parse(console)
	if len(records) != 3 || records[1].event() != "bench-core" {
		t.Fatalf("records %v", records)
	}
	r := &result{Boots: [][]record{records, records, parse("nothing")}}
	if s := r.series("bench-core", "send_ns"); len(s) != 2 || s[0] != 55 || s[1] != 55 {
		t.Errorf("series %v", s)
	}
	if s := r.series("bench-core", "rtt_ns"); len(s) != 0 {
		t.Errorf("series of a key that is not there: %v", s)
	}
	if s := (*result)(nil).series("bench-core", "send_ns"); s != nil {
		t.Errorf("series of an experiment that was not made: %v", s)
	}
}

// A guest counts if it ends by itself, well, within its bound, and has measured something.
// Sabotage: leave a case out of bootOnce.
func TestBootOnce(t *testing.T) {
	for script, want := range map[string]string{
		`echo '{"event":"x"}'`:                  "",
		`echo panic`:                            "measured nothing",
		`echo '{"event":"x"}'; exit 3`:          "it failed: exit status 3",
		`echo '{"event":"x"}'; exec sleep 1000`: "did not end within",
	} {
		records, err := bootOnce([]string{"sh", "-c", script}, 300*time.Millisecond)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) || err == nil && len(records) != 1 {
			t.Errorf("%s: %v, %v", script, records, err)
		}
	}
}

func TestSpread(t *testing.T) {
	for _, c := range []struct {
		s    series
		want [3]float64
	}{
		{nil, [3]float64{}},
		{series{5}, [3]float64{5, 5, 5}},
		{series{9, 1, 4}, [3]float64{1, 4, 9}},
		{series{9, 1, 4, 5}, [3]float64{1, 4.5, 9}},
	} {
		least, median, most := c.s.spread()
		if got := [3]float64{least, median, most}; got != c.want {
			t.Errorf("%v: %v, want %v", c.s, got, c.want)
		}
	}
	if r := (series{3, 8, 5}).ratios(series{2, 0, 10}); len(r) != 2 || r[0] != 1.5 || r[1] != 0.5 {
		t.Errorf("ratios %v", r)
	}
}

func TestUnits(t *testing.T) {
	for ns, want := range map[float64]string{
		0: "0 ns", 7.25: "7.25 ns", 75: "75 ns", 999.4: "999 ns", 999.6: "1 us", 1500: "1.5 us", 12_345: "12.3 us",
		250_000: "250 us", 7_630_000: "7.63 ms", 23.6e9: "23.6 s",
	} {
		if got := span(ns); got != want {
			t.Errorf("span(%v) = %q, want %q", ns, got, want)
		}
	}
}

// sample is a result with one boot of every record that the report asks for.
func sample() map[string]*result {
	rec := func(event string, kv ...any) record {
		r := record{"event": event}
		for i := 0; i < len(kv); i += 2 {
			r[kv[i].(string)] = kv[i+1]
		}
		return r
	}
	one := func(records ...record) *result {
		return &result{Loads: []float64{2}, Boots: [][]record{records, records}}
	}
	wake := rec("bench-wake", "bare_ns", 25e3, "rtt_ns", 40e3, "p99_ns", 9e5, "samples", 200.0, "awake", 1.0, "mean_ns", 12_730.0, "bare_mean_ns", 2658.0)
	life := rec("bench-life", "rounds", 20.0, "bare_wake_ns", 17e3, "noticed_ns", 3e5, "noticed_max_ns", 5e6, "born_ns", 14e4, "restart_ns", 7e6, "restart_max_ns", 13e6)
	boot := rec("bench-boot", "boot_ns", 7e7, "touched_bytes", 1117184.0, "touched_max_bytes", 1236992.0)
	results := map[string]*result{
		"channel":           one(rec("bench-ump", "bare_ns", 75.0, "rtt_ns", 185.0, "msgs_per_s", 14.9e6), rec("bench-core", "idle_ns", 25e3, "busy_ns", 29e4)),
		"channel-counted":   one(rec("bench-core", "send_ns", 54.0, "receive_ns", 58.0)),
		"agreement":         one(rec("bench-agreement", "strategy", "unicast", "cores", 2.0, "one_ns", 4e3, "two_ns", 86e2, "ratio", 1.39, "single_per_s", 1e5, "pipelined_per_s", 8e5, "gain", 8.0)),
		"agreement-counted": one(rec("bench-agreement-costs", "one_ns", 900.0, "two_ns", 1816.0)),
		"wake":              one(wake), "wake-counted": one(wake), "life": one(life), "life-counted": one(life),
		"interference": one(rec("bench-interference", "quiet_ns", 1.6e3, "quiet_p99_ns", 7e5, "restarts_ns", 1.5e3, "lives", 157.0, "lost", 0.0)),
		"shootdown":    one(rec("bench-shootdown", "strategy", "tree", "cores", 2.0, "median_ns", 12e2)),
		"pairs":        one(rec("bench-lines", "sender", 1.0, "receiver", 0.13), rec("bench-pair", "latency_ns", 92.0, "bare_ns", 75.0, "msgs_per_s", 5e6), rec("bench-pair", "latency_ns", 94.0, "bare_ns", 75.0, "msgs_per_s", 5e6)),
		"updates":      one(rec("bench-updates-cost", "lines", 8.0, "server_ns", 999.0), rec("bench-updates", "cores", 2.0, "lines", 1.0, "median_ns", 330.0), rec("bench-updates", "cores", 3.0, "lines", 1.0, "median_ns", 777.0)),
		"updates-counted": one(rec("bench-updates-cost", "lines", 1.0, "server_ns", 130.0, "client_ns", 120.0), rec("bench-updates-cost", "lines", 2.0, "server_ns", 135.0, "client_ns", 120.0),
			rec("bench-updates-cost", "lines", 4.0, "server_ns", 145.0, "client_ns", 120.0), rec("bench-updates-cost", "lines", 8.0, "server_ns", 165.0, "client_ns", 120.0)),
		"binding": one(rec("bench-binding", "setup_ns", 4e5, "monitors_ns", 1850.0, "rtt_ns", 21e2, "ratio", 1.14, "woken_ns", 9e4, "bulk_bytes_per_s", 2.5e8)),
	}
	for _, n := range spinners {
		results[spinName(n)] = one(rec("ping", "median_ns", 9e3, "p99_ns", 9e5, "lost", 0.0))
	}
	results["user-counted"] = one(rec("bench-user", "null_ns", 210.0, "lrpc_ns", 543.0, "fault_ns", 2345.0, "switch_ns", 555.0, "linux_ns", 333.0))
	results["userump"] = one(rec("bench-userump", "bare_ns", 350.0, "rtt_ns", 910.0, "blocked_ns", 3e5))
	results["userump-counted"] = one(rec("bench-userump-count", "send", 125.0, "receive", 100.0))
	update := func(cores, lines, ns float64) record {
		return rec("updates", "cores", cores, "lines", lines, "median_ns", ns)
	}
	results["shared"] = one(update(1, 1, 9.5), update(2, 1, 31), update(1, 8, 66), rec("updates", "cores", 2.0, "lines", 8.0))
	results["shared-counted"] = one(update(1, 1, 14.1), update(1, 8, 63.1))
	results["compute"] = one(rec("cg", "threads", 1.0, "time_ns", 4e8), rec("cg", "threads", 2.0, "time_ns", 25e7), rec("primes", "goroutines", 1.0, "time_ns", 1e9))
	shoots := func(hosts, out, drop, least float64) record {
		return rec("trace-shoots", "hosts", hosts, "out_ns", out, "drop_ns", drop, "drop_least_ns", least)
	}
	unmap := func(harts, took float64) record {
		return record{"unmap": map[string]any{"harts": harts, "median-ns": took}}
	}
	results["steps"] = one(unmap(1, 14e3), unmap(2, 17e4), shoots(1, 25e3, 12e3, 9e3), unmap(1, 15e3), unmap(2, 18e4), unmap(3, 9e5), shoots(1, 1, 1, 1), shoots(2, 4e5, 2e4, 1e4))
	results["steps-counted"] = one(unmap(1, 2700), shoots(1, 2e5, 1.5e3, 1.3e3))
	page := func(cores, at float64) record {
		return rec("capcost", "cores", cores, "retype_ns", at, "many_retypes_ns", at/4, "revoke_ns", 2*at, "many_revokes_ns", at/2)
	}
	results["capcost"] = one(page(1, 4e3), page(2, 8e5))
	results["capcost-counted"] = one(page(1, 4e3), page(2, 8e5), page(8, 16e5))
	for _, n := range bootHarts {
		results[bootName(n, false)], results[bootName(n, true)] = one(boot), one(boot)
	}
	return results
}

// written is what a test of report wrote.
type written struct{ text, log, out, docs string }

// write reports results into pages that have all tables, of an earlier run, twice: what
// was renewed can be renewed.
func write(t *testing.T, results map[string]*result) written {
	t.Helper()
	w := written{out: t.TempDir(), docs: t.TempDir()}
	pages := map[string]string{measurements: beginMark("host") + "\nold\n" + endMark + "\n"}
	for _, s := range sections() {
		pages[s.page] += "text of " + s.name + "\n" + beginMark(s.name) + "\n\nold\n" + endMark + "\n"
	}
	for page, text := range pages {
		if err := os.WriteFile(filepath.Join(w.docs, page), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	var log strings.Builder
	for range 2 {
		log.Reset()
		if err := measured(1).report(w.out, w.docs, host{}, results, &log); err != nil {
			t.Fatal(err)
		}
	}
	for page := range pages {
		b, err := os.ReadFile(filepath.Join(w.docs, page))
		if err != nil {
			t.Fatal(err)
		}
		w.text += string(b)
	}
	w.log = log.String()
	return w
}

// A report of all that there is renews every table and writes every plot, well-formed.
// Text of the documentation stays.
// Sabotage: leave a section out of sections; write NaN for a value that is not there.
func TestReport(t *testing.T) {
	w := write(t, sample())
	if strings.Contains(w.text, "old") || strings.Contains(w.text, "NaN") || !strings.Contains(w.text, "text of life\n") || w.log != "" {
		t.Errorf("log %q, the pages are\n%s", w.log, w.text)
	}
	if got, want := strings.Count(w.text, endMark), 1+len(sections()); got != want {
		t.Errorf("%d tables, want %d", got, want)
	}
	for _, want := range []string{"| ratio in the same boot | 2.47 |", "Counted: 54 instructions to send", "12730 instructions", "| 64 | 2 | 70 ms |", "1091 KiB",
		"| unicast: ratio to 4 messages | 1.39 |", "54 to send a message and 400 to receive", "| bulk data by buffers, MB a second | 250 |",
		"| LRPC, one way | 543 | 6950 |", "| 2x2 AMD | 757 | 270 ns |",
		"| ratio in the same boot | 2.60 | 2.60 | 2.60 |", "| between programs | 125 | 100 | 225 | 8 |",
		"| between the kernels' event loops | 54 | 58 | 112 | 17.2 |", "| L4 IPC, one core | 424 | 2.36 | 25 | 13 |"} {
		if !strings.Contains(w.text, want) {
			t.Errorf("%q is not there", want)
		}
	}
	for _, s := range sections() {
		if s.draw != nil {
			wellFormed(t, filepath.Join(w.out, s.plot))
			wellFormed(t, filepath.Join(w.docs, "plots", s.plot))
		}
	}
}

// What was not measured keeps its table and its plot, and is said to be of an earlier
// run, once; what was measured in part does, too. The next run that has it takes the
// note away.
// Sabotage: let missing look for the first experiment only; let replace put an empty
// table in its place.
func TestReportKeeps(t *testing.T) {
	for name, results := range map[string]map[string]*result{
		"nothing": {}, "a part": {"life": sample()["life"]}, "no boot": {"interference": {}},
	} {
		w := write(t, results)
		if got, want := strings.Count(w.text, oldNote+"\nold\n"), len(sections()); got != want || strings.Count(w.text, oldNote) != want {
			t.Errorf("%s: %d of %d tables are kept:\n%s", name, got, want, w.text)
		}
		if !strings.Contains(w.log, "keeps the earlier life: life") || strings.Count(w.log, "\n") != len(sections()) {
			t.Errorf("%s: the log is %s", name, w.log)
		}
		if _, err := os.Stat(filepath.Join(w.docs, "plots", "wake.svg")); err == nil {
			t.Errorf("%s: a plot of nothing", name)
		}
		text, err := replace(w.text, "life", "new\n")
		if err != nil || strings.Count(text, oldNote) != len(sections())-1 {
			t.Errorf("%s: %v, renewed:\n%s", name, err, text)
		}
	}
}

// Who bounds the experiments, and renews no page, is told of a table for which one is missing,
// and of no other. Sabotage: let begun always be false, or always true.
func TestReportPart(t *testing.T) {
	var log strings.Builder
	results := map[string]*result{"life": sample()["life"]}
	if err := measured(1).report(t.TempDir(), "", host{}, results, &log); err != nil {
		t.Fatal(err)
	}
	if want := "bench: there is no table of life: life-counted was not measured\n"; log.String() != want {
		t.Errorf("%q, want %q", log.String(), want)
	}
}

// wellFormed checks that a file is XML and has no number that is none.
func wellFormed(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(strings.NewReader(string(b)))
	for err == nil {
		_, err = d.Token()
	}
	if !errors.Is(err, io.EOF) || strings.Contains(string(b), "NaN") || strings.Contains(string(b), "Inf") {
		t.Errorf("%s: %v\n%s", path, err, b)
	}
}

// A document without a table's place is left as it is.
func TestReplace(t *testing.T) {
	for _, text := range []string{"", "x\n", beginMark("a") + "\nno end", "<!-- bench ab -->\n" + endMark} {
		if got, err := replace(text, "a", "table"); err == nil {
			t.Errorf("replace in %q: %q", text, got)
		}
	}
}

// The scale shows every value, and what is off it at its ends.
func TestScale(t *testing.T) {
	x := around([]float64{0, 75, 185, 541}, 100, 400)
	if x.low != 10 || x.high != 1000 || x.at(10) != 100 || x.at(1000) != 400 || math.Abs(x.at(100)-250) > 1e-9 {
		t.Errorf("scale %+v, 100 at %v", x, x.at(100))
	}
	if x.at(1) != 100 || x.at(1e9) != 400 || len(x.decades()) != 3 {
		t.Errorf("scale %+v, decades %v", x, x.decades())
	}
	if e := around(nil, 0, 1); e.at(5) < 0 || e.at(5) > 1 {
		t.Errorf("a scale of nothing: %+v", e)
	}
}

func TestSelected(t *testing.T) {
	for _, c := range []struct {
		name, only string
		want       bool
	}{{"boot-1", "", true}, {"boot-1", "boot", true}, {"wake", "boot,wa", true}, {"wake", "boot", false}} {
		if got := selected(c.name, c.only); got != c.want {
			t.Errorf("selected(%q, %q) = %v", c.name, c.only, got)
		}
	}
}

// Sabotage: let unknown always return "".
func TestUnknown(t *testing.T) {
	for only, want := range map[string]string{"": "", "wake": "", "boot,wa": "", "wake,waek": "waek", "user-nosuch": "user-nosuch"} {
		if got := unknown(experiments(1), only); got != want {
			t.Errorf("unknown(%q) = %q, want %q", only, got, want)
		}
	}
}

// Rows of bench shootdown are told apart by strategy and cores, and the model says what
// the paper does: unicast is best for few cores, and grows with each of many, which the
// trees do not.
// Sabotage: leave strategy out of rows; let shootModel take unicast for all.
func TestShootdown(t *testing.T) {
	row := func(strategy string, cores, median float64) record {
		return record{"event": "bench-shootdown", "strategy": strategy, "cores": cores, "median_ns": median}
	}
	r := &result{Boots: [][]record{{row("tree", 2, 5), row("unicast", 2, 7), row("unicast", 3, 9)}, {row("unicast", 2, 8)}}}
	if s := r.rows("bench-shootdown", "unicast", 2, "median_ns"); len(s) != 2 || s[0] != 7 || s[1] != 8 {
		t.Errorf("unicast with 2 cores: %v", s)
	}
	if _, ok := shootModel(nil, route.Unicast, 2); ok || shootdownTable(nil) != "" {
		t.Error("a model of costs that nobody has counted")
	}
	costs := map[string]*result{"channel-counted": {Boots: [][]record{{{"event": "bench-core", "send_ns": 50.0, "receive_ns": 60.0}}}}}
	at := func(s route.Strategy, cores int) uint64 {
		o, ok := shootModel(costs, s, cores)
		if !ok {
			t.Fatal("no model")
		}
		return o.Time
	}
	if at(route.Unicast, 2) != 220 || at(route.Measured, 4) != at(route.Unicast, 4) {
		t.Errorf("few cores: %d, %d, %d", at(route.Unicast, 2), at(route.Measured, 4), at(route.Unicast, 4))
	}
	if u, m := at(route.Unicast, 64), at(route.Measured, 64); u < 6*m || u < 15*at(route.Unicast, 4) || m > 2*at(route.Measured, 8) {
		t.Errorf("64 cores: %d by unicast, %d measured", u, m)
	}
}

// The model of agreement has two phases cost twice one, and a tree win with many cores.
// Sabotage: let agreeTree take unicast for all; let agreeModel take one phase for both.
func TestAgreement(t *testing.T) {
	if _, ok := agreeModel(nil, route.Unicast, 2, true); ok || agreementCurve(nil) != "" {
		t.Error("a model of costs that nobody has counted")
	}
	costs := sample()
	at := func(s route.Strategy, cores int, twoPhase bool) uint64 {
		r, ok := agreeModel(costs, s, cores, twoPhase)
		if !ok || r.Messages != (cores-1)*map[bool]int{false: 2, true: 4}[twoPhase] {
			t.Fatalf("no model: %+v", r)
		}
		return r.Finished
	}
	for _, s := range agreeStrategies {
		if one, two := at(s, 2, false), at(s, 2, true); one != 2*(54+400) || two != 2*one {
			t.Errorf("%v, two cores: %d and %d", s, one, two)
		}
	}
	if u, m := at(route.Unicast, 64, true), at(route.Measured, 64, true); u < 3*m {
		t.Errorf("64 cores: %d by unicast, %d measured", u, m)
	}
}

// All pairs of all boots are one distribution, beside the paper's figures.
// Sabotage: take the first pair of each boot only; divide by the clock twice in ns.
func TestPairs(t *testing.T) {
	text := pairsTable(sample())
	for _, want := range []string{"| over 2 boots of 0 harts, each two of them |", "| 92 ns | 93 ns | 94 ns |", "| 37.5 ns | 37.5 ns | 37.5 ns |",
		"Counted: 112 instructions", "17.2 messages in 1000", "changes 1.00 cache line at the sender and 0.13", "| 2x2-core AMD, same die | 450 | 161 ns | 3.42 | 9.58 million |"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// Each row has its cores' figures, with the hops and the messages that there are by the protocol.
// Sabotages: leave the cores out of atCores; have the columns of one operation be the other's.
func TestCapCost(t *testing.T) {
	text := capTable(sample())
	for _, want := range []string{
		"| 1 | 4,000 | 1,000 | 0 | 0 | 8,000 | 2,000 | 0 | 0 |", "| 2 | 800,000 | 200,000 | 2 | 2 | 1,600,000 | 400,000 | 4 | 5 |",
		"| 8 | 1,600,000 | 400,000 | 2 | 14 | 3,200,000 | 800,000 | 4 | 35 |", "| revoke, cores: 2, of 8 under way | 400 us | 400 us | 400 us |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// Each way has its own figures, the same lines of both beside each other; where not all cores ran
// there are none.
// Sabotage: leave the cores, or the lines, out of linesOf.
func TestShared(t *testing.T) {
	text := sharedTable(sample())
	for _, want := range []string{
		"| one core alone, in its cache | 9.5 ns (9.5 ns to 9.5 ns) | - | - | 66 ns (66 ns to 66 ns) |",
		"| two cores, the same lines | 31 ns (31 ns to 31 ns) | - | - | - |",
		"at the client | 330 ns (330 ns to 330 ns) | - | - | - |", "in shared memory | 14.1 | 0 | 0 | 63.1 |", "SHM | 50 | 600 | 850 | 1700 |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// Programs are told apart by their names and threads, and the speed-up is that over one hart.
// Sabotage: leave the threads out of computed; divide the times the other way.
func TestCompute(t *testing.T) {
	text := computeTable(sample())
	for _, want := range []string{
		"| NAS CG, class S | 400 ms (400 ms to 400 ms), 1.00 | 250 ms (250 ms to 250 ms), 1.60 | - | - |",
		"by goroutines | 1 s (1 s to 1 s), 1.00 | - | - | - |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if got, want := computeCommands(computeHarts), "run cg -json 1 S; run -span 0,1 cg -json 2 S; "; !strings.HasPrefix(got, want) {
		t.Errorf("the commands are %s", got)
	}
}

// Each kernel's speed-up is over itself on one hart, by the same commands but for the cores that Atoll is told.
// Sabotage: take Atoll's results for both; leave -span out of what linuxComputing takes out.
func TestComputeBeside(t *testing.T) {
	results := map[string]*result{besideCompute: sample()["compute"], linuxName(besideCompute): {Boots: [][]record{{
		{"event": "cg", "threads": 1.0, "time_ns": 3e8}, {"event": "cg", "threads": 2.0, "time_ns": 15e7}}}}}
	text := computeBesideTable(results)
	for _, want := range []string{
		"| NAS CG, class S | 400 ms (400 ms to 400 ms) | 250 ms (250 ms to 250 ms) | 1.60 | 300 ms (300 ms to 300 ms) | 150 ms (150 ms to 150 ms) | 2.00 |",
		"by goroutines | 1 s (1 s to 1 s) | - |  | - | - |  |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if got, want := linuxComputing(), "cg -json 1 S; cg -json 2 S; barneshut -json 1 4096; "; !strings.HasPrefix(got, want) {
		t.Errorf("Linux' commands are %s", got)
	}
}

// Each number of harts has its own shootdowns, the first that were traced of it, and the steps are added up; where
// harts take turns, what waits for them is not counted.
// Sabotage: hosts for harts-1 in stepped; leave turns out of unmapSteps.
func TestSteps(t *testing.T) {
	text := stepsTable(sample())
	for _, want := range []string{
		"| doorbell, until the other core has the message | 25 us | others' turns | 400 us | others' turns | - | others' turns |",
		"| it drops the page and forgets the translation | 12 us | 1,300 | 20 us | - | - | - |",
		"| these together | 37 us |  | 420 us |  | - |  |",
		"| munmap of a page that no other has | 14 us | 2,700 | 14 us | 2,700 | 14 us | 2,700 |",
		"| munmap, by the program | 170 us |  | 900 us |  | - |  |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// Few clients wait for the server's work only, many for each other's; eight lines cost the
// server more than one. What three cores took is none of two's.
// Sabotage: count the server as a client in updateModel; leave the cores out of byLines.
func TestUpdates(t *testing.T) {
	for _, c := range []struct {
		cores, lines int
		want         float64
	}{{2, 1, 250}, {2, 8, 285}, {3, 1, 260}, {4, 1, 390}, {16, 8, 15 * 165}} {
		if got, _, ok := updateModel(sample(), c.cores, c.lines); !ok || got != c.want {
			t.Errorf("%d cores, %d lines: %v, want %v", c.cores, c.lines, got, c.want)
		}
	}
	if _, _, ok := updateModel(nil, 2, 1); ok {
		t.Error("a model of costs that nobody has counted")
	}
	text := updatesTable(sample())
	for _, want := range []string{"| 2 | 250 | 255 | 265 | 285 | 1300 | 1300 | 50 | 1700 |", "| lines: 1, at the client, two harts | 330 ns | 330 ns | 330 ns |",
		"server 130, 135, 145 and 165 instructions"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}
