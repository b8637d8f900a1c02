package program

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// mostTime bounds how long a program is told to work.
const mostTime = 24 * time.Hour

// Span returns how long an argument says: seconds, or a number with a unit, such as 90s or
// 10m. Anything but a span from one nanosecond to a day is a Misuse.
func Span(arg string) (time.Duration, error) {
	d, err := time.ParseDuration(arg)
	if n, e := strconv.Atoi(arg); e == nil && n <= int(mostTime/time.Second) {
		d, err = time.Duration(n)*time.Second, nil
	}
	if err != nil || d <= 0 || d > mostTime {
		return 0, Misuse(fmt.Sprintf("%q is no time from 1 second to a day, such as 10, 90s or 10m", arg))
	}
	return d, nil
}

// Count returns the number that an argument says, from 1 to most. Anything else is a Misuse.
func Count(arg string, most int) (int, error) {
	n, err := strconv.Atoi(arg)
	if err != nil || n < 1 || n > most {
		return 0, Misuse(fmt.Sprintf("%q is not a number from 1 to %d", arg, most))
	}
	return n, nil
}

// mostCore is more than any core's number.
const mostCore = 1 << 16

// Cores returns the cores that an argument names, such as 0,1,2: each once, least to most of them.
func Cores(arg string, least, most int) (cores []int, err error) {
	for name := range strings.SplitSeq(arg, ",") {
		core, err := strconv.Atoi(name)
		switch {
		case err != nil || core < 0 || core > mostCore:
			return nil, Misuse(fmt.Sprintf("%q is no core's number, such as 1", name))
		case slices.Contains(cores, core):
			return nil, Misuse(fmt.Sprintf("core %d stands there twice", core))
		}
		cores = append(cores, core)
	}
	if len(cores) < least || len(cores) > most {
		return nil, Misuse(fmt.Sprintf("%d cores are not from %d to %d", len(cores), least, most))
	}
	return cores, nil
}
