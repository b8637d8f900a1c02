package monitor

import "atoll/drivers/virtio/console"

// The log is a copy of the lines that come to the console: what all cores say, and how the
// dead have died. It goes to a virtio console of the console's owner, for a host that keeps it
// while a person is at the prompt; what commands print and what is typed is not in it. A
// log that is too slow loses lines, and the console waits for it never.

// logged is a console with a log beside it.
type logged struct {
	Console
	port *console.Port
}

// Line implements Console.
func (l logged) Line(core int, text []byte) {
	for rest := text; len(rest) > 0; {
		n := min(len(rest), console.MaxText)
		l.port.Write(rest[:n])
		rest = rest[n:]
	}
	l.Console.Line(core, text)
}

// logTo has the lines that come to the console from now on copied to a port, if this core
// has the console. For the event loop.
func (m *Monitor) logTo(p *console.Port) {
	if m.console != nil {
		m.console = logged{m.console, p}
	}
}
