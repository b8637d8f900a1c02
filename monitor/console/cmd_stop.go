package console

import "fmt"

var stopCommand = Command{
	Name:     "stop",
	Synopsis: "core",
	Summary:  "end an instance; start begins it afresh",
	JSON:     true,
	Help: `The instance ends where it stands, and its hart stops. If the core has the console,
the living core with the lowest number takes it over. The last core that lives cannot
be stopped; poweroff stops the machine.`,
	Deadly:   isSelf,
	Run:      runStop,
	Complete: coreNumbers(1),
}

func runStop(c *Call) error {
	if len(c.Args) == 0 {
		return Usagef("a core is needed, as in stop 1")
	}
	if err := c.none(1); err != nil {
		return err
	}
	core, err := c.living(c.Args[0])
	if err != nil {
		return err
	}
	if c.alone() { // so it is this core
		return fmt.Errorf("no core but %d lives, and nobody could start it again; poweroff stops the machine", core)
	}
	if err := c.Sys.Stop(core); err != nil {
		return err
	}
	if core == c.Sys.Self() {
		return survived(core)
	}
	s := c.state(core)
	c.Printf("core %d is %v\n", core, s)
	c.Fact(NewRecord("stop").Int("core", core).Str("state", s.State).Str("cause", s.Cause))
	return s.expect(StateDead)
}
