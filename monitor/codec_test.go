package monitor

import (
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"atoll/arch/layout"
)

// fill gives every field of a struct another value.
func fill(r *rand.Rand, v reflect.Value) {
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.Struct:
			fill(r, f)
		case reflect.Float64:
			f.SetFloat(r.NormFloat64() * 1e9)
		case reflect.Int64, reflect.Int:
			f.SetInt(int64(r.Uint64()))
		case reflect.Uint64:
			f.SetUint(r.Uint64())
		}
	}
}

// What crosses harts comes back as it was, all of it, and words behind it stay;
// anything shorter is refused.
// Sabotage: in decode, take a field for another kind, or skip a word; leave the
// look at the length out.
func TestCodec(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, v := range []any{&Report{}, &PingReport{}, &PairReport{}, &SelfReport{}, &Times{}} {
		value := reflect.ValueOf(v).Elem()
		fill(r, value)
		words := encode([]uint64{7}, value.Interface())
		back := reflect.New(value.Type())
		rest, err := decode(append(words[1:], 8, 9), back.Interface())
		if err != nil || !slices.Equal(rest, []uint64{8, 9}) || words[0] != 7 || !reflect.DeepEqual(back.Interface(), v) {
			t.Errorf("%T: %+v came back as %+v, then %v, %v", v, v, back.Interface(), rest, err)
		}
		for n := range len(words) - 1 {
			if _, err := decode(words[1:1+n], reflect.New(value.Type()).Interface()); !errors.Is(err, errShape) {
				t.Errorf("%T of %d words: %v", v, n, err)
			}
		}
	}
}

// The words are the fields in order, floats by their bits.
// Sabotage: convert a float's value in place of its bits.
func TestEncode(t *testing.T) {
	got := encode(nil, PairReport{Bare: Times{1.5, -2}, Round: Times{0, math.Inf(1)}, OneWay: 0.1})
	var want []uint64
	for _, f := range []float64{1.5, -2, 0, math.Inf(1), 0.1} {
		want = append(want, math.Float64bits(f))
	}
	if !slices.Equal(got, want) {
		t.Errorf("%#x, not %#x", got, want)
	}
	if got := encode(nil, PingReport{Count: 1, Min: -1 * time.Nanosecond})[4]; got != 1<<64-1 {
		t.Errorf("-1 ns is %#x", got)
	}
}

// Mappings survive, and what is no list of mappings is refused.
// Sabotage: leave the look at the length out, or the kind out of a mapping's words.
func TestSpaceCodec(t *testing.T) {
	list := append(mappings(5, 20), layout.Mapping{VA: 1<<64 - 1, PA: 1 << 63, Pages: 1<<64 - 1, Perm: 0xff, Kind: 0xff})
	words := encodeSpace(list)
	if got, err := decodeSpace(words); err != nil || !slices.Equal(got, list) {
		t.Errorf("%v, %v", got, err)
	}
	for _, n := range []int{1, 2, 3, 5, len(words) - 1} {
		if got, err := decodeSpace(words[:n]); !errors.Is(err, errShape) {
			t.Errorf("%d words: %v, %v", n, got, err)
		}
	}
	if got, err := decodeSpace(nil); err != nil || len(got) != 0 {
		t.Errorf("no words: %v, %v", got, err)
	}
}
