// Costs measures what the CPU driver's calls, switches between dispatchers and messages
// cost. On a machine that counts instructions a nanosecond is one.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"atoll/user/program"
)

const about = `costs [-json] [ROUNDS]: measures calls to the CPU driver, switches between dispatchers in two
address spaces, messages between them, and page faults: nanoseconds of each, of ROUNDS (20000)`

func main() { program.Main("costs", about, costs) }

// settled is after what the core does when a program has begun.
const settled = 20 * time.Millisecond

// Bounds of the argument.
const (
	usualRounds = 20_000
	mostRounds  = 10_000_000
)

func costs(args []string, out io.Writer) error {
	asJSON := len(args) > 0 && args[0] == "-json"
	if asJSON {
		args = args[1:]
	}
	rounds := usualRounds
	if len(args) > 1 {
		return program.Misuse("it takes at most one number")
	}
	if len(args) == 1 {
		n, err := strconv.Atoi(args[0])
		if err != nil || n < 1 || n > mostRounds {
			return program.Misuse(fmt.Sprintf("%q is not a number from 1 to %d", args[0], mostRounds))
		}
		rounds = n
	}
	w, err := newWorld(rounds)
	if err != nil {
		return err
	}
	time.Sleep(settled)
	record := map[string]any{"event": "bench-user", "rounds": rounds}
	for _, x := range experiments {
		took, err := x.measure(w)
		if err != nil {
			return fmt.Errorf("%s: %w", x.what, err)
		}
		record[x.key+"_ns"] = took
		if !asJSON {
			fmt.Fprintf(out, "%-46s %8.0f ns\n", x.what, took)
		}
	}
	if asJSON {
		b, err := json.Marshal(record)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s\n", b)
	}
	return w.close()
}

// each returns what one of so many took, less the instructions beside, each of which is
// taken for a nanosecond.
func each(since time.Time, rounds, beside int) float64 {
	return float64(time.Since(since).Nanoseconds())/float64(rounds) - float64(beside)
}
