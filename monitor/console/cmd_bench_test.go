package console

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"atoll/boot/plan"
)

// What people see, and the facts that tools rely on.
func TestBench(t *testing.T) {
	for line, want := range map[string]string{
		"bench wake 1 0": `@0 bench-wake from=1 to=0 bare=20000ns rtt=25000ns p99=95000ns ratio=1.25 bare-p99=90000ns mean=27000ns bare-mean=21000ns max=200000ns bare-max=100000ns samples=198 awake=2 bare-samples=199 bare-awake=1
`,
		"bench doorbell 1 3": "@0 bench-doorbell from=1 to=3 way=ipi ring=900ns wake=50000ns wake-p99=90000ns rounds=200\n",
		"bench doorbell 1 0 -n 5": `@0 bench-doorbell from=1 to=0 way=message ring=40ns wake=48000ns wake-p99=80000ns rounds=5
@0 bench-doorbell from=1 to=0 way=ipi ring=900ns wake=50000ns wake-p99=90000ns rounds=5
`,
		"bench wake": "@0 bench-wake from=0 to=3 ",
		"bench life -n 5": `@0 bench-life core=1 rounds=5 noticed=3000000ns noticed-max=5000000ns restart=30000000ns restart-max=50000000ns born=6000000ns born-max=10000000ns bare-wake=10000ns
`,
		"bench life 2": "@0 bench-life core=2 rounds=20 ",
		"bench interference 0 1 2 3": `@0 bench-interference from=0 to=1 others=2 quiet=2000ns quiet-p99=3000ns busy=4000ns busy-p99=6000ns restarts=3000ns restarts-p99=4500ns quiet-pings=1000 busy-pings=1000 pings=1000 lost=0 lives=200
`,
		"bench interference 1 2 3 -t 100": "lost=0 lives=10\n",
		"bench shootdown -n 7":            "@0 bench-shootdown cores=4 strategy=measured median=700ns p99=1400ns rounds=7 hops=2 messages=6 critical=350ns\n",
		"bench shootdown 2 -n 7": `@0 bench-shootdown cores=2 strategy=broadcast median=200ns p99=400ns rounds=7 hops=2 messages=2 critical=100ns
@0 bench-shootdown cores=2 strategy=unicast median=300ns p99=600ns rounds=7 hops=2 messages=2 critical=150ns
@0 bench-shootdown cores=2 strategy=tree median=400ns p99=800ns rounds=7 hops=2 messages=2 critical=200ns
@0 bench-shootdown cores=2 strategy=measured median=500ns p99=1000ns rounds=7 hops=2 messages=2 critical=250ns
CORES  STRATEGY   MEDIAN`,
		"bench agreement 2 -n 7": `@0 bench-agreement-costs one=800ns two=1500ns rounds=7
@0 bench-agreement cores=2 strategy=unicast message=500ns one=2000ns one-p99=3000ns one-hops=2 two=4000ns two-p99=6000ns decided=1800ns hops=4 messages=4.00 ratio=2.00 single=250000/s pipelined=1250000/s in-flight=16 pipelined-messages=1.50 gain=5.00 rounds=7
@0 bench-agreement cores=2 strategy=tree message=500ns `,
		"bench pairs": "@0 bench-lines sender=1.00 receiver=0.13\n" +
			"@0 bench-pair from=0 to=1 latency=85ns rtt=170ns p99=400ns bare=146ns msgs=12345678/s rounds=1000\n" +
			"@0 bench-pair from=0 to=2 ",
		"bench pairs 3 1 -n 9": "@0 bench-pair from=3 to=1 latency=85ns rtt=170ns p99=400ns bare=146ns msgs=12345678/s rounds=9\nCORES  ONE WAY",
		"bench updates 2 -n 5": `@0 bench-updates-cost lines=1 server=131ns client=120ns rounds=5
@0 bench-updates-cost lines=2 server=132ns client=120ns rounds=5
@0 bench-updates-cost lines=4 server=134ns client=120ns rounds=5
@0 bench-updates-cost lines=8 server=138ns client=120ns rounds=5
@0 bench-updates cores=2 lines=1 median=201ns p99=402ns updates=2000000/s made=5
@0 bench-updates cores=2 lines=2 median=202ns `,
		"bench updates":   "@0 bench-updates cores=4 lines=8 median=408ns p99=816ns updates=4000000/s made=3000\nCORES  LINES",
		"bench agreement": "@0 bench-agreement cores=4 strategy=measured message=500ns one=6000ns ",
		"bench boot":      "@0 bench-boot cores=4 boot=42000000ns touched-bytes=1228800 touched-max-bytes=1228800\n",
		"help bench":      "bench boot measures how long the machine took to come up",
	} {
		t.Run(line, func(t *testing.T) {
			f := newFake(4)
			f.plan.Cores[0].File = plan.Range{Base: 0x2800_0000, Size: page}
			check(t, f, line, OK, want)
		})
	}
}

// Bad input is a sentence, and does not reach the machine.
func TestBenchUsage(t *testing.T) {
	for line, want := range map[string]string{
		"bench wake 1":                     "bench: two cores are needed, or none for all",
		"bench wake 1 1":                   "no channel to itself",
		"bench wake -n 5001":               "the number of rounds must be from 1 to 5000",
		"bench doorbell -n 10001":          "the number of rounds must be from 1 to 10000",
		"bench life 1 2":                   "unexpected argument",
		"bench life 9":                     "there is no core",
		"bench interference 0 1":           "bench: two cores to measure and others to restart are needed",
		"bench interference 0 1 1":         "core 1 is named twice",
		"bench interference 0 1 2 2":       "core 2 is named twice",
		"bench interference 0 1 2 -t 0":    "the number of milliseconds must be from 1 to 30000",
		"bench interference 0 1 2 -n 3":    "bench interference has no rounds",
		"bench interference 0 1 2 -t long": "must be a number",
		"bench shootdown 1":                "the number of cores must be from 2 to 4",
		"bench shootdown 5":                "the number of cores must be from 2 to 4",
		"bench shootdown 2 3":              "unexpected argument",
		"bench agreement 1":                "the number of cores must be from 2 to 4",
		"bench agreement 5":                "the number of cores must be from 2 to 4",
		"bench agreement 2 3":              "unexpected argument",
		"bench boot 1":                     "unexpected argument",
		"bench pairs 1":                    "bench: two cores are needed, or none for all",
		"bench pairs 1 2 1":                "core 1 is named twice",
		"bench pairs 0 9":                  "there is no core",
		"bench pairs -n 0":                 "the number of rounds must be from 1 to 1000000",
		"bench updates 1":                  "the number of cores must be from 2 to 4",
		"bench updates 5":                  "the number of cores must be from 2 to 4",
		"bench updates two":                "must be a number",
		"bench updates 2 3":                "unexpected argument",
	} {
		sys := newFake(4)
		check(t, sys, line, Usage, want)
		if len(sys.asked) > 0 {
			t.Errorf("%s reached the machine: %q", line, sys.asked)
		}
	}
}

// What cannot be measured, or makes no sense, is a sentence and a failure.
// Sabotage: let benchWake believe a measurement without samples.
func TestBenchFails(t *testing.T) {
	for _, c := range []struct {
		line, want string
		cores      int
		set        func(*fakeSystem)
	}{
		{"bench wake", "there is no second core to wake", 1, nil},
		{"bench life", "there is no second core to end and start afresh", 1, nil},
		{"bench life 0", "core 0 has the console", 2, nil},
		{"bench life 1", "core 1 is not up", 2, func(f *fakeSystem) { f.down[1] = true }},
		{"bench life 1", "core 1 did not answer", 2, func(f *fakeSystem) { f.silent[1] = true }},
		{"bench life 1", "3 of 20 rounds were measured", 2, func(f *fakeSystem) { f.life = &LifeResult{Rounds: make([]LifeRound, 3)} }},
		{"bench interference 1 2 0", "core 0 has the console and cannot be restarted", 3, nil},
		{"bench interference 0 1 2", "core 2 is not up", 3, func(f *fakeSystem) { f.down[2] = true }},
		{"bench interference 0 1 2", "no core was started afresh within 2000 ms", 3, func(f *fakeSystem) { f.inter = &InterferenceResult{} }},
		{"bench wake 0 1", "of 7 trips none counts, and of 3 bare ones 3", 2, func(f *fakeSystem) {
			f.wake = &WakeResult{Bare: WakeTrips{Latency: Latency{1, 1}, Count: 3}, Round: WakeTrips{Awake: 7}}
		}},
		{"bench shootdown", "there is no second core to tell anything", 1, nil},
		{"bench shootdown", "tree with 2 cores: core 1 stopped", 2, func(f *fakeSystem) {
			f.shoot = &ShootRow{Strategy: "tree", Cores: 2, Err: errors.New("core 1 stopped answering")}
		}},
		{"bench shootdown", "tree with 2 cores: the measurement makes no sense", 2, func(f *fakeSystem) { f.shoot = &ShootRow{Strategy: "tree", Cores: 2} }},
		{"bench agreement", "core 1 has died", 2, func(f *fakeSystem) {
			f.agree = &AgreementRow{Strategy: "tree", Cores: 2, Err: errors.New("core 1 has died")}
		}},
		{"bench agreement", "tree with 2 cores: the measurement makes no sense", 2, func(f *fakeSystem) { f.agree = &AgreementRow{Strategy: "tree", Cores: 2} }},
		{"bench pairs 0 1", "core 1 is not up", 2, func(f *fakeSystem) { f.down[1] = true }},
		{"bench pairs", "cores 0 and 1: the measurement makes no sense", 2, func(f *fakeSystem) { f.ump = &UMPResult{Round: Latency{1, 1}} }},
		{"bench updates", "2 cores of 4 lines: core 1 stopped", 2, func(f *fakeSystem) {
			f.updates = &UpdatesRow{Cores: 2, Lines: 4, Err: errors.New("core 1 stopped asking for updates")}
		}},
		{"bench updates", "2 cores of 1 line: the measurement makes no sense", 2, func(f *fakeSystem) {
			f.updates = &UpdatesRow{Cores: 2, Lines: 1, Latency: Latency{1, 1}, Updates: 5, PerSecond: math.NaN()}
		}},
		{"bench boot", "core 1 did not answer", 2, func(f *fakeSystem) { f.silent[1] = true }},
	} {
		sys := newFake(c.cores)
		if c.set != nil {
			c.set(sys)
		}
		check(t, sys, c.line, Failed, c.want)
	}
	check(t, newFake(1), "bench agreement", OK, "there is no second core to agree with")
	check(t, newFake(1), "bench updates", OK, "there is no second core to ask for updates")
	check(t, newFake(1), "bench pairs", OK, "there is no second core to measure a channel to")
	sys := newFake(2)
	sys.young = true
	if out, _ := execute(sys, "bench boot"); strings.Contains(out, " boot=") {
		t.Errorf("a boot that another core saw has a time:\n%s", out)
	}
}

// The median of an even number of rounds is the lower one of the middle two.
func TestLifeSpread(t *testing.T) {
	var rounds []LifeRound
	for _, ms := range []time.Duration{9, 1, 5, 3} {
		rounds = append(rounds, LifeRound{Up: ms})
	}
	if median, most := spread(rounds, func(l LifeRound) time.Duration { return l.Up }); median != 3 || most != 9 {
		t.Errorf("median %d, most %d", median, most)
	}
}
