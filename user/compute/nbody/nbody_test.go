package nbody

import (
	"math"
	"testing"

	"atoll/user/compute/team"
)

// Accelerations of all bodies are near the direct sums, the masses of the tree are all there, and
// far bodies do pull as one.
// Sabotages: leave the last body out of a leaf; let a graft keep next as it is; make theta 1.
func TestDirect(t *testing.T) {
	for _, n := range []int{2, 5, 300, 2000} {
		b := Plummer(n)
		r := Run(b, 1, 3)
		if !r.Verified() {
			t.Errorf("%d bodies: error %g, drift %g", n, r.Error, r.Drift)
		}
		if n > 2*samples && r.Error < mostError/10 {
			t.Errorf("%d bodies: error %g, so the tree is not used", n, r.Error)
		}
	}
}

// What bodies have of energy stays over many steps.
// Sabotage: move places by half a step.
func TestEnergy(t *testing.T) {
	if r := Run(Plummer(256), 100, 2); math.Abs(r.Drift) > mostDrift {
		t.Errorf("the energy drifts by %g", r.Drift)
	}
}

// The model is in equilibrium: its kinetic energy is about half of what its potential is
// below 0, and the energy about that of Plummer's, which is -3 pi / 64 with a core of 1.
// Sabotage: take no root of 2 in the speeds.
func TestPlummer(t *testing.T) {
	b := Plummer(4000)
	kinetic := 0.0
	for _, v := range b.speeds {
		kinetic += b.mass * v.square() / 2
	}
	energy := b.energy(0, 4000)
	if want := -3 * math.Pi / 64; math.Abs(energy-want) > 0.05*-want {
		t.Errorf("energy %g, want about %g", energy, want)
	}
	if q := kinetic / (kinetic - energy); math.Abs(q-0.5) > 0.03 {
		t.Errorf("kinetic to potential energy is %g, want about 0.5", q)
	}
}

// Sabotage: let bodies be moved without the barrier behind the walk.
func TestThreads(t *testing.T) {
	want := Run(Plummer(500), 4, 1)
	for _, n := range []int{2, 3, 8, team.Blocks} {
		if r := Run(Plummer(500), 4, n); r.Digest != want.Digest || r.Drift != want.Drift || r.Error != want.Error {
			t.Errorf("%d threads: %+v, one thread %+v", n, r, want)
		}
	}
}

// Bodies that lie in one place are a leaf of the deepest level, and do not pull each other;
// all in the origin have a tree, too.
// Sabotage: have divide look at leafBodies alone.
func TestTogether(t *testing.T) {
	for _, far := range []float64{0, 3} {
		b := Plummer(20)
		for i := range b.places {
			b.places[i], b.speeds[i] = vector{}, vector{}
		}
		b.places[0] = vector{far, 0, 0}
		w := &work{Bodies: b, keys: make([]keyed, 20)}
		w.order = make([]keyed, 20)
		team.Run(2, w.accelerate)
		for i := range b.pulls {
			if off := b.pulls[i].minus(b.direct(i)); off.square() > 1e-20 {
				t.Errorf("far %v, body %d: %v, want %v", far, i, b.pulls[i], b.direct(i))
			}
		}
	}
}

// Octants follow the digits of a key: x is the lowest bit.
// Sabotages: leave a step out of spread; have cellOf ask for at < 0.
func TestKey(t *testing.T) {
	for _, c := range []struct {
		v    vector
		want uint64
	}{
		{vector{-1, -1, -1}, 0},
		{vector{0, -1, -1}, 1 << 57},
		{vector{-1, 0, -1}, 2 << 57},
		{vector{-1, -1, 0}, 4 << 57},
		{vector{1, 1, 1}, 1<<60 - 1},
		{vector{0.999999, -1, -1}, 0o11111111111111111111},
	} {
		if got := key(c.v, 1); got != c.want {
			t.Errorf("%v: %#o, want %#o", c.v, got, c.want)
		}
	}
	if got := cellOf(0, 0); got != 0 {
		t.Errorf("in a cube without edges: %d", got)
	}
	if got := octant(0o7012345670123456701<<3, 18); got != 1 {
		t.Errorf("octant %d", got)
	}
}
