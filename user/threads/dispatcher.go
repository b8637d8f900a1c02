package threads

import (
	"errors"
	"sync/atomic"

	"atoll/arch/layout"
	"atoll/arch/upcall"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/user/sys"
)

const page = layout.PageSize

// FrameSize is how much memory a dispatcher shares with its CPU driver, whole pages.
const FrameSize = uint64(frameSize)

// Parts is what a dispatcher is made of. Whoever makes it keeps all of it until the
// dispatcher has ended; addresses are those of the program's own address space.
type Parts struct {
	Dispatcher capability.Address // of that type, new
	CNode      capability.Address // its table of capabilities, best the program's own
	Frame      capability.Address // of FrameSize bytes
	Address    uint64             // where that is mapped, to be read and written
	Stack      uint64             // end of the scheduler's stack, of at least StackSize bytes
	// Stacks are the ends of the threads' stacks; there can be no more threads at a time, nor
	// more than MaxThreads. A page that is not mapped should lie before each.
	Stacks []uint64
	Done   capability.Address // endpoint that gets a message when there is no thread left, or 0
}

// StackSize is enough for a stack.
const StackSize = 2 * page

// ErrParts says what is wrong with Parts.
var ErrParts = errors.New("a dispatcher needs a frame at a page's address, and from one to 32 stacks at multiples of 16")

// ErrThreads says that there is no stack left.
var ErrThreads = errors.New("there are as many threads as there are stacks")

// ErrPagers says that there are MaxPagers pagers.
var ErrPagers = errors.New("there are as many pagers as can be")

// Dispatcher is a native dispatcher of a program, as the program sees it.
type Dispatcher struct {
	c *control
	p Parts
}

// New makes a dispatcher of its parts, which does not run yet and has no thread.
//
// Execution context: any goroutine of the program; so for all methods.
func New(p Parts) (*Dispatcher, error) {
	if p.Address == 0 || p.Address%page != 0 || p.Stack%16 != 0 || len(p.Stacks) == 0 || len(p.Stacks) > MaxThreads {
		return nil, ErrParts
	}
	for _, s := range p.Stacks {
		if s == 0 || s%16 != 0 {
			return nil, ErrParts
		}
	}
	c := at(p.Address)
	*c = control{base: p.Address, self: p.Dispatcher, done: p.Done}
	for i, s := range p.Stacks {
		c.threads[i+1].stack = s
	}
	c.queue.most = uint64(len(p.Stacks))
	c.queue.turn = 1
	c.Disabled, c.Entry, c.Stack = 1, upcall.Entry(), p.Stack
	c.CriticalFrom, c.CriticalTo = upcall.Critical()
	c.entered.Handler = upcall.Code(upcalled)
	return &Dispatcher{c, p}, sys.Configure(p.Dispatcher, sys.Configured{
		CNode: p.CNode, Space: abi.OwnSpace, Frame: p.Frame, Address: p.Address,
	})
}

// Add adds a thread before the dispatcher begins. Its function is no closure, and keeps to
// the rules of this package. It returns the thread's number.
func (d *Dispatcher) Add(f func(uint64), word uint64) (int, error) {
	i := d.c.spawn(upcall.Code(f), word)
	if i == none {
		return 0, ErrThreads
	}
	return int(i), nil
}

// ResumeByKernel has the kernel resume threads that were interrupted, before the dispatcher
// begins: for code that uses gp, which this package needs for it.
func (d *Dispatcher) ResumeByKernel() { d.c.byKernel = true }

// Page has a function called when a thread faults in a range of addresses, before the
// dispatcher begins. It is no closure, and keeps to the rules of this package; it is
// called disabled, with a word, scause and the address, and returns whether the thread
// may try again.
func (d *Dispatcher) Page(lo, hi uint64, fault func(word, cause, addr uint64) bool, word uint64) error {
	for i := range d.c.pagers {
		if p := &d.c.pagers[i]; p.fault == nil {
			*p = pager{lo, hi - lo, word, fault}
			return nil
		}
	}
	return ErrPagers
}

// Begin lets the dispatcher run.
func (d *Dispatcher) Begin() error {
	return sys.Start(d.p.Dispatcher, d.c.Entry, d.c.Stack, d.p.Address)
}

// Inspect returns what the kernel says of the dispatcher.
func (d *Dispatcher) Inspect() (sys.Inspected, error) { return sys.Inspect(d.p.Dispatcher) }

// Threads returns how many threads there are.
func (d *Dispatcher) Threads() int { return int(atomic.LoadUint64(&d.c.queue.count)) }

// Counts returns what has happened so far.
func (d *Dispatcher) Counts() Counts { return d.c.counts }

// End returns how a thread has ended.
func (d *Dispatcher) End(thread int) End { return d.c.threads[thread].End }
