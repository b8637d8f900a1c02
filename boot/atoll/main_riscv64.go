package main

import (
	"fmt"
	"runtime"

	"atoll/arch/layout"
	"atoll/arch/shim"
	"atoll/boot"
	"atoll/boot/plan"
)

func main() {
	if boot.IsPlanner() {
		boot.Plan()
	}
	r := shim.Row()
	p := (*plan.Plan)(shim.At(layout.PlanBase))
	fmt.Printf("hello from %s: core %d hart %d dtb %#x image %#x\n", runtime.Version(), int64(r.Core), r.Hart, shim.DeviceTree(), r.Image)
	fmt.Print(p.String())
	fmt.Printf("%+v\n", shim.ReadStats())
}
