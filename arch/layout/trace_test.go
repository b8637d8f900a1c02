package layout

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Each kind has a word of its own and arguments with different names.
func TestTraceKinds(t *testing.T) {
	words := map[string]bool{TraceNone.String(): true, NumTraceKinds.String(): true}
	if len(words) != 1 {
		t.Errorf("what is no kind is called %v", words)
	}
	for k := TraceSend; k < NumTraceKinds; k++ {
		if words[k.String()] {
			t.Errorf("kind %d is called %s, as another", k, k)
		}
		words[k.String()] = true
		r := TraceRecord{Head: TraceHead(k, 0xffff_fff0), A: 9<<48 | 5, B: 7}
		if r.Kind() != k || r.Arg() != 0xffff_fff0 {
			t.Errorf("the head of kind %d reads back as %d, %#x", k, r.Kind(), r.Arg())
		}
		names := map[string]bool{}
		for i := 0; ; i++ {
			name, _, ok := r.Field(i)
			if !ok {
				break
			}
			if names[name] || name == "" {
				t.Errorf("%s has the argument %q twice", k, name)
			}
			names[name] = true
		}
		if len(names) == 0 && k != TraceDoorbellTaken || len(names) > 4 {
			t.Errorf("%s has the arguments %v", k, names)
		}
	}
}

func TestTraceFields(t *testing.T) {
	r := TraceRecord{Head: TraceHead(TraceSend, 3), A: 65535<<48 | 1<<32 | 2<<16 | 7, B: 42}
	for i, want := range []struct {
		name string
		v    uint64
	}{{"to", 3}, {"type", 7}, {"number", 65535}, {"word", 42}} {
		if name, v, ok := r.Field(i); name != want.name || v != want.v || !ok {
			t.Errorf("argument %d is %s=%d, %v", i, name, v, ok)
		}
	}
	for _, i := range []int{4, -1, math.MaxInt} {
		if name, _, ok := r.Field(i); ok || name != "" {
			t.Errorf("argument %d is %q", i, name)
		}
	}
	r.Head = math.MaxUint64
	if _, _, ok := r.Field(0); ok {
		t.Error("a record that is nonsense has arguments")
	}
}

// The ring goes round while a reader copies it: what the reader keeps is what was
// written under those numbers, the newest there were when it began.
// Sabotage: take the number behind the newest for the first that is whole; leave
// TraceRecords out of TraceOldest.
func TestTraceWrapAround(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var ring TraceBuffer
		next, first := uint64(0), uint64(0)
		write := func(n int) {
			for range n {
				ring[next%TraceRecords] = TraceRecord{Time: next, A: ^next}
				next++
			}
		}
		write(r.IntN(3 * TraceRecords))
		if r.IntN(3) == 0 {
			first = next - min(next, uint64(r.IntN(2*TraceRecords)))
		}
		most := uint64(r.IntN(2 * TraceRecords))
		begin, end := TraceOldest(first, next, most), next
		if want := min(most, TraceRecords, end-first); end-begin != want {
			t.Fatalf("first %d, next %d, most %d: %d are to be read, want %d", first, next, most, end-begin, want)
		}
		var copied []TraceRecord
		for n := begin; n != end; n++ {
			copied = append(copied, ring[n%TraceRecords])
			if r.IntN(20) == 0 {
				write(r.IntN(200))
			}
		}
		whole := max(begin, TraceOldest(first, next, TraceRecords))
		for n := min(whole, end); n < end; n++ {
			if rec := copied[n-begin]; rec.Time != n || rec.A != ^n {
				t.Fatalf("record %d of %d to %d is that of %d", n, begin, end, rec.Time)
			}
		}
		if next == end && whole != begin {
			t.Fatalf("nothing was written meanwhile, but %d of %d records are dropped", whole-begin, end-begin)
		}
	}
	if n := TraceOldest(math.MaxUint64, 5, math.MaxUint64); 5-n > TraceRecords {
		t.Errorf("nonsense is read from number %d on", n)
	}
}
