package boot

import "testing"

// TestS87Capabilities has programs use frames that another core's pass them: deleted by who
// got them, revoked by who has passed them, which audit agrees with while it lasts; and ended by
// the death of either core, after which the memory is used again.
// Sabotages: in capops' onPass, enter no loan; in mournOwner or mournHolder, return at once; in
// monitor's account, leave out the books; in ram's part, do not Recall.
func TestS87Capabilities(t *testing.T) {
	t.Parallel()
	p := players{session(t, withPrograms(t, 3)), t}
	rounds := func(from, to string) {
		p.Send("run -core " + from + " lend " + to + " 6\r")
		p.Expect(`lend: core ` + to + ` had 6 frames, 3 of which were revoked`)
		p.Expect(`@` + from + ` program name=lend pid=\d+ status=0`)
	}
	hold := func(from, to string) (pid string) {
		p.Send("run -bg -core " + from + " lend hold " + to + "\r")
		pid = p.Expect(`@0 run core=` + from + ` name=lend pid=(\d+)`)[1]
		p.Expect(`lend: core ` + to + ` holds a frame`)
		if !p.audit() {
			t.Errorf("nobody maps the frame:\n%s", p.Console())
		}
		return pid
	}
	gone := func() {
		if p.audit() {
			t.Errorf("a frame is left:\n%s", p.Console())
		}
	}
	rounds("0", "1")
	pid := hold("1", "2")
	p.Send("kill 1 " + pid + "\r")
	p.Expect(`@1 program name=lend pid=\d+ status=\d+`)
	gone()
	hold("1", "2")
	p.Send("crash 1 panic\r") // the owner
	p.Expect(`@0 dead core=1`)
	p.Send("start 1\r")
	p.Expect(`@0 start core=1 state=up`)
	rounds("1", "2")
	hold("2", "1")
	p.Send("crash 1 panic\r") // the holder
	p.Expect(`@0 dead core=1`)
	p.Expect(`@2 program name=lend pid=\d+ status=1`)
	gone()
	rounds("2", "0")
	p.Send("poweroff\r")
	if status := p.Wait(); status != 0 {
		t.Errorf("QEMU's status is %d", status)
	}
}
