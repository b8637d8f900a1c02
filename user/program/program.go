// Package program is the main function that Atoll's own programs have in common: help, and
// what status an error is.
package program

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"atoll/kernel/abi"
)

// notServed explains abi.ErrNoCall to who has typed a program's name at a shell.
const notServed = "native calls are served to what the console's run begins, not to what that begins in turn"

// Misuse is an error in the arguments: a sentence. The status is 2.
type Misuse string

func (m Misuse) Error() string { return string(m) }

// Status is an error of which all has been said: the program's status.
type Status int

func (s Status) Error() string { return fmt.Sprintf("status %d", int(s)) }

// Main runs a program and exits. about says what it does and how it is called; it is
// printed if the first argument is -h, and behind what is misused. An error of run's is
// printed and makes the status 1, a Misuse 2; a Status is not printed.
func Main(name, about string, run func(args []string, out io.Writer) error) {
	os.Exit(status(name, about, os.Args[1:], run, os.Stdout, os.Stderr))
}

func status(name, about string, args []string, run func([]string, io.Writer) error, out, complaints io.Writer) int {
	if len(args) > 0 && slices.Contains([]string{"-h", "-help", "--help"}, args[0]) {
		fmt.Fprintln(out, about)
		return 0
	}
	err := run(args, out)
	var s Status
	switch {
	case err == nil:
		return 0
	case errors.As(err, &s):
		return int(s)
	}
	fmt.Fprintf(complaints, "%s: %v\n", name, err)
	if errors.Is(err, abi.ErrNoCall) {
		fmt.Fprintf(complaints, "%s: %s\n", name, notServed)
	}
	var m Misuse
	if errors.As(err, &m) {
		fmt.Fprintln(complaints, about)
		return 2
	}
	return 1
}
