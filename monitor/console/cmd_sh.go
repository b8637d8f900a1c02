package console

var shCommand = Command{
	Name:     "sh",
	Synopsis: "[argument ...]",
	Summary:  "run a shell in user mode",
	Raw:      true, // flags too are the shell's
	Help: `The shell is the program sh of the initial RAM disk, where make initrd puts it. If
there is one the console begins with it, but for run=.
It has the terminal: Ctrl-C and Ctrl-Z are its own. It ends with exit, or with
Ctrl-D; Ctrl-] ends it, and all that it runs, in any case. It runs on the
console's core. All arguments are its own, as in sh -c "ls / | wc -l". There, mk has
the commands of this console, as in mk cores | wc -l.`,
	Run: func(c *Call) error {
		if err := c.isProgram(c.Sys.Self(), "sh", "help sh"); err != nil {
			return err
		}
		return c.runHere(c.Sys.Self(), Program{Args: append([]string{"sh"}, c.Args...), Commander: c.console.commander()})
	},
}
