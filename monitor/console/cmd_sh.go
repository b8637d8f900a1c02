package console

var shCommand = Command{
	Name:     "sh",
	Synopsis: "[argument ...]",
	Summary:  "run a shell in user mode",
	Rest:     true,
	JSON:     true,
	Help: `The shell is the program sh of the initial RAM disk, where make initrd puts it.
It has the terminal: Ctrl-C and Ctrl-Z are its own. It ends with exit, or with
Ctrl-D; Ctrl-] ends it, and all that it runs, in any case. It runs on the
console's core.`,
	Run: func(c *Call) error {
		if err := c.isProgram(c.Sys.Self(), "sh"); err != nil {
			return err
		}
		return c.runHere(append([]string{"sh"}, c.Args...), 0)
	},
}
