package message

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
)

// full is a message of the largest size with fields of all kinds.
type full struct {
	A    uint64
	B    int32
	C    uint16
	D, E uint8
	F    float64
	G    time.Duration
	H    [3]struct{ X, Y int16 }
	I    [2]int8
	J    uint16
	K    float32
	L    uint32
}

// whole fills a message.
type whole struct {
	A, B uint32
	Rest [6]uint64
}

// value is an answer longer than one fragment.
type value struct {
	Words [30]uint64
	Share float64
}

// record is what a stream is made of.
type record struct {
	Time uint32
	Kind [4]uint8
}

var (
	testFull   = Declare[full](200, "test-full")
	testSmall  = Declare[[3]uint8](201, "test-small")
	testNone   = Declare[None](202, "test-none")
	testAsk    = DeclareRequest[[6]uint64, value](203, "test-ask")
	testStream = DeclareStream[uint32, [2]uint64, record](204, "test-stream")
	testWhole  = Declare[whole](206, "test-whole")
	testWord   = Declare[uint64](208, "test-word")
	testText   = Declare[[Size]uint8](207, "test-text")
	testBytes  = DeclareStream[None, None, uint8](205, "test-bytes")
)

// words are anything that a peer may send.
func words(r *rand.Rand) (w [Words]uint64) {
	for i := range w {
		w[i] = r.Uint64()
	}
	return w
}

// What was encoded comes back as it was, whatever the bytes: as the value, and, decoded
// from any words, as those words.
// Sabotage: in put or get, leave out the last byte of the value.
func TestRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		w := words(r)
		v := testFull.Decode(&w)
		if again := testFull.Encode(&v); again != w {
			t.Fatalf("%#x came back as %#x", w, again)
		}
		small := testSmall.Decode(&w)
		if again := testSmall.Encode(&small); again != [Words]uint64{w[0] & 0xffffff} {
			t.Fatalf("%#x came back as %#x", w, again)
		}
		question := testAsk.Question(&w)
		again := testAsk.Ask(&question)
		SetID(&again, uint32(w[0]))
		if again != [Words]uint64{w[0] & 0xffffffff, w[1], w[2], w[3], w[4], w[5], w[6]} || ID(&again) != uint32(w[0]) {
			t.Fatalf("%#x came back as %#x", w, again)
		}
	}
}

// The encoding is that of a little-endian machine, field by field in their order.
// Sabotage: encode with another order, or with padding.
func TestLayout(t *testing.T) {
	v := full{A: 1, B: -2, C: 3, D: 4, E: 5, F: 0.1, G: -6, I: [2]int8{-7, 8}, J: 9, K: 1.5, L: 10}
	v.H[2].Y = -11
	var want bytes.Buffer
	for _, x := range []any{v.A, v.B, v.C, v.D, v.E, math.Float64bits(v.F), int64(v.G), v.H, v.I, v.J, math.Float32bits(v.K), v.L} {
		if err := binary.Write(&want, binary.LittleEndian, x); err != nil {
			t.Fatal(err)
		}
	}
	var got bytes.Buffer
	for _, w := range testFull.Encode(&v) {
		binary.Write(&got, binary.LittleEndian, w)
	}
	if !bytes.Equal(got.Bytes(), want.Bytes()) {
		t.Errorf("% x, not % x", got.Bytes(), want.Bytes())
	}
}

// A value that fills a message and its words are the same memory, with what Encode and
// Decode copy in it. Of another, which is smaller or is not aligned as words are, there
// are no words.
// Sabotage: leave the size, or the alignment, out of fills.
func TestInPlace(t *testing.T) {
	v := testWhole.Decode(&[Words]uint64{1, 2, 3, 4, 5, 6, 7})
	w := testWhole.WordsOf(&v)
	if *w != testWhole.Encode(&v) || *testWhole.In(w) != v {
		t.Errorf("%v became %v", v, *w)
	}
	v.Rest[5] = 99
	if w[6] != 99 || testWhole.In(w) != &v {
		t.Errorf("the words %v are a copy of %v", *w, v)
	}
	if got := *testSmall.In(&[Words]uint64{0x030201}); got != [3]uint8{1, 2, 3} {
		t.Errorf("a small value is %v", got)
	}
	for what, words := range map[string]func(){
		"small":     func() { testWord.WordsOf(new(uint64)) },
		"unaligned": func() { testText.WordsOf(new([Size]uint8)) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("a value that is %s has words", what)
				}
			}()
			words()
		}()
	}
}

// assemble carries an answer from one end to the other.
func assemble(t *testing.T, f Fragments, most int) ([]byte, error) {
	t.Helper()
	a := Assembly{Most: most}
	var w [Words]uint64
	fragments := max(1, (len(f.rest)+fragment-1)/fragment)
	for f.Next(&w) {
		fragments--
		if ID(&w) != 77 {
			t.Fatalf("the id is %d", ID(&w))
		}
		if whole, err := a.Take(&w); whole {
			if f.Next(&w) || fragments != 0 {
				t.Fatalf("%d fragments are left", fragments)
			}
			return a.Bytes(), err
		}
	}
	t.Fatal("the answer does not end")
	return nil, nil
}

// Answers of all lengths come whole, and so do the sentences of errors.
// Sabotage: let Next not set flagLast on a full fragment; leave the cut out of CutError.
func TestAnswers(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for n := range 40 {
		list := make([]record, n)
		for i := range list {
			list[i] = record{r.Uint32(), [4]uint8{uint8(r.Uint32()), 2, 3, uint8(i)}}
		}
		head := [2]uint64{r.Uint64(), r.Uint64()}
		data, err := assemble(t, Cut(77, testStream.Append(nil, &head, list)), testStream.Most())
		if err != nil {
			t.Fatal(err)
		}
		gotHead, got, err := testStream.Answer(data)
		if err != nil || gotHead != head || len(got) != n || n > 0 && !reflect.DeepEqual(got, list) {
			t.Errorf("%d records: %v, %v, %v", n, gotHead, got, err)
		}
		text := bytes.Repeat([]byte{'a' + byte(n%26)}, 7*n)
		if data, err = assemble(t, Cut(77, testBytes.Append(nil, &None{}, text)), testBytes.Most()); err != nil || !bytes.Equal(data, text) {
			t.Errorf("%q came as %q, %v", text, data, err)
		}
		if _, err = assemble(t, CutError(77, errors.New(string(text))), 0); err == nil || err.Error() != string(text) {
			t.Errorf("%q came as %v", text, err)
		}
	}
	long := strings.Repeat("e", 3*MaxSentence)
	if _, err := assemble(t, CutError(77, errors.New(long)), 0); err == nil || err.Error() != long[:MaxSentence] {
		t.Errorf("a long sentence came as %v", err)
	}
	v := value{Share: 0.5}
	v.Words[29] = 9
	data, err := assemble(t, Cut(77, testAsk.Append(nil, &v, nil)), testAsk.Most())
	if err != nil {
		t.Fatal(err)
	}
	if got, none, err := testAsk.Answer(data); err != nil || got != v || none != nil {
		t.Errorf("%v, %v, %v", got, none, err)
	}
}

// An answer of another length than what was asked for has none of its values.
// Sabotage: leave one of the comparisons out of Answer.
func TestShape(t *testing.T) {
	for n := range 300 {
		data := make([]byte, n)
		if _, _, err := testAsk.Answer(data); (err == nil) != (n == 31*8) {
			t.Errorf("%d bytes are a value: %v", n, err)
		}
		if _, list, err := testStream.Answer(data); (err == nil) != (n >= 16 && n%8 == 0) || err == nil && len(list) != (n-16)/8 {
			t.Errorf("%d bytes are a stream of %d records: %v", n, len(list), err)
		}
	}
}

// What comes from a peer neither makes more of an error than a sentence nor an answer
// longer than it may be.
// Sabotage: leave the bound out of Take, or the look at the failure; let sentence pass
// everything.
func TestAssemblyBounds(t *testing.T) {
	full := uint64(fragment) << 32
	for what, c := range map[string]struct {
		heads []uint64
		err   string
	}{
		"too long":            {[]uint64{full, full, full}, "an answer has more than 100 bytes"},
		"too many":            {[]uint64{flagLast | 49<<32}, ErrShape.Error()},
		"short in the middle": {[]uint64{full, 47 << 32}, ErrShape.Error()},
		"endless nothing":     {[]uint64{0}, ErrShape.Error()},
		"failed later":        {[]uint64{full, flagFailed | full}, ErrShape.Error()},
		"not failed later":    {[]uint64{flagFailed | full, full}, ErrShape.Error()},
	} {
		a := Assembly{Most: 100}
		for i, head := range c.heads {
			whole, err := a.Take(&[Words]uint64{head})
			if last := i == len(c.heads)-1; whole != last || last && (err == nil || err.Error() != c.err) {
				t.Errorf("%s: fragment %d: %v, %v", what, i, whole, err)
			}
		}
	}
	a := Assembly{}
	w := [Words]uint64{flagLast | flagFailed | 8<<32, 0x410a0d1b00ff7f20}
	if _, err := a.Take(&w); err == nil || err.Error() != " ??????A" {
		t.Errorf("the sentence is %q", err)
	}
}

// Nothing of this allocates but what an answer is put together in.
// Sabotage: have Encode return a slice.
func TestNoAllocation(t *testing.T) {
	v := full{A: 1}
	q := [6]uint64{1, 2}
	buffer := make([]byte, 0, 4096)
	answer := value{Share: 1}
	a := Assembly{Most: MaxAnswer, data: make([]byte, 0, 4096)}
	if n := testing.AllocsPerRun(100, func() {
		w := testFull.Encode(&v)
		v = testFull.Decode(&w)
		w = testAsk.Ask(&q)
		SetID(&w, 3)
		q = testAsk.Question(&w)
		a.data = a.data[:0]
		f := Cut(1, testAsk.Append(buffer[:0], &answer, nil))
		for f.Next(&w) {
			a.Take(&w)
		}
		answer, _, _ = testAsk.Answer(a.Bytes())
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if answer.Share != 1 {
		t.Error("the answer is lost")
	}
}

// Whatever fragments come, an answer ends or grows, within its bound.
// Sabotage: leave any case out of Take.
func FuzzAssembly(f *testing.F) {
	f.Add([]byte{0, 48, 1, 1, 48, 2, 0, 7, 0x80, 3})
	f.Add([]byte{0x40, 48, 1, 0xc0, 5, 0xff})
	f.Fuzz(func(t *testing.T, input []byte) {
		a := Assembly{Most: 1000}
		for n := 0; len(input) >= 3; input = input[3:] {
			w := [Words]uint64{uint64(input[0])<<56 | uint64(input[1])<<32 | 5, uint64(input[2]) << (input[2] & 63), 1<<64 - 1}
			whole, err := a.Take(&w)
			if len(a.Bytes()) > max(a.Most, MaxSentence) || !whole && len(a.Bytes()) != n+fragment {
				t.Fatalf("%d bytes after %d, error %v", len(a.Bytes()), n, err)
			}
			n = len(a.Bytes())
			if !whole {
				continue
			}
			if err != nil && len(err.Error()) > 4*MaxSentence {
				t.Fatalf("a sentence of %d bytes", len(err.Error()))
			}
			testAsk.Answer(a.Bytes())
			if _, list, err := testStream.Answer(a.Bytes()); err == nil && 16+8*len(list) != n {
				t.Fatalf("%d records of %d bytes", len(list), n)
			}
			return
		}
	})
}
