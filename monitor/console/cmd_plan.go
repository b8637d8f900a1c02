package console

import (
	"strconv"

	"atoll/boot/plan"
)

var planCommand = Command{
	Name:    "plan",
	Summary: "show who was given which memory and devices",
	JSON:    true,
	Help: `The plan was made from the device tree before any core started, and nobody writes
it. Ranges are physical addresses.`,
	Run: runPlan,
}

func runPlan(c *Call) error {
	if err := c.none(0); err != nil {
		return err
	}
	p := c.Sys.Plan()
	c.Printf("%s", p)
	planRanges(c, p)
	planCores(c, p)
	planDevices(c, p)
	c.Fact(NewRecord("plan").Int("cores", coreCount(p)).Uint("harts", uint64(p.Harts)).Uint("ram-bytes", p.RAM).
		Int("devices", deviceCount(p)).Uint("timebase", p.Timebase).Uint("boot-core", uint64(p.BootCore)))
	return nil
}

// planRanges gives the memory that is no core's own.
func planRanges(c *Call, p *plan.Plan) {
	for _, r := range []struct {
		name string
		plan.Range
	}{
		{"image", p.Image}, {"plan", p.Area}, {"channels", p.Channels}, {"crash pages", p.Crash},
		{"device tree", p.Blob}, {"initrd", p.Initrd},
	} {
		if r.Size > 0 {
			c.Datum(NewRecord("plan-range").Str("name", r.name).Str("from", hex(r.Base)).Str("to", hex(r.End())))
		}
	}
}

// planCores gives what each core has. A core without a claim page has an empty
// claim.
func planCores(c *Call, p *plan.Plan) {
	for i := range coreCount(p) {
		core := &p.Cores[i]
		claim := ""
		if core.Claim.Size > 0 {
			claim = hex(core.Claim.Base)
		}
		c.Datum(NewRecord("plan-core").Int("core", i).Uint("hart", core.Row.Hart).Uint("node", uint64(core.Node)).
			Str("reserve", hex(core.Reserve.Base)).Uint("reserve-bytes", core.Reserve.Size).Str("user", hex(core.User.Base)).Uint("user-bytes", core.User.Size).Uint("dma-bytes", core.DMA.Size).Str("claim", claim))
	}
}

// planDevices gives who owns which device. A device without an interrupt has
// irq 0, which no source has.
func planDevices(c *Call, p *plan.Plan) {
	for i := range deviceCount(p) {
		d := &p.Devices[i]
		irq := uint64(d.IRQ)
		if d.Controller == plan.NoCore {
			irq = 0
		}
		c.Datum(NewRecord("plan-device").Str("kind", d.Kind.String()).Uint("owner", uint64(d.Owner)).
			Str("registers", hex(d.Regs.Base)).Uint("irq", irq).
			Str("compatible", d.Compatible.String()).Str("path", d.Path.String()))
	}
}

// deviceCount is the number of devices in the plan.
func deviceCount(p *plan.Plan) int { return min(int(p.NDevices), plan.MaxDevices) }

// hex writes a physical address.
func hex(pa uint64) string { return "0x" + strconv.FormatUint(pa, 16) }
