package console

var helpCommand = Command{
	Name:     "help",
	Synopsis: "[command]",
	Summary:  "list the commands, or say what one does",
	JSON:     true,
	Help: `A line may hold several commands, separated by semicolons. Double quotes keep
blanks and semicolons together; a backslash makes a double quote or a backslash
literal. Tab completes, the arrow keys move and recall, Ctrl-C drops the line.`,
	Run: runHelp,
}

func runHelp(c *Call) error {
	if err := c.none(1); err != nil {
		return err
	}
	cmds := c.console.commands
	if len(c.Args) == 1 {
		cmd := c.console.find(c.Args[0])
		if cmd == nil {
			return Usagef("%s", c.console.unknown(c.Args[0]))
		}
		c.Printf("%s", cmd.manual())
		cmds = []*Command{cmd}
	}
	t := NewTable("COMMAND", "WHAT IT DOES")
	for _, cmd := range cmds {
		t.Row(cmd.usage(), cmd.Summary)
		c.Datum(NewRecord("command").Str("name", cmd.Name).Str("synopsis", cmd.Synopsis).Str("summary", cmd.Summary))
	}
	if len(c.Args) == 0 {
		c.Printf("%s\nhelp COMMAND says more about one of them.\n", t)
	}
	return nil
}
