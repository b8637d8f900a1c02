package console

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

// Cores die, and live again.
func TestLives(t *testing.T) {
	for line, want := range lives {
		t.Run(line, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { check(t, newFake(3), line, OK, want) })
		})
	}
}

var lives = map[string]string{
	"crash 1 panic":                        "core 1 is dead (panic)\n@0 crash core=1 how=panic state=dead cause=panic\n",
	"crash 2 hang":                         "core 2 stands still from now on, which the others notice after some seconds\ncore 2 is dead (hang)\n@0 crash core=2 how=hang state=dead cause=hang\n",
	"crash 2 zombie":                       "core 2 is a zombie: it answers nobody, and its hart has not stopped\n@0 crash core=2 how=zombie state=zombie cause=\"\"\n",
	"crash 2 oom; start 2; crash 2 zombie": "@0 crash core=2 how=zombie state=zombie cause=\"\"\n",
	"stop 1":                               "core 1 is dead (stopped)\n@0 stop core=1 state=dead cause=stopped\n",
	"stop 1; start 1":                      "core 1 is up after 0 ns, in incarnation 2\n@0 start core=1 state=up incarnation=2 time=0ns\n",
	"crash 2 fault; start 2":               "@0 start core=2 state=up incarnation=2 time=0ns\n",
	"restart 2":                            "core 2 is up after 0 ns, in incarnation 2\n@0 restart core=2 times=1 incarnation=2 median=0ns max=0ns\n",
	"restart 2 10000":                      "@0 restart core=2 times=10000 incarnation=10001 median=0ns max=0ns\n",
	"crash 1 oom; restart 1 3":             "@0 restart core=1 times=3 incarnation=4 ",
	"stop 1; stop 2; start 2":              "@0 start core=2 state=up ",
	"crash 1 wild; crash 2 stack":          "@0 crash core=2 how=stack state=dead cause=stack\n",
	"restart 1; cores":                     "   1     2     0  up       2      1  1m15s  700.0 KiB ",
	"crash 1 oom; cores":                   "@0 cores up=2 planned=3 dead=1 zombie=0\n",
	"crash 1 zombie; cores":                "@0 cores up=2 planned=3 dead=0 zombie=1\n",
	"crash 1 oom; mem":                     "@0 mem cores=2 ",
	"crash 1 oom; audit":                   "@0 audit pages=208 shared=6 violations=0\n",
	"stop 1; stop 2; bench ump":            "there is no second core to measure a channel to\n",
	"stop 1; bench ump":                    "@0 bench-ump from=0 to=2 ",
	"stop 1; start 1; bench ump":           "@0 bench-ump from=0 to=1 ",
	"stop 1; start 1; ping 1 2":            "@0 ping from=1 to=2 count=100 lost=0 ",
	"stop -json 1; start 1 --json":         `{"event":"start","by":0,"core":1,"state":"up","incarnation":2,"time_ns":0}` + "\n",
}

// Every state has its line.
func TestCoresStates(t *testing.T) {
	sys := newFake(6)
	sys.down[1], sys.cause[1], sys.births[1] = true, "oom", 11
	for i, s := range []string{2: StateZombie, 3: StateAbsent, 4: StateStarting} {
		sys.down[i], sys.odd[i] = sys.down[i] || s != "", s
	}
	sys.cause[2], sys.cause[4] = "panic", "panic" // of lives before
	check(t, sys, "cores", OK, `CORE  HART  NODE  STATE       INC  SINCE     UP       HEAP  GCS  GOROUTINES  MSGS IN  MSGS OUT  DOORBELLS   IDLE
   0     1     0  up            1      1  1m15s  700.0 KiB    2           7       12        34          5  98.7%
   1     2     0  dead (oom)   12      1      -          -    -           -        -         -          -      -
   2     3     0  zombie        1      -      -          -    -           -        -         -          -      -
   3     4     0  absent        0      -      -          -    -           -        -         -          -      -
   4     5     0  starting      1      -      -          -    -           -        -         -          -      -
   5     6     0  up            1      1  1m15s  700.0 KiB    2           7       12        34          5  98.7%
@0 replica core=0 view=3 agreed=no
@0 cores up=2 planned=6 dead=1 zombie=1
`)
	check(t, sys, "cores -json", OK, `{"event":"core","by":0,"core":1,"hart":2,"node":0,"state":"dead","incarnation":12,"since":1,"agreed":"yes","cause":"oom"}`+"\n")
	sys.down[0], sys.self = true, 5
	check(t, sys, "cores", OK, "DOORBELLS   IDLE\n   0     1     0  dead          1      1      -          -    -           -        -         -          -      -\n")
}

// A core may die between the listing and the question; that is no failure.
func TestCoresDying(t *testing.T) {
	sys := newFake(3)
	sys.silent[1] = true
	dying := dyingSystem{sys, 1}
	check(t, dying, "cores", OK, "   1     2     0  dead (trap)    1      -  ")
	sys.down[1] = false
	check(t, dying, "cores", OK, "@0 cores up=2 planned=3 dead=1 zombie=0\n")
	sys.down[1] = false
	check(t, sys, "cores", Failed, "@0 cores up=3 planned=3 dead=0 zombie=0\n") // silent, but not known to be dead
}

// dyingSystem is a machine on which a core dies of being asked.
type dyingSystem struct {
	*fakeSystem
	core int
}

func (f dyingSystem) With(context.Context) System { return f }

func (d dyingSystem) Stat(core int) (CoreStat, error) {
	s, err := d.fakeSystem.Stat(core)
	if core == d.core {
		d.down[core], d.cause[core] = true, "trap"
	}
	return s, err
}

// What a core says of itself counts more than what is known of it here.
func TestCoresOwnWord(t *testing.T) {
	check(t, wordSystem{newFake(2)}, "cores", OK, "   1     2     0  leaving    1      1  1m15s ")
	check(t, wordSystem{newFake(2)}, "cores", OK, "@0 cores up=2 planned=2 dead=0 zombie=0\n")
	check(t, wordSystem{newFake(2)}, "cores -json", OK, `"core":1,"hart":2,"node":0,"state":"leaving","incarnation":1,"since":1,"agreed":"yes","cause":"","up_ns":`)
}

// wordSystem is a machine whose cores have a word of their own for their state.
type wordSystem struct{ *fakeSystem }

func (f wordSystem) With(context.Context) System { return f }

func (w wordSystem) Stat(core int) (CoreStat, error) {
	s, err := w.fakeSystem.Stat(core)
	s.State = "leaving"
	return s, err
}

// What cannot be done is a sentence and status 1, and is not even tried.
func TestLivesRefused(t *testing.T) {
	for _, tt := range refused {
		t.Run(tt.line, func(t *testing.T) {
			sys := newFake(3)
			for i, s := range tt.states {
				if sys.down[i] = s != StateUp; sys.down[i] && s != StateDead {
					sys.odd[i] = s
				}
			}
			check(t, sys, tt.line, Failed, tt.want)
			if len(sys.asked) > 0 {
				t.Errorf("it reached the machine: %q", sys.asked)
			}
		})
	}
}

var refused = []struct {
	states     [3]string
	line, want string
}{
	{[3]string{"up", "dead", "up"}, "crash 1 panic", "crash: core 1 is not up\n"},
	{[3]string{"up", "zombie", "up"}, "crash 1 panic", "crash: core 1 is not up\n"},
	{[3]string{"up", "dead", "up"}, "stop 1", "stop: core 1 is not up\n"},
	{[3]string{"up", "absent", "up"}, "stop 1", "stop: core 1 is not up\n"},
	{[3]string{"up", "up", "up"}, "start 1", "start: core 1 is up already\n"},
	{[3]string{"up", "up", "up"}, "start 0", "start: core 0 is up already\n"},
	{[3]string{"up", "starting", "up"}, "start 1", "start: core 1 is starting already\n"},
	{[3]string{"up", "zombie", "up"}, "start 1", "start: core 1 is a zombie: its hart has not stopped, so it still uses its memory\n"},
	{[3]string{"up", "absent", "up"}, "start 1", "start: core 1 is absent: its hart never started\n"},
	{[3]string{"up", "ill", "up"}, "start 1", "start: core 1 is ill and cannot be started\n"},
	{[3]string{"up", "zombie", "up"}, "restart 1 5", "restart: core 1 is a zombie: "},
	{[3]string{"up", "absent", "up"}, "restart 1", "restart: core 1 is absent: "},
	{[3]string{"up", "starting", "up"}, "restart 1", "restart: core 1 is starting already\n"},
	{[3]string{"up", "up", "up"}, "restart 0", "restart: core 0 has the console and would not live to start again; stop it, and then start it\n"},
	{[3]string{"up", "dead", "zombie"}, "stop 0", "stop: no core but 0 lives, and nobody could start it again; poweroff stops the machine\n"},
	{[3]string{"up", "up", "up"}, "crash 0 zombie", "crash: core 0 has the console, which nobody can take from a zombie\n"},
	{[3]string{"up", "dead", "dead"}, "crash 0 hang", "crash: no other core lives that could notice that core 0 hangs\n"},
}

// An order that fails is a sentence and status 1, and no fact.
func TestLivesFail(t *testing.T) {
	for line, want := range map[string]string{
		"crash 1 oom":  "crash: core 1 did not die within 5s\n",
		"crash 0 oom":  "crash: core 1 did not die within 5s\n",
		"stop 1":       "stop: core 1 did not die within 5s\n",
		"stop 0":       "stop: core 1 did not die within 5s\n",
		"start 2":      "start: core 1 did not die within 5s\n",
		"restart 1":    "restart: round 1 of 1: core 1 did not die within 5s\n",
		"restart 2 10": "restart: round 1 of 10: core 1 did not die within 5s\n",
	} {
		sys := newFake(3)
		sys.down[2], sys.fails = true, errors.New("core 1 did not die within 5s")
		if out, status := execute(sys, line); out != want || status != Failed {
			t.Errorf("%s: status %d, output:\n%s", line, status, out)
		}
		if len(sys.asked) != 1 {
			t.Errorf("%s: orders %q", line, sys.asked)
		}
	}
}

// An order that is said to have succeeded has to be seen to.
func TestLiars(t *testing.T) {
	for line, want := range map[string]string{
		"crash 1 oom":    "crash: core 1 should be in state dead now, but is in state up\n",
		"crash 1 zombie": "@0 crash core=1 how=zombie state=up cause=\"\"\ncrash: core 1 should be in state zombie now, but is in state up\n",
		"stop 1":         "stop: core 1 should be in state dead now, but is in state up\n",
		"start 2":        "@0 start core=2 state=dead incarnation=1 time=0ns\nstart: core 2 should be in state up now, but is in state dead\n",
		"restart 1 7":    "restart: round 1 of 7: core 1 is up, but still in incarnation 1\n",
		"restart 2":      "restart: round 1 of 1: core 2 should be in state up now, but is in state dead\n",
		"crash 0 panic":  "crash: core 0 is still alive\n",
		"crash 0 hang":   "crash: core 0 is still alive\n",
		"stop 0":         "stop: core 0 is still alive\n",
	} {
		synctest.Test(t, func(t *testing.T) {
			sys := newFake(3)
			sys.down[2], sys.liar = true, true
			check(t, sys, line, Failed, want)
		})
	}
	sys := newFake(2)
	sys.then = func(f *fakeSystem) { f.odd[1] = StateZombie }
	check(t, sys, "crash 1 hang", Failed, "crash: core 1 should be in state dead now, but is in state zombie\n")
	sys = newFake(2)
	sys.then = func(f *fakeSystem) { f.odd[1] = "" }
	check(t, sys, "crash 1 zombie", Failed, "crash: core 1 should be in state zombie now, but is in state dead\n")
}
