package skb

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ichiban/prolog/engine"
)

// newBase makes a base with n living cores that know nothing of each other.
func newBase(t testing.TB, n int) *Base {
	t.Helper()
	b, err := New()
	if err != nil {
		t.Fatal(err)
	}
	b.span = time.Minute // tests count steps: the host may be busy
	for i := range n {
		b.core.add(i, i+100, 0)
	}
	live(t, b, firstLives(n))
	return b
}

// firstLives are cores 0 to n-1 in their first life.
func firstLives(n int) []Life {
	var list []Life
	for i := range n {
		list = append(list, Life{i, 1})
	}
	return list
}

// live sets the lives; the lowest has the console.
func live(t testing.TB, b *Base, lives []Life) {
	t.Helper()
	b.SetLives(lives, lives[0].Core)
}

// rows solves a goal and returns its rows, cells joined by spaces.
func rows(t testing.TB, b *Base, goal string) []string {
	t.Helper()
	r, err := b.Query(goal, 0)
	if err != nil {
		t.Fatalf("%s: %v", goal, err)
	}
	var list []string
	for _, row := range r.Rows {
		list = append(list, strings.Join(row, " "))
	}
	return list
}

// yields checks what a goal has.
func yields(t testing.TB, b *Base, goal string, want ...string) {
	t.Helper()
	if got := rows(t, b, goal); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: %q, want %q", goal, got, want)
	}
}

func TestQuery(t *testing.T) {
	b := newBase(t, 3)
	yields(t, b, "core(C, H, N).", "0 100 0", "1 101 0", "2 102 0")
	yields(t, b, "core(C, 101, _)", "1")
	yields(t, b, "core(C, C, _)")
	yields(t, b, "core(a, H, _)")
	yields(t, b, "core(f(X), H, _)")
	yields(t, b, "true", "")
	yields(t, b, "fail")
	yields(t, b, "member(X, [a, _, c]), X == c", "c")
}

// The prelude means what ISO Prolog means by it.
func TestPrelude(t *testing.T) {
	b := newBase(t, 1)
	for goal, want := range map[string]string{
		"(fail -> X = 1 ; X = 2)":                       "2",
		"(true -> X = 1 ; X = 2)":                       "1",
		"(member(X, [1, 2]) -> true ; X = 3)":           "1",
		"X = 1 ; X = 2":                                 "1|2",
		"member(X, [1, 2, 3]), \\+ X = 2":               "1|3",
		"member(X, [1, 2, 3]), !":                       "1",
		"member(X, [1, 2]), (true ; true), !":           "1",
		"once(member(X, [4, 5]))":                       "4",
		"forall(member(_, [1, 2]), true), X = y":        "y",
		"findall(Y, member(Y, [b, a]), X), Y = 1":       "1 [b,a]",
		"setof(Y, member(Y, [b, a, b]), X), Y = 1":      "1 [a,b]",
		"X is 7 // 2 + 7 mod 4 - -1":                    "7",
		"X is 2 ** 3, Y is 2 ^ 3":                       "8.0 8",
		"count(member(_, [a, b]), X)":                   "2",
		"most([3, 9, 2], X)":                            "9",
		"least([3, 9, 2], X)":                           "2",
		"take(2, [a, b, c], X)":                         "[a,b]",
		"drop(2, [a, b, c], X)":                         "[c]",
		"append([a], [b], X)":                           "[a,b]",
		"append([a], X, [a, b])":                        "[b]",
		"length([a, b], X)":                             "2",
		"a \\= b, a @< b, b @>= b, 1 @=< 2, X = ok":     "ok",
		"number(1), number(1.5), \\+ number(a), X = ok": "ok",
		"atomic(a), \\+ atomic(f(a)), X = ok":           "ok",
		"root(17, 1, X)":                                "5",
	} {
		if got := strings.Join(rows(t, b, goal), "|"); got != want {
			t.Errorf("%s: %s, want %s", goal, got, want)
		}
	}
}

// What cannot be read or solved gets a sentence, with where it is.
// Sabotage: let syntaxSentence look in the whole text, not in what was read.
func TestSentences(t *testing.T) {
	b := newBase(t, 1)
	for goal, want := range map[string]string{
		"":                          "there is no goal",
		" . ":                       "there is no goal",
		"core(":                     "syntax: the goal ends too early",
		"core(X":                    "syntax: the goal ends too early",
		"core(X.":                   "syntax: the goal ends too early",
		"X = ":                      "syntax: the goal ends too early",
		"'abc":                      "syntax: the goal ends too early",
		"a b":                       `syntax: "b" at column 3 does not fit behind "a"`,
		"core(C H)":                 `syntax: "H" at column 8 does not fit behind "core(C"`,
		"[a, b] = X)":               `syntax: ")" at column 11 does not fit behind "[a, b] = X"`,
		"f(\u00e9, , 1)":            "syntax: \",\" at column 6 does not fit behind \"f(\u00e9,\"",
		"a. ) b":                    "one goal at a time",
		"a = (b. c)":                `syntax: "." at column 7 does not fit behind "a = (b"`,
		")":                         `syntax: no goal begins with ")"`,
		"true. true.":               "one goal at a time",
		"nothing(X)":                "there is no predicate nothing/1",
		"core(X)":                   "there is no predicate core/1",
		"X":                         "a variable has no value",
		"1":                         "1 is no callable",
		"X is Y + 1":                "a variable has no value where one is needed (in is/2)",
		"X is a + 1":                "a/0 is no evaluable",
		"X is 1 // 0":               "arithmetic: zero_divisor",
		"length(x, N)":              "x is no list",
		"X = " + long("a", maxText): "at most 1000 bytes",
		"X = " + long("a", 70):      "a name is longer than 64 bytes",
	} {
		if _, err := b.Query(goal, 0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", goal, err, want)
		}
	}
}

func long(s string, n int) string { return strings.Repeat(s, n) }

// Nothing that reaches out of the base, or changes it, can be called.
// Sabotage: add {"assertz", 1, ...engine.Assertz} to natives.
func TestNothingElse(t *testing.T) {
	b := newBase(t, 1)
	for _, goal := range []string{
		"open(f, read, S)", "open(f, read, S, [])", "consult(f)", "[f]", "halt", "halt(1)",
		"assertz(a)", "asserta(a)", "retract(core(_, _, _))", "abolish(core/3)", "retractall(core(_, _, _))",
		"op(200, xfx, a)", "set_prolog_flag(double_quotes, atom)", "current_output(S)", "write(a)", "nl",
		"read(X)", "get_char(C)", "put_char(a)", "stream_property(S, P)", "set_input(a)",
		"atom_chars(X, [a])", "atom_codes(X, [97])", "atom_concat(a, b, X)", "sub_atom(abc, A, B, C, D)", "number_codes(X, [])",
		"catch(true, _, true)", "throw(a)", "repeat", "term_expansion(a, b)", "clause(A, B)", "current_predicate(A/B)",
		"functor(X, a, 3)", "copy_term(a, X)", "a --> b", "call(a, b)",
	} {
		if r, err := b.Query(goal, 0); err == nil || !strings.Contains(err.Error(), "there is no predicate") && !strings.Contains(err.Error(), "syntax") {
			t.Errorf("%s: %v, %v", goal, r, err)
		}
	}
	yields(t, b, "core(C, _, _)", "0")
}

// Solutions are counted and cut.
func TestRows(t *testing.T) {
	b := newBase(t, 1)
	for _, c := range []struct {
		goal       string
		most, rows int
		cut        bool
	}{
		{"between(1, 5, X)", 0, 5, false},
		{"between(1, 5, X)", 5, 5, false},
		{"between(1, 5, X)", 4, 4, true},
		{"between(1, 100000, X)", 0, MaxRows, true},
		{"between(1, 100000, _)", 0, 1, false},
	} {
		r, err := b.Query(c.goal, c.most)
		if err != nil || len(r.Rows) != c.rows || r.Cut != c.cut {
			t.Errorf("%s, %d: %d rows, cut %t, %v", c.goal, c.most, len(r.Rows), r.Cut, err)
		}
	}
}

// What doc.go says of clauses holds for each: a head names a variable once, and a
// clause that calls its own predicate ends with a predicate in Go.
// Sabotage: in policy.pl, end root's second clause with root(N, Q, S).
func TestHeads(t *testing.T) {
	inGo := map[string]bool{}
	for _, n := range natives {
		inGo[fmt.Sprintf("%s/%d", n.name, n.arity)] = true
	}
	b := newBase(t, 1)
	for _, text := range []string{prelude, policy} {
		p := engine.NewParser(&b.vm, strings.NewReader(text))
		for p.More() {
			p.Vars = nil
			term, err := p.Term()
			if err != nil {
				t.Fatal(err)
			}
			head, body := term, engine.Term(nil)
			if c, ok := term.(engine.Compound); ok && c.Functor().String() == ":-" {
				if c.Arity() == 1 {
					continue // a directive
				}
				head, body = c.Arg(0), c.Arg(1)
			}
			seen := map[engine.Variable]int{}
			countVars(head, seen)
			for _, n := range seen {
				if n > 1 {
					t.Errorf("%s names a variable twice", b.text(head, nil))
				}
			}
			if body == nil || nameOf(head) == ";/2" || nameOf(head) == ",/2" || nameOf(head) == "->/2" {
				continue // control calls itself through call/1, which is in Go
			}
			goals := conjuncts(body)
			recursive := slices.ContainsFunc(goals, func(g engine.Term) bool { return nameOf(g) == nameOf(head) })
			if last := nameOf(goals[len(goals)-1]); recursive && !inGo[last] {
				t.Errorf("%s calls itself and ends with %s", b.text(head, nil), last)
			}
		}
	}
}

func countVars(t engine.Term, seen map[engine.Variable]int) {
	switch t := t.(type) {
	case engine.Variable:
		seen[t]++
	case engine.Compound:
		for i := range t.Arity() {
			countVars(t.Arg(i), seen)
		}
	}
}

func conjuncts(t engine.Term) []engine.Term {
	if c, ok := t.(engine.Compound); ok && c.Functor().String() == "," && c.Arity() == 2 {
		return append(conjuncts(c.Arg(0)), conjuncts(c.Arg(1))...)
	}
	return []engine.Term{t}
}

func nameOf(t engine.Term) string {
	switch t := t.(type) {
	case engine.Atom:
		return t.String() + "/0"
	case engine.Compound:
		return fmt.Sprintf("%s/%d", t.Functor(), t.Arity())
	}
	return ""
}
