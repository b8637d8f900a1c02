package program

import (
	"os"
	"os/exec"
)

// Again is a command that runs this program, by the name by which it was called: its file may be that of others too.
func Again(args ...string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Args[0] = os.Args[0]
	return cmd
}
