package boot

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"atoll/test/instance/harness"
	"atoll/test/qemu"
)

// stormCores is how many cores the storm goes over.
const stormCores = 4

// stormHarms are what each core has one of at a time, as stage 96 has it on one: the first for all cores at once, then any.
var stormHarms = []string{
	"hog tasks",
	"hog memory",
	"spin 4",
	"yes",
	"hog threads",
	"hog pipes 600",
	"spin 4 0 fault",
	"yes | cat > /dev/null",
	"sh -c 'while true; do sh -c true & done'",
}

// storm is somebody at the shell of core 0, beside harm on all cores and their deaths.
type storm struct {
	*typist
	t       *testing.T
	random  *rand.Rand
	longest time.Duration
	deaths  int
}

// onEach is a line for the shell that does something with each core, $c.
func onEach(what string) string { return "for c in 0 1 2 3; do " + what + "; done" }

// do types a line and waits until it has been done.
func (s *storm) do(line string) {
	s.asked++
	s.g.Send(fmt.Sprintf("%s; echo =$((%d*1000+7))=\r", line, s.asked))
	s.g.ExpectText(fmt.Sprintf("=%d=", s.asked*1000+7))
}

// meet is a line that has a process go from each core to each other: what two cores have made to talk to each other for the first time is kept.
var meet = onEach("for d in 0 1 2 3; do on $c on $d cat /mk/core; done")

// held is what each core has of the realm.
func (s *storm) held() string {
	s.g.Send(onEach("on $c cat /proc/realm") + "\r")
	var lines []string
	for range stormCores {
		lines = append(lines, s.g.Expect(`core=\d.*`)[0])
	}
	return strings.Join(lines, "\n")
}

// settle waits until all that was begun has ended, and nothing is left of it: what ends does so one after the other.
func (s *storm) settle(before string) {
	s.t.Helper()
	now := ""
	for range 100 {
		if now = s.held(); now == before {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	s.t.Fatalf("left behind:\n%s\nit was\n%s", now, before)
}

// ask notes how long the prompt takes to answer.
func (s *storm) ask() { s.longest = max(s.longest, s.answer()) }

// begin begins harm on a core.
func (s *storm) begin(core int, harm string) {
	s.g.Send(fmt.Sprintf("taskset -c %d %s &\r", core, harm))
}

// die kills a core, and has it live again with harm of its own.
func (s *storm) die(harm string) {
	core := 1 + s.random.IntN(stormCores-1) // the shell is on core 0
	s.do(fmt.Sprintf("mk crash %d panic > /tmp/said", core))
	s.deaths++
	s.ask()
	s.g.Send(fmt.Sprintf("echo =up=$(mk start %d | grep -c state=up)=\r", core))
	if up := s.g.ExpectText(`=up=(\d*)=`)[1]; up != "1" {
		s.t.Fatalf("core %d does not live again", core)
	}
	s.begin(core, harm)
	s.ask()
}

// round has harm on all cores at once, some of which die meanwhile, and ends it. What it is on a core harm chooses.
func (s *storm) round(harm func() string) {
	s.t.Helper()
	for core := range stormCores {
		s.begin(core, harm())
	}
	time.Sleep(grows)
	s.ask()
	for range 2 {
		s.die(harm())
	}
	s.do("kill -9 -1")
	s.do(meet)
}

// bombed has a bomb on each core, and runs programs when all have gone off, one of which lists what there is.
func (s *storm) bombed() {
	s.t.Helper()
	for core := range stormCores {
		s.begin(core, "hog tasks")
	}
	for range 3 { // the last when there is no memory left
		time.Sleep(grows)
		s.do("ps > /tmp/said")
	}
	s.g.Send(onEach(`echo tasks=$(grep -c " $c  *[RSZ] .* hog" /tmp/said)`) + "\r")
	for core := range stormCores {
		if n, _ := strconv.Atoi(s.g.Expect(`tasks=(\d+)`)[1]); n < 50 {
			s.t.Errorf("a bomb has %d processes on core %d", n, core)
		}
	}
	s.do("kill -9 -1")
}

// TestS99Storm has on every core at once what means harm, and cores that die meanwhile at random: the prompt answers, programs run, and nothing is left in
// the end. A seed chooses (ATOLL_SEED; else always the same). Sabotages: in write of an export, leave no room for others; in virtual of package
// dispatch, leave out who leads; in lost, keep the ghosts; in give of package vspace, make no runs for tables; in copyMemory, do not ask whether there is room.
func TestS99Storm(t *testing.T) {
	t.Parallel()
	rounds, seed := 0, uint64(20261201)
	if soak() {
		rounds, seed = 60, uint64(time.Now().UnixNano())%1e6
	}
	if s := os.Getenv("ATOLL_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	t.Logf("ATOLL_SEED=%d", seed)
	o := machine(stormCores)
	o.Initrd = harness.With(t, harness.Shell(t, shellCommands...), "./user/programs/hog", "./user/programs/spin", "./user/programs/hello", "./user/programs/on",
		"./user/programs/mk", "./user/programs/ps", "./user/programs/taskset")
	o.Deadline = time.Duration(rounds+4) * time.Minute
	g := qemu.Start(t, o)
	s := &storm{typist: &typist{g: g}, t: t, random: rand.New(rand.NewPCG(seed, 0))}
	g.ExpectText(atPrompt)
	g.Send("\x1d") // to the console
	warm := fmt.Sprintf("run sh -c %q; ps", meet)
	for _, line := range []string{warm, "sh"} {
		g.ExpectText("atoll> ")
		g.Send(line + "\n")
	}
	g.ExpectText(atPrompt)
	s.do(meet)
	before := s.held()
	s.bombed()
	s.settle(before)
	for _, harm := range stormHarms[:4] {
		s.round(func() string { return harm })
		s.settle(before)
	}
	for range rounds {
		s.round(func() string { return stormHarms[s.random.IntN(len(stormHarms))] })
		s.settle(before)
	}
	t.Logf("%d deaths; the prompt answers within %v", s.deaths, s.longest.Round(time.Millisecond))
	g.Send("\x1d")
	g.Expect("program name=sh")
	g.Send(warm + "; audit; poweroff\n")
	leftNothing(t, g)
}

// leftNothing checks that the machine, which is about to be switched off behind an audit, has nothing left of its programs.
func leftNothing(t *testing.T, g *qemu.Guest) {
	t.Helper()
	if status := g.Wait(); status != 0 {
		t.Errorf("status %d", status)
	}
	console := g.Console()
	programsLeft(t, console, stormCores)
	if v := only(t, console, "audit").Int("violations"); v != 0 {
		t.Errorf("%d violations", v)
	}
}
