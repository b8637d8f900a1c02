package console

import (
	"math"
	"testing"
)

// Sabotage: let listBindings count the cores.
func TestBind(t *testing.T) {
	sys := newFake(3)
	check(t, sys, "bind", OK, "no core has a binding\n@0 bindings ends=0\n")
	check(t, sys, "bind 0 2", OK, "core 0 is bound to core 2 after 150.0 us\n@0 bind from=0 to=2 time=150000ns service=1\n")
	check(t, sys, "bind", OK, "CORE  PEER  SERVICE  SIDE\n   0     2        1  client\n   2     0        1  server\n@0 bindings ends=2\n")
	check(t, sys, "bind -json", OK, `{"event":"binding","by":0,"core":2,"peer":0,"service":1,"side":"server"}`)
	check(t, sys, "bind close", OK, "no core has a binding\n@0 bindings ends=0\n")
	check(t, sys, "bind echo.2; bind 2 echo.1; bind -json", OK, `{"event":"binding","by":0,"core":1,"peer":2,"service":1,"side":"server"}`)
	check(t, sys, "bind close", OK, "")
	check(t, sys, "bind 2 console", OK, "@0 bind from=2 to=0 time=150000ns service=3\n")
	check(t, sys, "bind echo.0", OK, "core 0 is bound to core 0 after 150.0 us\n")
	check(t, sys, "bind close", OK, "")
	check(t, sys, "bind 1 nobody", Usage, `bind: there is no service "nobody"; see names`)
	sys.silent[1] = true
	check(t, sys, "bind", Failed, "bind: core 1 did not answer within 1s\n")
	check(t, sys, "bind 0 1", Failed, "bind: core 1 did not answer within 1s\n")
	check(t, sys, "bind close", Failed, "bind: core 1 did not answer within 1s\n")
}

// Bad input is a sentence, and does not reach the machine.
func TestBindUsage(t *testing.T) {
	for line, want := range map[string]string{
		"bind 1":          "bind: two cores are needed, or a name, or the word close, or nothing for a list",
		"bind 0 9":        "there is no core",
		"bind 0 1 2":      "unexpected argument",
		"bind close 1":    "unexpected argument",
		"bind open 1":     "a core is given by its number",
		"bench binding 1": "bench: two cores are needed, or none for all",
	} {
		sys := newFake(3)
		check(t, sys, line, Usage, want)
		if len(sys.asked) > 0 {
			t.Errorf("%s reached the machine: %q", line, sys.asked)
		}
	}
}

// Sabotage: let benchBinding believe what it is told.
func TestBenchBinding(t *testing.T) {
	check(t, newFake(2), "bench binding -n 5", OK, "@0 bench-binding from=0 to=1 setup=150000ns monitors=170ns rtt=200ns p99=500ns ratio=1.18 woken=90000ns woken-p99=180000ns bulk-bytes=250000000/s rounds=5\n")
	check(t, newFake(1), "bench binding", OK, "there is no second core to bind to\n")
	for _, bulk := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		sys := newFake(2)
		sys.bound = &BindingResult{Round: Latency{1, 1}, Bulk: bulk}
		check(t, sys, "bench binding", Failed, "the measurement makes no sense")
	}
}
