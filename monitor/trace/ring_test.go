package trace

import (
	"encoding/binary"
	"reflect"
	"strings"
	"testing"

	"atoll/arch/layout"
)

func TestDecode(t *testing.T) {
	for _, r := range []Ring{
		{Core: 3, Size: 8},
		{Core: 0, On: true, Written: 3, Size: 8, Records: []Record{{Time: 1, Head: 2, A: 3, B: 4}}},
		{Core: 63, Written: 1 << 60, Size: 2, Records: []Record{{Time: 1}, {B: 1<<64 - 1}}},
	} {
		if got, err := Decode(r.Core, r.Encode()); err != nil || !reflect.DeepEqual(got, r) {
			t.Errorf("%+v comes back as %+v, %v", r, got, err)
		}
	}
	for name, words := range map[string][]uint64{
		"nothing": nil, "short": {1, 2}, "not yes or no": {2, 0, 9}, "half a record": {0, 9, 9, 1, 2, 3},
		"more than written": {0, 1, 9, 1, 2, 3, 4, 5, 6, 7, 8}, "more than there is room": {0, 9, 1, 1, 2, 3, 4, 5, 6, 7, 8},
	} {
		if _, err := Decode(7, words); err == nil || !strings.Contains(err.Error(), "core 7") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever a core answers, it is an error, or a ring that says the same again, and
// can be merged and printed.
func FuzzDecode(f *testing.F) {
	f.Add([]byte{}, 1)
	f.Add(make([]byte, 8*headWords), 2)
	whole := Ring{On: true, Written: 2, Size: 4, Records: []Record{{Time: 5, Head: layout.TraceHead(layout.TraceSend, 1), A: 9}, {Head: 1 << 40}}}
	var b []byte
	for _, w := range whole.Encode() {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	f.Add(b, 0)
	f.Fuzz(func(t *testing.T, b []byte, core int) {
		var words []uint64
		for ; len(b) >= 8; b = b[8:] {
			words = append(words, binary.LittleEndian.Uint64(b))
		}
		r, err := Decode(core, words)
		if err != nil {
			return
		}
		if again := r.Encode(); !reflect.DeepEqual(again, words) {
			t.Errorf("%v became %v", words, again)
		}
		if events := Merge([]Ring{r, r}); len(events) != 2*len(r.Records) {
			t.Errorf("%d records, twice, became %d events", len(r.Records), len(events))
		}
		for i := range r.Records {
			if line := Line(&r.Records[i]); strings.ContainsAny(line, "\n\x00") {
				t.Errorf("%q", line)
			}
		}
	})
}
