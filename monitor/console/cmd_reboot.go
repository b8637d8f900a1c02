package console

var rebootCommand = Command{
	Name:    "reboot",
	Summary: "start the machine afresh",
	Help:    "All cores begin as at power-on, and with them the commands of run= from the first.",
	Deadly:  always,
	Run: func(c *Call) error {
		if err := c.none(0); err != nil {
			return err
		}
		if err := c.Sys.Reboot(); err != nil {
			return err
		}
		c.console.ended = true
		return nil
	},
}
