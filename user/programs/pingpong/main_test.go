//go:build !riscv64

package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"atoll/user/hosted"
	"atoll/user/memory"
	"atoll/user/program"
	"atoll/user/slots"
)

// TestRounds has both threads' calls served by the CPU driver's own code. Nothing is left.
// Sabotage: count up nothing in echo; keep the server's endpoint.
func TestRounds(t *testing.T) {
	hosted.Boot(t, 128)
	free, pages := slots.Own.Free(), memory.Own().Free()
	for range 3 {
		var out strings.Builder
		if err := lrpcRounds(&out, 500, false); err != nil || !strings.HasPrefix(out.String(), "pingpong: lrpc, 500 round trips, each ") {
			t.Fatalf("%v, %q", err, out.String())
		}
	}
	if f, p := slots.Own.Free(), memory.Own().Free(); f != free || p != pages {
		t.Errorf("%d slots and %d pages are free, %d and %d before", f, p, free, pages)
	}
}

// TestArguments gives arguments that cannot be, and sees those apart that can.
// Sabotage: let number take what is too large.
func TestArguments(t *testing.T) {
	for _, row := range []struct {
		args   string
		misuse bool
	}{
		{"lrpc 0", true}, {"lrpc x", true}, {"lrpc 1 2", true}, {"0", true}, {"x y", true}, {"1 1", true}, {"-1 2", true},
		{"0 1 2 3", true}, {"0 1 1000000001", true}, {"0 1 10", false}, {"0 1", false}, {"lrpc 7", false},
		{"-json lrpc 0", true}, {"-json -json", true}, {"lrpc -json", true}, {"-json 0 1 7", false},
	} {
		err := pingpong(strings.Fields(row.args), &strings.Builder{})
		if m := new(program.Misuse); errors.As(err, m) != row.misuse {
			t.Errorf("%q: %v", row.args, err)
		}
	}
}

// TestCount counts without a kernel. Sabotage: receive at the end that has sent.
func TestCount(t *testing.T) {
	var out strings.Builder
	if err := pingpong([]string{"count", "50"}, &out); err != nil || !strings.HasSuffix(out.String(), "to receive it, of 400\n") {
		t.Errorf("%v, %q", err, out.String())
	}
	out.Reset()
	if err := pingpong([]string{"-json", "count", "50"}, &out); err != nil || !strings.HasPrefix(out.String(), `{"event":"bench-userump-count","messages":400,`) {
		t.Errorf("%v, %q", err, out.String())
	}
}

// TestMeasure has samples taken of every number of trips, and few that are slow change nothing.
// Sabotages: take the mean of the samples; leave the last sample out that is not whole.
func TestMeasure(t *testing.T) {
	for _, n := range []int{1, 19, 20, 21, 499, 25 * mostSamples, 25*mostSamples + 1} {
		made, slow := 0, false
		c, err := measure(n, perSample, func(k int) error {
			if made += k; n == 499 && !slow {
				time.Sleep(30 * time.Millisecond)
				slow = true
			}
			return nil
		})
		if err != nil || made != n || n == 499 && c.ns > 30_000 {
			t.Errorf("%d trips: %d made, %+v, %v", n, made, c, err)
		}
	}
	sentence := errors.New("sentence")
	if _, err := measure(1, 1, func(int) error { return sentence }); err != sentence {
		t.Errorf("the error is %v", err)
	}
}
