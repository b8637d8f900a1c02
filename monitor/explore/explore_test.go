package explore

import "testing"

// A walk on numbers, up by one, or by chance to a multiple, sees each number once, knows how it
// came there, and finds the ends.
// Sabotage: leave the look at seen out of Visit, or that at Chance.
func TestSearch(t *testing.T) {
	visits, ends := map[int]int{}, []int{}
	var x *Search[int, int]
	x = &Search[int, int]{
		Hash:   func(s int) uint64 { return uint64(s) },
		Chance: func(m int) bool { return m > 1 },
		End:    func(s int) { ends = append(ends, s) },
		Next: func(s int, next func(int, int)) {
			visits[s]++
			sum := 0
			for _, m := range x.Path {
				sum += m
			}
			if sum != s {
				t.Errorf("%v leads to %d", x.Path, s)
			}
			if s < 10 {
				next(1, s+1)
			}
			if s == 10 {
				next(5, 15)
			}
		},
	}
	x.Visit(0)
	x.Visit(3)
	if len(visits) != 12 || visits[7] != 1 || x.States() != 12 {
		t.Errorf("%v", visits)
	}
	if len(ends) != 2 || x.Ends != 2 || ends[0] != 15 || ends[1] != 10 {
		t.Errorf("ends %v", ends)
	}
}
