package boot

import (
	"fmt"

	"atoll/arch/shim"
	"atoll/boot/plan"
)

// The ladder: each step of the boot is said on the firmware's console before it is
// tried, so that on a board where a step fails the last line tells which. The first
// steps are told by package shim, before there is a runtime. Until the device tree has
// been read nobody can have asked for quiet, and on a board that is new nobody does.
// docs/new-board.md says what to look for at each step.

// Step says what comes next. Only for whoever is alone: before another hart has been
// started, or before the console's driver has touched the UART.
func Step(quiet bool, format string, args ...any) {
	if !quiet {
		shim.WriteFirmware(fmt.Appendf(nil, "atoll: "+format+"\n", args...))
	}
}

// StepHarts says which harts the boot core will start.
func StepHarts(quiet bool, p *plan.Plan) {
	if harts := othersOf(p); harts != "" {
		Step(quiet, "harts %s", harts)
	}
}

// StepConsole says which UART the console's owner will drive.
func StepConsole(quiet bool, p *plan.Plan) {
	for i := range p.Devices[:p.NDevices] {
		if d := &p.Devices[i]; d.Kind == plan.DeviceUART && d.Console != 0 {
			Step(quiet, "console %s at %#x", d.Compatible.String(), d.Regs.Base)
			return
		}
	}
	calls := "legacy calls"
	if shim.DebugConsole() {
		calls = "DBCN"
	}
	Step(quiet, "console of the firmware, by %s", calls)
}
