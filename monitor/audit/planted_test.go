package audit_test

import (
	"atoll/arch/layout"
	"atoll/boot/plan"
)

// planted are the faults of TestPlanted.
var planted = []struct {
	name, sabotage, want string
	plant                func(p *plan.Plan, maps [][]layout.Mapping)
}{
	{"a core maps a page of another's kernel reserve", "own.go: private needs me.Reserve",
		"core 1 maps 0x90000000 as private, which is not its own: it lies in the kernel reserve of core 0",
		add(1, run(part(0), 1, ro, layout.Private))},
	{"two partitions of the plan overlap", "sweep.go: mayShare's last return",
		"cores 0-1 share 16 pages at 0x90000000: private rw- of core 0",
		func(p *plan.Plan, maps [][]layout.Mapping) {
			p.Cores[1].Row.Pool, p.Cores[1].Row.PoolEnd = part(0), part(0)+16*page
			maps[0][3], maps[0][4] = run(part(0), 16, rw, layout.Private), run(area, 2, ro, layout.Plan)
			maps[1][3], maps[1][4] = run(part(0), 16, rw, layout.Private), run(area, 2, ro, layout.Plan)
		}},
	{"a run begins in its own reserve and ends behind it", "own.go: ownership goes on to the run's end",
		"core 0 maps 0x90010000 as private, which is not its own: it lies in the user pool of core 0",
		add(0, run(part(0)+15*page, 2, rw, layout.Private))},
	{"two cores share a user page", "own.go: user needs me.User",
		"core 1 maps 0x90010000 as user, which is not its own", add(1, run(part(0)+16*page, 1, rw, layout.User))},
	{"two cores share a DMA page", "own.go: dma needs me.DMA",
		"core 1 maps 0x90018000 as dma, which is not its own", add(1, run(part(0)+24*page, 1, rw, layout.DMA))},
	{"a core maps another's page tables", "own.go: table needs me.Reserve",
		"core 2 maps 0x9000c000 as table, which is not its own", add(2, run(part(0)+12*page, 1, ro, layout.Table))},
	{"the kernel reserve is called user memory", "own.go: user needs me.User",
		"core 0 maps 0x90000000 as user", add(0, run(part(0), 1, rw, layout.User))},
	{"a pair frame of two others", "own.go: pairEnd needs core == a or b",
		"core 2 maps 0x82000000 as channel, which is not its own: it lies in the pair frame of cores 0 and 1",
		add(2, run(channels, 1, ro, layout.Channel))},
	{"a third core reads a pair frame", "sweep.go: mayShare's cores != 1<<a|1<<b",
		"cores 0-2 share 1 page at 0x82000000", add(2, run(channels, 1, ro, layout.Channel))},
	{"a pair frame is mapped as private by one end", "sweep.go: mayShare's s.Kind != kind",
		"cores 0-1 share 1 page at 0x82000000: channel rw- of core 0, private rw- of core 1",
		func(p *plan.Plan, maps [][]layout.Mapping) { retype(maps[1], channels, layout.Private) }},
	{"a pair frame that the plan does not have", "own.go: pair needs Channels.Contains",
		"core 2 maps 0x82001000 as channel, which is not its own: it lies in nothing the plan gave out",
		func(p *plan.Plan, maps [][]layout.Mapping) { p.Channels.Size = page }},
	{"a channel page behind the pair frames", "own.go: pair's pa <= Pair(b-1, b)",
		"core 0 maps 0x82003000 as channel, which is not its own: it lies in nothing the plan gave out",
		add(0, run(channels+3*page, 1, rw, layout.Channel))},
	{"text writable", "check.go: case writable && text",
		"core 1 maps 4 text pages of rw- at 0x80200000 (address 0x3080200000) writable, though it is text",
		func(p *plan.Plan, maps [][]layout.Mapping) { maps[1][0].Perm = rw }},
	{"shared text that one core may write", "sweep.go: mayShare's !writable for text",
		"cores 0-2 share 4 pages at 0x80200000",
		func(p *plan.Plan, maps [][]layout.Mapping) { maps[1][0].Perm = rw }},
	{"pristine data writable", "check.go: overlaps image",
		"writable, though it has pages of the image", add(0, run(image+5*page, 1, rw, layout.Private))},
	{"text outside the image, in another's reserve", "sweep.go: mayShare's image bound for text",
		"cores 0-1 share 1 page at 0x9000f000", func(p *plan.Plan, maps [][]layout.Mapping) {
			maps[0][4].Pages = 3
			add(0, run(part(0)+15*page, 1, rx, layout.Text))(p, maps)
			add(1, run(part(0)+15*page, 1, rx, layout.Text))(p, maps)
		}},
	{"text in nobody's memory", "own.go: text needs image or me.Reserve",
		"core 0 maps 0x80206000 as text", add(0, run(image+6*page, 1, rx, layout.Text))},
	{"the plan writable", "check.go: case writable && plan",
		"core 2 maps 2 plan pages of rw- at 0x81000000 (address 0x3081000000) writable, though it is plan",
		func(p *plan.Plan, maps [][]layout.Mapping) { maps[2][2].Perm = rw }},
	{"the plan shared with a writer", "sweep.go: mayShare's !writable for plan",
		"cores 0-2 share 2 pages at 0x81000000",
		func(p *plan.Plan, maps [][]layout.Mapping) { maps[2][2].Perm = rw }},
	{"the plan writable under another kind", "check.go: overlaps area",
		"writable, though it has pages of the plan", add(1, run(area, 1, rw, layout.Private))},
	{"the device tree writable under another kind", "check.go: overlaps the copy of the tree",
		"writable, though it has pages of the plan", add(1, run(blob, 1, rw, layout.Private))},
	{"plan pages behind the device tree", "own.go: planEnd needs the blob's size",
		"core 0 maps 0x84101000 as plan", add(0, run(blob, 2, ro, layout.Plan))},
	{"plan pages behind the plan", "own.go: plan needs Area",
		"core 0 maps 0x81002000 as plan", add(0, run(area+2*page, 1, ro, layout.Plan))},
	{"shared pages called plan behind the plan", "sweep.go: mayShare's area bound for plan",
		"cores 0-1 share 1 page at 0x81002000", func(p *plan.Plan, maps [][]layout.Mapping) {
			add(0, run(area+2*page, 1, ro, layout.Plan))(p, maps)
			add(1, run(area+2*page, 1, ro, layout.Plan))(p, maps)
		}},
	{"another's device", "own.go: deviceEnd needs d.Owner",
		"core 0 maps 0x10001000 as device, which is not its own: it lies in the device /soc/virtio_mmio@10001000 of core 1",
		add(0, run(virtio, 1, rw, layout.Device))},
	{"a device shared", "sweep.go: mayShare's last return",
		"cores 0-1 share 1 page at 0x10000000: device rw- of core 0, device r-- of core 1",
		add(1, run(uart, 1, ro, layout.Device))},
	{"another's claim page as irq", "own.go: irq needs me.Claim",
		"core 0 maps 0xc203000 as irq, which is not its own: it lies in the claim page of core 1",
		add(0, run(claims+3*page, 1, rw, layout.IRQ))},
	{"a claim page within the controller's registers", "own.go: deviceEnd stops at claim.Base",
		"core 0 maps 0xc201000 as device, which is not its own: it lies in the claim page of core 0",
		add(0, run(claims, 2, rw, layout.Device))},
	{"a claim page alone as a device", "own.go: deviceEnd refuses claim.Contains",
		"core 0 maps 0xc203000 as device", add(0, run(claims+3*page, 1, rw, layout.Device))},
	{"the own page for messages", "own.go: bellEnd needs i != s.core",
		"core 1 maps 0x28001000 as doorbell, which is not its own: it lies in the page for messages to core 1",
		add(1, run(bells+page, 1, rw, layout.Doorbell))},
	{"another device as a doorbell", "own.go: bellEnd needs file.Contains",
		"core 0 maps 0x10001000 as doorbell, which is not its own: it lies in the device /soc/virtio_mmio@10001000 of core 1",
		add(0, run(virtio, 1, rw, layout.Doorbell))},
	{"a page for messages as a device", "own.go: deviceEnd needs d.Owner",
		"core 0 maps 0x28001000 as device, which is not its own: it lies in the page for messages to core 1",
		func(p *plan.Plan, maps [][]layout.Mapping) { retype(maps[0], bells+page, layout.Device) }},
	{"a page for messages executable", "check.go: case executable && not text",
		"executable, though it is not text",
		func(p *plan.Plan, maps [][]layout.Mapping) {
			maps[0] = append(maps[0], run(bells+2*page, 1, rx, layout.Doorbell))
		}},
	{"the crash page of a living core", "own.go: crashEnd needs !up",
		"core 0 maps 0x83001000 as private, which is not its own: it lies in the crash page of core 1",
		add(0, run(crash+page, 1, ro, layout.Private))},
	{"a crash page of no core", "own.go: crashEnd needs n < cores",
		"core 0 maps 0x83003000 as private", func(p *plan.Plan, maps [][]layout.Mapping) {
			p.Crash.Size += page
			add(0, run(crash+3*page, 1, ro, layout.Private))(p, maps)
		}},
	{"the initrd", "own.go: ownership of what the plan gave to nobody",
		"it lies in the initrd", add(0, run(initrd, 3, ro, layout.Private))},
	{"a page writable and executable", "check.go: case writable && executable",
		"core 1 maps 1 private page of rwx at 0x90020000 (address 0x3090020000) both writable and executable",
		func(p *plan.Plan, maps [][]layout.Mapping) {
			maps[1] = append(maps[1], run(part(1), 1, rw|rx, layout.Private))
		}},
	{"a heap page executable", "check.go: case executable && not text",
		"executable, though it is not text", add(1, run(part(1), 1, rx, layout.Private))},
	{"a page writable here and executable there", "sweep.go: clash(s, o)",
		"core 1 maps the page at 0x90022000 writable and executable at once",
		add(1, run(part(1)+2*page, 1, rx, layout.Text))},
	{"a page executable here and writable there", "sweep.go: clash(o, s)",
		"core 1 maps the page at 0x90020000 writable and executable at once", func(p *plan.Plan, maps [][]layout.Mapping) {
			maps[1] = append([]layout.Mapping{run(part(1), 16, rx, layout.Text)}, maps[1]...)
		}},
	{"a page table with an alias", "sweep.go: aliases' Table != Table",
		"core 0 reaches the page table at 0x9000d000 in a second way", add(0, run(part(0)+13*page, 1, ro, layout.Private))},
	{"a page of another's user pool that nobody has granted", "grants.go: given == nil",
		"core 1 maps 0x90010000 as grant, but core 0 has not granted that to it", add(1, run(part(0)+16*page, 1, rw, layout.Grant))},
	{"a page of nobody's user pool called a grant", "grants.go: granter", "core 1 maps 0x90000000 as grant, but it lies in the kernel reserve of core 0",
		add(1, run(part(0), 1, rw, layout.Grant))},
	{"no pages", "check.go: s.Pages == 0", "malformed", add(0, run(part(0), 0, rw, layout.Private))},
	{"more pages than there are", "check.go: s.Pages > most", "malformed", add(0, run(part(0), 1<<60, rw, layout.Private))},
	{"a run that wraps", "check.go: s.PA > 1<<56", "malformed", add(0, run(^uint64(0)&^(page-1), 2, rw, layout.Private))},
	{"an unaligned physical address", "check.go: (s.PA|s.VA)%PageSize", "malformed",
		add(0, layout.Mapping{VA: layout.HeapBase, PA: part(0) + 8, Pages: 1, Perm: rw})},
	{"an unaligned virtual address", "check.go: (s.PA|s.VA)%PageSize", "malformed",
		add(0, layout.Mapping{VA: layout.HeapBase + 8, PA: part(0), Pages: 1, Perm: rw})},
	{"an unknown kind", "check.go: s.Kind >= NumKinds", "malformed", add(0, run(part(0), 1, rw, layout.NumKinds))},
	{"unknown permissions", "check.go: s.Perm > R|W|X", "malformed", add(0, run(part(0), 1, 8|rw, layout.Private))},
	{"a page at nine addresses", "sweep.go: same >= maxAliases",
		"core 0 maps the page at 0x90000000 at more than 8 addresses", func(p *plan.Plan, maps [][]layout.Mapping) {
			for range 8 {
				add(0, run(part(0), 1, rw, layout.Private))(p, maps)
			}
		}},
}

// add plants one more mapping in a core.
func add(core int, m layout.Mapping) func(*plan.Plan, [][]layout.Mapping) {
	return func(_ *plan.Plan, maps [][]layout.Mapping) { maps[core] = append(maps[core], m) }
}

// retype changes what a core calls the page at pa.
func retype(maps []layout.Mapping, pa uint64, kind layout.Kind) {
	for i := range maps {
		if maps[i].PA == pa {
			maps[i].Kind = kind
		}
	}
}
