package console

import (
	"math"
	"strings"
	"testing"
	"time"

	"atoll/arch/layout"
	"atoll/monitor/grant"
)

// What people see, at its shortest. The facts stand as tests rely on them.
func TestOutput(t *testing.T) {
	for line, want := range outputs {
		t.Run(line, func(t *testing.T) { check(t, newFake(2), line, OK, want) })
	}
}

var outputs = map[string]string{
	"cores 1": `CORE  HART  NODE  STATE  INC  SINCE     UP       HEAP  GCS  GOROUTINES  MSGS IN  MSGS OUT  DOORBELLS   IDLE
   0     1     0  up       1      1  1m15s  700.0 KiB    2           7       12        34          5  98.7%
   1     2     0  up       1      1  1m15s  700.0 KiB    2           7       12        34          5  98.7%
@0 replica core=1 view=3 agreed=yes
@0 cores up=2 planned=2 dead=0 zombie=0
`,
	"audit": `KIND     PAGES  SHARED  CORES
private    200       0    0-1
text         4       4    0-1
plan         1       1    0-1
channel      1       1    0-1
@0 audit-kind kind=private pages=200 cores=0-1 shared=0
@0 audit-kind kind=text pages=4 cores=0-1 shared=4
@0 audit-kind kind=plan pages=1 cores=0-1 shared=1
@0 audit-kind kind=channel pages=1 cores=0-1 shared=1
@0 audit pages=206 shared=6 violations=0
`,
	"ping 0 1 7": `7 messages from core 0 to core 1 and back: 900 ns to 40.0 us, half of them within 1.1 us
@0 ping from=0 to=1 count=7 lost=0 doubled=0 reordered=0 min=900ns median=1100ns p99=12000ns max=40000ns
`,
	"ping 0 1 1": "1 message from core 0 to core 1 and back: 1.1 us\n@0 ping from=0 to=1 count=1 ",
	"bench ump 1 0 -n 5": `@0 bench-ump from=1 to=0 bare=146ns rtt=170ns p99=400ns ratio=1.16 msgs=12345678/s bare-p99=300ns rounds=5
FROM  TO    BARE  BARE P99     UMP  UMP P99  RATIO  MESSAGES/S
   1   0  146 ns    300 ns  170 ns   400 ns   1.16    12345678

@0 bench-core core=1 send=30ns receive=25ns send-instr=60 receive-instr=55 doorbell-from=0 idle=110000ns idle-p99=220000ns busy=130000ns busy-p99=900000ns boot=42000000ns touched-bytes=716800
`,
	"mem 1": `CORE  PARTITION  USER POOL      DMA  RESERVE     USED       HEAP  HEAP SYS  GCS  GC PAUSES
   1   16.0 MiB    6.0 MiB  2.0 MiB  8.0 MiB  1.2 MiB  700.0 KiB   4.0 MiB    2   150.0 us
@0 mem cores=1 used-bytes=1228800 total-bytes=8388608 heap-bytes=716800
`,
	"plan":             "@0 plan cores=2 harts=2 ram-bytes=134217728 devices=1 timebase=10000000 boot-core=0\n",
	"ping -- 0 1":      "@0 ping from=0 to=1 count=100 ",
	"version":          "@0 version go=go1.",
	`echo "a;  b" \"c`: "a;  b \"c\n",
	"echo":             "\n",
	"echo -x -- y":     "-x -- y\n",
	"help":             "ping A B [count]            send messages from core A to core B and back\n",
	"help ping":        "usage: ping A B [count]\n  send messages from core A to core B and back\n",
	"ping -h":          "  -json        print one JSON object a line instead of text\n",
	"bench -h":         "  -n rounds    rounds of each measurement\n",
	"echo a; echo b":   "a\nb\n",
	"":                 "",
	" ;; ":             "",
}

// Bad input is a sentence, status 2, and does not reach the machine.
func TestUsage(t *testing.T) {
	for line, want := range misuses {
		t.Run(line[:min(len(line), 40)], func(t *testing.T) {
			sys := newFake(4)
			check(t, sys, line, Usage, want)
			if len(sys.asked) > 0 || len(sys.off) > 0 || sys.reboots > 0 {
				t.Errorf("it reached the machine: %q, power off %v, %d reboots", sys.asked, sys.off, sys.reboots)
			}
		})
	}
}

var misuses = map[string]string{
	"foo":                              `unknown command "foo"; type help for a list`,
	"pign 0 1":                         `unknown command "pign"; did you mean ping?`,
	"PING":                             `did you mean ping?`,
	"po":                               `did you mean poweroff?`,
	strings.Repeat("ping", 99):         `type help for a list`,
	"\"\x1b[2J\"":                      `unknown command "\x1b[2J"`,
	`""`:                               `unknown command ""`,
	`echo "a`:                          "the double quote at column 6 is never closed",
	"ping":                             "ping: two cores are needed",
	"disk frob":                        `disk: disk has no word "frob"; the words are read, write, verify, check, bench, soak`,
	"disk soak":                        "disk: a word that says what to do is needed, as in disk soak start",
	"disk soak x":                      `disk: there is no disk soak "x"; the words are start, report, stop`,
	"disk soak start 9":                `disk: there is no core "9"`,
	"disk soak stop 1":                 `disk: unexpected argument "1"`,
	"disk read":                        "disk: a sector is needed, as in disk read 0 8",
	"disk write":                       "disk: a sector is needed",
	"disk read x":                      `disk: the sector must be a number, not "x"`,
	"disk read -1":                     `the sector must be from 0 to`,
	"disk read 0 65":                   `disk: the count of sectors must be from 1 to 64, not "65"`,
	"disk write 0 0":                   `from 1 to 65536, not "0"`,
	"disk write 0 1 x":                 `disk: the stamp must be a number`,
	"disk write 0 1 2 3":               `disk: unexpected argument "3"`,
	"disk read 0 1 2":                  `disk: unexpected argument "2"`,
	"disk read 0 -core 9":              `disk: there is no core "9"`,
	"disk read 0 -disk 64":             `disk: the number of a disk must be from 0 to 63`,
	"disk read 0 -disk":                "disk: the flag -disk needs a value, number",
	"ping 0":                           "ping: two cores are needed",
	"ping 0 x":                         `ping: a core is given by its number, not by "x"`,
	"ping 0 4":                         `ping: there is no core "4"; this machine has cores 0 to 3`,
	"ping -1 0":                        `ping: there is no core "-1"`,
	"ping 0 99999999999999999999999":   "ping: there is no core",
	"ping 1 1":                         "ping: core 1 has no channel to itself to measure; give two different cores",
	"ping 0 1 0":                       `ping: the count must be from 1 to 1000000, not "0"`,
	"ping 0 1 -5":                      `not "-5"`,
	"ping 0 1 1000001":                 `not "1000001"`,
	"ping 0 1 many":                    `ping: the count must be a number, not "many"`,
	"ping 0 1 1.5":                     `must be a number`,
	"ping 0 1 99999999999999999999":    `must be from 1 to 1000000`,
	"ping 0 1 2 3":                     `ping: unexpected argument "3"; see help ping`,
	"ping 0 1 -x":                      `ping: unknown flag "-x"; see help ping`,
	"ping 0 1 -json=yes":               "ping: the flag -json takes no value",
	"cores 1 2":                        `cores: unexpected argument "2"`,
	"cores 4":                          `cores: there is no core "4"; this machine has cores 0 to 3`,
	"audit all":                        "unexpected argument",
	"mem -- -json":                     `not by "-json"`,
	"mem 0 1":                          "unexpected argument",
	"mem 7":                            `mem: there is no core "7"`,
	"plan x":                           "unexpected argument",
	"version x":                        "unexpected argument",
	"help nothing":                     `help: unknown command "nothing"`,
	"help a b":                         "unexpected argument",
	"bench":                            "bench: a word that says what to measure is needed: ump, pairs, updates, binding, wake, doorbell, life, interference, shootdown, agreement or boot",
	"bench lmp":                        `bench: there is no bench "lmp", only ump, pairs, updates, binding, wake, doorbell, life, interference, shootdown, agreement or boot`,
	"bench ump 0":                      "bench: two cores are needed, or none",
	"bench ump 0 0":                    "no channel to itself",
	"bench ump 0 1 2":                  "unexpected argument",
	"bench ump -n":                     "bench: the flag -n needs a value, rounds",
	"bench ump -n 0":                   `the number of rounds must be from 1 to 1000000, not "0"`,
	"bench ump -n=x":                   `must be a number`,
	"crash":                            "crash: a core and a way to die are needed, as in crash 1 panic",
	"crash 1":                          "crash: a core and a way to die are needed",
	"crash panic 1":                    `crash: a core is given by its number, not by "panic"`,
	"crash 4 panic":                    `crash: there is no core "4"`,
	"crash 1 boredom":                  `crash: no core dies of "boredom"; the ways are panic, fault, wild, stack, oom, hang, zombie`,
	"crash 1 PANIC":                    `no core dies of "PANIC"`,
	"crash 1 panic now":                `crash: unexpected argument "now"; see help crash`,
	"crash 1 panic -f":                 `crash: unknown flag "-f"`,
	"stop":                             "stop: a core is needed, as in stop 1",
	"stop 4":                           `stop: there is no core "4"`,
	"stop 1 2":                         `stop: unexpected argument "2"`,
	"start":                            "start: a core is needed, as in start 1",
	"start -1":                         `start: there is no core "-1"`,
	"start 1 2":                        `start: unexpected argument "2"`,
	"restart":                          "restart: a core is needed, as in restart 1",
	"restart x":                        `restart: a core is given by its number, not by "x"`,
	"restart 1 0":                      `restart: the number of times must be from 1 to 10000, not "0"`,
	"restart 1 10001":                  `restart: the number of times must be from 1 to 10000, not "10001"`,
	"restart 1 often":                  `restart: the number of times must be a number, not "often"`,
	"restart 1 2 3":                    `restart: unexpected argument "3"`,
	"soak":                             `soak: a word that says what to do is needed, as in soak start`,
	"soak on":                          `soak: there is no soak "on"; the words are start, work, stop, report`,
	"poweroff now":                     `poweroff: the status must be a number, not "now"`,
	"poweroff 256":                     "must be from 0 to 255",
	"poweroff 1 2":                     "unexpected argument",
	"reboot x":                         "unexpected argument",
	"reboot -json":                     `unknown flag "-json"`,
	"nix; echo still here":             "still here",
	"echo \xff\xfe; \xff":              `unknown command "\xff"`,
	"mem " + strings.Repeat("9", 4000): "...; this machine has cores",
}

// What fails in the machine is a sentence and status 1; the rest is still done.
func TestFailures(t *testing.T) {
	for _, tt := range failures {
		t.Run(tt.line, func(t *testing.T) {
			sys := newFake(3)
			tt.broken(sys)
			check(t, sys, tt.line, Failed, tt.want)
		})
	}
}

var failures = []struct {
	line, want string
	broken     func(*fakeSystem)
}{
	{"cores", "cores: core 1 did not answer within 1s\n", func(f *fakeSystem) { f.silent[1] = true }},
	{"cores", "   2     3     0  up", func(f *fakeSystem) { f.silent[1] = true }},
	{"cores", "   1     2     0  silent    1      1      -          -    -           -        -         -          -      -\n", func(f *fakeSystem) { f.silent[1] = true }},
	{"mem", "mem: core 1 did not answer within 1s\n", func(f *fakeSystem) { f.silent[1] = true }},
	{"mem", "@0 mem cores=2 ", func(f *fakeSystem) { f.silent[1] = true }},
	{"mem 1", "mem: core 1 is not up\n", func(f *fakeSystem) { f.down[1] = true }},
	{"ping 0 1", "ping: core 1 did not answer within 1s\n", func(f *fakeSystem) { f.silent[1] = true }},
	{"ping 1 0", "ping: core 1 is not up\n", func(f *fakeSystem) { f.down[1] = true }},
	{"ping 0 1", "@0 ping from=0 to=1 count=100 lost=1 doubled=2 reordered=3 ",
		func(f *fakeSystem) { f.ping = &PingResult{Count: 100, Lost: 1, Doubled: 2, Reordered: 3} }},
	{"ping 0 1 1", "ping: of 1 message from core 0 to core 1, 1 were lost, 0 came twice and 0 out of order\n",
		func(f *fakeSystem) { f.ping = &PingResult{Count: 1, Lost: 1} }},
	{"ping 0 1", "1 came twice and 0 out", func(f *fakeSystem) { f.ping = &PingResult{Count: 100, Doubled: 1} }},
	{"ping 0 1", "0 came twice and 1 out", func(f *fakeSystem) { f.ping = &PingResult{Count: 100, Reordered: 1} }},
	{"ping 0 1", "ping: 100 messages were asked for, but 50 were sent\n", func(f *fakeSystem) { f.ping = &PingResult{Count: 50} }},
	{"audit", "audit: core 2 did not answer within 1s; its pages are not checked\n", func(f *fakeSystem) { f.silent[2] = true }},
	{"audit", "violations=0\n", func(f *fakeSystem) { f.silent[2] = true }},
	{"audit", "audit: core 2 reports no mapping at all; its pages are not checked\n", func(f *fakeSystem) { f.blank[2] = true }},
	{"audit", "\nand 36 more\naudit: 100 violations of laws L2 and L7\n", stray},
	{"audit", "audit: 2 violations of laws L2 and L7\n", overlap},
	{"audit", "@0 audit pages=308 shared=9 violations=2\n", overlap},
	{"audit", "violation: cores 0-1 share 1 page at 0x90000000: private rw- of core 0, private r-- of core 1\n", overlap},
	{"audit", "audit: 1 violation of laws L2 and L7\n", ungranted},
	{"audit", "core 0 has not granted that to it", ungranted},
	{"audit", "audit: 1 violation of laws L2 and L7\n", func(f *fakeSystem) { ungranted(f); f.restless = 1000 }},
	{"bench ump", "bench: cores 0 and 1: core 1 did not answer within 1s\n", func(f *fakeSystem) { f.silent[1] = true }},
	{"bench ump", "@0 bench-ump from=0 to=2 bare=", func(f *fakeSystem) { f.silent[1] = true }},
	{"bench ump 0 1", "the measurement makes no sense", func(f *fakeSystem) { f.ump = &UMPResult{} }},
	{"bench ump 0 1", "the measurement makes no sense", func(f *fakeSystem) { f.ump = &UMPResult{Bare: Latency{1, 1}, OneWay: -1} }},
	{"bench ump 0 1", "the measurement makes no sense", func(f *fakeSystem) { f.ump = &UMPResult{Bare: Latency{1, 1}, OneWay: math.NaN()} }},
	{"poweroff", "cannot power off: the finisher did not answer within 1s; you may switch the machine off now\n", func(f *fakeSystem) { f.offErr = errBroken }},
	{"reboot", "reboot: the finisher did not answer within 1s\n", func(f *fakeSystem) { f.offErr = errBroken }},
}

// overlap lets core 1 read a page of core 0.
func overlap(f *fakeSystem) {
	f.extra[1] = []layout.Mapping{{VA: layout.WindowBase, PA: f.plan.Cores[0].Row.Pool, Pages: 1, Perm: layout.R}}
}

// ungranted lets core 1 map a page of core 0's user pool that it has not been granted.
func ungranted(f *fakeSystem) {
	f.extra[1] = []layout.Mapping{{VA: layout.WindowBase, PA: f.plan.Cores[0].User.Base, Pages: 1, Perm: layout.R, Kind: layout.Grant}}
}

// granted is the same with core 0's consent.
func granted(f *fakeSystem) {
	ungranted(f)
	e := grant.Entry{PA: f.plan.Cores[0].User.Base, Pages: 1, Core: 1, Rights: layout.R, Settled: true}
	h := e
	h.Core = 0
	f.books = map[int]grant.Account{0: {Given: []grant.Entry{e}}, 1: {Held: []grant.Entry{h}}}
}

// What both ends say of a grant is lawful, and listed as data.
// Sabotage: leave out listGrants.
func TestAuditOfGrants(t *testing.T) {
	sys := newFake(3)
	granted(sys)
	check(t, sys, "audit", OK, "violations=0\n")
	check(t, sys, "audit -json", OK, `{"event":"audit-grant","by":0,"core":0,"to":1,"pa":"0x90800000","pages":1,"perm":"r--","state":"settled"}`)
	check(t, sys, "audit -json", OK, `{"event":"audit-held","by":0,"core":1,"from":0,"pa":"0x90800000","pages":1,"perm":"r--","state":"settled"}`)
}

// While grants come and go another look decides, a few times.
// Sabotage: let lookAtAll take the first look.
func TestAuditLooksAgain(t *testing.T) {
	for _, c := range []struct{ restless, looks int }{{0, 1}, {4, 2}, {1000, auditLooks}} {
		sys := newFake(2)
		ungranted(sys)
		sys.restless = c.restless
		if execute(sys, "audit"); sys.looks != 4*c.looks {
			t.Errorf("%d looks find changes: %d looks at books, want %d", c.restless, sys.looks, 4*c.looks)
		}
	}
}

// What grants that come and go make of what is said at different times is no violation.
// Sabotage: let lookAtAll keep what did not stand in every look.
func TestAuditFleeting(t *testing.T) {
	sys := newFake(2)
	ungranted(sys)
	sys.restless, sys.fleeting = 1000, true
	check(t, sys, "audit", OK, "violations=0\n")
}

// stray lets core 1 map a hundred pages that are nobody's.
func stray(f *fakeSystem) {
	for i := range uint64(100) {
		f.extra[1] = append(f.extra[1], layout.Mapping{VA: layout.WindowBase, PA: 0x2_0000_0000 + 2*i*page, Pages: 1, Perm: layout.R})
	}
}

// A core that is down is listed, not asked, and no failure.
func TestDownCores(t *testing.T) {
	sys := newFake(3)
	sys.down[1] = true
	check(t, sys, "cores", OK, "   1     2     0  dead     1      1      -          -    -           -        -         -          -      -\n")
	check(t, sys, "cores", OK, "@0 cores up=2 planned=3 dead=1 zombie=0\n")
	check(t, sys, "mem; audit; bench ump", OK, "@0 audit pages=")
}

// A machine of one core has no pair to measure.
func TestOneCore(t *testing.T) {
	check(t, newFake(1), "cores; plan; mem; audit; bench ump", OK, "there is no second core to measure a channel to\n")
	check(t, newFake(1), "bench ump", OK, "send-instr=60 receive-instr=55 boot=42000000ns touched-bytes=716800\n")
	sys := newFake(1)
	sys.core = &CoreResult{Send: 1, Receive: 2, DoorbellFrom: -1, Boot: 3}
	check(t, sys, "bench ump", OK, "@0 bench-core core=0 send=1ns receive=2ns boot=3ns touched-bytes=0\n")
	check(t, newFake(1), "ping 0 1", Usage, "this machine has core 0 only\n")
}

// Every command explains itself, and completes without a fault.
func TestEveryCommand(t *testing.T) {
	c := New(newFake(2), &fakeLine{})
	if len(c.commands) != 30 {
		t.Errorf("%d commands", len(c.commands))
	}
	for _, cmd := range c.commands {
		want := "usage: " + cmd.usage() + "\n  " + cmd.Summary + "\n"
		check(t, newFake(2), cmd.Name+" -h", OK, want)
		check(t, newFake(2), "help "+cmd.Name, OK, want)
		if cmd.Summary == "" || strings.HasSuffix(cmd.Summary, ".") || strings.ToLower(cmd.Summary[:1]) != cmd.Summary[:1] {
			t.Errorf("%s: summary %q is not a lower-case line without full stop", cmd.Name, cmd.Summary)
		}
		for line := range strings.Lines(cmd.manual()) {
			if len(line) > 86 {
				t.Errorf("%s: line too wide: %q", cmd.Name, line)
			}
		}
	}
}

// A command that panics is reported with a trace, and the console goes on.
func TestPanic(t *testing.T) {
	var nothing *CoreStat
	bad := &Command{Name: "bad", Summary: "panic", Run: func(c *Call) error {
		c.Printf("half a line")
		c.Printf("%v", nothing.Up+time.Second)
		return nil
	}}
	out, status := execute(newFake(1), "bad; echo on", bad)
	if status != Failed || !strings.Contains(out, "half a line\nbad: the command panicked: runtime error: invalid memory address") ||
		!strings.Contains(out, "TestPanic") || !strings.HasSuffix(out, "\non\n") {
		t.Errorf("status %d, output:\n%s", status, out)
	}
}

// What a command leaves of a line is a line, before the next prompt.
func TestUnfinishedLine(t *testing.T) {
	half := &Command{Name: "ps", Summary: "print half a line", Run: func(c *Call) error {
		c.Printf("half")
		return nil
	}}
	if out, status := execute(newFake(1), "ps", half); out != "half\n" || status != OK {
		t.Errorf("status %d, output %q", status, out)
	}
	check(t, newFake(1), "xy", Usage, `unknown command "xy"; type help for a list`, half) // not near enough to ps
}

// A command given to New replaces the built-in one of its name.
func TestReplace(t *testing.T) {
	mine := &Command{Name: "echo", Summary: "shout", Run: func(c *Call) error {
		c.Printf("HEY\n")
		return nil
	}}
	check(t, newFake(1), "echo a", OK, "HEY\n", mine)
	if out, _ := execute(newFake(1), "help", mine); strings.Count(out, "\necho") != 1 {
		t.Errorf("help lists echo other than once:\n%s", out)
	}
}
