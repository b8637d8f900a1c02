package boot

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"atoll/test/instance/harness"
)

// TestS88Spans has programs with threads on several cores of one address space, which see what they
// should: when they compute, wait, move, and when one changes what is mapped. Then one is killed, one loses
// a host of its threads, and one its home: what it had on other cores is free again each time.
// Sabotages: in kernel's Flush, do nothing; in vspace's own, drop instead of lose; in spawn's unlend, end nothing; in SpanDied, end no process.
func TestS88Spans(t *testing.T) {
	t.Parallel()
	const harts = 3
	o := machine(harts)
	o.Initrd = harness.Archive(t, "./user/programs/spantest")
	o.Deadline = 3 * time.Minute
	p := players{session(t, o), t}
	checks := func(home, span string, n int) {
		t.Helper()
		p.Send(fmt.Sprintf("run -core %s -span %s spantest %d\r", home, span, n))
		p.Expect(fmt.Sprintf(`spantest: copy is right on %d cores`, n))
		p.Expect(`@` + home + ` program name=spantest pid=\d+ status=0`)
	}
	spins := func(home, span string, n int) (pid string) {
		t.Helper()
		p.Send(fmt.Sprintf("run -bg -core %s -span %s spantest spin %d\r", home, span, n))
		pid = p.Expect(`@0 run core=` + home + ` name=spantest pid=(\d+)`)[1]
		p.Expect(`spantest: spins on`)
		if !p.audit() {
			t.Errorf("no core maps memory of another:\n%s", p.Console())
		}
		return pid
	}
	free := func() (all string) {
		for core := range harts {
			p.Send(fmt.Sprintf("ps %d\r", core))
			all += " " + p.Expect(`@\d programs core=\d running=\d+ free-bytes=(\d+)`)[1]
		}
		return all
	}
	checks("0", "1", 2)
	checks("2", "0,1,2", 3)
	before := free()
	same := func() {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
			if now := free(); now == before {
				return
			} else if time.Now().After(end) {
				t.Errorf("%s bytes are free, %s were before", now, before)
				return
			}
		}
	}
	p.Send("kill 1 " + spins("1", "0,1,2", 3) + "\r")
	p.Expect(`@1 program name=spantest pid=\d+ status=137`)
	same()
	pid := spins("0", "0,1,2", 3)
	p.Send("crash 1 panic\r") // a host
	p.Expect(`@0 span-lost name=spantest pid=` + pid + ` process=1 core=1`)
	p.Expect(`@0 program name=spantest pid=` + pid + ` status=135`)
	p.Send("start 1\r")
	p.Expect(`@0 start core=1 state=up`)
	checks("0", "1", 2)
	spins("1", "0,1,2", 3)
	p.Send("crash 1 panic\r") // the home
	p.Expect(`@0 dead core=1`)
	p.Send("start 1\r")
	p.Expect(`@0 start core=1 state=up`)
	checks("1", "0,1,2", 3)
	same()
	if p.audit() {
		t.Errorf("memory of another core is mapped yet:\n%s", p.Console())
	}
	p.Send("poweroff\r")
	if status := p.Wait(); status != 0 {
		t.Errorf("QEMU's status is %d", status)
	}
}

// TestS88Crowd has more programs on two cores at once than these can serve within the 10 ms after which Go's
// runtime signals a thread: a hart has 31 million instructions a second here. All end.
// Sabotage: in finish, call nobody who waits.
func TestS88Crowd(t *testing.T) {
	t.Parallel()
	const programs = 10
	o := machine(3)
	o.Initrd = harness.Archive(t, "./user/programs/unmapbench")
	o.Machine.Extra = []string{"-icount", "shift=5"}
	o.Mem = "2G"
	o.Deadline = 3 * time.Minute
	p := players{session(t, o), t}
	for range programs {
		p.Send("run -bg -span 0,1 unmapbench 20\r")
		p.Expect(`@0 run core=0 name=unmapbench`)
	}
	for range programs {
		p.Expect(`@0 program name=unmapbench pid=\d+ status=0`)
	}
	p.Send("poweroff\r")
	if status := p.Wait(); status != 0 {
		t.Errorf("QEMU's status is %d", status)
	}
}

// TestS88Unasked has programs run on cores that nobody has named: threads go where they say, and all others
// stay at home. Sabotage: in spawn's span, have no other cores if none is named.
func TestS88Unasked(t *testing.T) {
	t.Parallel()
	for _, harts := range []int{4, 8} {
		t.Run(fmt.Sprintf("harts=%d", harts), func(t *testing.T) {
			console := run(t, withPrograms(t, harts), fmt.Sprintf("run spantest %d; run unmapbench 5; run primes 4 5; audit", harts))
			for _, want := range []string{fmt.Sprintf("spantest: copy is right on %d cores", harts), fmt.Sprintf("unmapbench: harts=%d rounds=5 ", harts), "primes: goroutines=4 "} {
				if !strings.Contains(console, want) {
					t.Errorf("no %q:\n%s", want, kernelPart(console))
				}
			}
			if v := only(t, console, "audit").Int("violations"); v != 0 {
				t.Errorf("%d violations", v)
			}
		})
	}
}

// TestS88Hops counts what it takes to unmap a page that harts have read: a message to each but the caller's, and its
// reply, whatever else there is of harts. Sabotage: in linux' withdrawn, have all cores drop it.
func TestS88Hops(t *testing.T) {
	t.Parallel()
	const harts, few, more = 4, 10, 30
	line := func(rounds int) string { return fmt.Sprintf("run unmapbench %d; msgs; ", rounds) }
	console := run(t, withPrograms(t, harts), line(few)+line(few)+line(more)+"audit")
	count := func(number int, name string) (all []int) {
		for _, m := range regexp.MustCompile(fmt.Sprintf(`\n *%d +%s +one-way +(\d+) `, number, name)).FindAllStringSubmatch(console, -1) {
			n, _ := strconv.Atoi(m[1])
			all = append(all, n)
		}
		return all
	}
	each := 0 // messages, one way, in rounds of all numbers of harts
	for n := 1; n <= harts; n++ {
		each += n - 1
	}
	for number, name := range map[int]string{26: "multicast", 28: "multicast-reply"} {
		c := count(number, name)
		if len(c) != 3 {
			t.Fatalf("%s is listed %d times:\n%s", name, len(c), kernelPart(console))
		}
		if got, want := c[1]-c[0], few*each; got != want {
			t.Errorf("%d rounds took %d messages %s, want %d", few, got, name, want)
		}
		if got, want := c[2]-c[1], more*each; got != want {
			t.Errorf("%d rounds took %d messages %s, want %d", more, got, name, want)
		}
	}
}

// TestS88Steps traces rounds of unmapbench: of shootdowns with one host and with two, of the last rounds at least, all
// steps are known.
// Sabotage: leave one of the four calls of traceShoot out.
func TestS88Steps(t *testing.T) {
	t.Parallel()
	traced := func(cores string) string {
		return "trace clear; trace on; run -span " + cores + " unmapbench 10; trace off; trace shoots; "
	}
	console := run(t, withPrograms(t, 3), traced("0,1")+traced("0,1,2")+"audit")
	for hosts := 1; hosts <= 2; hosts++ {
		steps := regexp.MustCompile(fmt.Sprintf(`@0 trace-shoots hosts=%d rounds=(\d+) leave=`, hosts)).FindStringSubmatch(console)
		if steps == nil {
			t.Fatalf("of shootdowns with %d hosts nothing is told:\n%s", hosts, kernelPart(console))
		}
		if n, _ := strconv.Atoi(steps[1]); n < 1 || n > 30 {
			t.Errorf("%d shootdowns with %d hosts", n, hosts)
		}
	}
}
