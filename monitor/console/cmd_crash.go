package console

import (
	"fmt"
	"slices"
	"strings"
)

// Ways to die that the command itself has to know.
const (
	wayHang   = "hang"
	wayZombie = "zombie"
)

// ways are the ways in which crash can make an instance die.
var ways = []string{"panic", "fault", "wild", "stack", "oom", wayHang, wayZombie}

var crashCommand = Command{
	Name:     "crash",
	Synopsis: "core way",
	Summary:  "make an instance die, to see what the others make of it",
	JSON:     true,
	Help: `The ways to die are
  panic   a panic that nobody recovers
  fault   an access to an address that is not mapped, which the Go runtime makes a
          panic
  wild    stores all over its own memory
  stack   a recursion that never ends
  oom     more and more memory, until there is no more
  hang    a monitor that stands still; the others notice the silence and have its
          hart stopped
  zombie  an endless loop with interrupts off, which nobody can stop from outside:
          the core stays a zombie until the machine is started afresh
The command ends when the death has been noticed. All others live on; start begins
a new life. If the core has the console, another takes it over.`,
	Deadly: isSelf,
	Run:    runCrash,
	Complete: func(sys System, args []string) []string {
		if len(args) == 1 {
			return ways
		}
		return coreNumbers(1)(sys, args)
	},
}

func runCrash(c *Call) error {
	if len(c.Args) < 2 {
		return Usagef("a core and a way to die are needed, as in crash 1 panic")
	}
	if err := c.none(2); err != nil {
		return err
	}
	core, err := c.core(c.Args[0])
	if err != nil {
		return err
	}
	how := c.Args[1]
	if !slices.Contains(ways, how) {
		return Usagef("no core dies of %s; the ways are %s", quote(how), strings.Join(ways, ", "))
	}
	if err := c.up(core); err != nil {
		return err
	}
	if core == c.Sys.Self() {
		return c.crashSelf(how)
	}
	c.announce(core, how)
	if err := c.Sys.Crash(core, how); err != nil {
		return err
	}
	want := StateDead
	if how == wayZombie {
		want = StateZombie
	}
	s := c.state(core)
	if s.State == StateZombie {
		s.Cause = "" // that was in another life
		c.Printf("core %d is a zombie: it answers nobody, and its hart has not stopped\n", core)
	} else {
		c.Printf("core %d is %v\n", core, s)
	}
	c.Fact(NewRecord("crash").Int("core", core).Str("how", how).Str("state", s.State).Str("cause", s.Cause))
	return s.expect(want)
}

// announce says why nothing is to be seen at first of a death that takes its time.
func (c *Call) announce(core int, how string) {
	if how == wayHang {
		c.Printf("core %d stands still from now on, which the others notice after some seconds\n", core)
	}
}

// crashSelf makes the own core die, but not where nobody could say what came of
// it: a zombie keeps the console's device, and of a single core's silence nobody
// takes notice.
func (c *Call) crashSelf(how string) error {
	self := c.Sys.Self()
	switch {
	case how == wayZombie:
		return fmt.Errorf("core %d has the console, which nobody can take from a zombie", self)
	case how == wayHang && c.alone():
		return fmt.Errorf("no other core lives that could notice that core %d hangs", self)
	}
	c.announce(self, how)
	if err := c.Sys.Crash(self, how); err != nil {
		return err
	}
	return survived(self)
}
