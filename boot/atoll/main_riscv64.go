package main

import (
	"fmt"
	"io"
	"runtime"
	"time"
	"unsafe"

	"atoll/arch/layout"
	"atoll/arch/sbi"
	"atoll/arch/shim"
	"atoll/boot"
	"atoll/boot/bootargs"
	"atoll/boot/plan"
	"atoll/kernel"
	"atoll/monitor"
	"atoll/monitor/console"
)

func main() {
	if boot.IsPlanner() {
		boot.Plan()
	}
	p := (*plan.Plan)(shim.At(layout.PlanBase))
	if p.Magic != plan.Magic || p.Size != uint64(unsafe.Sizeof(*p)) {
		panic("the plan is not one of this kernel")
	}
	args := bootargs.Parse(p.BootArgs())
	kernel.SetLimits(args.Procs)
	shim.SetAlone(p.NCores == 1)
	self := int(shim.Row().Core)
	row := &p.Cores[self]
	fmt.Printf("@%d up hart=%d mem=%d go=%s\n", self, row.Row.Hart, row.Partition.Size, runtime.Version())
	devices, errs := monitor.OpenDevices(p, self)
	for _, err := range errs {
		fmt.Printf("core %d: %v\n", self, err)
	}
	machine := monitor.NewMachine(p, self, devices)
	if self != 0 {
		monitor.New(machine, p, self, nil, devices, nil).Run()
	}
	runConsole(p, machine, devices, args)
}

// runConsole is core 0: a monitor and the console of the machine.
func runConsole(p *plan.Plan, machine *monitor.Machine, devices *monitor.Devices, args bootargs.Args) {
	line := io.ReadWriter(sbiLine{})
	drain := func() {}
	if devices.Line != nil {
		line, drain = devices.Line, devices.Line.Drain
	}
	printer := monitor.NewPrinter()
	ready := make(chan struct{})
	m := monitor.New(machine, p, 0, printer, devices, func() { close(ready) })
	sys := monitor.NewSystem(m, func() { printer.Drain(); drain() })
	c := console.New(sys, line)
	go printer.Run(func() io.Writer { return c.NewLineBuffer() })
	go func() {
		<-ready
		sys.SetReady(shim.Duration(shim.Now() - p.Entry))
		printer.Drain() // the lines of those who have come up stand above
		fmt.Fprintf(c.NewLineBuffer(), "@0 ready cores=%d\n", len(m.Alive()))
		if args.HasRun {
			c.Script(args.Run)
		}
		if err := c.Run(); err != nil {
			fmt.Println(err)
		}
	}()
	m.Run()
}

// sbiLine is the firmware's console, for a machine whose UART we do not drive.
type sbiLine struct{}

func (sbiLine) Write(b []byte) (int, error) {
	for _, c := range b {
		sbi.ConsolePutchar(c)
	}
	return len(b), nil
}

func (sbiLine) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	for {
		if c, ok := sbi.ConsoleGetchar(); ok {
			b[0] = c
			return 1, nil
		}
		time.Sleep(10 * time.Millisecond)
	}
}
