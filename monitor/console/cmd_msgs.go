package console

import "strconv"

var msgsCommand = Command{
	Name:     "msgs",
	Synopsis: "[core]",
	Summary:  "list the types of messages between cores, and how many there were",
	JSON:     true,
	Help: `A request is answered by an answer, which takes several messages if it is long; a
one-way message has none. Counts are those of one core's present life, or of all that
live, added up. Dropped are messages that could not be sent, and those that cannot
be: from whom they may not come, of a life that is over, or nonsense. What a
measurement sends past the event loop is not counted.`,
	Run:      runMsgs,
	Complete: coreNumbers(1),
}

func runMsgs(c *Call) error {
	cores, err := c.cores()
	if err != nil {
		return err
	}
	var sum []MessageCount
	answers := 0
	for _, core := range cores {
		list, err := c.Sys.Messages(core)
		if err != nil {
			c.Fail("%v", err)
			continue
		}
		answers++
		sum = addMessages(sum, list)
	}
	t := NewTable("NUMBER", "NAME", "KIND", "IN", "OUT", "DROPPED")
	var all MessageCount
	types := 0
	for _, m := range sum {
		if m.Number != 0 {
			types++
		}
		all.In, all.Out, all.Dropped = all.In+m.In, all.Out+m.Out, all.Dropped+m.Dropped
		c.Datum(NewRecord("msg").Int("number", m.Number).Str("name", m.Name).Str("kind", m.Kind).
			Uint("in", m.In).Uint("out", m.Out).Uint("dropped", m.Dropped))
		t.Row(strconv.Itoa(m.Number), m.Name, m.Kind, strconv.FormatUint(m.In, 10), strconv.FormatUint(m.Out, 10), strconv.FormatUint(m.Dropped, 10))
	}
	c.Printf("%s", t)
	c.Fact(NewRecord("msgs").Int("cores", answers).Int("types", types).Uint("in", all.In).Uint("out", all.Out).Uint("dropped", all.Dropped))
	return nil
}

// addMessages adds the counts of one core, which has the same types, to a sum.
func addMessages(sum, list []MessageCount) []MessageCount {
	if sum == nil {
		return list
	}
	for i := range sum {
		sum[i].In += list[i].In
		sum[i].Out += list[i].Out
		sum[i].Dropped += list[i].Dropped
	}
	return sum
}
