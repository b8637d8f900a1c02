package qemu

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"atoll/boot/tools/qemurun"
	"atoll/dts/boards"
)

// Guest is a machine that runs.
type Guest struct {
	t       testing.TB
	command []string
	cmd     *exec.Cmd
	input   io.WriteCloser
	console *console
	timer   *time.Timer
	limit   time.Duration
	gdb     string
	qmp     string // "" unless the machine has to be switched off
	exited  bool
	status  int
}

// Start boots a machine and returns at once. The guest ends with the test.
func Start(t testing.TB, o Options) *Guest {
	t.Helper()
	dir := t.TempDir()
	m, err := o.machine(dir)
	if err == nil {
		var command []string
		if command, err = m.Command(); err == nil {
			g := &Guest{t: t, command: command, limit: o.deadline(), gdb: filepath.Join(dir, "gdb")}
			if o.NoSwitch {
				g.qmp = filepath.Join(dir, "qmp")
			}
			t.Cleanup(g.cleanup)
			g.start()
			return g
		}
	}
	missing := errors.Is(err, qemurun.ErrMissing) || errors.Is(err, boards.ErrMissing) || errors.Is(err, ErrNoImage)
	if missing && os.Getenv("ATOLL_REQUIRE_QEMU") == "" {
		t.Skip(err)
	}
	t.Fatal(err)
	return nil
}

// start starts QEMU and the collection of its output.
func (g *Guest) start() {
	g.t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		g.t.Fatal(err)
	}
	defer w.Close()
	g.cmd = exec.Command(g.command[0], g.command[1:]...)
	g.cmd.Stdout, g.cmd.Stderr = w, w
	// A test process that is killed cannot clean up; QEMU must not outlive it.
	g.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if g.input, err = g.cmd.StdinPipe(); err != nil {
		g.t.Fatal(err)
	}
	if err := g.cmd.Start(); err != nil {
		g.t.Fatal(err)
	}
	g.console = collect(r)
	g.timer = time.AfterFunc(g.limit, g.console.expire)
}

// GDB returns the path of the socket that QEMU's gdb stub listens at, for Debug.
func (g *Guest) GDB() string { return g.gdb }

// Send types the text at the console.
func (g *Guest) Send(text string) {
	g.t.Helper()
	if _, err := io.WriteString(g.input, text); err != nil {
		g.t.Fatalf("cannot type %q: %v", text, err)
	}
}

// Console returns what the console has printed so far, without carriage returns.
func (g *Guest) Console() string { text, _, _ := g.console.state(); return text }

// Wait waits for QEMU's end and returns its exit status, or that of the exit line if
// the machine had to be switched off.
func (g *Guest) Wait() int {
	g.t.Helper()
	for switched := -1; ; {
		text, state, changed := g.console.state()
		switch state {
		case expired:
			g.t.Fatalf("the guest did not end within %v", g.limit)
		case ended:
			if g.reap(); switched >= 0 && g.status == 0 {
				g.status = switched
			}
			return g.status
		}
		whole := text[:strings.LastIndexByte(text, '\n')+1]
		if exits := Facts(whole, "exit"); g.qmp != "" && switched < 0 && len(exits) > 0 {
			switched = exits[0].Int("status")
			if err := switchOff(g.qmp); err != nil {
				g.t.Fatalf("cannot switch the machine off: %v", err)
			}
			continue
		}
		<-changed
	}
}

// reap takes QEMU's exit status, once.
func (g *Guest) reap() {
	if g.exited {
		return
	}
	g.exited = true
	g.timer.Stop()
	g.input.Close()
	g.cmd.Wait() // its error is the exit status, which is taken below
	g.status = g.cmd.ProcessState.ExitCode()
}

// Stop ends QEMU, as if the power were cut.
func (g *Guest) Stop() {
	if !g.exited {
		g.cmd.Process.Kill()
		g.reap()
	}
}

// cleanup ends QEMU and, if the test failed, logs what it needs to be understood.
func (g *Guest) cleanup() {
	if g.cmd == nil || g.cmd.Process == nil {
		return
	}
	g.Stop()
	if g.t.Failed() {
		g.t.Logf("QEMU command:\n%s\nconsole:\n%s\nQEMU's exit status: %d", Quote(g.command), g.Console(), g.status)
	}
}

// Quote writes a command so that a shell would run it.
func Quote(command []string) string {
	var b strings.Builder
	for i, arg := range command {
		if i > 0 {
			b.WriteByte(' ')
		}
		if strings.ContainsAny(arg, " \t\n\"'\\$&;|<>()*?`#~") || arg == "" {
			arg = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
		b.WriteString(arg)
	}
	return b.String()
}

// Run boots a machine that ends by itself and returns the exit status and the
// console.
func Run(t testing.TB, o Options) (int, string) {
	t.Helper()
	g := Start(t, o)
	status := g.Wait()
	return status, g.Console()
}

// RunCommands boots a machine with run=commands among its boot arguments and
// returns the exit status and the console.
func RunCommands(t testing.TB, o Options, commands string) (int, string) {
	t.Helper()
	escaped := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(commands)
	o.Append = strings.TrimSpace(fmt.Sprintf(`%s run="%s"`, o.Append, escaped))
	return Run(t, o)
}
