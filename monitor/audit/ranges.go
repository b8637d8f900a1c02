package audit

import (
	"fmt"

	"atoll/arch/layout"
	"atoll/boot/plan"
)

// String describes a run for a violation.
func (s *span) String() string {
	return fmt.Sprintf("%s of %s at %#x (address %#x)", count(s.Pages, s.Kind.String()+" page"), s.Perm, s.PA, s.VA)
}

// count writes a number of things.
func count(n uint64, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// use says who maps a run as what.
func (s *span) use() string { return fmt.Sprintf("%s %s of core %d", s.Kind, s.Perm, s.core) }

// pages widens a range to whole pages: what is mapped cannot be smaller.
func pages(r plan.Range) plan.Range {
	if r.Size == 0 {
		return plan.Range{}
	}
	const mask = layout.PageSize - 1
	base := r.Base &^ mask
	return plan.Range{Base: base, Size: (r.End()+mask)&^mask - base}
}

// endIn returns the end of the range if it contains the address, else 0.
func endIn(r plan.Range, pa uint64) uint64 {
	if !r.Contains(pa) {
		return 0
	}
	return r.End()
}

// first returns the first address that is not 0.
func first(a, b uint64) uint64 {
	if a != 0 {
		return a
	}
	return b
}

// overlaps reports whether a run has a page in the range.
func overlaps(r plan.Range, s *span) bool {
	return r.Size > 0 && s.PA < r.End() && r.Base < s.end()
}
