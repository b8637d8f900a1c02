package grant

import (
	"cmp"
	"slices"

	"atoll/arch/layout"
)

// Entry is a grant as one of its two ends knows it.
type Entry struct {
	PA, Pages uint64
	Core      int // the other end
	Rights    layout.Perm
	// Settled says that both ends must have it in their books: it is accepted, and
	// not being revoked.
	Settled bool
	// Lent says that it is a capability that is lent: user code alone maps it.
	Lent bool
}

// Account is what a core says of the frames that it shares.
type Account struct {
	Given, Held []Entry
	Changes     uint64 // how often either has changed
}

// Account returns the books, in order of address.
func (t *Table) Account() Account {
	a := Account{Changes: t.changes}
	for _, g := range t.given {
		a.Given = append(a.Given, Entry{PA: g.memory.PA, Pages: g.memory.Pages, Core: g.Core, Rights: g.Rights, Settled: g.state == accepted})
	}
	for _, h := range t.held {
		a.Held = append(a.Held, Entry{PA: h.PA, Pages: h.Pages, Core: h.Core, Rights: h.Rights, Settled: !h.ended})
	}
	for _, list := range [][]Entry{a.Given, a.Held} {
		slices.SortFunc(list, func(x, y Entry) int { return cmp.Or(cmp.Compare(x.PA, y.PA), cmp.Compare(x.Core, y.Core)) })
	}
	return a
}
