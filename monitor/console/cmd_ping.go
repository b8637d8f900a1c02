package console

// Bounds of a ping.
const (
	pingDefault = 100
	pingMost    = 1_000_000
)

var pingCommand = Command{
	Name:     "ping",
	Synopsis: "A B [count]",
	Summary:  "send messages from core A to core B and back",
	JSON:     true,
	Help: `Sends that many messages (100 if not given), one after the other, each of which B
answers. Fails if any is lost, comes twice or out of order. Times are round trips.`,
	Run:      runPing,
	Complete: coreNumbers(2),
}

func runPing(c *Call) error {
	if len(c.Args) < 2 {
		return Usagef("two cores are needed, as in ping 0 1")
	}
	if err := c.none(3); err != nil {
		return err
	}
	count := pingDefault
	if len(c.Args) == 3 {
		n, err := number("count", c.Args[2], 1, pingMost)
		if err != nil {
			return err
		}
		count = n
	}
	a, b, err := c.pair(c.Args[0], c.Args[1])
	if err != nil {
		return err
	}
	r, err := c.Sys.Ping(a, b, count)
	if err != nil {
		return err
	}
	if r.Count == 1 {
		c.Printf("1 message from core %d to core %d and back: %s\n", a, b, span(r.Median))
	} else {
		c.Printf("%d messages from core %d to core %d and back: %s to %s, half of them within %s\n",
			r.Count, a, b, span(r.Min), span(r.Max), span(r.Median))
	}
	c.Fact(NewRecord("ping").Int("from", a).Int("to", b).Int("count", r.Count).
		Int("lost", r.Lost).Int("doubled", r.Doubled).Int("reordered", r.Reordered).
		Dur("min", r.Min).Dur("median", r.Median).Dur("p99", r.P99).Dur("max", r.Max))
	if r.Count != count {
		c.Fail("%d messages were asked for, but %d were sent", count, r.Count)
	}
	if r.Lost != 0 || r.Doubled != 0 || r.Reordered != 0 {
		c.Fail("of %s from core %d to core %d, %d were lost, %d came twice and %d out of order",
			plural(r.Count, "message"), a, b, r.Lost, r.Doubled, r.Reordered)
	}
	return nil
}
