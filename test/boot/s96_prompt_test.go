package boot

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"atoll/test/instance/harness"
	"atoll/test/qemu"
)

// Stage 96: harm that is begun at the shell. The prompt answers beside it, Ctrl-C ends it, and what
// it had is free again.

// harm is what is typed, and what the shell is to say of it, "" for nothing.
type harm struct {
	line, says string
	quits      bool // it ends by itself
}

// harms are in a soak all, else those of quick.
var harms = []harm{
	{line: "hog tasks"},
	{line: "spin 16"},
	{line: "yes"},
	{line: "hog pipes 600", says: "pipes with"},
	{line: "hog memory", quits: true},
	{line: "hog threads"},
	{line: "spin 4 0 fault"},
	{line: "yes | cat"},
	{line: "sh -c 'while true; do true; done'"},
	{line: "sh -c 'while true; do sh -c true & done'"},
}

// grows is how long it may grow before somebody asks.
const grows = 300 * time.Millisecond

const quickHarms = 5

// typist is somebody at a shell.
type typist struct {
	g     *qemu.Guest
	asked int
}

// answer types a command and returns how long the host waits for what it says: with QEMU's clock as
// it is here that is time of the guest, too.
func (p *typist) answer() time.Duration {
	p.asked++
	start := time.Now()
	p.g.Send(fmt.Sprintf("echo =$((%d*1000+7))=\r", p.asked))
	p.g.ExpectText(fmt.Sprintf("=%d=", p.asked*1000+7))
	return time.Since(start)
}

// slowest returns the longest of some answers.
func (p *typist) slowest() (most time.Duration) {
	for range 5 {
		most = max(most, p.answer())
	}
	return most
}

// left returns how many processes there are.
func (p *typist) left() (processes string) {
	p.g.Send("cat /proc/loadavg\r")
	return p.g.Expect(`0\.00 \d+/(\d+) `)[1]
}

// ended waits until there are as many processes as before: what was killed ends one after the
// other, and the prompt answers meanwhile. If they do not end, the guest's time is over.
func (p *typist) ended(before string) {
	for p.left() != before {
		time.Sleep(50 * time.Millisecond)
	}
}

// suffer begins it in the background, asks, kills it, and does the same in the foreground with
// Ctrl-C.
func (p *typist) suffer(t *testing.T, h harm) {
	t.Helper()
	p.g.Send(h.line + " &\r")
	if h.says != "" {
		p.g.ExpectText(h.says)
	}
	time.Sleep(grows)
	beside := p.slowest()
	p.g.Send("kill -9 -1; echo =killed=\r")
	p.g.ExpectText("^=killed=")
	p.g.Send(h.line + "\r")
	time.Sleep(grows)
	start := time.Now()
	if !h.quits {
		p.g.Send("\x03")
	}
	p.answer()
	t.Logf("%s: the prompt answers within %v beside it, %v after Ctrl-C", h.line, beside.Round(time.Millisecond), time.Since(start).Round(time.Millisecond))
}

// TestS96Prompt does harm of each kind at the shell. Sabotages: in virtual of package dispatch, leave
// out who leads; in copy of package linux, do not make room; in ownIn of package vspace, count no
// tables.
func TestS96Prompt(t *testing.T) {
	t.Parallel()
	o := machine(1)
	o.Initrd = harness.With(t, harness.Shell(t, "sh", "cat", "yes"), "./user/programs/hog", "./user/programs/spin", "./user/programs/hello")
	o.Deadline = 2 * time.Minute
	g := qemu.Start(t, o)
	p := &typist{g: g}
	g.ExpectText(`\$ `)
	g.Send("\x1d") // to the console
	g.ExpectText("atoll> ")
	g.Send("run hello; ps; sh\n")
	g.ExpectText(`\$ `)
	t.Logf("the prompt answers within %v", p.slowest().Round(time.Millisecond))
	list := harms
	if !soak() {
		list = list[:quickHarms]
	}
	for _, h := range list {
		before := p.left()
		p.suffer(t, h)
		p.ended(before)
	}
	g.Send("\x1d")
	g.Expect("program name=sh")
	g.Send("ps; poweroff\n")
	g.Wait()
	console := g.Console()
	alive(t, console)
	programsLeft(t, console, 1)
	if strings.Contains(console, "panic:") {
		t.Error("there was a panic")
	}
}
