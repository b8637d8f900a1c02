package main

import (
	"fmt"
	"runtime"

	"atoll/arch/layout"
	"atoll/arch/shim"
	"atoll/boot"
	"atoll/boot/bootargs"
	"atoll/boot/plan"
	"atoll/kernel"
	"atoll/monitor"
)

func main() {
	if boot.IsPlanner() {
		boot.Plan()
	}
	p := (*plan.Plan)(shim.At(layout.PlanBase))
	if !p.Valid() {
		panic("the plan is not one of this kernel")
	}
	args := bootargs.ParseCut(p.BootArgs(), int(p.ArgsGiven))
	kernel.SetLimits(args.Procs)
	kernel.KeepPoller()
	shim.SetAlone(p.NCores == 1)
	self := int(shim.Row().Core)
	row := &p.Cores[self]
	fmt.Printf("@%d up hart=%d mem=%d go=%s\n", self, row.Row.Hart, row.Memory(), runtime.Version())
	i := &instance{plan: p, self: self, args: args}
	i.run()
}

// instance is one core's part of the system.
type instance struct {
	plan    *plan.Plan
	self    int
	args    bootargs.Args
	devices *monitor.Devices
	machine *monitor.Machine
	monitor *monitor.Monitor
}

// run is the instance's life. It does not return.
func (i *instance) run() {
	first := shim.Incarnation() == 1
	if first && i.self == int(i.plan.BootCore) {
		boot.StepHarts(i.args.Quiet, i.plan)
	}
	if first && uint32(i.self) == monitor.ConsoleOwner(i.plan) {
		boot.StepConsole(i.args.Quiet, i.plan)
	}
	devices, errs := monitor.OpenDevices(i.plan, i.self, first)
	for _, err := range errs {
		fmt.Printf("core %d: %v\n", i.self, err)
	}
	i.devices = devices
	i.machine = monitor.NewMachine(i.plan, i.self, devices)
	i.machine.Take = i.takeConsole
	if first && i.self == shim.Starter() {
		s := i.newSession()
		ready := make(chan struct{})
		i.monitor = monitor.New(i.machine, i.plan, i.self, s, devices, func() { close(ready) })
		s.open(false)
		go func() {
			<-ready
			s.greet()
			s.serve(monitor.Progress{})
		}()
	} else {
		i.monitor = monitor.New(i.machine, i.plan, i.self, nil, devices, nil)
	}
	i.monitor.SetUserland(newUserland(i))
	devices.Drive(i.monitor)
	i.monitor.MeasureWhenIdle()
	i.monitor.Run()
}

// takeConsole goes on where the console's last owner stood, which may have died while
// the machine came up. The event loop calls it, so it does not block; standard output
// can, while nobody fetches it.
func (i *instance) takeConsole(pr monitor.Progress, up <-chan struct{}) monitor.Console {
	errs := i.devices.TakeOver(i.plan, i.self)
	go func() {
		for _, err := range errs {
			fmt.Printf("core %d: %v\n", i.self, err)
		}
	}()
	s := i.newSession()
	s.open(true)
	go func() {
		if up != nil {
			<-up
			s.greet()
		}
		s.settle()
		s.serve(pr)
	}()
	return s
}
