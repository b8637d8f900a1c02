package boot

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"atoll/test/qemu"
)

// players is a machine on which programs of cores 0 and 1 exchange messages.
type players struct {
	*qemu.Guest
	t *testing.T
}

// audit audits the machine, and reports whether a program maps another core's frame.
func (p players) audit() (granted bool) {
	p.t.Helper()
	before := strings.Count(p.Console(), " audit-kind kind=grant")
	p.Send("audit\r")
	if v := p.Expect(`@\d audit pages=\d+ shared=\d+ violations=(\d+)`)[1]; v != "0" {
		p.t.Errorf("%s violations:\n%s", v, p.Console())
	}
	return strings.Count(p.Console(), " audit-kind kind=grant") > before
}

// begin has both play for longer than the test takes, and returns the number of the program
// on core 1 when they do. That is the server, or the client.
func (p players) begin(far, near string) (pid string) {
	p.t.Helper()
	p.Send("run -bg -core 1 pingpong " + far + " 1000000000\r")
	pid = p.Expect(`@0 run core=1 name=pingpong pid=(\d+)`)[1]
	p.Send("run -bg pingpong " + near + " 1000000000\r")
	p.Expect(`@0 run core=0 name=pingpong pid=\d+`)
	for end := time.Now().Add(time.Minute); !p.audit(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			p.t.Fatalf("the programs do not share a frame:\n%s", p.Console())
		}
	}
	return pid
}

// Sides of a match on core 1 and on core 0.
const (
	serverFar, clientNear = "answer 0 1", "ask 0 1"
	clientFar, serverNear = "ask 1 0", "answer 1 0"
)

// lost waits until the side on core 0 has said why it has ended; nobody maps another core's
// frame then.
func (p players) lost(why string) {
	p.t.Helper()
	p.Expect(`pingpong: .*` + why)
	p.Expect(`@0 program name=pingpong pid=\d+ status=1`)
	if p.audit() {
		p.t.Errorf("a frame is left:\n%s", p.Console())
	}
}

// TestS83Channels has programs of two cores exchange messages through a frame that both
// map, with and without sleeping. One side is killed, or its core dies, or it writes nonsense
// into the frame: the other is told, and does not fault; audit finds the frame where it may
// be and nowhere else.
// Sabotages: in domain's end, do not Replace, and say Released; in userChannels, let Ring
// not ring another core; let end not call ended; in user/ump's step, take no notice of Broken
// and of Draining.
func TestS83Channels(t *testing.T) {
	t.Parallel()
	o := withPrograms(t, 2)
	o.Deadline = 4 * time.Minute
	p := players{session(t, o), t}
	rounds := func() {
		p.Send("run -bg -core 1 pingpong answer 0 1 50\r")
		p.Expect(`@0 run core=1 name=pingpong pid=\d+`)
		p.Send("run pingpong ask 0 1 50\r")
		p.Expect(`pingpong: ump, cores 0 and 1, 50 round trips, each \d+ ns`)
		p.Expect(`pingpong: when both ends block: \d+ ns`)
		p.Expect(`@1 program name=pingpong pid=\d+ status=0`)
	}
	rounds()
	const ended = `the other side has ended`
	server := p.begin(serverFar, clientNear)
	p.Send(fmt.Sprintf("kill 1 %s\r", server))
	p.lost(ended)
	p.Send("run -bg -core 1 pingpong lie 0 1 50\r")
	p.Send("run -bg pingpong ask 0 1 50\r")
	p.lost(`the other side has broken the channel: `)
	p.begin(clientFar, serverNear)
	p.Send("crash 1 panic\r")
	p.lost(ended)
	p.Send("start 1\r")
	p.Expect(`@0 start core=1 state=up`)
	p.begin(serverFar, clientNear)
	p.Send("crash 1 panic\r")
	p.lost(ended)
	p.Send("start 1\r")
	p.Expect(`@0 start core=1 state=up`)
	rounds()
	p.Send("poweroff\r")
	if status := p.Wait(); status != 0 {
		t.Errorf("QEMU's status is %d", status)
	}
}
