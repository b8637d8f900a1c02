package console

import "runtime"

var versionCommand = Command{
	Name:    "version",
	Summary: "say which Go made this kernel and for what it was made",
	JSON:    true,
	Run: func(c *Call) error {
		if err := c.none(0); err != nil {
			return err
		}
		c.Fact(NewRecord("version").Str("go", runtime.Version()).Str("arch", runtime.GOARCH).
			Int("cores", coreCount(c.Sys.Plan())))
		return nil
	},
}
