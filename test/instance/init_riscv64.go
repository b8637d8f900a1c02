package instance

import (
	"fmt"
	"os"
	"strings"

	"atoll/arch/layout"
	"atoll/arch/shim"
	"atoll/boot"
	"atoll/boot/bootargs"
	"atoll/boot/plan"
	"atoll/kernel"
)

// init takes the place of the kernel's main function: the planner does not get
// beyond it, and the instance goes on to the tests.
func init() {
	if boot.IsPlanner() {
		boot.Plan()
	}
	shim.WriteThrough()
	shim.SetAlone(true)
	p := (*plan.Plan)(shim.At(layout.PlanBase))
	args := bootargs.ParseCut(p.BootArgs(), int(p.ArgsGiven))
	kernel.SetLimits(args.Procs)
	for i := range p.Devices[:p.NDevices] {
		if d := &p.Devices[i]; d.Kind == plan.DeviceFinisher {
			if err := shim.Map(d.VA, d.Regs.Base, layout.PageSize, layout.R|layout.W); err != nil {
				fmt.Println(err)
				os.Exit(1)
			}
			shim.SetFinisher(d.VA)
		}
	}
	os.Args = append(os.Args[:1], strings.Fields(args.Run)...)
}
