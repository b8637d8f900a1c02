package boot

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"atoll/test/instance/harness"
	"atoll/test/qemu"
)

// Stage 84: programs that mean harm. Whatever they do, the kernel goes on, and what they held is
// free again when they have ended.

// hostileMachine is a machine of two harts with the programs that mean harm, and those that
// look after them.
func hostileMachine(t *testing.T) qemu.Options {
	o := machine(2)
	o.Initrd = harness.Archive(t, "./user/programs/fuzzcalls", "./user/programs/spin", "./user/programs/hog",
		"./user/programs/hello", "./user/programs/memtest")
	return o
}

// programsLeft checks that no core has less memory free, or more capabilities, than when it
// was asked first. The commands ask by ps, before and after.
func programsLeft(t *testing.T, console string, cores int) {
	t.Helper()
	first, running := map[string]qemu.Fact{}, 0
	all := qemu.Facts(console, "programs")
	for _, f := range all[max(0, len(all)-cores):] {
		running += f.Int("running")
	}
	if running != 0 {
		t.Errorf("%d programs still run:\n%s", running, kernelPart(console))
	}
	for _, f := range all {
		core := f.Values["core"]
		was, seen := first[core]
		if !seen {
			first[core] = f
			continue
		}
		if f.Int("running") == 0 && (f.Int("free-bytes") != was.Int("free-bytes") || f.Int("capabilities") != was.Int("capabilities")) {
			t.Errorf("core %s had %d bytes free and %d capabilities, and has %d and %d after its programs",
				core, was.Int("free-bytes"), was.Int("capabilities"), f.Int("free-bytes"), f.Int("capabilities"))
		}
	}
	if len(first) != cores || len(all) < 2*cores {
		t.Errorf("%d cores have told of their programs, %d times; want %d, twice each", len(first), len(all), cores)
	}
}

// alive checks that no instance has died, or been silent for so long that others noticed.
func alive(t *testing.T, console string) {
	t.Helper()
	for _, event := range []string{"dead", "peer-dead", "suspect", "zombie"} {
		if f := qemu.Facts(console, event); len(f) > 0 {
			t.Errorf("%d lines of event %q:\n%s", len(f), event, kernelPart(console))
		}
	}
}

// warm has each of two cores run a program, and says what it has free then.
const warm = "run hello; run -core 1 hello; ps"

const fuzzed = `(?m)fuzzcalls: seed (?:%d|%d), (\d+) calls, (\d+) refused, \d+ threads kept; (\d+) calls of dispatchers\r?$`

var victims = regexp.MustCompile(`(?m)fuzzcalls: seed \d+, (\d+) victims: \d+ exited, (\d+) killed, \d+ overdue; (\d+) calls of (\d+) numbers\r?$`)

// TestS84Fuzz makes random calls on two cores, by threads of processes and by native
// dispatchers, then calls of which the processes die: children, whose parent has to live, and
// the first process itself. The seed is always the same, but in a soak; ATOLL_SEED sets it.
// Sabotages: in kernel/domain's save, look only whether the offset is a multiple of 8; in
// user/spawn, end a program without its domain's End; in memfs's Hold, do not look at what runs;
// for the soak, in fuzzcalls, leave out spareProgram.
func TestS84Fuzz(t *testing.T) {
	t.Parallel()
	seconds, wild, seed := 29, 1, uint64(20261130)
	if soak() {
		seconds, wild, seed = 299, 100, uint64(time.Now().UnixNano())%1e6
	}
	if s := os.Getenv("ATOLL_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	commands := []string{warm, fmt.Sprintf("run -bg -core 1 fuzzcalls %d %d", seed, seconds),
		fmt.Sprintf("run fuzzcalls %d %d dispatchers", seed+1, seconds/2), fmt.Sprintf("run fuzzcalls %d %d victims", seed+2, seconds/2+2), "ping 0 1 10"}
	o := hostileMachine(t)
	o.Deadline = time.Minute + 4*time.Duration(seconds+wild)*time.Second
	g := qemu.Start(t, o)
	for _, c := range commands {
		g.ExpectText("atoll> ")
		g.Send(c + "\n")
	}
	ended := func(pid int) { g.Await(fmt.Sprintf("@1 program name=fuzzcalls pid=%d status=", pid)) }
	for n := range wild { // on core 1, where two programs have run before
		pid := n + 3
		g.ExpectText("atoll> ")
		g.Send(fmt.Sprintf("run -bg -core 1 fuzzcalls %d 1 wild; run spin 1 1; kill 1 %d\n", seed+3+uint64(n), pid))
		g.Await(fmt.Sprintf("@0 run core=1 name=fuzzcalls pid=%d\r?$", pid))
		ended(pid)
	}
	ended(2)
	g.ExpectText("atoll> ")
	g.Send("run memtest; run -core 1 memtest; ps; audit; poweroff\n")
	g.Wait() // its status is not asked: some of those to be killed have ended
	console := g.Console()
	alive(t, console)
	if exit := only(t, console, "exit"); exit.Core != 0 {
		t.Errorf("core %d has ended the run", exit.Core)
	}
	if n := strings.Count(console, "memtest: 15 checks, all passed"); n != 2 {
		t.Errorf("%d of 2 memory tests have passed", n)
	}
	programsLeft(t, console, 2)
	if v := only(t, console, "audit").Int("violations"); v != 0 {
		t.Errorf("seed %d: %d violations", seed, v)
	}
	sums := regexp.MustCompile(fmt.Sprintf(fuzzed, seed, seed+1)).FindAllStringSubmatch(console, -1)
	if len(sums) != 2 {
		t.Fatalf("seed %d: %d of 2 programs have told what they did:\n%s", seed, len(sums), kernelPart(console))
	}
	var sum [4]int
	for _, m := range sums {
		for i := range sum {
			n, _ := strconv.Atoi(m[i])
			sum[i] += n
		}
	}
	if sum[1] < 1000 || sum[2] == sum[1] || sum[3] < 1000 {
		t.Errorf("seed %d: %d calls, of which %d were refused, and %d of dispatchers", seed, sum[1], sum[2], sum[3])
	}
	t.Logf("seed %d: %d calls, %d refused, %d of dispatchers", seed, sum[1], sum[2], sum[3])
	died(t, seed, console, seconds/2)
}

// died checks that there were victims, that some have died, and that they have made calls of many
// numbers: one a second, of which a slow host makes few.
func died(t *testing.T, seed uint64, console string, least int) {
	t.Helper()
	m := victims.FindStringSubmatch(console)
	if m == nil {
		t.Fatalf("seed %d: who had victims has not come to its end:\n%s", seed, kernelPart(console))
	}
	var count, killed, calls, numbers int
	for i, n := range []*int{&count, &killed, &calls, &numbers} {
		*n, _ = strconv.Atoi(m[i+1])
	}
	if count < least || killed == 0 || calls < 10*count || numbers < 100 {
		t.Errorf("seed %d: %s", seed, m[0])
	}
}

// TestS84Spin keeps a core busy with threads that compute, make calls, fault and wake each
// other, while messages between the cores and the console go on.
// Sabotage: in kernel/dispatch's run, hand an interrupt to the handler as a trap.
func TestS84Spin(t *testing.T) {
	t.Parallel()
	g := qemu.Start(t, hostileMachine(t))
	g.ExpectText("atoll> ")
	g.Send(warm + "\n")
	for _, way := range []string{"compute", "call", "fault", "wake"} {
		g.Send(fmt.Sprintf("run -bg -core 0 spin 16 1 %[1]s; run -bg -core 1 spin 16 1 %[1]s; ping 0 1 100; ping 1 0 100; cores; run spin 2 2\n", way))
		for range 3 { // in some order: a thread that ends the program waits for its turn among the others
			g.Expect("@[01] program name=spin pid=[0-9]+ status=0")
		}
	}
	g.Send("ps; poweroff\n")
	g.Wait()
	console := g.Console()
	alive(t, console)
	programsLeft(t, console, 2)
	for _, p := range qemu.Facts(console, "ping") {
		if p.Int("lost") != 0 {
			t.Errorf("%d messages were lost", p.Int("lost"))
		}
	}
	if n := strings.Count(console, "of the mean; "); n != 12 {
		t.Errorf("%d programs have come to their end, want 12\n%s", n, kernelPart(console))
	}
}

var spun = regexp.MustCompile(`(?m)^spin: 1 threads, .* (\d+)% of the hart\r?$`)

// TestS84Bomb has a program fork without end, and all that come from it: others of the core
// begin and end beside it, and one that computes has half of the hart, as the bomb has. So it is
// beside one that runs many programs, on each core.
// Sabotages: in kernel/dispatch's Join, enter all in common; in kernel/domain's run, give no share.
func TestS84Bomb(t *testing.T) {
	t.Parallel()
	g := qemu.Start(t, hostileMachine(t))
	g.ExpectText("atoll> ")
	for _, c := range [][2]string{
		{"run hello", "program name=hello"}, {"run -core 1 hello", "program name=hello"}, {"ps", "@0 ps "},
		{"run -bg -mem 64M hog tasks", "@0 run "}, {"run hello", "program name=hello"},
		{"run spin 1 1", "program name=spin"}, {"kill 0 2", "program name=hog"},
		{"run -bg -mem 4M hog runs", "@0 run "}, {"run -mem 4M spin 1 1", "program name=spin"},
		{"run -core 1 -mem 4M spin 1 1", "program name=spin"}, {"kill 0 5", "@0 kill "},
	} {
		g.Send(c[0] + "\n")
		g.Expect(c[1])
	}
	for range 8 + 1 { // with who has run them, in any order
		g.Expect("@[01] program name=(spin|hog) pid=[0-9]+ status=137")
	}
	g.Send("ps; poweroff\n")
	g.Wait()
	console := g.Console()
	alive(t, console)
	programsLeft(t, console, 2)
	shares := spun.FindAllStringSubmatch(console, -1)
	if len(shares) != 3 {
		t.Fatalf("%d of 3 programs have told their share:\n%s", len(shares), kernelPart(console))
	}
	for i, beside := range []string{"who forks", "who runs many, on its core", "who runs many, on another"} {
		share, _ := strconv.Atoi(shares[i][1])
		if share < 33 || share > 66 {
			t.Errorf("beside %s a program has %d%% of the hart", beside, share)
		}
		t.Logf("beside %s a program has %d%% of the hart", beside, share)
	}
}

// TestS84Hogs takes all there is of each kind, and prints without end. Each program gets so
// far and no further, and the console answers meanwhile.
// Sabotage: in user/linux's pageFault, do not end who has no memory left.
func TestS84Hogs(t *testing.T) {
	t.Parallel()
	// Its status is not asked: programs are ended.
	_, console := qemu.RunCommands(t, hostileMachine(t), warm+"; run hog ram; run hog capabilities; run hog files; run hog areas; "+
		"run -bg hog memory; run -bg -core 1 hog threads; ping 0 1 100; run -bg -core 1 hog output 3; ping 0 1 100; cores; "+
		"run hog output 2; kill 1 2; run spin 1 2; run -core 1 spin 1 1; ps; mem")
	alive(t, console)
	programsLeft(t, console, 2)
	status := map[string]int{}
	for _, f := range qemu.Facts(console, "program") {
		if f.Values["name"] == "hog" {
			status[f.Values["status"]]++
		}
	}
	// Memory ends by SIGKILL, as threads do, here by kill.
	if status["0"] != 6 || status["137"] != 2 {
		t.Errorf("so many with each status: %v\n%s", status, kernelPart(console))
	}
}

// TestS84ManyRuns runs programs one after the other.
// Sabotage: the second of TestS84Fuzz.
func TestS84ManyRuns(t *testing.T) {
	t.Parallel()
	runs := 6
	if soak() {
		runs = 1000
	}
	o := hostileMachine(t)
	o.Deadline = time.Minute + time.Duration(runs)*time.Second
	g := qemu.Start(t, o)
	g.ExpectText("atoll> ")
	for n := range runs {
		g.Send(fmt.Sprintf("run -core %d hello\n", n%2))
		g.Expect("program name=hello")
		if n < 2 || n == runs-1 {
			g.Send("ps\n")
			g.Expect("@0 ps ")
		}
	}
	g.Send("poweroff\n")
	g.Wait()
	alive(t, g.Console())
	programsLeft(t, g.Console(), 2)
}
