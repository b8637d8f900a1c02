package skb

import (
	"reflect"
	"testing"
)

func TestWire(t *testing.T) {
	for _, r := range []Result{
		{},
		{Rows: [][]string{{}}},
		{Vars: []string{"X"}, Rows: [][]string{{"a"}, {""}}, Cut: true},
		{Vars: []string{"X", "Long"}, Rows: [][]string{{"a\nb", long("x", 3000)}}},
	} {
		b := r.AppendTo(nil)
		got, err := ReadResult(b)
		if err != nil || !reflect.DeepEqual(got, r) {
			t.Errorf("%v became %v, %v", r, got, err)
		}
		for n := range b {
			if got, err := ReadResult(b[:n]); err == nil {
				t.Errorf("%d of %d bytes of %v became %v", n, len(b), r, got)
			}
		}
		if _, err := ReadResult(append(b, 0)); err == nil {
			t.Errorf("%v with a byte behind it is read", r)
		}
	}
}

// No bytes make the reader panic or allocate more than they are worth.
func FuzzReadResult(f *testing.F) {
	f.Add((&Result{Vars: []string{"X"}, Rows: [][]string{{"a"}}}).AppendTo(nil))
	f.Add([]byte{0, 0x80, 0x80, 0x80, 0x80, 0x10, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ReadResult(b)
		if err == nil && len(r.Vars)*len(r.Rows) > len(b) {
			t.Errorf("%d bytes became %d cells", len(b), len(r.Vars)*len(r.Rows))
		}
	})
}
