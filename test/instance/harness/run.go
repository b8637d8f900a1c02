package harness

import (
	"strings"
	"testing"

	"atoll/test/qemu"
)

// Verbose makes a test binary print what Read understands.
const Verbose = "-test.v=test2json"

// Run boots an image that Build has made, with the flags and Verbose for the test
// binary, and returns what became of its tests.
func Run(t testing.TB, o qemu.Options, image string, flags ...string) Result {
	t.Helper()
	o.Kernel = image
	status, console := qemu.RunCommands(t, o, Verbose+" "+strings.Join(flags, " "))
	return Read(console, status)
}
