package audit_test

import (
	"strings"
	"testing"

	"atoll/arch/layout"
	"atoll/boot/plan"
	"atoll/monitor/audit"
	"atoll/monitor/grant"
)

// lending is a machine of four cores in which core 0 has granted two pages of its user
// pool: to core 1 to write, and to core 2 to read. Core 3 has nothing of that.
func lending() (*plan.Plan, [][]layout.Mapping, []grant.Account) {
	p := machine(4)
	maps := lawful(p)
	pa := part(0) + 18*page
	maps[0] = append(maps[0], run(pa, 2, rw, layout.User))
	maps[1] = append(maps[1], run(pa, 2, rw, layout.Grant))
	maps[2] = append(maps[2], run(pa, 2, ro, layout.Grant))
	return p, maps, []grant.Account{
		{Given: []grant.Entry{{PA: pa, Pages: 2, Core: 1, Rights: rw, Settled: true}, {PA: pa, Pages: 2, Core: 2, Rights: ro, Settled: true}}},
		{Held: []grant.Entry{{PA: pa, Pages: 2, Core: 0, Rights: rw, Settled: true}}},
		{Held: []grant.Entry{{PA: pa, Pages: 2, Core: 0, Rights: ro, Settled: true}}},
		{},
	}
}

// Each case changes one thing of the machine that lends; want is "" if that is lawful.
// The name after the colon is the line of grants.go without which the case fails.
func TestGrants(t *testing.T) {
	const at = parts + 18*page
	for _, tt := range []struct {
		name, want string
		change     func(maps [][]layout.Mapping, books []grant.Account)
	}{
		{"nothing: shareGrant", "", func([][]layout.Mapping, []grant.Account) {}},
		{"an offer on its way: e.Settled", "", func(_ [][]layout.Mapping, books []grant.Account) {
			books[0].Given = append(books[0].Given, grant.Entry{PA: at, Pages: 2, Core: 3, Rights: rw})
		}},
		{"a revocation on its way: e.Settled", "", func(maps [][]layout.Mapping, books []grant.Account) {
			books[0].Given[0].Settled = false
			books[1].Held, maps[1] = nil, maps[1][:len(maps[1])-1]
		}},
		{"a holder that is dead: c.up.Has(e.Core)", "", func(maps [][]layout.Mapping, books []grant.Account) {
			maps[1], books[1] = nil, grant.Account{}
		}},
		{"a third core: given == nil", "core 3 maps 0x90012000 as grant, but core 0 has not granted that to it", func(maps [][]layout.Mapping, books []grant.Account) {
			add(3, run(at, 1, ro, layout.Grant))(nil, maps)
			books[3].Held = []grant.Entry{{PA: at, Pages: 1, Core: 0, Rights: ro}}
		}},
		{"a third core, and sharing: shareGrant", "cores 0-3 share 1 page at 0x90012000", func(maps [][]layout.Mapping, _ []grant.Account) {
			add(3, run(at, 1, ro, layout.Grant))(nil, maps)
		}},
		{"a reader that writes: given.Rights", "core 0 has granted it with r-- only", func(maps [][]layout.Mapping, _ []grant.Account) {
			maps[2][len(maps[2])-1].Perm = rw
		}},
		{"a page more than granted: grantEnd's end", "core 1 maps 0x90014000 as grant, but core 0 has not granted that to it", func(maps [][]layout.Mapping, _ []grant.Account) {
			maps[1][len(maps[1])-1].Pages = 3
		}},
		{"a holder that says nothing of it: held == nil", "as grant, but does not say that it holds that", func(_ [][]layout.Mapping, books []grant.Account) {
			books[1].Held, books[0].Given[0].Settled = nil, false
		}},
		{"a granter that is dead: up.Has(from)", "core 0, whose user pool it lies in, is not up", func(maps [][]layout.Mapping, books []grant.Account) {
			maps[0], books[0] = nil, grant.Account{}
		}},
		{"held, and not mapped: mapped", "core 1 says that it holds 2 pages at 0x90012000 with rw- of core 0, and maps 0 of them as granted", func(maps [][]layout.Mapping, _ []grant.Account) {
			maps[1] = maps[1][:len(maps[1])-1]
		}},
		{"granted, and not held: has(Held)", "core 0 says that it has granted 2 pages at 0x90012000 with rw- to core 1, which core 1 does not say it holds", func(_ [][]layout.Mapping, books []grant.Account) {
			books[1].Held = nil
		}},
		{"held, and not granted: has(Given)", "core 2 says that it holds 2 pages at 0x90012000 with r-- of core 0, which core 0 does not say it has granted", func(_ [][]layout.Mapping, books []grant.Account) {
			books[0].Given = books[0].Given[:1]
		}},
		{"other rights at the ends: o.Rights", "with rw- to core 2, which core 2 does not say it holds", func(_ [][]layout.Mapping, books []grant.Account) {
			books[0].Given[1].Rights = rw
		}},
		{"a grant to itself: sensible", "core 0 says that it has granted 2 pages at 0x90012000 with rw- to core 0, which cannot be", func(_ [][]layout.Mapping, books []grant.Account) {
			books[0].Given[0].Core = 0
		}},
		{"a grant to nobody: sensible", "which cannot be", func(_ [][]layout.Mapping, books []grant.Account) { books[0].Given[0].Core = 99 }},
		{"a grant of another's pool: sensible", "which cannot be", func(_ [][]layout.Mapping, books []grant.Account) { books[3].Given = books[0].Given[:1] }},
		{"a grant over the pool's end: sensible", "which cannot be", func(_ [][]layout.Mapping, books []grant.Account) { books[0].Given[0].Pages = 7 }},
		{"a grant that wraps: sensible", "which cannot be", func(_ [][]layout.Mapping, books []grant.Account) { books[0].Given[0].Pages = 1 << 52 }},
		{"an executable grant: sensible", "which cannot be", func(_ [][]layout.Mapping, books []grant.Account) { books[1].Held[0].Rights = rx }},
		{"an executable mapping: permissions", "executable, though it is not text", func(maps [][]layout.Mapping, _ []grant.Account) {
			maps[1][len(maps[1])-1].Perm = rx
		}},
		{"the granter's page as private: shareGrant's default", "cores 0-2 share 2 pages", func(maps [][]layout.Mapping, _ []grant.Account) {
			maps[0][len(maps[0])-1].Kind = layout.Private
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, maps, books := lending()
			tt.change(maps, books)
			r := audit.Check(p, maps, books)
			all := strings.Join(r.Violations, "\n")
			if tt.want == "" && r.Total > 0 || !strings.Contains(all, tt.want) {
				t.Errorf("violations:\n%s\nwant %q", all, tt.want)
			}
			if g := r.Kinds[layout.Grant]; tt.name[:7] == "nothing" && (g.Pages != 2 || g.Shared != 2 || g.Cores.String() != "1-2") {
				t.Errorf("grants count %+v", g)
			}
		})
	}
}
