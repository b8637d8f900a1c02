package boot

import "testing"

// TestS87Capabilities has programs use frames that another core's pass them, and frames that they
// make of another core's RAM: deleted by who got them, revoked by who has passed them, which audit
// agrees with while it lasts; and ended by the death of either core, after which the memory is
// used again. About what only one core has there is no message.
// Sabotages: in capops' onPass, enter no loan; in mournOwner or mournHolder, return at once; in
// monitor's account, leave out the books; in ram's part, do not Recall;
// in domain's isShared, answer true or false; in kernel's Clear, clear nothing of other cores'.
func TestS87Capabilities(t *testing.T) {
	t.Parallel()
	p := players{session(t, withPrograms(t, 3)), t}
	rounds := func(from, to string) {
		p.Send("run -core " + from + " lend " + to + " 6\r")
		p.Expect(`lend: core ` + to + ` had 6 frames, 3 of which were revoked`)
		p.Expect(`@` + from + ` program name=lend pid=\d+ status=0`)
	}
	holds := func(what, from, to string) (pid string) {
		p.Send("run -bg -core " + from + " lend " + what + to + "\r")
		pid = p.Expect(`@0 run core=` + from + ` name=lend pid=(\d+)`)[1]
		p.Expect(`lend: core ` + to + ` holds`)
		if !p.audit() {
			t.Errorf("nobody maps the frame:\n%s", p.Console())
		}
		return pid
	}
	hold := func(from, to string) string { return holds("hold ", from, to) }
	ram := func(from, to string) {
		p.Send("run -core " + from + " lend ram " + to + "\r")
		p.Expect(`lend: core ` + to + ` had 1024 KiB of RAM`)
		p.Expect(`@` + from + ` program name=lend pid=\d+ status=0`)
	}
	told := func() string {
		p.Send("msgs\r")
		return p.Expect(`\d+ +capability +one-way +(\d+) `)[1]
	}
	gone := func() {
		if p.audit() {
			t.Errorf("a frame is left:\n%s", p.Console())
		}
	}
	p.Send("run memtest\r")
	p.Expect(`@0 program name=memtest pid=\d+ status=0`)
	if n := told(); n != "0" {
		t.Errorf("%s messages about capabilities of which no other core has copies", n)
	}
	ram("0", "1")
	if told() == "0" {
		t.Error("the messages about capabilities are not counted")
	}
	rounds("0", "1")
	pid := hold("1", "2")
	p.Send("kill 1 " + pid + "\r")
	p.Expect(`@1 program name=lend pid=\d+ status=\d+`)
	gone()
	hold("1", "2")
	holds("ram hold ", "1", "2")
	p.Send("crash 1 panic\r") // the owner
	p.Expect(`@0 dead core=1`)
	p.Send("start 1\r")
	p.Expect(`@0 start core=1 state=up`)
	rounds("1", "2")
	hold("2", "1")
	holds("ram hold ", "2", "1")
	p.Send("crash 1 panic\r") // the holder
	p.Expect(`@0 dead core=1`)
	p.Expect(`@2 program name=lend pid=\d+ status=1`)
	gone()
	rounds("2", "0")
	ram("2", "0")
	p.Send("poweroff\r")
	if status := p.Wait(); status != 0 {
		t.Errorf("QEMU's status is %d", status)
	}
}
