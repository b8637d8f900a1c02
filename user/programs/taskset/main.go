// Taskset runs a program on some cores, as its namesake of Linux does.
package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"atoll/user/affinity"
	"atoll/user/program"
)

const about = `taskset -c CORES PROGRAM [ARGUMENT ...]: runs a program on cores, such as 1, 0,2 or 1-3
taskset MASK PROGRAM [ARGUMENT ...]: the same, with a bit for each core, such as 0x6`

func main() { program.Main("taskset", about, taskset) }

func taskset(args []string, _ io.Writer) error {
	read := ofMask
	if len(args) > 0 && args[0] == "-c" {
		args, read = args[1:], ofList
	}
	if len(args) < 2 {
		return program.Misuse("it takes cores and a program")
	}
	cores, err := read(args[0])
	if err != nil {
		return err
	}
	return affinity.Run(cores, args[1:])
}

// mostCore is the highest number of a core.
const mostCore = 63

// ofMask returns the cores of a set in hexadecimal digits.
func ofMask(arg string) (cores []int, err error) {
	set, err := strconv.ParseUint(strings.TrimPrefix(arg, "0x"), 16, 64)
	if err != nil || set == 0 {
		return nil, program.Misuse(fmt.Sprintf("%q is no set of cores, such as 0x6", arg))
	}
	for core := range mostCore + 1 {
		if set>>core&1 != 0 {
			cores = append(cores, core)
		}
	}
	return cores, nil
}

// ofList returns the cores of numbers and ranges with commas between them.
func ofList(arg string) (cores []int, err error) {
	for part := range strings.SplitSeq(arg, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		a, errA := strconv.Atoi(first)
		b, errB := strconv.Atoi(last)
		if errA != nil || errB != nil || a < 0 || b < a || b > mostCore {
			return nil, program.Misuse(fmt.Sprintf("%q is no list of cores, such as 1, 0,2 or 1-3", arg))
		}
		for core := a; core <= b; core++ {
			cores = append(cores, core)
		}
	}
	return cores, nil
}
