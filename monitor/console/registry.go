package console

import (
	"fmt"
	"strings"
)

// builtin is the command table. Each command has a file of its own.
func builtin() []*Command {
	return []*Command{
		&auditCommand,
		&benchCommand,
		&bindCommand,
		&coresCommand,
		&crashCommand,
		&diskCommand,
		&echoCommand,
		&helpCommand,
		&irqsCommand,
		&killCommand,
		&memCommand,
		&msgsCommand,
		&namesCommand,
		&pingCommand,
		&planCommand,
		&poweroffCommand,
		&programsCommand,
		&psCommand,
		&randomCommand,
		&rebootCommand,
		&restartCommand,
		&routeCommand,
		&runCommand,
		&shCommand,
		&skbCommand,
		&soakCommand,
		&startCommand,
		&stopCommand,
		&traceCommand,
		&versionCommand,
	}
}

func byName(a, b *Command) int { return strings.Compare(a.Name, b.Name) }

// find returns the command of that name, or nil.
func (c *Console) find(name string) *Command {
	for _, cmd := range c.commands {
		if cmd.Name == name {
			return cmd
		}
	}
	return nil
}

// unknown is the sentence for a command that does not exist.
func (c *Console) unknown(name string) string {
	text := "unknown command " + quote(name)
	if there, err := hasProgram(c.sys, c.sys.Self(), name); there && err == nil {
		return text + "; it is a program: run " + name
	}
	if near := c.nearest(name); near != "" {
		return text + "; did you mean " + near + "?"
	}
	return text + "; type help for a list"
}

// nearest returns the command that was most likely meant, or "".
func (c *Console) nearest(name string) string {
	name = strings.ToLower(name)
	best, least := "", 3
	for _, cmd := range c.commands {
		d := distance(name, cmd.Name)
		if len(name) > 1 && strings.HasPrefix(cmd.Name, name) {
			d = 1
		}
		if d < least && d < len(cmd.Name) {
			best, least = cmd.Name, d
		}
	}
	return best
}

// distance is the number of bytes to insert, delete or replace to get from a to
// b (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// usage is the command with its arguments.
func (c *Command) usage() string { return strings.TrimSpace(c.Name + " " + c.Synopsis) }

// form is the flag with its value.
func (f *Flag) form() string {
	if f.Loose {
		return "-" + f.Name + "[=" + f.Value + "]"
	}
	return strings.TrimSpace("-" + f.Name + " " + f.Value)
}

// manual is what help prints of one command.
func (c *Command) manual() string {
	var b strings.Builder
	fmt.Fprintf(&b, "usage: %s\n  %s\n", c.usage(), c.Summary)
	if c.Help != "" {
		fmt.Fprintf(&b, "\n%s\n", c.Help)
	}
	if !c.Raw {
		b.WriteString("\n")
		for _, f := range c.flags() {
			fmt.Fprintf(&b, "  %-12s %s\n", f.form(), f.Help)
		}
	}
	return b.String()
}
