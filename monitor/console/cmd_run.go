package console

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

var runCommand = Command{
	Name:     "run",
	Synopsis: "program [argument ...]",
	Summary:  "run a program of the archive in user mode",
	Rest:     true,
	JSON:     true,
	Flags: []Flag{
		{Name: "core", Value: "core", Help: "the core that runs it, if not the console's"},
		{Name: "span", Value: "cores", Help: "the cores that its threads are placed on, as in 0,1,2"},
		{Name: "mem", Value: "size", Help: "its memory, a number of bytes or one with K, M or G"},
		{Name: "t", Help: "it has the terminal: it reads what is typed, until Ctrl-] ends it"},
		{Name: "strace", Value: "which", Loose: true, Help: "print its system calls, or some: see above"},
		{Name: "bg", Help: "do not wait for its end"},
		{Name: "trusted", Help: "give it the capability to the core: it may take interrupts"},
		{Name: "mk", Help: "it, and all that it starts, may give the console commands, as mk does"},
	},
	Help: `The programs are static ones for linux/riscv64, in a cpio archive that is the
initial RAM disk; programs lists them. What a program writes is printed in whole
lines by its core, and at its end a line with its number and its status, which is
the command's: 128 and the number of a signal if one has ended it. Ctrl-C kills it.
Flags stand before the name; all behind that is the program's. -strace=open,read,2
prints the calls whose names begin with open or read, of the thread 2.`,
	Run: runRun,
	Complete: func(sys System, args []string) []string {
		if len(args) > 0 {
			return nil
		}
		var names []string
		files, _ := sys.Files(sys.Self())
		for _, f := range files {
			names = append(names, f.Name)
		}
		return names
	},
}

func runRun(c *Call) error {
	if len(c.Args) == 0 {
		return Usagef("the name of a program is needed, as in run hello; see programs")
	}
	core, err := c.coreOption()
	if err != nil {
		return err
	}
	memory := uint64(0)
	if text, ok := c.Option("mem"); ok {
		if memory, err = bytesOf(text); err != nil {
			return err
		}
	}
	if err := c.isProgram(core, c.Args[0], "programs"); err != nil {
		return err
	}
	span, err := c.spanOption()
	if err != nil {
		return err
	}
	_, background := c.Option("bg")
	_, here := c.Option("t")
	calls, trace := c.Option("strace")
	_, trusted := c.Option("trusted")
	_, commands := c.Option("mk")
	p := Program{Args: c.Args, Memory: memory, Background: background, Trusted: trusted, Span: span, Trace: trace, Calls: calls}
	if commands {
		p.Commander = c.console.commander()
	}
	switch {
	case commands && background && core != c.Sys.Self():
		return Usagef("a program of another core that may give the console commands runs in the foreground")
	case here && background:
		return Usagef("a program that has the terminal runs in the foreground")
	case here && trace:
		return Usagef("the calls of a program that has the terminal are not printed, which would garble its screen")
	case here && trusted:
		return Usagef("a program that has the terminal is not trusted with the core")
	case here:
		return c.runHere(core, p)
	}
	end, err := c.Sys.Run(core, p)
	switch {
	case err != nil:
		return err
	case background:
		c.Printf("program %d of core %d\n", end.PID, core)
		c.Fact(NewRecord("run").Int("core", core).Str("name", c.Args[0]).Uint("pid", end.PID))
		return nil
	}
	return c.ended(core, p, end)
}

// runHere runs a program that has the terminal.
func (c *Call) runHere(core int, p Program) error {
	if c.console.input == nil {
		return Usagef("the terminal is that of the program that gives this command")
	}
	p.Terminal = &terminal{c.console.input, c.console.line}
	end, err := c.Sys.Run(core, p)
	if err != nil {
		return err
	}
	return c.ended(core, p, end)
}

// ended says how a program has ended, and ends the machine if one has called for that who may give
// commands.
func (c *Call) ended(core int, p Program, end ProgramEnd) error {
	c.Datum(NewRecord("run").Int("core", core).Str("name", p.Args[0]).Uint("pid", end.PID).Int("status", end.Status))
	switch {
	case p.Commander == nil:
	case end.Off == PowersOff:
		return c.powerOff(OK)
	case end.Off == Restarts:
		return c.reboot()
	}
	if end.Status != OK {
		return exitError(end.Status)
	}
	return nil
}

// coreOption is the living core that the flag names, or the console's.
func (c *Call) coreOption() (int, error) {
	if text, ok := c.Option("core"); ok {
		return c.living(text)
	}
	return c.Sys.Self(), nil
}

// spanOption is the living cores that the flag names, none without it.
func (c *Call) spanOption() (cores []int, err error) {
	text, ok := c.Option("span")
	if !ok {
		return nil, nil
	}
	for _, name := range strings.Split(text, ",") {
		core, err := c.living(name)
		if err != nil {
			return nil, err
		}
		cores = append(cores, core)
	}
	return cores, nil
}

// isProgram checks that a core has a program of that name, and says what to see if not.
func (c *Call) isProgram(core int, name, see string) error {
	if strings.Contains(name, "/") {
		return nil // a path, which the core knows
	}
	there, err := hasProgram(c.Sys, core, name)
	if err == nil && !there {
		err = Usagef("there is no program %s; see %s", quote(name), see)
	}
	return err
}

// hasProgram reports whether a core has a program of that name.
func hasProgram(sys System, core int, name string) (bool, error) {
	files, err := sys.Files(core)
	return slices.ContainsFunc(files, func(f ProgramFile) bool { return f.Name == name }), err
}

// mostMemory bounds what a program can be given.
const mostMemory = 1 << 40

// bytesOf reads a number of bytes.
func bytesOf(text string) (uint64, error) {
	digits, unit := text, uint64(1)
	for _, u := range []struct {
		letter byte
		bytes  uint64
	}{{'K', 1 << 10}, {'M', 1 << 20}, {'G', 1 << 30}} {
		if n := len(text); n > 0 && text[n-1] == u.letter {
			digits, unit = text[:n-1], u.bytes
		}
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, Usagef("memory is given by a number of bytes, or one with K, M or G, not by %s", quote(text))
	}
	if err != nil || n == 0 || n > mostMemory/unit {
		return 0, Usagef("a program cannot have %s of memory", quote(text))
	}
	return n * unit, nil
}
