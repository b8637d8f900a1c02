package console

import (
	"slices"
	"strconv"

	"atoll/arch/layout"
)

// benchBoot tells what the boot has cost.
func benchBoot(c *Call, _ int) error {
	if err := c.none(1); err != nil {
		return err
	}
	var touched []uint64
	t := NewTable("CORE", "TOUCHED")
	for _, core := range c.Sys.Alive() {
		s, err := c.Sys.Stat(core)
		if err != nil {
			c.Fail("%v", err)
			continue
		}
		bytes := s.PagesUsed * layout.PageSize
		touched = append(touched, bytes)
		c.Datum(NewRecord("bench-touched").Int("core", core).Uint("touched-bytes", bytes))
		t.Row(strconv.Itoa(core), size(bytes))
	}
	if len(touched) == 0 {
		return nil
	}
	slices.Sort(touched)
	rec := NewRecord("bench-boot").Int("cores", len(touched))
	if boot := c.Sys.BootTime(); boot > 0 {
		rec.Dur("boot", boot)
		c.Printf("%s came up in %s\n", plural(len(touched), "core"), span(boot))
	}
	c.Printf("%s", t)
	c.Fact(rec.Uint("touched-bytes", touched[(len(touched)-1)/2]).Uint("touched-max-bytes", touched[len(touched)-1]))
	return nil
}
