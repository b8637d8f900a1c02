package console

import (
	"slices"
	"strings"
)

// benchKind is one thing that bench can measure.
type benchKind struct {
	name    string
	args    string // arguments, for the help
	rounds  int    // if not given; 0 = takes none
	most    int    // rounds at most
	help    string
	run     func(c *Call, rounds int) error
	numbers int // how many cores it takes at most
}

// benchKinds is what bench can measure. It is a function since the command's text is
// made of it.
func benchKinds() []benchKind {
	return []benchKind{
		{"ump", "[A B]", 1000, 1_000_000, `the channel between cores A and B, or between this
core and every other one: the round trip of a message, against a bare ping-pong of
two words in shared memory, and messages a second one way. Then, for each of these
cores: sending to itself, a doorbell to the idle core and to one that is busy, the
time the machine took to boot, and the memory it has touched.`, benchUMP, 2},
		{"pairs", "[core...]", 1000, 1_000_000, `the channel between each two cores,
or each two of those that are named: a message one way, which is half a round trip,
messages a second when one side only sends, and the cache lines that a message
changes, counted.`, benchEveryPair, 64},
		{"updates", "[cores]", 1000, 1_000_000, `updates of 1, 2, 4 and 8
cache lines that this core has, asked for by messages of one core, of two, and so
on up to that many cores with this one, or all. Each asks for one at a time. Before,
what an update costs this core and the one that asks for it, without the way.`, benchUpdates, 0},
		{"binding", "[A B]", 1000, 1_000_000, `a binding from core A to core B, or from this
core to every other one: how long it takes to make, the round trip between two
goroutines that poll, against that of the monitors, the same when both have blocked,
and the bulk data that buffers carry in a second.`, benchBinding, 2},
		{"wake", "[A B]", 200, 5000, `a round trip for which the harts of both cores sleep
(WFI), against the least that takes: a word and an interrupt, each way. Trips for
which a hart was awake are left out and counted.`, benchWake, 2},
		{"doorbell", "[A B]", 200, 10_000, `doorbells from core A to core B, or from
this core to every other one, by message, where the hart takes messages, and by the
firmware's IPI: what a ring costs, and how long the idle core takes to hear it.`, benchDoorbell, 2},
		{"life", "[core]", 20, 1000, `how long it takes to notice the death of a core, and
to start it afresh.`, benchLife, 1},
		{"interference", "A B C [D...]", 0, 0, `pings from A to B, with nothing
else going on, with C and D spinning, and with C and D being ended and started afresh
all the time.`, benchInterference, 64},
		{"shootdown", "[cores]", 1000, 1_000_000, `what it takes to
tell others something and hear from all, as a TLB shootdown has to: by each strategy,
with 2 cores, 3, and so on up to that many or all. All poll and do nothing else.
Hops are the messages that wait for each other; critical is the time of the sends and
receives that follow each other. A strategy gets half a second at most.`, benchShootdown, 0},
		{"agreement", "[cores]", 1000, 100_000, `operations that
cores agree on, on nothing: of one phase and of two, alone, and with the best number
in flight; by each strategy, with 2 cores, 3, and so on up to that many or all. Own
is the agreement in which all have their services. Hops are the messages of the two
phases that wait for each other; the ratio is their time to that of so many messages
between two event loops, the gain what several in flight bring. All takes some
seconds.`, benchAgreement, 0},
		{"boot", "", 0, 0, `how long the machine took to come up, and the memory that
each instance has touched so far.`, benchBoot, 0},
	}
}

// spanMost bounds a part of a measurement of interference, in milliseconds.
const (
	spanDefault = 2000
	spanMost    = 30_000
)

var benchCommand = Command{
	Name:     "bench",
	Synopsis: "what [core...]",
	Summary:  "measure channels, bindings, wake-ups, lives, protocols between cores, or the boot",
	JSON:     true,
	Flags: []Flag{
		{Name: "n", Value: "rounds", Help: "rounds of each measurement"},
		{Name: "t", Value: "ms", Help: "how long each part of interference takes, 2000 if not given"},
	},
	Help: benchHelp(),
	Run:  runBench,
	Complete: func(sys System, args []string) []string {
		if len(args) == 0 {
			return benchNames()
		}
		for _, k := range benchKinds() {
			if k.name == args[0] {
				return coreNumbers(k.numbers+1)(sys, args)
			}
		}
		return nil
	},
}

func benchNames() []string {
	var names []string
	for _, k := range benchKinds() {
		names = append(names, k.name)
	}
	return names
}

func benchHelp() string {
	var parts []string
	for _, k := range benchKinds() {
		name := strings.TrimSpace("bench " + k.name + " " + k.args)
		parts = append(parts, name+" measures "+k.help)
	}
	return strings.Join(parts, "\n")
}

func runBench(c *Call) error {
	names := benchNames()
	list := strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
	if len(c.Args) == 0 {
		return Usagef("a word that says what to measure is needed: %s", list)
	}
	i := slices.Index(names, c.Args[0])
	if i < 0 {
		return Usagef("there is no bench %s, only %s", quote(c.Args[0]), list)
	}
	k := benchKinds()[i]
	rounds, err := benchRounds(c, k)
	if err != nil {
		return err
	}
	return k.run(c, rounds)
}

// benchRounds reads the number of rounds.
func benchRounds(c *Call, k benchKind) (int, error) {
	text, ok := c.Option("n")
	switch {
	case !ok:
		return k.rounds, nil
	case k.rounds == 0:
		return 0, Usagef("bench %s has no rounds", k.name)
	}
	return number("number of rounds", text, 1, k.most)
}

// ownFirst are the living cores, the own one first, as many as the command asks for.
func (c *Call) ownFirst() ([]int, error) {
	if err := c.none(2); err != nil {
		return nil, err
	}
	cores := slices.DeleteFunc(c.Sys.Alive(), func(core int) bool { return core == c.Sys.Self() })
	cores = append([]int{c.Sys.Self()}, cores...)
	if len(c.Args) == 1 {
		return cores, nil
	}
	most, err := number("number of cores", c.Args[1], 2, max(len(cores), 2))
	return cores[:min(most, len(cores))], err
}

// someCores are the living cores that the command names, all if it names none.
func (c *Call) someCores() (cores []int, err error) {
	if len(c.Args) == 1 {
		return c.Sys.Alive(), nil
	}
	for _, text := range c.Args[1:] {
		core, err := c.living(text)
		switch {
		case err != nil:
			return nil, err
		case slices.Contains(cores, core):
			return nil, Usagef("core %d is named twice", core)
		}
		cores = append(cores, core)
	}
	if len(cores) == 1 {
		return nil, Usagef("two cores are needed, or none for all")
	}
	return cores, nil
}

// benchPairs are the pairs of cores to measure.
func benchPairs(c *Call) ([][2]int, error) {
	switch len(c.Args) {
	case 1:
		var pairs [][2]int
		for _, core := range c.Sys.Alive() {
			if core != c.Sys.Self() {
				pairs = append(pairs, [2]int{c.Sys.Self(), core})
			}
		}
		return pairs, nil
	case 2:
		return nil, Usagef("two cores are needed, or none for all")
	}
	if err := c.none(3); err != nil {
		return nil, err
	}
	a, b, err := c.pair(c.Args[1], c.Args[2])
	return [][2]int{{a, b}}, err
}
