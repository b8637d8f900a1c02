package walk

import (
	"cmp"
	"slices"

	"atoll/arch/layout"
)

// Runs returns the leaves as runs, see Merge. Their kind is not known from outside
// and left at its zero value.
func (s Space) Runs() []layout.Mapping {
	runs := make([]layout.Mapping, len(s.Leaves))
	for i, l := range s.Leaves {
		runs[i] = layout.Mapping{VA: l.VA, PA: l.PA, Pages: l.Size / layout.PageSize, Perm: l.Perm}
	}
	return Merge(runs)
}

// Merge sorts runs by virtual address and joins those that are contiguous in both
// address spaces with the same permissions, whatever their kinds: two lists of runs
// that map the same pages in the same way become equal. The kind of a joined run
// is that of its first part.
func Merge(runs []layout.Mapping) []layout.Mapping {
	sorted := slices.Clone(runs)
	slices.SortFunc(sorted, func(a, b layout.Mapping) int { return cmp.Compare(a.VA, b.VA) })
	var out []layout.Mapping
	for _, m := range sorted {
		if n := len(out) - 1; n >= 0 {
			p := &out[n]
			bytes := p.Pages * layout.PageSize
			if p.VA+bytes == m.VA && p.PA+bytes == m.PA && p.Perm == m.Perm {
				p.Pages += m.Pages
				continue
			}
		}
		out = append(out, m)
	}
	return out
}

// Subtract returns the parts of a that b does not map in the same way: to the same
// memory, with the same permissions.
func Subtract(a, b []layout.Mapping) []layout.Mapping {
	var rest []layout.Mapping
	b = Merge(b)
	for _, m := range Merge(a) {
		for m.Pages > 0 {
			n, same := prefix(m, b)
			if !same {
				rest = append(rest, cut(m, n))
			}
			bytes := n * layout.PageSize
			m.VA, m.PA, m.Pages = m.VA+bytes, m.PA+bytes, m.Pages-n
		}
	}
	return Merge(rest)
}

// prefix returns how many of m's first pages the sorted runs treat alike, and
// whether they map them as m does.
func prefix(m layout.Mapping, runs []layout.Mapping) (pages uint64, same bool) {
	i, _ := slices.BinarySearchFunc(runs, m.VA, func(r layout.Mapping, va uint64) int {
		if r.VA+r.Pages*layout.PageSize <= va {
			return -1
		}
		return 1
	})
	if i == len(runs) {
		return m.Pages, false
	}
	r := runs[i]
	if r.VA > m.VA {
		return min(m.Pages, (r.VA-m.VA)/layout.PageSize), false
	}
	skipped := m.VA - r.VA
	left := r.Pages - skipped/layout.PageSize
	return min(m.Pages, left), r.PA+skipped == m.PA && r.Perm == m.Perm
}

// cut returns the first n pages of a run.
func cut(m layout.Mapping, n uint64) layout.Mapping {
	m.Pages = n
	return m
}
