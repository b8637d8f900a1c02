package console

import (
	"fmt"
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
	planRanges(c, p)
	planCores(c, p)
	planDevices(c, p)
	c.Fact(NewRecord("plan").Int("cores", coreCount(p)).Uint("harts", uint64(p.Harts)).Uint("ram-bytes", p.RAM).
		Int("devices", deviceCount(p)).Uint("timebase", p.Timebase).Uint("boot-core", uint64(p.BootCore)))
	return nil
}

// planRanges shows the memory that is no core's own.
func planRanges(c *Call, p *plan.Plan) {
	t := NewTable("MEMORY", "FROM", "TO", "SIZE")
	for _, r := range []struct {
		name string
		plan.Range
	}{
		{"image", p.Image}, {"plan", p.Area}, {"pair frames", p.Channels}, {"crash pages", p.Crash},
		{"device tree", p.Blob}, {"initrd", p.Initrd},
	} {
		if r.Size > 0 {
			t.Row(r.name, hex(r.Base), hex(r.End()), size(r.Size))
			c.Datum(NewRecord("plan-range").Str("name", r.name).Str("from", hex(r.Base)).Str("to", hex(r.End())))
		}
	}
	c.Printf("%s\n", t)
}

// planCores shows what each core has.
func planCores(c *Call, p *plan.Plan) {
	t := NewTable("CORE", "HART", "NODE", "PARTITION", "SIZE", "USER POOL", "DMA", "CLAIM PAGE")
	for i := range coreCount(p) {
		core := &p.Cores[i]
		claim := "-"
		if core.Claim.Size > 0 {
			claim = hex(core.Claim.Base)
		}
		t.Row(strconv.Itoa(i), strconv.FormatUint(core.Row.Hart, 10), strconv.FormatUint(uint64(core.Node), 10),
			hex(core.Partition.Base), size(core.Partition.Size), size(core.User.Size), size(core.DMA.Size), claim)
		c.Datum(NewRecord("plan-core").Int("core", i).Uint("hart", core.Row.Hart).Uint("node", uint64(core.Node)).
			Str("from", hex(core.Partition.Base)).Str("to", hex(core.Partition.End())).
			Uint("user-bytes", core.User.Size).Uint("dma-bytes", core.DMA.Size).Str("claim", claim))
	}
	c.Printf("%s\n", t)
}

// planDevices shows who owns which device.
func planDevices(c *Call, p *plan.Plan) {
	t := NewTable("DEVICE", "OWNER", "REGISTERS", "IRQ", "PATH")
	for i := range deviceCount(p) {
		d := &p.Devices[i]
		kind, irq := deviceKind(d.Kind), "-"
		if d.Controller != plan.NoCore {
			irq = strconv.FormatUint(uint64(d.IRQ), 10)
		}
		t.Row(kind, strconv.FormatUint(uint64(d.Owner), 10), hex(d.Regs.Base), irq, d.Path.String())
		c.Datum(NewRecord("plan-device").Str("kind", kind).Uint("owner", uint64(d.Owner)).Str("registers", hex(d.Regs.Base)).
			Str("irq", irq).Str("compatible", d.Compatible.String()).Str("path", d.Path.String()))
	}
	c.Printf("%s\n", t)
}

// deviceKind names a kind of device.
func deviceKind(k plan.DeviceKind) string {
	names := [...]string{
		plan.DeviceNone: "none", plan.DeviceUART: "uart", plan.DevicePLIC: "plic", plan.DeviceRTC: "rtc",
		plan.DeviceFinisher: "finisher", plan.DeviceVirtioMMIO: "virtio-mmio",
	}
	if int(k) < len(names) {
		return names[k]
	}
	return fmt.Sprintf("kind-%d", k)
}

// deviceCount is the number of devices in the plan.
func deviceCount(p *plan.Plan) int { return min(int(p.NDevices), plan.MaxDevices) }

// hex writes a physical address.
func hex(pa uint64) string { return "0x" + strconv.FormatUint(pa, 16) }
