// Ticker shows scheduler activations at work: native dispatchers in the program's own
// address space, each with threads that the kernel knows nothing of. Some tick, one
// computes and never lets go of the hart, one walks over memory that it pages itself, one
// does what it may not. It prints a table of what they did, what it cost, and the checks that
// all of it was right.
package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"atoll/user/program"
)

const about = `ticker [milliseconds]: runs user-level threads for some time, 200 ms if not given, and says what they did`

func main() { program.Main("ticker", about, run) }

// Bounds of the argument.
const least, most = 20, 60_000

func run(args []string, out io.Writer) error {
	span := 200
	if len(args) > 1 {
		return program.Misuse("one argument at most")
	}
	if len(args) == 1 {
		n, err := strconv.Atoi(args[0])
		if err != nil || n < least || n > most {
			return program.Misuse(fmt.Sprintf("the time is a number of milliseconds from %d to %d, not %q", least, most, args[0]))
		}
		span = n
	}
	if err := perform(time.Duration(span)*time.Millisecond, out); err != nil {
		return err
	}
	return measure(out)
}

// perform runs the show, prints what happened, and checks it.
func perform(span time.Duration, out io.Writer) (err error) {
	s, err := build(span)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	s.play()
	if err := s.wait(); err != nil {
		return err
	}
	s.table(out)
	return s.check(out)
}
