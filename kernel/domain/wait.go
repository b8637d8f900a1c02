package domain

import (
	"atoll/kernel/abi"
	"atoll/kernel/dispatch"
)

// waiting says for what a caller waits in a call.
type waiting uint8

const (
	forNothing waiting = iota
	forTime            // or for an upcall: CallWait
	forMessage
	forChannel // for the monitor: CallExport, CallBind
	forBind    // CallAccept
	forRing    // CallAwait
	forProgram // CallRun
	forRemote  // for other cores: CallPass, CallRevoke
	forSource  // for the monitor: CallTakeIRQ
	numWaiting
)

// giveUp takes a caller away from what it waits for.
var giveUp = [numWaiting]func(c *Core, p *Caller){
	forNothing: func(*Core, *Caller) {},
	forTime:    func(*Core, *Caller) {},
	forMessage: (*Core).leaveEndpoint,
	forChannel: leaveChannel,
	forBind:    leaveBind,
	forRing:    leaveRing,
	forProgram: leaveRun,
	forRemote:  leaveRemote,
	forSource:  leaveSource,
}

// block lets a caller wait, until wake, or a time, and returns who runs next: nobody
// that the call would know of.
func (c *Core) block(p *Caller, what waiting, until uint64) *dispatch.Dispatcher {
	p.waits = what
	c.loop.Sleep(&p.Dispatcher, until)
	return nil
}

// wake ends the call in which a caller waits with a result; more of it stands in the
// registers already. It is ready then, and is returned to be run next, if that is wanted;
// nil if it has ended by what else there was for it.
func (c *Core) wake(p *Caller, e abi.Error) *dispatch.Dispatcher {
	if !c.settle(p, e) {
		return nil
	}
	c.loop.Wake(&p.Dispatcher)
	return &p.Dispatcher
}

// settle ends the call in which a caller waits with a result. It is not awake yet, nor ever
// again if it answers false.
func (c *Core) settle(p *Caller, e abi.Error) bool {
	p.waits = forNothing
	p.X[regA0] = uint64(e)
	if p.Woken != nil {
		p.Woken()
	}
	if p.due != 0 {
		c.loop.Yield() // it is told in a turn
	}
	n := c.ofCaller(p)
	return !p.Ended() && (n == nil || n.valid())
}

// leave ends a wait of a caller that will not run on.
func (c *Core) leave(p *Caller) {
	giveUp[p.waits](c, p)
	p.waits = forNothing
}

// Waits reports whether the caller is in a call that will end later.
func (p *Caller) Waits() bool { return p.waits != forNothing }

// Expire ends the call in which a caller waits: its time has come.
func (c *Core) Expire(p *Caller) {
	c.leave(p)
	c.wake(p, abi.ErrTime)
}
