// Capcost measures what it costs to retype and to revoke RAM of which programs on other cores have
// copies, which the cores agree on in two phases (the paper's Figure 8).
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"time"

	"atoll/user/memory"
	"atoll/user/program"
)

const about = `capcost [-json] CORES [ROUNDS]: measures how long a retype and a revoke of a page of RAM take of which
programs on the other CORES, such as 0,1,2, have copies: one operation at a time, and with 8 under way. CORES begin
with this one; it measures with none of the others, with the next one, and so on
capcost hold NAME: such a program`

// Limits of the arguments.
const (
	usualRounds = 100
	mostRounds  = 100_000
	mostCores   = 16
)

func main() { program.Main("capcost", about, capcost) }

func capcost(args []string, out io.Writer) error {
	asJSON := len(args) > 0 && args[0] == "-json"
	if asJSON {
		args = args[1:]
	}
	if len(args) == 2 && args[0] == "hold" {
		return hold(args[1])
	}
	if len(args) < 1 || len(args) > 2 {
		return program.Misuse("it takes cores, and at most a number of rounds")
	}
	cores, err := program.Cores(args[0], 1, mostCores)
	if err != nil {
		return err
	}
	if self := os.Getenv("ATOLL_CORE"); strconv.Itoa(cores[0]) != self {
		return program.Misuse("the first core is not this one, which is " + self)
	}
	rounds := usualRounds
	if len(args) == 2 {
		if rounds, err = program.Count(args[1], mostRounds); err != nil {
			return err
		}
	}
	runtime.GOMAXPROCS(inFlight + 1) // who waits in a call has one
	return measure(cores, rounds, func(r row) error { return r.print(out, asJSON) })
}

// row is what was measured with so many cores, nanoseconds an operation.
type row struct {
	Event       string  `json:"event"`
	Cores       int     `json:"cores"`
	Rounds      int     `json:"rounds"`
	InFlight    int     `json:"in_flight"`
	Retype      float64 `json:"retype_ns"` // alone: median
	Revoke      float64 `json:"revoke_ns"`
	ManyRetypes float64 `json:"many_retypes_ns"` // with others under way: mean
	ManyRevokes float64 `json:"many_revokes_ns"`
}

func (r row) print(out io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(out).Encode(r)
	}
	us := func(ns float64) time.Duration { return time.Duration(ns).Round(100) }
	_, err := fmt.Fprintf(out, "capcost: %d cores: retype %v, %v each of %d; revoke %v, %v each of %d\n",
		r.Cores, us(r.Retype), us(r.ManyRetypes), r.InFlight, us(r.Revoke), us(r.ManyRevokes), r.InFlight)
	return err
}

// measure measures with one core, two, and so on. Nothing is left of it then.
func measure(cores []int, rounds int, each func(row) error) (err error) {
	before, _, err := memory.Left()
	if err != nil {
		return err
	}
	l, err := newLender()
	if err != nil {
		return err
	}
	for n := 1; n <= len(cores) && err == nil; n++ {
		if n > 1 {
			err = l.join(cores[n-1])
		}
		r := row{Event: "capcost", Cores: n, Rounds: rounds, InFlight: inFlight}
		if err == nil {
			err = l.retypes(&r)
		}
		if err == nil {
			err = l.revokes(&r)
		}
		if err == nil {
			err = each(r)
		}
	}
	if err := errors.Join(err, l.close()); err != nil {
		return err
	}
	return memory.AwaitLeft(before)
}
