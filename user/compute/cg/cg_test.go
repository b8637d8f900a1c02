package cg

import (
	"testing"

	"atoll/user/compute/team"
)

// The sample problem has the published result.
// Sabotages: take 5 steps; draw no number before the vectors; let vector replace nothing.
func TestPublished(t *testing.T) {
	c := Classes[0]
	r := Solve(c, 2)
	if !r.Verified(c) {
		t.Errorf("zeta is %.13f, published is %.13f", r.Zeta, c.Zeta)
	}
	if r.Residual > 1e-10 || r.Time <= 0 {
		t.Errorf("residual %g, time %v", r.Residual, r.Time)
	}
}

// A result that is off by more than the tolerance is none.
// Sabotage: make the tolerance 1e-8.
func TestVerified(t *testing.T) {
	c := Classes[0]
	if r := (Result{Zeta: c.Zeta + 1e-9}); r.Verified(c) {
		t.Error("a wrong zeta is verified")
	}
}

// Sabotage: let p be read without a barrier before.
func TestThreads(t *testing.T) {
	c := Class{Order: 200, Nonzeros: 4, Iterations: 3, Shift: 10}
	want := Solve(c, 1)
	for _, n := range []int{2, 3, 8, team.Blocks} {
		if r := Solve(c, n); r.Zeta != want.Zeta || r.Residual != want.Residual {
			t.Errorf("%d threads: %v and %v, one thread %v and %v", n, r.Zeta, r.Residual, want.Zeta, want.Residual)
		}
	}
}
