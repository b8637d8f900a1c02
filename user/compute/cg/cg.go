package cg

import (
	"math"
	"time"

	"atoll/user/compute/team"
)

// Class is a size of the problem, with the zeta that the benchmark's authors publish for it.
type Class struct {
	Name       string
	Order      int // of the matrix
	Nonzeros   int // of each random vector that it is made of
	Iterations int // of the inverse power method
	Shift      float64
	Zeta       float64
}

// Classes are the benchmark's, from the sample problem on (NAS Parallel Benchmarks, CG). Sizes
// from B on need more memory than a program has here.
var Classes = []Class{
	{"S", 1400, 7, 15, 10, 8.5971775078648},
	{"W", 7000, 8, 15, 12, 10.362595087124},
	{"A", 14000, 11, 15, 20, 17.130235054029},
}

// tolerance is by how much zeta may differ (RNR-94-007).
const tolerance = 1e-10

// steps are those of the conjugate gradient method in an iteration.
const steps = 25

// Result is what came of a run.
type Result struct {
	Zeta     float64       // the estimate
	Residual float64       // |x - A z| of the last iteration
	Time     time.Duration // of the iterations, without the making of the matrix and a first one
}

// Verified reports whether a result of a class is the published one.
func (r Result) Verified(c Class) bool { return math.Abs(r.Zeta-c.Zeta) <= tolerance }

// Solve runs the benchmark on so many threads, 1 to team.Blocks.
func Solve(c Class, threads int) Result {
	p := &problem{a: newMatrix(c)}
	for _, v := range []*[]float64{&p.x, &p.z, &p.p, &p.q, &p.r} {
		*v = make([]float64, c.Order)
	}
	var result Result
	team.Run(threads, func(m *team.Member) {
		p.iterate(m, 1, c.Shift) // without being timed, so that all have touched all pages that they need
		m.Wait()
		begin := time.Now()
		zeta, residual := p.iterate(m, c.Iterations, c.Shift)
		if m.ID == 0 {
			result = Result{zeta, residual, time.Since(begin)}
		}
	})
	return result
}

// problem is what threads share. Each writes its share of the vectors, and reads all of p
// and z between barriers behind which nobody writes them.
type problem struct {
	a             *matrix
	x, z, p, q, r []float64
}

// iterate is the inverse power method: zeta nears shift plus the eigenvalue of the least
// magnitude of the matrix, and x its vector.
func (p *problem) iterate(m *team.Member, iterations int, shift float64) (zeta, residual float64) {
	from, to := m.Share(len(p.x))
	for i := from; i < to; i++ {
		p.x[i] = 1
	}
	for range iterations {
		residual = p.gradient(m)
		zeta = shift + 1/dot(m, p.x, p.z)
		scale := 1 / math.Sqrt(dot(m, p.z, p.z))
		for i := from; i < to; i++ {
			p.x[i] = scale * p.z[i]
		}
	}
	return zeta, residual
}

// gradient solves A z = x with steps of the conjugate gradient method, and returns |x - A z|.
func (p *problem) gradient(m *team.Member) float64 {
	n := len(p.x)
	from, to := m.Share(n)
	for i := from; i < to; i++ {
		p.z[i], p.r[i], p.p[i] = 0, p.x[i], p.x[i]
	}
	rho := dot(m, p.r, p.r)
	for range steps {
		p.a.multiply(p.q, p.p, from, to)
		alpha := rho / dot(m, p.p, p.q)
		for i := from; i < to; i++ {
			p.z[i] += alpha * p.p[i]
			p.r[i] -= alpha * p.q[i]
		}
		before := rho
		rho = dot(m, p.r, p.r)
		beta := rho / before
		for i := from; i < to; i++ {
			p.p[i] = p.r[i] + beta*p.p[i]
		}
		m.Wait() // all of p is there
	}
	p.a.multiply(p.r, p.z, from, to)
	return math.Sqrt(m.Sum(n, func(from, to int) float64 {
		sum := 0.0
		for i := from; i < to; i++ {
			d := p.x[i] - p.r[i]
			sum += d * d
		}
		return sum
	}))
}

// dot is the scalar product of two vectors of which each member has made its share. All have
// made theirs when it returns.
func dot(m *team.Member, x, y []float64) float64 {
	return m.Sum(len(x), func(from, to int) float64 {
		sum := 0.0
		for i := from; i < to; i++ {
			sum += x[i] * y[i]
		}
		return sum
	})
}
