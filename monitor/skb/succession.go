package skb

import "atoll/boot/plan"

// Succession is the policy succession/2 without a base to ask it: the order in which
// the cores follow as holders of a device of the plan. It counts until the cores have
// agreed on what the base says, which is the same (TestSuccessionInGo).
func Succession(p *plan.Plan, device int) []int {
	controller := controllerOf(p, device)
	reached := func(core int) bool {
		return consoleSide(p, controller) || p.Cores[core].Controller == controller
	}
	var near, far []int
	for core := range int(p.NCores) {
		if reached(core) {
			near = append(near, core)
		} else {
			far = append(far, core)
		}
	}
	return append(near, far...)
}

// ConsoleSide is the policy console_side/1: whether a device of the plan goes where
// the console is.
func ConsoleSide(p *plan.Plan, device int) bool { return consoleSide(p, controllerOf(p, device)) }

// controllerOf is the controller whose interrupts tell a device's owner; that of a
// controller's shared registers is itself.
func controllerOf(p *plan.Plan, device int) uint32 {
	for i := range p.Controllers[:p.NControllers] {
		if int(p.Controllers[i].Device) == device {
			return uint32(i)
		}
	}
	return p.Devices[device].Controller
}

func consoleSide(p *plan.Plan, controller uint32) bool {
	if controller == plan.NoCore {
		return true
	}
	for i := range p.Devices[:p.NDevices] {
		if d := &p.Devices[i]; d.Console != 0 && d.Controller == controller {
			return true
		}
	}
	return false
}
