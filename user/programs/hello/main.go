// Hello says what it is called with, and which capabilities it has.
package main

import (
	"fmt"
	"io"
	"runtime"
	"strings"

	"atoll/kernel/abi"
	"atoll/user/program"
	"atoll/user/sys"
)

const about = "hello [word ...]: says hello, the words, and what it has in its table of capabilities"

func main() { program.Main("hello", about, hello) }

func hello(args []string, out io.Writer) error {
	fmt.Fprintf(out, "hello from %s, %s/%s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH)
	if len(args) > 0 {
		fmt.Fprintf(out, "arguments: %s\n", strings.Join(args, " "))
	}
	for _, s := range []struct {
		name string
		cap  sys.Cap
	}{
		{"root", abi.SlotRoot}, {"memory server", abi.SlotMemory}, {"own space", abi.SlotTable},
		{"RAM", abi.SlotRAM}, {"kernel", abi.SlotKernel},
	} {
		if c, err := sys.Identify(s.cap); err == nil {
			fmt.Fprintf(out, "capability %s: %v, rights %03b, %d bytes\n", s.name, c.Type, c.Rights, c.Size)
		}
	}
	return nil
}
