package nbody

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"time"

	"atoll/user/compute/team"
)

// step is the time that bodies move for between two computations of their accelerations.
const step = 0.025

// Result is what came of a run.
type Result struct {
	Time   time.Duration // of the steps, without the first computation of accelerations
	Drift  float64       // of the energy, of itself
	Error  float64       // of the accelerations of the last step, beside the direct sum
	Digest uint64        // of the places and speeds
}

// What a result may have at most; it has up to two thirds of that with 2 to 16,384 bodies
// and as many as 50 steps.
const (
	mostDrift = 1e-3
	mostError = 1e-2
)

// Verified reports whether the energy is nearly what it was, and accelerations nearly those of
// the direct sum.
func (r Result) Verified() bool { return math.Abs(r.Drift) <= mostDrift && r.Error <= mostError }

// Run moves bodies for so many steps on so many threads, 1 to team.Blocks.
func Run(b *Bodies, steps, threads int) Result {
	n := len(b.places)
	w := &work{Bodies: b, keys: make([]keyed, n)}
	w.order = make([]keyed, n)
	before := b.totalEnergy(threads)
	var r Result
	team.Run(threads, func(m *team.Member) {
		w.accelerate(m)
		begin := time.Now()
		for range steps {
			w.step(m)
		}
		if m.ID == 0 {
			r.Time = time.Since(begin)
		}
	})
	r.Drift = (b.totalEnergy(threads) - before) / before
	r.Error, r.Digest = b.deviation(), b.digest()
	return r
}

// work is what threads share. Each writes its share of the bodies and of the parts of the tree;
// barriers are between what one writes and others read.
type work struct {
	*Bodies
	tree
	keys []keyed
}

// step moves bodies by the leapfrog method: half a step of speed, one of place, and the other
// half with the accelerations there.
func (w *work) step(m *team.Member) {
	from, to := m.Share(len(w.places))
	for i := from; i < to; i++ {
		w.speeds[i] = w.speeds[i].plus(w.pulls[i].times(step / 2))
		w.places[i] = w.places[i].plus(w.speeds[i].times(step))
	}
	w.accelerate(m)
	for i := from; i < to; i++ {
		w.speeds[i] = w.speeds[i].plus(w.pulls[i].times(step / 2))
	}
}

// accelerate builds the tree of the places and computes accelerations. Nobody moves a body
// before all have walked.
func (w *work) accelerate(m *team.Member) {
	from, to := m.Share(len(w.places))
	half := m.Max(len(w.places), func(from, to int) float64 {
		most := 0.0
		for _, v := range w.places[from:to] {
			most = max(most, v.extent())
		}
		return most
	})
	for i := from; i < to; i++ {
		w.keys[i] = keyed{key(w.places[i], half), int32(i)}
	}
	m.Wait()
	if m.ID == 0 {
		w.half = half
		w.deal(w.keys)
	}
	m.Wait()
	for i := m.ID; i < parts; i += m.Size() {
		w.build(&w.parts[i], w.Bodies)
	}
	m.Wait()
	if m.ID == 0 {
		w.join()
	}
	m.Wait()
	for i := from; i < to; i++ {
		w.pulls[i] = w.at(w.Bodies, int32(i))
	}
	m.Wait()
}

// totalEnergy is that of all bodies.
func (b *Bodies) totalEnergy(threads int) (e float64) {
	team.Run(threads, func(m *team.Member) {
		if sum := m.Sum(len(b.places), b.energy); m.ID == 0 {
			e = sum
		}
	})
	return e
}

// samples are the bodies whose accelerations are held against the direct sum.
const samples = 64

// deviation is how far the accelerations of samples are from the direct sums: the length of all
// differences together, by that of all sums.
func (b *Bodies) deviation() float64 {
	off, all, n := 0.0, 0.0, min(samples, len(b.places))
	for i := range n {
		body := i * len(b.places) / n
		want := b.direct(body)
		off += b.pulls[body].minus(want).square()
		all += want.square()
	}
	return math.Sqrt(off / all)
}

// digest is the same for the same bits of places and speeds only.
func (b *Bodies) digest() uint64 {
	h := fnv.New64a()
	for _, list := range [][]vector{b.places, b.speeds} {
		_ = binary.Write(h, binary.LittleEndian, flat(list)) // a hash takes all
	}
	return h.Sum64()
}

func flat(list []vector) []float64 {
	var f []float64
	for _, v := range list {
		f = append(f, v.x, v.y, v.z)
	}
	return f
}
