// On runs a program on another core.
package main

import (
	"io"

	"atoll/user/affinity"
	"atoll/user/program"
)

const about = "on CORE PROGRAM [ARGUMENT ...]: runs a program on a core, such as 2, or on the first that lives of several, such as 1,2"

func main() { program.Main("on", about, on) }

func on(args []string, _ io.Writer) error {
	if len(args) < 2 {
		return program.Misuse("it takes a core and a program")
	}
	cores, err := program.Cores(args[0], 1, 64)
	if err != nil {
		return err
	}
	return affinity.Run(cores, args[1:])
}
