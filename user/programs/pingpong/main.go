// Pingpong measures messages to and fro: between two threads of one core, by LRPC, or between
// two cores, by UMP.
package main

import (
	"fmt"
	"io"
	"strconv"

	"atoll/user/program"
)

const about = `pingpong [-json] [lrpc [COUNT]]: sends COUNT messages from one thread to another of this core and back,
through endpoints, and says what one round trip costs
pingpong [-json] A B [COUNT]: the same over a channel from core A to core B, on both of which it has itself run
pingpong [-json] ask A B [COUNT], pingpong answer A B [COUNT]: one side of that, on this core
pingpong lie A B [COUNT]: answers half of them, and then writes nonsense into the channel
pingpong [-json] count [COUNT]: counts the instructions of a message at each end of such a channel
With -json the instructions are shown, too. On QEMU these mean something only with -icount: else the counter shows time`

// Limits of the arguments.
const (
	usualCount = 10_000
	mostCount  = 1_000_000_000
	mostCores  = 1 << 16
)

func main() { program.Main("pingpong", about, pingpong) }

func pingpong(args []string, out io.Writer) error {
	asJSON := len(args) > 0 && args[0] == "-json"
	if asJSON {
		args = args[1:]
	}
	if len(args) == 0 {
		args = []string{"lrpc"}
	}
	if args[0] == "lrpc" {
		n, err := counted(args, 1)
		if err != nil {
			return err
		}
		return lrpcRounds(out, n, asJSON)
	}
	if args[0] == "count" {
		n, err := counted(args, 1)
		if err != nil {
			return err
		}
		return countRounds(out, n, asJSON)
	}
	side := ""
	if args[0] == asks || args[0] == answers || args[0] == lies {
		side, args = args[0], args[1:]
	}
	if len(args) < 2 {
		return program.Misuse("it takes lrpc, count, or two cores")
	}
	var cores [2]int
	for i := range cores {
		n, err := number(args[i], 0, mostCores)
		if err != nil {
			return err
		}
		cores[i] = n
	}
	if cores[0] == cores[1] {
		return program.Misuse("the two cores are one; lrpc is for messages on a core")
	}
	n, err := counted(args, 2)
	if err != nil {
		return err
	}
	return umpRounds(out, side, match{cores[0], cores[1], n, asJSON})
}

// counted returns the count behind the first arguments, which is the last one.
func counted(args []string, behind int) (int, error) {
	switch len(args) {
	case behind:
		return usualCount, nil
	case behind + 1:
		return number(args[behind], 1, mostCount)
	}
	return 0, program.Misuse("there are too many arguments")
}

func number(s string, least, most int) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most {
		return 0, program.Misuse(fmt.Sprintf("%q is not a number from %d to %d", s, least, most))
	}
	return n, nil
}
