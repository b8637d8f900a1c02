package domain

import (
	"bytes"
	"slices"
	"strings"

	"atoll/arch/layout"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/kernel/dispatch"
)

// Programs runs programs on all cores: the monitor.
type Programs interface {
	// Run runs a program, the first argument, on a core, for one of the group of a name
	// (dispatch.Group), of whose share of each hart it is. done is called once, by any
	// goroutine, perhaps before Run returns, with the program's status when it has ended.
	// cancel, which may be called at any time, kills it. Neither blocks.
	Run(core int, share uint64, args []string, done func(status int, e abi.Error)) (cancel func())
}

// maxRuns bounds the programs of which programs of this core await the end.
const maxRuns = 16

// programRun is a program that a caller has run.
type programRun struct {
	caller uint64 // name, 0 = it has given up
	cancel func()
}

// SetPrograms says what runs programs. It is called before the first domain calls.
func (c *Core) SetPrograms(p Programs) { c.programs = p }

func run(c *Core, p *Caller) *dispatch.Dispatcher {
	args, e := c.programArgs(p)
	switch {
	case e != abi.OK:
		return p.answer(e)
	case c.programs == nil || p.arg(2)>>31 != 0:
		return p.answer(abi.ErrProgram)
	case len(c.runs) >= maxRuns:
		return p.answer(abi.ErrNoMemory)
	case p.X[regUntil] <= c.loop.Now():
		return p.answer(abi.ErrTime)
	}
	r := &programRun{caller: p.name}
	c.runs = append(c.runs, r)
	r.cancel = c.programs.Run(int(p.arg(2)), p.share(), args, func(status int, e abi.Error) {
		c.loop.Do(func() { c.ran(r, status, e) })
	})
	return c.block(p, forProgram, p.X[regUntil])
}

// share returns the name of the group that a caller is in, 0 if it is in none.
func (p *Caller) share() uint64 {
	if g := p.Group(); g != nil {
		return g.Name
	}
	return 0
}

// programArgs copies the arguments out of the frame, which others may be writing.
func (c *Core) programArgs(p *Caller) ([]string, abi.Error) {
	r, e := c.find(p, p.arg(0), capability.Read)
	if e != abi.OK {
		return nil, e
	}
	is, e := c.is(r, capability.Frame, capability.Read)
	n := p.arg(1)
	switch {
	case e != abi.OK:
		return nil, e
	case n == 0 || n > min(is.Size, layout.PageSize):
		return nil, abi.Error(capability.ErrRange)
	case !c.Reaches(is.Base, n):
		return nil, abi.ErrAddress
	}
	text := bytes.Clone(c.Bytes(is.Base, n))
	if text[n-1] != 0 || text[0] == 0 {
		return nil, abi.ErrProgram
	}
	return strings.Split(string(text[:n-1]), "\x00"), abi.OK
}

// ran takes the word that a program has ended, or could not begin.
func (c *Core) ran(r *programRun, status int, e abi.Error) {
	c.runs = slices.DeleteFunc(c.runs, func(o *programRun) bool { return o == r })
	if r.caller == 0 {
		return
	}
	p := c.caller(r.caller)
	p.X[regA0+1] = uint64(status)
	c.wake(p, e)
}

// leaveRun is for who gives up, or ends: the program ends, too. Its place is free when it
// has, so that nobody gathers programs that are about to.
func leaveRun(c *Core, p *Caller) {
	for _, r := range c.runs {
		if r.caller == p.name {
			r.caller = 0
			r.cancel()
		}
	}
}
