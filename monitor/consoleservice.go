package monitor

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"atoll/monitor/binding"
)

// The console is a service: lines that any core sends over a binding to the name console
// are printed whole, as that core's. What an instance writes to its standard output takes
// another way (lines.go), which needs no goroutine and goes on while the console moves: who
// binds to the console has to bind anew then.

// consoleService is its number.
const consoleService = 3

// Types of messages of the service.
const (
	lineSaid  uint16 = 1 + iota // a line
	lineTaken                   // it is on its way to the console
)

// serveConsole serves one binding.
func (m *Monitor) serveConsole(b *binding.Binding) {
	defer b.Close()
	for {
		typ, _, text, err := recvText(b, maxLine, serveRest, serveTime)
		if errors.Is(err, binding.ErrTimeout) {
			continue
		}
		if err != nil || typ != lineSaid {
			return
		}
		taken := false
		m.wait(func() {
			if taken = m.owner == m.self; taken {
				m.console.Line(b.Core, append(printable(text), '\n'))
			}
		})
		if !taken || b.Send(lineTaken, &[7]uint64{}, serveTime) != nil {
			return // it has moved
		}
	}
}

// printable makes one line of a text that comes from a peer.
func printable(text []byte) []byte {
	return bytes.Map(func(r rune) rune {
		if r < ' ' && r != '\t' {
			return -1
		}
		return r
	}, text)
}

// Say prints a line of at most maxLine bytes on the console, over a binding to the service
// of that name, and returns when that has it. Not for the event loop.
func (m *Monitor) Say(ctx context.Context, line string) error {
	b, err := m.BindName(ctx, nameConsole, bindTime)
	if err != nil {
		return err
	}
	defer b.Close()
	return say(b, line)
}

// say sends a line over a binding to the console.
func say(b *binding.Binding, line string) error {
	if len(line) > maxLine {
		return fmt.Errorf("a line of %d bytes: want at most %d", len(line), maxLine)
	}
	if err := sendText(b, lineSaid, textHead{}, []byte(line), serveTime); err != nil {
		return err
	}
	var msg binding.Message
	return b.Recv(&msg, serveTime)
}
