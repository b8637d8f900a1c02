// Updates measures updates of memory that programs on several cores share: each writes the same
// cache lines, as fast as it can (the half of the paper's Figure 3 without messages).
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"atoll/user/program"
)

const about = `updates [-json] CORES [TIME]: has a program on each of CORES, such as 0,1, update 1, 2, 4 and 8 cache
lines of a frame that they share, for TIME each (250ms), and says what one update of all those lines takes: of this
core alone, of it and the next one, and so on. CORES begin with this one. Samples are those in which all ran
updates join NUMBER NAME: such a program`

const (
	mostCores = 16
	usualTime = 250 * time.Millisecond
	mostTime  = 10 * time.Second // the others are waited for somewhat longer
)

func main() { program.Main("updates", about, updates) }

func updates(args []string, out io.Writer) error {
	asJSON := len(args) > 0 && args[0] == "-json"
	if asJSON {
		args = args[1:]
	}
	if len(args) == 3 && args[0] == "join" {
		number, err := program.Count(args[1], mostCores-1)
		if err != nil {
			return err
		}
		return join(number, args[2])
	}
	if len(args) < 1 || len(args) > 2 {
		return program.Misuse("it takes cores, and at most a time")
	}
	cores, err := program.Cores(args[0], 1, mostCores)
	if err != nil {
		return err
	}
	if self := os.Getenv("ATOLL_CORE"); strconv.Itoa(cores[0]) != self {
		return program.Misuse("the first core is not this one, which is " + self)
	}
	span := usualTime
	if len(args) == 2 {
		if span, err = program.Span(args[1]); err != nil {
			return err
		}
		if span > mostTime {
			return program.Misuse(fmt.Sprintf("it takes at most %v", mostTime))
		}
	}
	return measure(cores, span, func(r row) error { return r.print(out, asJSON) })
}

// row is what was measured with so many cores and lines. There are no samples if not all have
// run at the same time.
type row struct {
	Event   string  `json:"event"`
	Cores   int     `json:"cores"`
	Lines   int     `json:"lines"`
	Samples uint64  `json:"samples"`
	Median  float64 `json:"median_ns,omitempty"` // of an update, the middle one of the cores'
}

func (r row) print(out io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(out).Encode(r)
	}
	_, err := fmt.Fprintf(out, "updates: %d cores, %d lines: %.1f ns, %d samples\n", r.Cores, r.Lines, r.Median, r.Samples)
	return err
}
