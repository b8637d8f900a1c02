package cg

import (
	"cmp"
	"math"
	"slices"
)

// matrix is sparse: row r has the values from starts[r] to starts[r+1]-1, each with its column.
type matrix struct {
	starts, columns []int32
	values          []float64
}

// condition is about the ratio of the least eigenvalue to the greatest.
const condition = 0.1

// newMatrix makes the benchmark's: the sum of n outer products of sparse random vectors with
// themselves, with weights that fall from 1 to condition, plus condition less shift on the
// diagonal (NAS Parallel Benchmarks, RNR-94-007, on CG: makea).
func newMatrix(c Class) *matrix {
	g := newGenerator()
	g.next() // the benchmark draws one before
	ratio, weight := math.Pow(condition, 1/float64(c.Order)), 1.0
	rows := make([][]element, c.Order)
	for i := range rows {
		v := g.vector(c.Order, c.Nonzeros, i)
		for _, a := range v {
			scaled := weight * a.value
			for _, b := range v {
				x := b.value * scaled
				if int(a.at) == i && int(b.at) == i {
					x += condition - c.Shift
				}
				rows[a.at] = append(rows[a.at], element{b.at, x})
			}
		}
		weight *= ratio
	}
	return compressed(rows)
}

// compressed adds up what stands in the same place of a row, in the order in which it came.
func compressed(rows [][]element) *matrix {
	m := &matrix{starts: make([]int32, 1, len(rows)+1)}
	for _, row := range rows {
		slices.SortStableFunc(row, func(a, b element) int { return cmp.Compare(a.at, b.at) })
		for i, e := range row {
			if i > 0 && row[i-1].at == e.at {
				m.values[len(m.values)-1] += e.value
				continue
			}
			m.columns, m.values = append(m.columns, e.at), append(m.values, e.value)
		}
		m.starts = append(m.starts, int32(len(m.values)))
	}
	return m
}

// multiply sets rows from, to-1 and what is between of y = m x.
func (m *matrix) multiply(y, x []float64, from, to int) {
	for r := from; r < to; r++ {
		at, end, sum := m.starts[r], m.starts[r+1], 0.0
		columns, values := m.columns[at:end], m.values[at:end]
		for i, c := range columns {
			sum += values[i] * x[c]
		}
		y[r] = sum
	}
}
