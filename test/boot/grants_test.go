package boot

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"atoll/arch/layout"
	"atoll/test/walk"
)

// given is a grant as its granter lists it.
type given struct {
	core, to  int
	pa, pages uint64
	perm      layout.Perm
}

// reportedGrants reads what the granters say that they have granted.
func reportedGrants(t *testing.T, console string) (list []given) {
	t.Helper()
	for line := range strings.Lines(console) {
		var g struct {
			Event, PA, Perm string
			Core, To        int
			Pages           uint64
		}
		if !strings.HasPrefix(line, "{") || json.Unmarshal([]byte(line), &g) != nil || g.Event != "audit-grant" {
			continue
		}
		pa, err := strconv.ParseUint(g.PA, 0, 64)
		perm, ok := parsePerm(g.Perm)
		if err != nil || !ok {
			t.Fatalf("audit lists a grant that makes no sense: %s", line)
		}
		list = append(list, given{g.Core, g.To, pa, g.Pages, perm})
	}
	return list
}

// has reports whether the grant has the page.
func (g given) has(pa uint64) bool { return pa-g.pa < g.pages*layout.PageSize }

// grantedAll reports whether one of the cores that map a page has granted it to all the
// others, and what is wrong with that: what a core may do with it, and who says so.
func grantedAll(grants []given, o walk.Overlap, pa uint64) (lent bool, problem string) {
	granter := -1
	for _, g := range grants {
		if !g.has(pa) {
			continue
		}
		if granter >= 0 && g.core != granter {
			return true, fmt.Sprintf("the page at %#x is granted by core %d and by core %d", pa, granter, g.core)
		}
		granter = g.core
	}
	for i, core := range o.Spaces {
		if core == granter {
			continue
		}
		at := slices.IndexFunc(grants, func(g given) bool { return g.to == core && g.has(pa) })
		if at < 0 {
			return false, ""
		}
		if o.Perms[i]&^grants[at].perm != 0 {
			problem = fmt.Sprintf("core %d maps the page at %#x with %s, which core %d has granted it with %s", core, pa, o.Perms[i], granter, grants[at].perm)
		}
	}
	return true, problem
}
