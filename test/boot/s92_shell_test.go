package boot

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"atoll/test/qemu"
)

// shellRuns are commands of the shell, and what they say.
var shellRuns = []struct{ line, says string }{
	{`echo in a shell`, "in a shell"},
	{`seq 1 1000 | sort -n -r | head -n 1`, "1000"},
	{`cd /tmp && echo abc > f && cat f f | tr abc xyz && rm f && ls`, "xyz"},
	{`ps | grep gosh | wc -l && readlink /proc/self/exe`, "/bbin/bb"},
}

// TestS92Shell runs u-root's shell and commands, unmodified: pipes, redirection, processes.
// Sabotage: in Fork of a table, leave out the files.
func TestS92Shell(t *testing.T) {
	t.Parallel()
	image, err := qemu.Image()
	if err != nil {
		t.Fatal(err)
	}
	o := machine(1)
	o.Initrd = filepath.Join(filepath.Dir(image), "initrd.cpio")
	if _, err := os.Stat(o.Initrd); err != nil {
		t.Skip("there is no shell in build: make initrd makes one")
	}
	var commands []string
	for _, r := range shellRuns {
		commands = append(commands, `run sh -c "`+r.line+`"`)
	}
	console := run(t, o, strings.Join(commands, "; "))
	for _, r := range shellRuns {
		if !strings.Contains(console, "\n"+r.says) && !strings.Contains(console, "\r"+r.says) {
			t.Errorf("%s: %q is not said", r.line, r.says)
		}
	}
}
