package trace

import (
	"encoding/binary"
	"reflect"
	"strings"
	"testing"

	"atoll/arch/layout"
)

func TestNewRing(t *testing.T) {
	for _, r := range []Ring{
		{Core: 3, Size: 8},
		{Core: 0, On: true, Written: 3, Size: 8, Records: []Record{{Time: 1, Head: 2, A: 3, B: 4}}},
		{Core: 63, Written: 1 << 60, Size: 2, Records: []Record{{Time: 1}, {B: 1<<64 - 1}}},
	} {
		s := State{Written: r.Written, Size: r.Size}
		if r.On {
			s.On = 1
		}
		if got, err := NewRing(r.Core, s, r.Records); err != nil || !reflect.DeepEqual(got, r) {
			t.Errorf("%+v comes back as %+v, %v", r, got, err)
		}
	}
	for name, s := range map[string]State{
		"not yes or no": {2, 9, 9}, "more than written": {0, 1, 9}, "more than there is room": {0, 9, 1},
	} {
		if _, err := NewRing(7, s, make([]Record, 2)); err == nil || !strings.Contains(err.Error(), "core 7") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever a core answers, it is an error, or a ring that can be merged and printed.
func FuzzRing(f *testing.F) {
	f.Add([]byte{}, 1)
	f.Add(make([]byte, 24), 2)
	var b []byte
	for _, w := range []uint64{1, 2, 4, 5, layout.TraceHead(layout.TraceSend, 1), 9, 0, 0, 1 << 40, 0, 0} {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	f.Add(b, 0)
	f.Fuzz(func(t *testing.T, b []byte, core int) {
		var words []uint64
		for ; len(b) >= 8; b = b[8:] {
			words = append(words, binary.LittleEndian.Uint64(b))
		}
		if len(words) < 3 {
			return
		}
		s := State{words[0], words[1], words[2]}
		var records []Record
		for words = words[3:]; len(words) >= 4; words = words[4:] {
			records = append(records, Record{Time: words[0], Head: words[1], A: words[2], B: words[3]})
		}
		r, err := NewRing(core, s, records)
		if err != nil {
			return
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
