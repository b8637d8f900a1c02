// Mk gives the machine's console commands, from a program.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"golang.org/x/term"

	"atoll/user/program"
)

const about = `mk COMMAND [ARGUMENT ...]: has the console carry out a command, as in mk ping 0 1 1000; mk help lists them
mk: reads commands, with a prompt and the Tab key at a terminal`

func main() { program.Main("mk", about, mk) }

func mk(args []string, out io.Writer) error {
	c, err := open()
	if err != nil {
		return err
	}
	defer c.file.Close()
	switch {
	case strings.ContainsAny(strings.Join(args, ""), "\n\t"):
		return program.Misuse("a newline or a tab cannot stand in a command")
	case len(args) > 0:
		return status(c.command(quoted(args), out))
	case term.IsTerminal(int(os.Stdin.Fd())):
		return c.prompt(out)
	}
	return status(c.script(os.Stdin, out))
}

// status makes the status of commands, of which the console has said why, that of the program.
func status(n int, err error) error {
	if err == nil && n != 0 {
		return program.Status(n)
	}
	return err
}

// open opens the console, and says who may.
func open() (*session, error) {
	f, err := os.OpenFile("/mk/console", os.O_RDWR, 0)
	switch {
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("%w; sh and run -mk of the console start programs that may give commands", err)
	case err != nil:
		return nil, err
	}
	return &session{f}, nil
}
