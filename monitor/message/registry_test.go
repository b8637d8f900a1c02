package message

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// A type that is not all bytes, or not the same everywhere, is refused with a sentence.
// Sabotage: leave any case out of fixed or fixedStruct.
func TestCheck(t *testing.T) {
	for _, c := range []struct {
		v    any
		want string // "" = it can be one
	}{
		{full{}, ""}, {[7]uint64{}, ""}, {None{}, ""}, {uint8(0), ""}, {time.Duration(0), ""}, {struct{ A [2]struct{ B, C uint8 } }{}, ""},
		{[8]uint64{}, "[8]uint64 has 64 bytes, of which a message carries 56"},
		{struct {
			A uint8
			B uint16
		}{}, ".B has padding before it"},
		{struct {
			A uint64
			B uint8
		}{}, " has padding behind its last field"},
		{struct {
			A struct {
				B uint32
				C uint8
			}
		}{}, ".A has padding behind its last field"},
		{struct {
			A uint8
			_ uint8
		}{}, "._ is a blank field, which a copy may leave out: give it a name"},
		{struct{ A bool }{}, ".A is of type bool, which not every byte is: use uint8"},
		{struct{ A int }{}, ".A is of type int, whose size is not the same everywhere: say how many bits"},
		{struct{ A uintptr }{}, ".A is of type uintptr, whose size is not the same everywhere"},
		{struct{ A *uint8 }{}, ".A is of type ptr, which refers to memory of its own core"},
		{struct{ A struct{ B [2]string } }{}, ".A.B[0] is of type string, which refers to memory"},
		{struct{ A []uint8 }{}, ".A is of type slice"},
		{struct{ A map[uint8]uint8 }{}, ".A is of type map"},
		{struct{ A any }{}, ".A is of type interface"},
		{struct{ A func() }{}, ".A is of type func"},
		{struct{ A complex64 }{}, ".A is of type complex64"},
		{"", "string is of type string, which refers to memory of its own core"},
	} {
		err := check(reflect.TypeOf(c.v), Size)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%T: %v", c.v, err)
		}
	}
}

// A number or a name has one definition.
// Sabotage: leave any case, or the loop, out of add; let it look at the last of a bucket
// only.
func TestRegistry(t *testing.T) {
	var r registry
	for _, c := range []struct {
		number uint16
		name   string
		want   string
	}{
		{1, "first", ""}, {MaxNumber, "last-one", ""}, {1 | AnswerBit, "first-answer", ""},
		{0, "none", "has the number 0, which is not within 1 and 255"},
		{AnswerBit, "none", "has the number 0"},
		{Limit + 1, "beyond", "has the number 513"},
		{1, "second", `messages "first" and "second" both have the number 1`},
		{2, "first", `messages 1 and 2 are both called "first"`},
		{2, "", "is not a word of small letters and hyphens"}, {2, "Two", "is not a word"}, {2, "-two", "is not a word"},
		{2, "two-", "is not a word"}, {2, "two 2", "is not a word"},
		{5, "amm", ""}, {6, "bon", ""}, {7, "amm", `messages 5 and 7 are both called "amm"`},
	} {
		err := r.add(Definition{Number: c.number, Name: c.name})
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%d %q: %v", c.number, c.name, err)
		}
	}
	if bucket("amm") != bucket("bon") {
		t.Error("no two names here are in one bucket")
	}
}

// What is declared can be looked up, and a declaration that cannot be ends the program.
// Sabotage: leave the panic out of declare; let Find not look at the limit.
func TestDeclared(t *testing.T) {
	for number, want := range map[uint16]Definition{
		200:             {200, "test-full", KindOneWay, "message.full", 56},
		203:             {203, "test-ask", KindRequest, "[6]uint64", 48},
		203 | AnswerBit: {203 | AnswerBit, "test-ask-answer", KindAnswer, "message.value", 248},
	} {
		if got, ok := Find(number); !ok || got != want || Name(number) != want.Name {
			t.Errorf("%+v, %v", got, ok)
		}
	}
	if Name(199) != "199" || Name(Limit) != "512" || Name(65535) != "65535" {
		t.Error("what has no name has one")
	}
	last := uint16(0)
	for _, d := range Definitions() {
		if d.Number <= last || d.Name == "" {
			t.Errorf("%+v after %d", d, last)
		}
		last = d.Number
	}
	for what, f := range map[string]func(){
		"a number twice":        func() { Declare[uint8](200, "test-again") },
		"a message too long":    func() { Declare[[57]uint8](210, "test-long") },
		"a question too long":   func() { DeclareRequest[[49]uint8, None](210, "test-long") },
		"an answer too long":    func() { DeclareRequest[None, [MaxValue + 1]uint8](211, "test-long-answer") },
		"records of no numbers": func() { DeclareStream[None, None, string](212, "test-records") },
	} {
		func() {
			defer func() {
				if text, ok := recover().(string); !ok || !strings.HasPrefix(text, "message: ") {
					t.Errorf("%s: %q", what, text)
				}
			}()
			f()
			t.Errorf("%s is declared", what)
		}()
	}
}
