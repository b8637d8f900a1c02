package plan

import (
	"math/bits"

	"atoll/dts"
)

// uarts lists the UARTs that are driven and the register layout that each has
// where its node does not tell.
var uarts = []struct {
	name         string
	shift, width uint32
}{
	{"ns16550a", 0, 1},
	{"ns16550", 0, 1},
	{"snps,dw-apb-uart", 0, 1},
	{"microchip,mpfs-uart", 2, 4},
	{"sifive,uart0", 2, 4},
	{"litex,liteuart", 2, 4},
	{"riscv,axi-uart-1.0", 2, 4},
}

// maxRegShift bounds the distance between two registers to 16 bytes.
const maxRegShift = 4

// console is the UART that carries the console.
type console struct {
	node       *dts.Node
	name       string // the compatible string that made it known
	controller int    // index of its interrupt controller, -1 if it has none
}

// findConsole finds the console: the UART that stdout-path names or, without
// it, the first one that is okay. Its interrupt controller comes first among
// the controllers, so that core 0 is one of its cores.
func (p *planner) findConsole() error {
	n, _, err := p.in.Tree.Stdout()
	p.noteErr(err)
	names := uartNames()
	if n == nil {
		if all := p.in.Tree.Compatible(names...); len(all) > 0 {
			n = all[0]
		}
	}
	if n == nil {
		p.note("no console: the device tree names none and has no UART that is driven")
		return nil
	}
	name := n.Match(names...)
	if name == "" || !n.Okay() {
		p.note("console %s is not driven: its compatible is %q, its status %q", n.Path(), n.Text("compatible"), n.Text("status"))
		return nil
	}
	p.console = &console{node: n, name: name, controller: -1}
	// A faulty interrupt list is noted when the device is routed.
	if list, err := n.Interrupts(); err == nil && len(list) > 0 {
		p.console.controller = p.controllerFor(list[0])
	}
	if at := p.console.controller; at > 0 {
		p.controllers[0], p.controllers[at] = p.controllers[at], p.controllers[0]
		p.console.controller = 0
	}
	return nil
}

func uartNames() []string {
	var names []string
	for _, u := range uarts {
		names = append(names, u.name)
	}
	return names
}

// addConsole enters the console's UART into the plan.
func (p *planner) addConsole() {
	n := p.console.node
	d := p.addDevice(DeviceUART, n, p.console.name)
	if d == nil {
		return
	}
	d.Console = 1
	for _, u := range uarts {
		if u.name == p.console.name {
			d.RegShift, d.RegWidth = u.shift, u.width
		}
	}
	if v, ok := n.U32("reg-shift"); ok && v <= maxRegShift {
		d.RegShift = v
	}
	if v, ok := n.U32("reg-io-width"); ok && v <= 4 && bits.OnesCount32(v) == 1 {
		d.RegWidth = v
	}
}
