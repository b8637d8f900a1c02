package skb

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"
)

// hostile are goals that would run for ever, fill the memory or overflow the stack
// of an engine without bounds.
var hostile = map[string]string{
	// No end.
	"between(1, 1000000000, X), fail":                                         "after 30000 steps",
	"between(1, 1000000000, _), between(1, 1000000000, _), fail":              "ended",
	"findall(X, between(1, 1000000000, X), L)":                                "ended",
	"\\+ (between(1, 1000000000, _), fail)":                                   "ended",
	"\\+ \\+ (between(1, 1000000000, _), fail)":                               "ended",
	"forall(between(1, 1000000000, X), X > 0)":                                "ended",
	"root(1000000000000, 1, R)":                                               "ended",
	"take(1000000000, [a|T], X)":                                              "",
	"cut_runs(L, 0, G)":                                                       "",
	"concat(X, Y)":                                                            "",
	"values(X, Y), fail":                                                      "",
	"findall(X, (between(1, 100000, X), findall(Y, between(1, 9, Y), _)), L)": "",
	// Cycles.
	"X = f(X)":                                    "no",
	"X = [X]":                                     "no",
	"member(X, [f(X)])":                           "no",
	"append([a], X, X)":                           "no",
	"X = Y, Y = f(X), X = Y":                      "no",
	"f(X, X) = f(Y, g(Y))":                        "no",
	"findall(f(A, g(A)), true, [f(B, B)])":        "no",
	"setof(f(A, g(A)), A^true, [f(B, B)])":        "no",
	"sort([f(A)], [A])":                           "no",
	"keysort([a-f(A)], [a-A])":                    "no",
	"take(1, [f(X)|X], [X|_])":                    "no",
	"most([f(X)], X)":                             "no",
	"values([_-f(X)], [X])":                       "no",
	"spokes(X, [], X)":                            "",
	"tree_of([[X], [f(X)]], L)":                   "",
	"cluster([X|X], 1, 1, X)":                     "",
	"member(X, [f(Y)]), member(Y, [f(X)]), X = Y": "no",
	// Size.
	"A = f(z,z), B = f(A,A), C = f(B,B), D = f(C,C), E = f(D,D), F = f(E,E), G = f(F,F), H = f(G,G), I = f(H,H), J = f(I,I), K = f(J,J), L = f(K,K), M = f(L,L), N = f(M,M), O = f(N,N), P = f(O,O), Q = f(P,P), R = f(Q,Q), S = f(R,R), T = f(S,S), U = f(T,T), V = f(U,U), W = f(V,V), X = f(W,W), Y = f(X,X), Y = Y": "more than",
	"findall(X, between(1, 5000, X), L), L = M, findall(X, member(X, M), N)":        "more than",
	"findall(L, (between(1, 500, _), findall(X, between(1, 500, X), L)), M)":        "",
	"findall(X, between(1, 2000, X), L), findall(X, between(1, 2000, X), K), L = K": "nested more than",
	"X is 9 ** 9 ** 9":               "",
	"X is 2 ** 100000000000":         "",
	"X is 1.0e308 * 10":              "",
	"X = 99999999999999999999999999": "",
	"X = 1.0e99999":                  "",
}

// No goal takes longer than its bound, fills the memory or ends the process. The
// stack has the size that an instance of the least memory allows: more than that is
// a fatal error, which would end the test.
// Sabotage: let unify call engine.Unify; make maxDepth or maxNodes 1 << 30; or leave
// the steps out of check.
func TestHostile(t *testing.T) {
	defer debug.SetMaxStack(debug.SetMaxStack(leastStack))
	b := newBase(t, 4)
	b.steps, b.span = maxSteps/10, maxTime
	for goal, want := range hostile {
		begin := time.Now()
		r, err := b.Query(goal, 0)
		if d := time.Since(begin); d > 4*maxTime {
			t.Errorf("%.60s: took %v", goal, d)
		}
		switch {
		case want == "no" && (err != nil || len(r.Rows) > 0):
			t.Errorf("%.60s: %v, %v; want no solution", goal, r, err)
		case want != "" && want != "no" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%.60s: %v, %v; want %q", goal, r, err, want)
		}
	}
	yields(t, b, "core(C, _, _)", "0", "1", "2", "3")
}

// leastStack is what a goroutine of an instance with the least partition may use: an
// eighth of its kernel reserve (package kernel).
const leastStack = 1 << 20

// Time ends a goal as well, and its bound is kept within reason.
// Sabotage: leave the clock out of check.
func TestTime(t *testing.T) {
	b := newBase(t, 1)
	b.steps, b.span = 1<<30, 100*time.Millisecond
	begin := time.Now()
	_, err := b.Query("between(1, 1000000000, X), X < 0", 0)
	if err == nil || !strings.Contains(err.Error(), "not done after 100ms") || time.Since(begin) > 10*time.Second {
		t.Errorf("%v after %v", err, time.Since(begin))
	}
}

// Goals of every shape that are as long and as deep as they may be fit into that
// stack, and so does the way back out of many calls.
// Sabotage: in guarded, call f without Delay; or in policy.pl, end root's second
// clause with root(N, Q, S).
func TestStack(t *testing.T) {
	defer debug.SetMaxStack(debug.SetMaxStack(leastStack))
	b := newBase(t, 1)
	yields(t, b, "root(16000000, 1, R)", "4000")
	n := maxText / 4
	for _, goal := range []string{
		long("(", 400) + "true" + long(")", 400),
		"X = " + long("[", 400) + long("]", 400),
		"X = " + long("f(", 300) + "a" + long(")", 300),
		"X = " + long("f(", 300) + "a" + long(")", 300) + ", Y = X, Y == X, \\+ Y \\= X, findall(Y, true, L)",
		long("\\+ ", n) + "true",
		long("\\+", 400) + " true",
		long("true,", 180) + "true",
		long("true;", 180) + "true",
		long("X=X,", n-1) + "true",
		"X = " + long("- ", 400) + "1",
		"X is " + long("1+", 400) + "1",
		"X is " + long("-(", 300) + "1" + long(")", 300),
		"X = " + long("1+", 400) + "1",
		"X = [" + long("a,", 400) + "a], sort(X, Y), length(X, N), append(X, X, Z), Z = W, W == Z",
		"findall(X, between(1, 500, X), L), findall(L, true, M), sort(L, K), most(L, Z), L = K",
		"findall(X, between(1, 250, X), L), append(L, L, M), append(M, T, N), T = [a], N == N, count(member(_, N), C)",
		"findall(X, between(1, 600, X), L), take(500, L, K), drop(3, K, R)",
		long("call(", 120) + "true" + long(")", 120),
		long("once((true,", 60) + "true" + long("))", 60),
		long("(true->", 100) + "true" + long(")", 100),
		long("findall(_,", 60) + "true" + long(",_)", 60),
	} {
		if _, err := b.Query(goal, 0); err != nil {
			t.Logf("%.40s: %v", goal, err) // a bound of another kind
		}
	}
}

// A goal that fills the memory is ended, and what it had is free again.
// Sabotage: leave the case of heapSteps out of check.
func TestMemory(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(24 << 20))
	b := newBase(t, 1)
	runtime.GC()
	goal := "findall(L, (between(1, 100000, _), findall(x(X), between(1, 400, X), L)), M)"
	if _, err := b.Query(goal, 0); err != errHeap {
		t.Errorf("%v", err)
	}
	yields(t, b, "core(C, _, _)", "0")
}

// The names that goals bring are bounded, and known ones go on to work.
// Sabotage: do not call learn.
func TestWords(t *testing.T) {
	b := newBase(t, 1)
	var err error
	n := 0
	for ; err == nil && n < 2*maxWords; n++ {
		_, err = b.Query(fmt.Sprintf("X = new%d", n), 0)
	}
	if err == nil || !strings.Contains(err.Error(), "no room for another name") || n > maxWords+1 {
		t.Errorf("after %d goals: %v", n, err)
	}
	yields(t, b, "X = new7", "new7")
}

func TestWordEnd(t *testing.T) {
	for text, want := range map[string]string{
		"abc(": "abc", "a_B9 ": "a_B9", ":- x": ":-", "'a b'c": "'a b'", "'a''b'c": "'a''b'",
		`'a\'b'c`: `'a\'b'`, "'abc": "'abc", "(a": "(", "0'a": "0", `"a b" c`: `"a b"`, `'\`: `'\`,
	} {
		if got := text[:wordEnd(text)]; got != want {
			t.Errorf("%q begins with %q, want %q", text, got, want)
		}
	}
}

// No text makes a query panic, take too long or print anything but one line.
func FuzzQuery(f *testing.F) {
	for goal := range hostile {
		if len(goal)%4 == 0 { // TestHostile has them all
			f.Add(goal)
		}
	}
	for _, goal := range []string{"core(C, H, N).", "X = 'a\\x41\\b'", "0'a", "/* x */ true", "% x", "X = \"abc\"", "multicast_tree(L)"} {
		f.Add(goal)
	}
	b := newBase(f, 4)
	b.steps = 5000
	f.Fuzz(func(t *testing.T, goal string) {
		r, err := b.Query(goal, 0)
		if err != nil && err.Error() == "" {
			t.Errorf("%q: an empty sentence", goal)
		}
		for _, row := range r.Rows {
			for _, cell := range row {
				if len(cell) > maxCell+3 {
					t.Errorf("%q: %d bytes in a cell", goal, len(cell))
				}
			}
		}
		clear(b.words)
	})
}
