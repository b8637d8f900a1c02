package monitor

import (
	"fmt"

	"atoll/drivers/virtio/console"
)

// The log is a copy of the lines that come to the console: what all cores say, and how the
// dead have died. It goes to a virtio console of the console's owner, for a host that keeps it
// while a person is at the prompt; what commands print and what is typed is not in it. A
// log that is too slow loses lines, and the console waits for it never.

// logged is a console with a log beside it.
type logged struct {
	Console
	port interface{ Write(text []byte) bool }
	lost int // pieces of lines since the last that was written
}

// Line implements Console.
func (l *logged) Line(core int, text []byte) {
	if l.lost > 0 && l.port.Write(fmt.Appendf(nil, "%d pieces of lines were lost: they came faster than the log takes them\n", l.lost)) {
		l.lost = 0
	}
	for rest := text; len(rest) > 0; {
		n := min(len(rest), console.MaxText)
		if !l.port.Write(rest[:n]) {
			l.lost++
		}
		rest = rest[n:]
	}
	l.Console.Line(core, text)
}

// logTo has the lines that come to the console from now on copied to a port, if this core
// has the console. For the event loop.
func (m *Monitor) logTo(p *console.Port) {
	if m.console != nil {
		m.console = &logged{Console: m.console, port: p}
	}
}
