package main

import (
	"fmt"
	"io"
	"slices"
	"time"

	"atoll/arch/shim"
	"atoll/monitor"
	"atoll/monitor/console"
	"atoll/monitor/printer"
)

// session is the console while this core owns it, and its monitor's way there.
type session struct {
	i       *instance
	printer *printer.Printer
	line    io.ReadWriter
	system  *monitor.System
	console *console.Console
}

// newSession makes a session over the UART that this core drives, or over the
// firmware's console where there is none.
func (i *instance) newSession() *session {
	s := &session{i: i, printer: printer.New(), line: sbiLine{}}
	if i.devices.Line != nil {
		s.line = i.devices.Line
	}
	return s
}

// open brings the lines of all cores to the console, on a fresh line if its last owner
// died, perhaps in the middle of one.
func (s *session) open(fresh bool) {
	s.system = monitor.NewSystem(s.i.monitor, s.drain)
	s.console = console.New(s.system, s.line)
	s.console.Shell = !fresh
	var now monitor.Progress
	s.console.OnProgress = func(p console.Progress) {
		now.Next, now.Status = p.Next, p.Status
		s.i.monitor.SetProgress(now)
	}
	s.console.OnShell = func(runs bool) {
		now.Shell = runs
		s.i.monitor.SetProgress(now)
	}
	s.console.OnTyped = s.i.monitor.SetTyped
	go func() {
		if fresh {
			io.WriteString(s.line, "\r\n")
		}
		s.printer.Run(func() io.Writer { return s.console.NewLineBuffer() })
	}()
}

// Line implements monitor.Console.
func (s *session) Line(core int, text []byte) { s.printer.Line(core, text) }

// Printed implements monitor.Console.
func (s *session) Printed(f func()) {
	go func() {
		s.drain()
		f()
	}()
}

// drain waits until all that was said has left the machine.
func (s *session) drain() {
	s.printer.Drain()
	if s.i.devices.Line != nil {
		s.i.devices.Line.Drain()
	}
}

// greet says that the machine is up.
func (s *session) greet() {
	s.system.SetReady(shim.Duration(shim.Now() - s.i.plan.Entry))
	s.printer.Drain() // the lines of those who have come up stand above
	fmt.Fprintf(s.console.NewLineBuffer(), "@%d ready cores=%d\n", s.i.self, len(s.i.monitor.Alive()))
}

// settle waits until the last words of the last owner stand above all that this one says.
func (s *session) settle() {
	s.system.Settle()
	s.printer.Drain()
}

// serve runs the script of run= from where it stands, and then a person's commands.
func (s *session) serve(p monitor.Progress) {
	if p.Shell { // what was typed was for what ran there
		s.console.Shell, s.console.Anew = true, true
	} else {
		s.console.TypeAhead(p.Typed)
	}
	switch args := &s.i.args; {
	case args.NoRun != "":
		s.console.Refuse(args.NoRun)
	case args.HasRun:
		s.console.Resume(args.Run, console.Progress{Next: p.Next, Status: p.Status})
	}
	if err := s.console.Run(); err != nil {
		fmt.Println(err)
	}
}

// sbiLine is the firmware's console, for a machine whose UART we do not drive.
type sbiLine struct{}

func (sbiLine) Write(b []byte) (int, error) {
	for piece := range slices.Chunk(b, pieceBytes) {
		shim.WriteFirmware(piece)
	}
	return len(b), nil
}

// pieceBytes is what the firmware's console is given at once, so that interrupts are
// taken between two pieces.
const pieceBytes = 16

// pollGap is how often the firmware's console is asked for input.
const pollGap = 10 * time.Millisecond

func (sbiLine) Read(b []byte) (int, error) {
	for len(b) > 0 {
		if c, ok := shim.ReadFirmware(); ok {
			b[0] = c
			return 1, nil
		}
		time.Sleep(pollGap)
	}
	return 0, nil
}
