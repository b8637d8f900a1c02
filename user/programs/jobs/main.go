// Jobs looks whether job control is what a shell expects: it knows nothing of Atoll.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"atoll/user/program"
)

const about = "jobs: looks whether job control is what a shell expects, a line for each check; who types is told which keys"

func main() { program.Main("jobs", about, jobs) }

func jobs(args []string, out io.Writer) error {
	switch {
	case len(args) == 1 && works[args[0]] != nil:
		return works[args[0]](out)
	case len(args) > 0:
		return program.Misuse("it takes no arguments")
	case !term.IsTerminal(0):
		return program.Misuse("it needs a terminal, as by run -t jobs")
	}
	for _, c := range []struct {
		name  string
		check func(io.Writer) error
	}{
		{"background", background}, {"keys", keys},
	} {
		if err := c.check(out); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return nil
}

// works are what the jobs do, by the argument with which the program calls itself.
var works = map[string]func(out io.Writer) error{
	"read": func(out io.Writer) error {
		line, err := bufio.NewReader(os.Stdin).ReadString('\n')
		fmt.Fprintf(out, "jobs: it reads %q\n", line)
		return err
	},
	"write": func(out io.Writer) error {
		_, err := fmt.Fprintln(out, "jobs: it writes")
		return err
	},
	"set": func(io.Writer) error {
		s, err := unix.IoctlGetTermios(0, unix.TCGETS)
		if err != nil {
			return err
		}
		return unix.IoctlSetTermios(0, unix.TCSETS, s)
	},
	"sleep": func(io.Writer) error {
		time.Sleep(time.Minute)
		return nil
	},
}

// background has jobs do in the background what stops them, and brings them to the foreground, where
// they do it.
func background(out io.Writer) error {
	defer stopWriters(false)
	for _, c := range []struct {
		work string
		want syscall.Signal
	}{
		{"read", syscall.SIGTTIN}, {"set", syscall.SIGTTOU}, {"write", syscall.SIGTTOU},
	} {
		if err := stopWriters(c.work == "write"); err != nil {
			return err
		}
		j, err := begin(c.work, false)
		if err != nil {
			return err
		}
		if err := j.stops(c.want); err != nil {
			return err
		}
		fmt.Fprintf(out, "jobs: %s in the background: %v\n", c.work, c.want)
		if c.work == "read" {
			fmt.Fprintln(out, "jobs: type a line")
		}
		if err := j.goOn(); err != nil {
			return err
		}
		if err := j.ends(0); err != nil {
			return err
		}
		fmt.Fprintf(out, "jobs: %s in the foreground ok\n", c.work)
	}
	return nil
}

// keys has somebody stop a job in the foreground, and end it.
func keys(out io.Writer) error {
	j, err := begin("sleep", true)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "jobs: press Ctrl-Z")
	if err := j.stops(syscall.SIGTSTP); err != nil {
		return err
	}
	if err := j.goOn(); err != nil {
		return err
	}
	fmt.Fprintln(out, "jobs: press Ctrl-C") // now it is the job's
	if err := j.ends(syscall.SIGINT); err != nil {
		return err
	}
	fmt.Fprintln(out, "jobs: keys ok")
	return nil
}
