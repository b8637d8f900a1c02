package inside

import (
	"slices"
	"sync"
	"testing"
	"time"

	"atoll/arch/layout"
	"atoll/arch/sbi"
	"atoll/arch/shim"
)

// traced runs f while events are recorded and returns the newest records of that, and
// how many were written.
func traced(t *testing.T, f func()) ([]layout.TraceRecord, uint64) {
	t.Helper()
	shim.ClearTrace()
	shim.SetTracing(true)
	defer shim.SetTracing(false)
	f()
	shim.SetTracing(false)
	records := make([]layout.TraceRecord, 2*layout.TraceRecords)
	n, written := shim.ReadTrace(records)
	if uint64(n) != min(written, layout.TraceRecords) {
		t.Errorf("%d of %d records can be read", n, written)
	}
	return records[:n], written
}

// nowhere is an address that is not mapped.
const nowhere = 1 << 30

// kindOfTest marks the records of these tests.
const kindOfTest = layout.NumTraceKinds

// TestTraceWhole records from several threads, which preempt one another and are
// interrupted, and reads at the same time: what is read is whole, and of each writer
// in order, without a gap.
func TestTraceWhole(t *testing.T) {
	const writers = 4
	stop := make(chan struct{})
	shim.ClearTrace()
	shim.SetTracing(true)
	defer shim.SetTracing(false)
	var wg sync.WaitGroup
	for w := range uint32(writers) {
		wg.Go(func() {
			for i := uint64(1); ; i++ {
				select {
				case <-stop:
					return
				default:
					shim.Record(0, kindOfTest, w, i, ^i)
				}
			}
		})
	}
	var seen [writers]uint64
	var interrupts int
	records := make([]layout.TraceRecord, layout.TraceRecords)
	const enough = 100 * layout.TraceRecords
	for end := in(patience); slices.Min(seen[:]) < enough && shim.Now() < end; {
		n, _ := shim.ReadTrace(records)
		var last [writers]uint64
		for i := range records[:n] {
			r := &records[i]
			if i > 0 && r.Time < records[i-1].Time {
				t.Fatalf("the time goes back at record %d", i)
			}
			if r.Kind() != kindOfTest {
				interrupts++
				continue
			}
			w := r.Arg()
			if r.B != ^r.A || w >= writers || last[w] != 0 && r.A != last[w]+1 {
				t.Fatalf("record %d: %+v, after number %d of this writer", i, *r, last[w])
			}
			last[w] = r.A
			seen[w] = max(seen[w], r.A)
		}
	}
	close(stop)
	wg.Wait()
	for w, n := range seen {
		if n < enough {
			t.Errorf("writer %d has written only %d records", w, n)
		}
	}
	if interrupts == 0 {
		t.Error("nothing came between")
	}
}

// TestTraceCount counts what is written, beyond what the ring holds.
func TestTraceCount(t *testing.T) {
	for _, n := range []uint64{0, 1, 100, layout.TraceRecords - 1, layout.TraceRecords, 5*layout.TraceRecords + 7} {
		records, written := traced(t, func() {
			for i := range n {
				shim.Record(i+1, kindOfTest, 0, i, 0)
			}
		})
		mine := uint64(0)
		for _, r := range records {
			if r.Kind() == kindOfTest {
				if r.Time != r.A+1 {
					t.Errorf("record %d has the time %d", r.A, r.Time)
				}
				mine++
			}
		}
		others := uint64(len(records)) - mine
		if written < n || mine < min(n, uint64(len(records))-others) || n < layout.TraceRecords/2 && mine != n {
			t.Errorf("%d records, of which %d are there beside %d others; %d were written", n, mine, others, written)
		}
	}
}

// TestTraceEvents finds what it does among the events: a fault, threads that take
// turns, sleep and wake, a doorbell to itself.
func TestTraceEvents(t *testing.T) {
	records, _ := traced(t, func() {
		fault(func() { *(*int)(shim.At(nowhere)) = 1 })
		time.Sleep(5 * time.Millisecond)
		if err := sbi.SendIPI(1, shim.Row().Hart); err != 0 {
			t.Error(err)
		}
		time.Sleep(time.Millisecond)
	})
	var count [layout.NumTraceKinds]int
	asleep, slept := uint64(0), uint64(0)
	for i := range records {
		r := &records[i]
		count[r.Kind()]++
		switch {
		case r.Kind() == layout.TraceTrap && r.Arg() == 15 && r.B == nowhere:
			count[layout.TraceNone]++
		case r.Kind() == layout.TraceSleep:
			asleep = r.Time
		case r.Kind() == layout.TraceWake:
			slept += r.Time - asleep
		}
	}
	if count[layout.TraceNone] != 1 {
		t.Errorf("the fault was recorded %d times", count[layout.TraceNone])
	}
	for _, k := range []layout.TraceKind{layout.TraceSleep, layout.TraceWake, layout.TraceSwitch, layout.TraceDoorbellTaken} {
		if count[k] == 0 {
			t.Errorf("no event %v; %v", k, count)
		}
	}
	if d := shim.Duration(slept); count[layout.TraceSleep] != count[layout.TraceWake] || d < time.Millisecond {
		t.Errorf("asleep %d times, awake %d times, in all for %v", count[layout.TraceSleep], count[layout.TraceWake], d)
	}
}

// TestTraceOff records nothing unless it is told to.
func TestTraceOff(t *testing.T) {
	shim.ClearTrace()
	fault(func() { *(*int)(shim.At(nowhere)) = 1 })
	time.Sleep(2 * time.Millisecond)
	if n, written := shim.ReadTrace(make([]layout.TraceRecord, 10)); n != 0 || written != 0 || shim.Tracing() {
		t.Errorf("%d records of %d", n, written)
	}
}
