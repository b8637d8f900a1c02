package console

import "fmt"

// Progress is how far a script is. It is small so that the console's owner can
// send it to the other cores, one of which may have to go on.
type Progress struct {
	Next   int // command to run next, counted from 0
	Status int // status of the script if its owner dies now
}

// Script runs the commands of run= as if they were typed, prints the exit
// status, which is the first one that is not OK, and powers off with it. It
// returns the status if the machine could not be powered off.
func (c *Console) Script(run string) int { return c.Resume(run, Progress{}) }

// Resume goes on with a script where another core stood when it died. A command
// is never begun twice: the one that was running counts as failed, unless that
// death was its purpose (Deadly). What cannot be read, or has no command in it, is not run at all and
// has status Usage.
func (c *Console) Resume(run string, from Progress) int {
	clauses, err := Split(run)
	if err == nil && len(clauses) == 0 {
		err = fmt.Errorf("there is no command in it")
	}
	if err != nil {
		return c.Refuse(err.Error())
	}
	next := min(max(from.Next, 0), len(clauses))
	c.status = from.Status & 0xff
	if from != (Progress{}) {
		fmt.Fprintf(c.out, "core %d goes on with run= after %s of %d\n", c.sys.Self(), plural(next, "command"), len(clauses))
	}
	for ; next < len(clauses); next++ {
		cl := clauses[next]
		c.progress(Progress{next + 1, worst(c.status, c.ifCutOff(cl))})
		fmt.Fprintf(c.out, "%s%s\n", prompt, cl.Text)
		s := c.run(cl)
		if c.status = worst(c.status, s); c.ended {
			return c.status
		}
		if s == Interrupted {
			break
		}
	}
	c.progress(Progress{len(clauses), c.status})
	return c.exit(c.status)
}

// Refuse ends a script that cannot be read with why, as Script does.
func (c *Console) Refuse(why string) int {
	fmt.Fprintf(c.out, "run=: %s\n", why)
	return c.exit(Usage)
}

// ifCutOff is the status of a command in which this core dies.
func (c *Console) ifCutOff(cl Clause) int {
	cmd := c.find(cl.Words[0])
	if cmd == nil || cmd.Deadly == nil {
		return Failed
	}
	if call, err := c.newCall(cmd, cl.Words[1:]); err != nil || call.help || !cmd.Deadly(call) {
		return Failed
	}
	return OK
}

// progress tells how far the script is.
func (c *Console) progress(p Progress) {
	if c.OnProgress != nil {
		c.OnProgress(p)
	}
}

// exit prints the exit status and powers off. Where the machine has no switch it says
// so and stops all harts. If it is still on then, exit returns the status, or Failed
// if that was OK.
func (c *Console) exit(status int) int {
	fmt.Fprintln(c.last, NewRecord("exit").Int("status", status).Fact(c.sys.Self()))
	if err := c.sys.PowerOff(status); err != nil {
		fmt.Fprintf(c.out, "cannot power off: %v; you may switch the machine off now\n", err)
		c.sys.Halt()
		return worst(status, Failed)
	}
	c.status, c.ended = status, true
	return status
}
