package console

import "errors"

var poweroffCommand = Command{
	Name:     "poweroff",
	Synopsis: "[status]",
	Summary:  "stop the machine",
	Help: `The status, 0 if none is given, is what QEMU exits with. In run= a command that
failed before counts more.`,
	Deadly: always,
	Run:    runPoweroff,
}

func runPoweroff(c *Call) error {
	if err := c.none(1); err != nil {
		return err
	}
	status := OK
	if len(c.Args) == 1 {
		n, err := number("status", c.Args[0], 0, 255)
		if err != nil {
			return err
		}
		status = n
	}
	return c.powerOff(status)
}

// powerOff ends the machine, with the status unless a command of run= has failed before.
func (c *Call) powerOff(status int) error {
	c.console.exit(worst(c.console.status, status))
	if !c.console.ended {
		return errors.New("the machine is still on")
	}
	return nil
}
