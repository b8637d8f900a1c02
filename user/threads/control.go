package threads

import (
	"sync/atomic"

	"atoll/arch/upcall"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

// control is the memory that a dispatcher shares with its CPU driver: the Frame, and all
// that the scheduler knows.
type control struct {
	abi.Frame
	entered upcall.Scheduler

	base     uint64 // its own address
	queue    queue
	current  uint64 // the thread that ran last, whose registers are at where; none if it has ended
	where    where
	told     uint64 // upcalls for messages
	pagers   [MaxPagers]pager
	counts   Counts
	self     capability.Address // the dispatcher
	done     capability.Address // endpoint to tell at the end, or 0
	byKernel bool               // the kernel resumes threads that were interrupted
	threads  [MaxThreads + 1]thread
}

// thread is one thread. Its number is its index.
type thread struct {
	upcall.Thread // first: g points here
	all           bool
	stack         uint64 // stack pointer when it begins
	End           End
}

// where says where the registers of the current thread are.
type where uint64

const (
	own       where = iota // in its Save
	inEnabled              // in the Frame's Enabled
	inTrap                 // in the Frame's Trap
)

// Counts is what has happened in a dispatcher.
type Counts struct {
	Upcalls  [abi.UpcallTime + 1]uint64
	Enters   uint64 // by threads that called the scheduler
	Switches uint64 // resumed another thread than the one that ran last
	Idle     uint64 // waits in the kernel, for no thread was ready
	Paged    uint64 // faults that a pager has made good
}

// End is why a thread has ended.
type End struct {
	How   Ending
	Cause uint64 // of a fault: scause
	Value uint64 // stval
	PC    uint64
}

// Ending is a kind of End.
type Ending uint64

// Endings.
const (
	Runs    Ending = iota // it has not ended
	Ended                 // its function has returned
	Faulted               // it did what it may not, and no pager knew better
)

// Why threads enter their scheduler, beside upcall.Exit.
const (
	whyYield = upcall.Exit + 1 + iota
	whySleep // until a time; told, or never: the messages there were when it looked
	whyWake  // thread
	whySpawn // code, argument
)

// never is no count of messages: what sleeps waits for none.
const never = ^uint64(0)

// note takes in why the scheduler has been entered: afterwards the thread that ran is in
// the queue where it belongs, and where says where its registers are.
func (c *control) note(why, a, b uint64) {
	i := c.current
	t := &c.threads[i]
	if why > uint64(abi.UpcallTime) {
		c.counts.Enters++
		c.where, t.all = own, false
		t.Save.X[upcall.RegA0] = 0
		c.call(i, why, a, b)
		return
	}
	c.counts.Upcalls[why]++
	if abi.Upcall(why) == abi.UpcallRun {
		c.queue.turn++
	}
	switch c.where = inEnabled; abi.Upcall(why) {
	case abi.UpcallFault:
		c.where = inTrap
		c.fault(i, a, b)
		return
	case abi.UpcallCall: // Linux's calls, which nobody serves here
		c.where = inTrap
		c.end(i, End{Faulted, causeCall, a, c.Trap.X[upcall.RegPC]})
		return
	case abi.UpcallMessage:
		c.message()
	}
	switch {
	case i == none: // nothing was running: the first upcall
		c.where = own
	case abi.Upcall(why) == abi.UpcallRun:
		c.queue.push(i) // it has had its turn
	default:
		c.queue.goOn(i)
	}
}

// causeCall is scause of an ECALL (Privileged Architecture, table of scause).
const causeCall = 8

// call serves a thread that has entered by itself.
func (c *control) call(i, why, a, b uint64) {
	switch why {
	case upcall.Exit:
		c.end(i, End{How: Ended})
	case whySleep:
		switch {
		case b != never && b != c.told: // one has come since it looked
			c.queue.keep(i)
		case !c.queue.sleep(i, a, b != never):
			c.queue.keep(i)
		}
	case whyWake:
		c.queue.wake(a)
		c.queue.keep(i)
	case whySpawn:
		c.threads[i].Save.X[upcall.RegA0] = c.spawn(a, b)
		c.queue.keep(i)
	default:
		c.queue.push(i)
	}
}

// fault has a pager make good what a thread has done, or ends the thread.
func (c *control) fault(i, cause, addr uint64) {
	for n := range c.pagers {
		if p := &c.pagers[n]; p.fault != nil && addr-p.lo < p.size && p.fault(p.word, cause, addr) {
			c.counts.Paged++
			c.queue.keep(i)
			return
		}
	}
	c.end(i, End{Faulted, cause, addr, c.Trap.X[upcall.RegPC]})
}

func (c *control) end(i uint64, e End) {
	c.threads[i].End = e
	c.queue.end(i)
	c.current = none
}

// message wakes who waits for one: which endpoint it came to nobody says, so they look.
func (c *control) message() {
	c.told++
	c.queue.message()
}

// pick takes the thread that runs next, none if none is ready, and returns where its
// registers are.
func (c *control) pick(now uint64) (s *upcall.Save, all bool, i uint64) {
	if atomic.SwapUint64(&c.Pending, 0)&(1<<abi.UpcallMessage) != 0 {
		c.message()
	}
	c.queue.expire(now)
	i = c.queue.take()
	if i == none {
		return nil, false, none
	}
	if i != c.current {
		c.evict()
		c.current = i
		c.counts.Switches++
	}
	t := &c.threads[i]
	switch c.where {
	case inEnabled:
		return asSave(&c.Enabled), true, i
	case inTrap:
		return asSave(&c.Trap), true, i
	}
	if p := &c.queue.places[i]; p.onTime {
		p.onTime = false
		t.Save.X[upcall.RegA0] = 1
	}
	return &t.Save, t.all, i
}

// evict brings the registers of the current thread to its own Save.
func (c *control) evict() {
	if t := &c.threads[c.current]; c.current != none {
		switch c.where {
		case inEnabled:
			t.Save, t.all = *asSave(&c.Enabled), true
		case inTrap:
			t.Save, t.all = *asSave(&c.Trap), true
		}
	}
	c.where = own
}

// spawn makes a thread that runs a function, and returns its number, none if there are as
// many as can be.
func (c *control) spawn(code, word uint64) uint64 {
	i := c.queue.add()
	if i == none {
		return none
	}
	t := &c.threads[i]
	t.Frame, t.Save, t.all, t.End = c.base, upcall.Save{}, true, End{}
	t.Save.X[upcall.RegPC] = upcall.Begin()
	t.Save.X[upcall.RegSP] = t.stack
	t.Save.X[upcall.RegS0] = code
	t.Save.X[upcall.RegA0] = word
	t.Save.X[upcall.RegG] = address(t)
	return i
}
