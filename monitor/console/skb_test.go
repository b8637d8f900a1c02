package console

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// fakeKnowledge knows a few goals.
type fakeKnowledge struct {
	answers map[string]Answer
	most    int
}

func (f *fakeSystem) Goal(text string, most int) (Answer, error) {
	f.most = most
	switch a, ok := f.answers[text]; {
	case text == "silent":
		return a, errors.New("the knowledge base did not answer within 10s")
	case !ok:
		return a, Usagef("there is no predicate %s/0", text)
	default:
		return a, nil
	}
}

func (f *fakeSystem) Facts() (Answer, error) {
	return Answer{Vars: []string{"P", "N"}, Rows: [][]string{{"core/3", "4"}, {"rtt/3", "12"}}}, nil
}

func (f *fakeSystem) Measure(core int) ([]Trip, error) {
	var list []Trip
	for _, o := range f.Alive() {
		if o != core {
			list = append(list, Trip{core, o, time.Duration(1000 + 100*core + o)})
		}
	}
	return list, f.ask("measure", core)
}

func TestSKB(t *testing.T) {
	sys := newFake(3)
	sys.answers = map[string]Answer{
		"core(C, H).":   {Vars: []string{"C", "H"}, Rows: [][]string{{"0", "1"}, {"1", "2"}}},
		"X = 1 ; X = 2": {Vars: []string{"X"}, Rows: [][]string{{"1"}}, Cut: true},
		"a = 'b c'":     {},
		"'a' = 'a'":     {Rows: [][]string{{}}},
	}
	for line, want := range map[string]string{
		"skb 'core(C, H).'":       "C  H\n0  1\n1  2\n@0 goal rows=2 more=no\n",
		"skb core(C, H).":         "@0 goal rows=2 more=no\n",
		`skb "X = 1 ; X = 2"`:     "X\n1\nthere are more rows than the 1 above\n@0 goal rows=1 more=yes\n",
		"skb a = 'b c'":           "no\n@0 goal rows=0 more=no\n",
		"skb 'a' = 'a'":           "yes\n@0 goal rows=1 more=no\n",
		"skb -json 'core(C, H).'": `{"event":"answer","by":0,"C":"0","H":"1"}` + "\n",
		"skb facts":               "PREDICATE  FACTS\ncore/3         4\nrtt/3         12\n@0 facts predicates=2 facts=16\n",
		"skb measure 1":           "FROM  TO     RTT\n   1   0  1.1 us\n   1   2  1.1 us\n@0 measured pairs=2 least=1100ns most=1102ns\n",
		"skb measure":             "@0 measured pairs=6 least=1001ns most=1201ns\n",
		"skb -json measure 1":     `{"event":"rtt","by":0,"from":1,"to":0,"least_ns":1100}` + "\n",
	} {
		check(t, sys, line, OK, want)
	}
	for line, want := range map[string]string{
		"skb":              "give a goal, facts or measure",
		"skb nothing":      "skb: there is no predicate nothing/0",
		"skb facts more":   "unexpected argument",
		"skb measure 7":    "there is no core",
		"skb measure 1 2":  "unexpected argument",
		"skb -n 0 facts":   "the number of rows must be from 1 to 256",
		"skb true -> fail": "unknown flag",
	} {
		check(t, sys, line, Usage, want)
	}
	check(t, sys, "skb silent", Failed, "did not answer within 10s")
	if execute(sys, "skb -n 7 'core(C, H).'"); sys.most != 7 {
		t.Errorf("asked for %d rows", sys.most)
	}
	sys.silent[1] = true
	check(t, sys, "skb measure", Failed, "@0 measured pairs=4")
	if out, _ := execute(sys, "help skb"); !strings.Contains(out, "rtt(From, To, Nanoseconds)") {
		t.Errorf("help does not list the facts:\n%s", out)
	}
}
