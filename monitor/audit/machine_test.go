package audit_test

import (
	"atoll/arch/layout"
	"atoll/boot/plan"
)

// Where the pieces of the test machine lie, in physical memory.
const (
	page     = layout.PageSize
	uart     = 0x1000_0000
	virtio   = 0x1000_1000
	plic     = 0x0c00_0000
	claims   = plic + 0x20_0000
	bells    = 0x2800_0000
	image    = 0x8020_0000
	area     = 0x8100_0000
	channels = 0x8200_0000
	crash    = 0x8300_0000
	initrd   = 0x8400_0000
	blob     = 0x8410_0000
	parts    = 0x9000_0000
	partSize = 32 * page // kernel reserve 16, user pool 8, DMA window 8
)

// part is where core's partition begins.
func part(core int) uint64 { return parts + uint64(core)*partSize }

// machine is a plan for n cores.
func machine(n int) *plan.Plan {
	p := &plan.Plan{
		NCores: uint32(n), NDevices: 3,
		Image:    plan.Range{Base: image, Size: 5*page + 123}, // ends within its sixth page
		Area:     plan.Range{Base: area, Size: 2 * page},
		Channels: plan.Range{Base: channels, Size: uint64(n*(n-1)/2) * page},
		Crash:    plan.Range{Base: crash, Size: uint64(n) * page},
		Blob:     plan.Range{Base: blob, Size: 100},
		Initrd:   plan.Range{Base: initrd, Size: 3 * page},
	}
	for i := range n {
		base := part(i)
		p.Cores[i] = plan.Core{
			Row:     layout.Row{Core: uint64(i), Pool: base, PoolEnd: base + 16*page},
			Reserve: plan.Range{Base: base, Size: 16 * page},
			User:    plan.Range{Base: base + 16*page, Size: 8 * page},
			DMA:     plan.Range{Base: base + 24*page, Size: 8 * page},
			Claim:   plan.Range{Base: claims + uint64(2*i+1)*page, Size: page},
			File:    plan.Range{Base: bells + uint64(i)*page, Size: page},
		}
	}
	p.Devices[0] = plan.Device{Kind: plan.DeviceUART, Owner: 0, Regs: plan.Range{Base: uart, Size: 0x100}}
	p.Devices[1] = plan.Device{Kind: plan.DeviceVirtioMMIO, Owner: 1, Regs: plan.Range{Base: virtio, Size: page}}
	p.Devices[2] = plan.Device{Kind: plan.DevicePLIC, Owner: 0, Regs: plan.Range{Base: plic, Size: 0x60_0000}}
	copy(p.Devices[0].Path[:], "/soc/serial@10000000")
	copy(p.Devices[1].Path[:], "/soc/virtio_mmio@10001000")
	return p
}

// run is a mapping at an address of its own, so that only physical overlaps count.
func run(pa, n uint64, perm layout.Perm, kind layout.Kind) layout.Mapping {
	return layout.Mapping{VA: layout.WindowBase + pa, PA: pa, Pages: n, Perm: perm, Kind: kind}
}

const (
	ro = layout.R
	rw = layout.R | layout.W
	rx = layout.R | layout.X
)

// lawful is what n instances map when all is well, 42 pages a core and the
// image, the plan, the pair frames and the devices.
func lawful(p *plan.Plan) [][]layout.Mapping {
	n := int(p.NCores)
	maps := make([][]layout.Mapping, n)
	for i := range n {
		base := part(i)
		maps[i] = []layout.Mapping{
			run(image, 4, rx, layout.Text),
			run(image+4*page, 2, ro, layout.Text),
			run(area, 2, ro, layout.Plan),
			run(base, 12, rw, layout.Private),
			run(base+12*page, 4, rw, layout.Table),
			run(base+16*page, 8, rw, layout.User),
			run(base+24*page, 8, rw, layout.DMA),
			run(crash+uint64(i)*page, 1, rw, layout.Private),
			run(p.Cores[i].Claim.Base, 1, rw, layout.IRQ),
		}
		for j := range n {
			if j != i {
				maps[i] = append(maps[i], run(p.Pair(i, j), 1, rw, layout.Channel), run(p.Cores[j].File.Base, 1, rw, layout.Doorbell))
			}
		}
	}
	maps[0] = append(maps[0], run(uart, 1, rw, layout.Device), run(plic, 3, rw, layout.Device), run(plic+0x2000, 2, rw, layout.Device))
	if n > 1 {
		maps[1] = append(maps[1], run(virtio, 1, rw, layout.Device))
	}
	return maps
}
