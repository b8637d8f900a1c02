package console

import (
	"strconv"

	"atoll/arch/layout"
	"atoll/monitor/audit"
)

var auditCommand = Command{
	Name:    "audit",
	Summary: "check that the instances share nothing they may not",
	JSON:    true,
	Help: `Asks every living core what it maps, and checks laws L2 and L7: only text, the plan
and pair frames are shared, as their kind allows; every other page is the core's
own; nothing is writable and executable. Fails if there is a violation, or if a
core could not be asked. A page counts once, however often it is mapped. With -json
it also lists every mapping.`,
	Run: runAudit,
}

func runAudit(c *Call) error {
	if err := c.none(0); err != nil {
		return err
	}
	plan := c.Sys.Plan()
	maps := make([][]layout.Mapping, coreCount(plan))
	for _, core := range c.Sys.Alive() {
		m, err := c.Sys.Mappings(core)
		switch {
		case err != nil:
			c.Fail("%v; its pages are not checked", err)
		case len(m) == 0:
			c.Fail("core %d reports no mapping at all; its pages are not checked", core)
		case core >= 0 && core < len(maps):
			maps[core] = m
		}
	}
	list(c, maps)
	r := audit.Check(plan, maps)
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
