package console

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// benchLife measures ends and beginnings of a core's lives.
func benchLife(c *Call, rounds int) error {
	if err := c.none(2); err != nil {
		return err
	}
	core := -1
	for _, n := range c.Sys.Alive() {
		if core < 0 && n != c.Sys.Self() {
			core = n
		}
	}
	if len(c.Args) == 2 {
		var err error
		if core, err = c.living(c.Args[1]); err != nil {
			return err
		}
	}
	switch core {
	case -1:
		return fmt.Errorf("there is no second core to end and start afresh")
	case c.Sys.Self():
		return fmt.Errorf("core %d has the console and would not live to measure; run this for another core", core)
	}
	r, err := c.Sys.BenchLife(core, rounds)
	if err == nil && len(r.Rounds) != rounds {
		err = fmt.Errorf("%d of %d rounds were measured", len(r.Rounds), rounds)
	}
	if err != nil {
		return err
	}
	noticed, most := spread(r.Rounds, func(l LifeRound) time.Duration { return l.Noticed })
	born, bornMost := spread(r.Rounds, func(l LifeRound) time.Duration { return l.Born })
	up, upMost := spread(r.Rounds, func(l LifeRound) time.Duration { return l.Up })
	c.Fact(NewRecord("bench-life").Int("core", core).Int("rounds", rounds).
		Dur("noticed", noticed).Dur("noticed-max", most).Dur("restart", up).Dur("restart-max", upMost).
		Dur("born", born).Dur("born-max", bornMost).Dur("bare-wake", r.Wake))
	t := NewTable("CORE", "ROUNDS", "BARE WAKE", "NOTICED", "MAX", "BORN", "MAX", "UP", "MAX")
	t.Row(strconv.Itoa(core), strconv.Itoa(rounds), span(r.Wake), span(noticed), span(most), span(born), span(bornMost), span(up), span(upMost))
	c.Printf("%s", t)
	return nil
}

// spread returns the median and the most of a value over the rounds.
func spread(rounds []LifeRound, value func(LifeRound) time.Duration) (median, most time.Duration) {
	var all []time.Duration
	for _, l := range rounds {
		all = append(all, value(l))
	}
	slices.Sort(all)
	return all[(len(all)-1)/2], all[len(all)-1]
}
