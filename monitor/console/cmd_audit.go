package console

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"atoll/arch/layout"
	"atoll/monitor/audit"
	"atoll/monitor/grant"
)

var auditCommand = Command{
	Name:    "audit",
	Summary: "check that the instances share nothing they may not",
	JSON:    true,
	Help: `Asks every living core what it maps, and checks laws L2 and L7: only text, the plan,
pair frames and pages of a user pool that are granted are shared, as their kind
allows; every other page is the core's own; nothing is writable and executable. What
granters and holders say of a grant must agree. Fails if there is a violation, or if
a core could not be asked. A page counts once, however often it is mapped. With -json
it also lists every mapping and every grant.`,
	Run: runAudit,
}

func runAudit(c *Call) error {
	if err := c.none(0); err != nil {
		return err
	}
	l := lookAtAll(c)
	for _, f := range l.failures {
		c.Fail("%s", f)
	}
	list(c, l.maps)
	listGrants(c, l.books)
	r := l.report
	t := NewTable("KIND", "PAGES", "SHARED", "CORES")
	for k, n := range r.Kinds {
		if n.Pages > 0 {
			t.Row(layout.Kind(k).String(), strconv.FormatUint(n.Pages, 10), strconv.FormatUint(n.Shared, 10), n.Cores.String())
		}
	}
	c.Printf("%s", t)
	for k, n := range r.Kinds {
		if n.Pages > 0 {
			c.Fact(NewRecord("audit-kind").Str("kind", layout.Kind(k).String()).Uint("pages", n.Pages).
				Str("cores", n.Cores.String()).Uint("shared", n.Shared))
		}
	}
	violations(c, r)
	c.Fact(NewRecord("audit").Uint("pages", r.Pages).Uint("shared", r.Shared).Int("violations", r.Total))
	return nil
}

// auditLook is what all cores say of themselves at about one time.
type auditLook struct {
	maps     [][]layout.Mapping
	books    []grant.Account
	report   audit.Report
	failures []string // of cores that could not be asked
	changing bool     // grants have come or gone meanwhile
}

// Cores are asked one after the other. Where a grant comes or goes meanwhile, what they
// say need not agree, and another look decides. Where grants come and go all the time, what
// stands in every look is a violation: what is said at different times differs each time.
const (
	auditLooks = 5
	auditGap   = 20 * time.Millisecond
)

// lookAtAll looks until what it finds is lawful, or true of one time.
func lookAtAll(c *Call) auditLook {
	var stood []string // in all looks so far
	for n := 1; ; n++ {
		l := lookOnce(c.Sys)
		r := &l.report
		if r.Total == 0 || !l.changing {
			return l
		}
		switch {
		case n == 1 || r.Total > len(r.Violations): // there are not sentences of all
			stood = r.Violations
		default:
			stood = slices.DeleteFunc(stood, func(s string) bool { return !slices.Contains(r.Violations, s) })
			r.Violations, r.Total = stood, len(stood)
		}
		if len(stood) == 0 || n == auditLooks {
			return l
		}
		time.Sleep(auditGap)
	}
}

// lookOnce asks every core for its grants, its mappings, and its grants once more.
func lookOnce(sys System) auditLook {
	plan := sys.Plan()
	n := coreCount(plan)
	l := auditLook{maps: make([][]layout.Mapping, n), books: make([]grant.Account, n)}
	alive := slices.DeleteFunc(sys.Alive(), func(core int) bool { return core < 0 || core >= n })
	before := make([]uint64, n)
	for _, core := range alive {
		a, _ := sys.Grants(core) // a core that does not answer will be asked again
		before[core] = a.Changes
	}
	for _, core := range alive {
		m, err := sys.Mappings(core)
		switch {
		case err != nil:
			l.failures = append(l.failures, fmt.Sprintf("%v; its pages are not checked", err))
		case len(m) == 0:
			l.failures = append(l.failures, fmt.Sprintf("core %d reports no mapping at all; its pages are not checked", core))
		default:
			l.maps[core] = m
		}
	}
	for _, core := range alive {
		if l.maps[core] == nil {
			continue
		}
		a, err := sys.Grants(core)
		if err != nil {
			l.failures = append(l.failures, fmt.Sprintf("%v; its grants are not checked", err))
		}
		l.books[core] = a
		l.changing = l.changing || a.Changes != before[core]
	}
	l.report = audit.Check(plan, l.maps, l.books)
	return l
}

// listGrants gives what the cores say of grants, in the form of data only.
func listGrants(c *Call, books []grant.Account) {
	for core, b := range books {
		for _, side := range []struct {
			event, other string
			list         []grant.Entry
		}{{"audit-grant", "to", b.Given}, {"audit-held", "from", b.Held}} {
			for _, e := range side.list {
				state := "changing"
				if e.Settled {
					state = "settled"
				}
				c.Datum(NewRecord(side.event).Int("core", core).Int(side.other, e.Core).Str("pa", hex(e.PA)).
					Uint("pages", e.Pages).Str("perm", e.Rights.String()).Str("state", state))
			}
		}
	}
}

// list gives every mapping, in the form of data only: there are hundreds.
func list(c *Call, maps [][]layout.Mapping) {
	for core, runs := range maps {
		for _, m := range runs {
			c.Datum(NewRecord("audit-map").Int("core", core).Str("va", hex(m.VA)).Str("pa", hex(m.PA)).
				Uint("pages", m.Pages).Str("perm", m.Perm.String()).Str("kind", m.Kind.String()))
		}
	}
}

// violations prints what is wrong, a sentence a line.
func violations(c *Call, r audit.Report) {
	for _, s := range r.Violations {
		c.Datum(NewRecord("audit-violation").Str("text", s))
		c.Printf("violation: %s\n", s)
	}
	if more := r.Total - len(r.Violations); more > 0 {
		c.Printf("and %d more\n", more)
	}
	if r.Total > 0 {
		c.Fail("%s of laws L2 and L7", plural(r.Total, "violation"))
	}
}
