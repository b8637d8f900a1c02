package console

import "time"

var startCommand = Command{
	Name:     "start",
	Synopsis: "core",
	Summary:  "begin a new life of a core that is dead",
	JSON:     true,
	Help: `The instance starts from pristine data, as at boot: nothing of its last life is left
but the incarnation number, which grows by one.`,
	Run:      runStart,
	Complete: coresThat(func(_ System, s CoreState) bool { return s.State == StateDead }),
}

func runStart(c *Call) error {
	if len(c.Args) == 0 {
		return Usagef("a core is needed, as in start 1")
	}
	if err := c.none(1); err != nil {
		return err
	}
	core, err := c.core(c.Args[0])
	if err != nil {
		return err
	}
	if err := c.state(core).startable(); err != nil {
		return err
	}
	begin := time.Now()
	if err := c.Sys.Start(core); err != nil {
		return err
	}
	took := time.Since(begin)
	s := c.state(core)
	c.Printf("core %d is %v after %s, in incarnation %d\n", core, s, span(took), s.Incarnation)
	c.Fact(NewRecord("start").Int("core", core).Str("state", s.State).Uint("incarnation", uint64(s.Incarnation)).
		Dur("time", took))
	return s.expect(StateUp)
}
