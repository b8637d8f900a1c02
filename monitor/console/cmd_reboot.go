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
		return c.reboot()
	},
}

// reboot starts the machine afresh.
func (c *Call) reboot() error {
	if err := c.Sys.Reboot(); err != nil {
		return err
	}
	c.console.ended = true
	return nil
}
