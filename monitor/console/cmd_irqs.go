package console

import "strconv"

var irqsCommand = Command{
	Name:     "irqs",
	Synopsis: "[core]",
	Summary:  "list the interrupts of devices, and how many there were",
	JSON:     true,
	Help: `Of the devices that one core drives, or all cores that live. A source is a wire of
the interrupt controller. It is taken from a claim register of the core's own
(claim), by the one core that has the controller (wire), or as a message of the
controller to the hart (message), whose identity is the line. Stray are interrupts
that nobody handles. What is polled has none.`,
	Run:      runIRQs,
	Complete: coreNumbers(1),
}

func runIRQs(c *Call) error {
	cores, err := c.cores()
	if err != nil {
		return err
	}
	t := NewTable("CORE", "DEVICE", "HOW", "CONTROLLER", "SOURCE", "LINE", "COUNT")
	var answers, devices int
	var served, stray uint64
	for _, core := range cores {
		r, err := c.Sys.Interrupts(core)
		if err != nil {
			c.Fail("%v", err)
			continue
		}
		answers++
		stray += r.Stray
		for _, d := range r.Devices {
			devices++
			served += d.Count
			c.Datum(NewRecord("irq").Int("core", core).Str("kind", d.Kind).Str("path", d.Path).Str("how", d.How).
				Int("controller", d.Controller).Int("source", d.Source).Uint("line", d.Line).Uint("count", d.Count))
			row := []string{strconv.Itoa(core), d.Path, d.How, "-", "-", "-", "-"}
			if d.Line != 0 {
				row = append(row[:3], strconv.Itoa(d.Controller), strconv.Itoa(d.Source), strconv.FormatUint(d.Line, 10), strconv.FormatUint(d.Count, 10))
			}
			t.Row(row...)
		}
	}
	if devices > 0 {
		c.Printf("%s", t)
	}
	c.Fact(NewRecord("irqs").Int("cores", answers).Int("devices", devices).Uint("served", served).Uint("stray", stray))
	return nil
}
