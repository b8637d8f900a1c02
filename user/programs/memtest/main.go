// Memtest looks whether the core's memory is what it should be: it takes RAM from the
// memory server, makes objects of all kinds, maps them, does what the kernel must refuse, and
// gives everything back.
package main

import (
	"fmt"
	"io"
	"runtime/debug"

	"atoll/arch/layout"
	"atoll/user/memory"
	"atoll/user/program"
)

const about = `memtest: takes RAM from the memory server and makes, maps, writes, revokes and gives back
objects of all kinds; a line for each check. It compares the core's free memory before and after, so
nothing else may begin or end on the core meanwhile`

func main() {
	program.Main("memtest", about, func(args []string, out io.Writer) error {
		if len(args) > 0 {
			return program.Misuse("it takes no arguments")
		}
		debug.SetPanicOnFault(true)
		return all(out, hart{})
	})
}

// machine is how memory at an address of the program's own gigapage is reached.
type machine interface {
	// words returns what lies there for an access that needs these permissions, and false
	// if the access would trap.
	words(va, size uint64, need layout.Perm) ([]uint64, bool)
}

// hart reaches memory itself.
type hart struct{}

// words tries each page by one access.
func (hart) words(va, size uint64, need layout.Perm) (w []uint64, ok bool) {
	defer func() { recover() }() // the fault, a runtime error since SetPanicOnFault
	w = memory.Words(va, size)
	for at := 0; at < len(w); at += layout.PageSize / 8 {
		sink = w[at]
		if need&layout.W != 0 {
			w[at] = sink
		}
	}
	return w, true
}

var sink uint64

// all makes all checks, in order, and fails with the first that does. Each is in a world of
// its own, in which nothing is left when it ends.
func all(out io.Writer, m machine) error {
	for i, c := range checks {
		if err := one(c, m); err != nil {
			return fmt.Errorf("check %d, %s: %w", i+1, c.name, err)
		}
		fmt.Fprintf(out, "memtest: %d %s\n", i+1, c.name)
	}
	fmt.Fprintf(out, "memtest: %d checks, all passed\n", len(checks))
	return nil
}
