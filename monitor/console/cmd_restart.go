package console

import (
	"fmt"
	"slices"
	"time"
)

// restartsMost bounds the lives that one command gives a core.
const restartsMost = 10_000

var restartCommand = Command{
	Name:     "restart",
	Synopsis: "core [times]",
	Summary:  "end an instance and begin it afresh",
	JSON:     true,
	Help: `Does what stop and start do, once or that many times, and tells how long one round
takes: from the order to stop until the new instance is up. A core that is dead at
the beginning is only started in the first round. Fails at once if the core does not
come up, or dies by itself in between.`,
	Run: runRestart,
	Complete: coresThat(func(sys System, s CoreState) bool {
		return s.Core != sys.Self() && (s.State == StateUp || s.State == StateDead)
	}),
}

func runRestart(c *Call) error {
	core, times, err := restartArgs(c)
	if err != nil {
		return err
	}
	s := c.state(core)
	switch {
	case core == c.Sys.Self():
		return fmt.Errorf("core %d has the console and would not live to start again; stop it, and then start it", core)
	case s.State != StateUp && s.startable() != nil:
		return s.startable()
	}
	took := make([]time.Duration, 0, times)
	for len(took) < times {
		if err := c.interrupted(); err != nil {
			return fmt.Errorf("%w after %d of %d rounds", err, len(took), times)
		}
		begin := time.Now()
		if s, err = c.restart(s); err != nil {
			return fmt.Errorf("round %d of %d: %w", len(took)+1, times, err)
		}
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	median, most := took[(times-1)/2], took[times-1]
	if times == 1 {
		c.Printf("core %d is %v after %s, in incarnation %d\n", core, s, span(most), s.Incarnation)
	} else {
		c.Printf("core %d is %v after %d restarts, in incarnation %d; half of them took at most %s, all at most %s\n",
			core, s, times, s.Incarnation, span(median), span(most))
	}
	c.Fact(NewRecord("restart").Int("core", core).Int("times", times).Uint("incarnation", uint64(s.Incarnation)).
		Dur("median", median).Dur("max", most))
	return nil
}

// restartArgs reads which core to restart how often.
func restartArgs(c *Call) (core, times int, err error) {
	if len(c.Args) == 0 {
		return 0, 0, Usagef("a core is needed, as in restart 1")
	}
	if err := c.none(2); err != nil {
		return 0, 0, err
	}
	if core, err = c.core(c.Args[0]); err != nil {
		return 0, 0, err
	}
	times = 1
	if len(c.Args) == 2 {
		times, err = number("number of times", c.Args[1], 1, restartsMost)
	}
	return core, times, err
}

// restart gives a core a new life. It was last seen as was: if that was up and it
// is not any more, it has died of something else than this command.
func (c *Call) restart(was CoreState) (CoreState, error) {
	now := c.state(was.Core)
	sys := c.unhurried() // who was stopped is started, also when the command is to end
	if was.State == StateUp {
		if now.State != StateUp || now.Incarnation != was.Incarnation {
			return now, fmt.Errorf("core %d has died by itself: it is %v in incarnation %d", now.Core, now, now.Incarnation)
		}
		if err := sys.Stop(was.Core); err != nil {
			return now, err
		}
	}
	if err := sys.Start(was.Core); err != nil {
		return now, err
	}
	now = c.state(was.Core)
	if now.State == StateUp && now.Incarnation == was.Incarnation {
		return now, fmt.Errorf("core %d is up, but still in incarnation %d", now.Core, now.Incarnation)
	}
	return now, now.expect(StateUp)
}
