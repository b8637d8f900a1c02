package trace

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"atoll/arch/layout"
)

// viewed is the file as a viewer reads it.
type viewed struct {
	TraceEvents []struct {
		Name, Ph, ID, Bp string
		Ts, Dur          float64
		Pid, Tid         int
		Args             map[string]string
	}
}

func view(t *testing.T, events []Event, timebase uint64) (v viewed) {
	t.Helper()
	var b bytes.Buffer
	if err := WriteChrome(&b, events, timebase); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b.Bytes(), &v); err != nil {
		t.Fatalf("%v in\n%s", err, b.Bytes())
	}
	return v
}

// Each event is there once, at its time; each flow has two ends, both of which lie in
// the slice of their event.
func TestChrome(t *testing.T) {
	for seed := range uint64(10) {
		rings, total := traffic(seed)
		events := Merge(rings)
		v := view(t, events, 1e7)
		begins := map[string]bool{} // slices, by track and time
		marks, ends := 0, map[string][]string{}
		for _, e := range v.TraceEvents {
			place := fmt.Sprint(e.Pid, e.Tid, e.Ts)
			switch e.Ph {
			case "X":
				if e.Dur <= 0 || e.Dur > 1 {
					t.Errorf("a slice of %v us", e.Dur)
				}
				begins[place] = true
				marks++
			case "i":
				marks++
			case "s", "f": // behind all slices
				ends[e.ID] = append(ends[e.ID], e.Ph+e.Name+e.Bp)
				if !begins[place] {
					t.Errorf("no slice begins where flow %s does", e.ID)
				}
			}
		}
		if marks != total {
			t.Errorf("%d events became %d", total, marks)
		}
		if len(ends) != len(Match(events)) {
			t.Errorf("%d flows, want %d", len(ends), len(Match(events)))
		}
		for id, e := range ends {
			if !slices.Equal(e, []string{"sping", "fpinge"}) {
				t.Errorf("flow %s: %v", id, e)
			}
		}
	}
	if v := view(t, nil, 0); len(v.TraceEvents) != 0 {
		t.Errorf("nothing became %+v", v)
	}
}

// What a hart does follows from switches, sleep and wake; what was before the first
// of them, from what that says.
func TestChromeHart(t *testing.T) {
	change := func(at uint64, from, to uint64) Record {
		return Record{Time: at, Head: layout.TraceHead(layout.TraceSwitch, uint32(to)), A: from}
	}
	v := view(t, Merge([]Ring{
		{Core: 0, Records: []Record{trap(100, 0), change(110, 1, 2), record(120, layout.TraceSleep, 0), record(150, layout.TraceWake, 0), change(155, 2, 3), trap(160, 0)}},
		{Core: 1, Records: []Record{trap(105, 0), record(130, layout.TraceWake, 0), change(140, 7, 8)}},
	}), 1e6)
	var got []string
	for _, e := range v.TraceEvents {
		if e.Tid == trackHart && e.Ph == "X" {
			got = append(got, strconv.Itoa(e.Pid)+" "+e.Name+" "+strconv.FormatFloat(e.Ts, 'f', -1, 64)+"+"+strconv.FormatFloat(e.Dur, 'f', -1, 64))
		}
	}
	want := []string{"1 thread 1 0+10", "1 thread 2 10+10", "1 asleep 20+30", "1 thread 2 50+5", "2 asleep 5+25", "2 thread 7 30+10"}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// Events of one tick keep their order in a viewer, which sorts by time.
func TestSpread(t *testing.T) {
	at := spread([]Event{{0, trap(50, 0)}, {1, trap(50, 0)}, {0, trap(50, 0)}, {1, trap(51, 0)}, {1, trap(51, 0)}}, 1e7)
	if want := []time.Duration{0, 1, 2, 100, 101}; !slices.Equal(at, want) {
		t.Errorf("%v", at)
	}
}
