package console

import "strconv"

var randomCommand = Command{
	Name:     "random",
	Synopsis: "[core]",
	Summary:  "show how many seeds were mixed into the cores' random numbers",
	JSON:     true,
	Help: `Each core is born with a seed from the plan, which all cores can read. A core that
has a device which gives random bytes sends every core a seed that only the two see,
once in each life. The number is that of these.`,
	Run: func(c *Call) error {
		cores, err := c.cores()
		if err != nil {
			return err
		}
		t := NewTable("CORE", "SEEDS")
		for _, core := range cores {
			n, err := c.Sys.Seeds(core)
			if err != nil {
				return err
			}
			t.Row(strconv.Itoa(core), strconv.FormatUint(n, 10))
			c.Fact(NewRecord("random").Int("core", core).Uint("seeds", n))
		}
		c.Printf("%s", t)
		return nil
	},
	Complete: coreNumbers(1),
}
