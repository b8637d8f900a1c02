package boot

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// stressed is a machine on whose cores capstress works.
type stressed struct {
	players
	cores int
}

// begin has instances on all cores work for a time, and returns when they do.
func (s stressed) begin(leader int, span string, seed uint64) {
	s.t.Helper()
	var list []string
	for core := range s.cores {
		list = append(list, fmt.Sprint(core))
	}
	s.Send(fmt.Sprintf("run -bg -core %d capstress over %s %s %d\r", leader, strings.Join(list, ","), span, seed))
	for range s.cores {
		s.Expect(`capstress: core \d begins`)
	}
}

// free returns how much memory each core has that no program holds, when none runs.
func (s stressed) free() (bytes []string) {
	s.t.Helper()
	for core := range s.cores {
		for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			s.Send(fmt.Sprintf("ps %d\r", core))
			m := s.Expect(`@\d programs core=\d running=(\d+) free-bytes=(\d+)`)
			if m[1] == "0" {
				bytes = append(bytes, m[2])
				break
			} else if time.Now().After(end) {
				s.t.Fatalf("on core %d a program runs on", core)
			}
		}
	}
	return bytes
}

// same looks whether all memory is given back, and audits the machine.
func (s stressed) same(before []string) {
	s.t.Helper()
	var after []string
	for end := time.Now().Add(20 * time.Second); ; {
		if after = s.free(); slices.Equal(before, after) {
			break
		} else if time.Now().After(end) {
			s.t.Errorf("%v bytes are free, %v were before", after, before)
			break
		}
	}
	if s.audit() {
		s.t.Errorf("a frame is left:\n%s", s.Console())
	}
}

// TestS87Stress has programs on three cores pass, copy, retype, map, revoke and delete each
// other's capabilities, and hold each answer and what frames contain against a model: to the end;
// with one that is killed; and with one whose core dies. All memory is given back each time. With
// ATOLL_SOAK=1 cores die at random for minutes.
// Sabotages: in capops' concerned, name nobody but the owner; in kernel/capability's unfill, leave the
// entry in the table; in its clear, clear nothing.
func TestS87Stress(t *testing.T) {
	t.Parallel()
	o := withPrograms(t, 3)
	if soak() {
		o.Deadline = 15 * time.Minute
	}
	s := stressed{players{session(t, o), t}, 3}
	over := func(leader int) {
		t.Helper()
		m := s.Expect(fmt.Sprintf(`capstress: over 3 cores, (all as it must be)|@%d program name=capstress pid=\d+ status=1`, leader))
		if m[1] == "" {
			t.Fatalf("it has found something:\n%s", s.Console())
		}
	}
	s.begin(0, "500ms", 1) // the kernel's own tables grow
	over(0)
	before := s.free()
	s.begin(0, "1s", 2)
	over(0)
	s.same(before)
	s.begin(0, "1s", 3)
	s.Send("ps -json 1\r")
	s.Send("kill 1 " + s.Expect(`"pid":(\d+),"name":"capstress"`)[1] + "\r")
	s.Expect(`capstress: on core 1 it was ended`)
	over(0)
	s.same(before)
	s.die(2, 0, 4, over)
	s.same(before)
	if soak() {
		random := rand.New(rand.NewPCG(1, 0))
		for end := time.Now().Add(10 * time.Minute); time.Now().Before(end); {
			s.die(random.IntN(3), random.IntN(3), random.Uint64()>>40, over)
			s.same(before)
		}
	}
	s.Send("poweroff\r")
	if status := s.Wait(); status != 0 {
		t.Errorf("QEMU's status is %d", status)
	}
}

// die has a core die while all work, and starts it again, and has it work. If it is the leader's,
// that ends all.
func (s stressed) die(core, leader int, seed uint64, over func(leader int)) {
	s.t.Helper()
	s.t.Logf("core %d dies, core %d leads, seed %d", core, leader, seed)
	s.begin(leader, "1s", seed)
	s.Send(fmt.Sprintf("crash %d panic\r", core))
	s.Expect(fmt.Sprintf(`@\d dead core=%d`, core))
	if core != leader {
		over(leader)
	}
	s.Send(fmt.Sprintf("start %d\r", core))
	s.Expect(fmt.Sprintf(`@\d start core=%d state=up`, core))
	s.begin(core, "200ms", seed+1)
	over(core)
}
