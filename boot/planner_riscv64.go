package boot

import (
	"fmt"
	"os"

	"atoll/arch/layout"
	"atoll/arch/shim"
	"atoll/boot/bootargs"
	"atoll/boot/plan"
	"atoll/drivers/entropy"
	"atoll/drivers/reg"
	"atoll/drivers/rtc"
	"atoll/dts"
)

// IsPlanner reports whether this instance is the one that makes the plan.
func IsPlanner() bool { return shim.Row().Core == layout.Planner }

// Plan is the planner's life: it makes the plan of the machine and becomes the
// instance of its hart. It does not return; an error is a sentence on the
// firmware's console and the end of the machine.
func Plan() {
	p, blob, err := makePlan()
	if err == nil {
		err = publish(p, blob)
	}
	if err == nil {
		Step(bootargs.Parse(p.BootArgs()).Quiet, "core %d on hart %d", p.BootCore, shim.Row().Hart)
		shim.Become(p.StartPA(int(p.BootCore)))
	}
	fmt.Println("atoll: cannot boot:", err)
	os.Exit(1)
}

// makePlan reads the device tree and plans. What it leaves out it says.
func makePlan() (p *plan.Plan, blob []byte, err error) {
	Step(false, "device tree")
	blob, at, err := readBlob()
	if err != nil {
		return nil, nil, err
	}
	tree, err := dts.Parse(blob)
	if err != nil {
		return nil, nil, fmt.Errorf("the device tree at %#x: %w", at.Base, err)
	}
	args := bootargs.Parse(tree.BootArgs())
	Step(args.Quiet, "plan")
	base, size, scratch := shim.ImageRange()
	p, notes, err := plan.Make(plan.Input{
		Tree:     tree,
		Blob:     at,
		Image:    plan.Range{Base: base, Size: size},
		Scratch:  plan.Range{Base: base + size, Size: scratch},
		BootHart: shim.Row().Hart,
		MaxCores: args.Cores,
	})
	if args.Quiet {
		notes = nil
	}
	for _, n := range append(args.Problems, notes...) {
		fmt.Println("atoll:", n)
	}
	if err != nil {
		return nil, nil, err
	}
	p.Entry = shim.Born()
	fillRows(p, tree)
	return p, blob, nil
}

// blobWindow is where the planner looks at the device tree, and spaceWindow
// where it writes what the instances will read.
const (
	blobWindow  = layout.DeviceBase
	spaceWindow = layout.DeviceBase + 256<<20
	clockWindow = layout.DeviceBase + 768<<20
)

// readBlob copies the device tree to the heap and returns where it lies.
func readBlob() ([]byte, plan.Range, error) {
	pa := shim.DeviceTree()
	at := plan.Range{Base: pa}
	if pa == 0 || pa%8 != 0 {
		return nil, at, fmt.Errorf("the firmware handed over no device tree (A1 = %#x)", pa)
	}
	off := pa % layout.PageSize
	window := func(n uint64) ([]byte, error) {
		size := (off + n + layout.PageSize - 1) &^ (layout.PageSize - 1)
		if err := shim.Map(blobWindow, pa-off, size, layout.R); err != nil {
			return nil, err
		}
		copied := append([]byte(nil), shim.Bytes(blobWindow+off, n)...)
		return copied, shim.Unmap(blobWindow, size)
	}
	header, err := window(dts.HeaderSize)
	if err != nil {
		return nil, at, err
	}
	n, err := dts.TotalSize(header)
	if err != nil {
		return nil, at, fmt.Errorf("the device tree at %#x: %w", pa, err)
	}
	at.Size = uint64(n)
	blob, err := window(uint64(n))
	return blob, at, err
}

// fillRows adds to the rows what the plan of a machine that is not running
// cannot know: the time and the seeds.
func fillRows(p *plan.Plan, tree *dts.Tree) {
	wall := wallBase(p)
	weak := []uint64{shim.Now(), shim.Row().Hart, wall}
	seeds, quality := entropy.Seeds(tree.RNGSeed(), weak, int(p.NCores))
	if quality == entropy.Weak {
		fmt.Println("atoll: the device tree has no rng-seed: random numbers can be guessed")
	}
	for i := range seeds {
		p.Cores[i].Row.Seed = seeds[i]
		p.Cores[i].Row.WallBase = wall
	}
}

// wallBase returns the wall clock at time 0 in nanoseconds, 0 where there is no
// real-time clock.
func wallBase(p *plan.Plan) uint64 {
	for _, d := range p.Devices[:p.NDevices] {
		if d.Kind != plan.DeviceRTC {
			continue
		}
		pa := d.Regs.Base &^ (layout.PageSize - 1)
		if err := shim.Map(clockWindow, pa, layout.PageSize, layout.R|layout.W); err != nil {
			return 0
		}
		now, err := rtc.New(reg.At(uintptr(clockWindow + d.Regs.Base - pa))).Now()
		if err != nil {
			fmt.Println("atoll:", err)
			return 0
		}
		ticks := shim.Now()
		return now - (ticks/p.Timebase*1e9 + ticks%p.Timebase*1e9/p.Timebase)
	}
	return 0
}

// publish writes the plan where the instances will map it, copies the device tree,
// and clears the pair frames and crash pages. Nothing of it lies in the planner's
// own memory, but it may lie where firmware left the tree: that has been copied to
// the heap.
func publish(p *plan.Plan, blob []byte) error {
	for _, r := range []plan.Range{p.Area, p.Channels, p.Crash, p.Blob} {
		size := (r.Size + layout.PageSize - 1) &^ (layout.PageSize - 1)
		if err := shim.Map(spaceWindow, r.Base, size, layout.R|layout.W); err != nil {
			return err
		}
		clear(shim.Bytes(spaceWindow, size))
		switch r {
		case p.Area:
			*(*plan.Plan)(shim.At(spaceWindow)) = *p
		case p.Blob:
			copy(shim.Bytes(spaceWindow, size), blob)
		}
		if err := shim.Unmap(spaceWindow, size); err != nil {
			return err
		}
	}
	return nil
}
