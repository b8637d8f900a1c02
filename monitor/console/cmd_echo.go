package console

import "strings"

var echoCommand = Command{
	Name:     "echo",
	Synopsis: "[word ...]",
	Summary:  "print the words, separated by one blank",
	Raw:      true,
	Run: func(c *Call) error {
		c.Printf("%s\n", strings.Join(c.Args, " "))
		return nil
	},
}
