package shim

import (
	"atoll/arch/layout"
)

type threadState uintptr

const (
	threadFree     threadState = iota
	threadRunnable             // running or on a run queue
	threadFutex                // waits for a wake of key
	threadSleep                // waits for time to pass
	threadPoll                 // in epoll_pwait
	threadEvent                // in waitEvent
	threadOutput               // waits for room in the output ring
	threadKick                 // in waitKick
)

// forever stands for no bound of a wait, and for no timer.
const forever = ^uint64(0)

// scheduler multiplexes the runtime's threads on the hart. A thread that an
// event or a timer woke is urgent and runs at once; the others share the hart in
// turns of a slice.
type scheduler struct {
	urgent, normal queue
	favours        uintptr // urgent picks in a row while others waited
	nthreads       uintptr // slots used so far
	bound          uint64  // no bounded wait ends earlier,
	nap            uint64  // and no sleep: times for which nobody need look at all threads
	sliceEnd       uint64
	resumed        uint64  // when the thread that runs was let run, if it rests from a signal
	armed          uint64  // what the timer is set to
	slice          uint64  // ticks
	rest           uint64  // ticks for which the runtime's monitor is not woken
	spin           uint64  // ticks to look for interrupts before wfi
	waiter         uintptr // in waitEvent
	wants          uintptr // 1: who was in waitEvent has no P yet
	events         uintptr // bits of Event, not yet fetched
	driver         uintptr // in waitKick
	kicked         uintptr // 1: the next waitKick ends at once
	idle           uint64  // ticks spent idle
	switches       uint64
	traps          uint64
	doorbells      uint64
	signals        uint64
	woken          uint64  // time CSR when the last event came in
	hurry          uintptr // 1: do not look for interrupts before the next wfi
	sleeps         uint64  // WFIs executed for want of work
	slept          uint64  // time CSR at the last of them
}

// queue is a FIFO of threads, linked through thread.next.
type queue struct{ head, tail uintptr }

func (q *queue) push(t *thread) {
	t.next = 0
	if q.head == 0 {
		q.head = t.addr()
	} else {
		threadAt(q.tail).next = t.addr()
	}
	q.tail = t.addr()
}

func (q *queue) pop() *thread {
	t := threadAt(q.head)
	q.head = t.next
	return t
}

func (c *core) current() *thread { return threadAt(c.cur) }

// ready makes a waiting thread runnable with ret as the result of its call.
func (c *core) ready(t *thread, ret uintptr, urgent bool) {
	t.state = threadRunnable
	t.key, t.wake = 0, 0
	if t.again != 0 { // all its registers are as they were
		t.again = 0
		t.full = 1
		t.pc = ecallAddr()
		t.status = sstatusPrevious
	} else {
		t.x[10] = ret
	}
	if urgent {
		c.sched.urgent.push(t)
	} else {
		c.sched.normal.push(t)
	}
}

// block puts the current thread to sleep until somebody wakes it or the time
// comes (ticks; 0 = no bound), and lets another run. The result of the call
// stands in A0 when it is woken.
func (c *core) block(state threadState, key uintptr, until uint64) {
	c.wait(c.current(), state, key, until)
	c.reschedule()
}

// wait has a thread wait.
func (c *core) wait(t *thread, state threadState, key uintptr, until uint64) {
	t.state, t.key, t.wake = state, key, until
	if until != 0 {
		c.sched.note(t)
	}
}

// note takes note of when a wait ends.
func (s *scheduler) note(t *thread) {
	if t.state == threadSleep {
		s.nap = min(s.nap, t.wake)
	} else {
		s.bound = min(s.bound, t.wake)
	}
}

// yield puts the current thread behind the others.
func (c *core) yield() {
	s := &c.sched
	if s.urgent.head == 0 && s.normal.head == 0 {
		return
	}
	s.normal.push(c.current())
	c.reschedule()
}

// maxFavours bounds how often urgent threads run before one of the others does.
const maxFavours = 16

// reschedule lets the next runnable thread run; it idles until there is one.
func (c *core) reschedule() {
	s := &c.sched
	for {
		c.wakeSleepers(readTime())
		var t *thread
		switch {
		case s.urgent.head != 0 && (s.favours < maxFavours || s.normal.head == 0):
			t = s.urgent.pop()
			s.favours++
		case s.normal.head != 0:
			t = s.normal.pop()
			s.favours = 0
		default:
			c.idle()
			continue
		}
		if t.addr() != c.cur {
			s.switches++
			if c.traceOn != 0 {
				record(0, layout.TraceHead(layout.TraceSwitch, uint32(t.id)), uint64(c.current().id), 0)
			}
			c.cur = t.addr()
		}
		s.sliceEnd = readTime() + s.slice
		return
	}
}

// wakeSleepers makes the threads runnable whose time has come.
func (c *core) wakeSleepers(now uint64) {
	if now >= c.sched.bound || now >= c.sched.nap {
		c.lookAtSleepers(now)
	}
}

// lookAtSleepers does so, and finds when the next one's time comes: those of waits that
// something else has ended are still in bound and nap.
func (c *core) lookAtSleepers(now uint64) {
	s := &c.sched
	s.bound, s.nap = forever, forever
	for i := uintptr(0); i < s.nthreads; i++ {
		t := threadAt(slot(i))
		if t.wake == 0 {
			continue
		}
		if t.wake > now {
			s.note(t)
			continue
		}
		switch t.state {
		case threadFutex:
			c.ready(t, errno(etimedout), true)
		case threadSleep, threadPoll:
			c.ready(t, 0, true)
		case threadOutput:
			c.out.stuck = 1
			c.ready(t, 0, true)
		case threadKick:
			s.driver = 0
			c.ready(t, 0, true)
		case threadEvent:
			c.sched.waiter = 0
			c.ready(t, uintptr(EventTimeout), true)
		}
	}
}

// nextWake returns when the earliest bounded wait ends. The runtime's own naps, of
// sysmon's 20 us above all, may end so many ticks late.
func (c *core) nextWake(slack uint64) uint64 {
	s := &c.sched
	if s.nap == forever {
		return s.bound
	}
	return min(s.bound, s.nap+slack)
}

// clone makes a thread that returns 0 from the current thread's call on the
// given stack.
func (c *core) clone(stack uintptr) uintptr {
	t := c.freeSlot()
	id := (t.addr()-slot(0))/threadSlot + 1
	parent := c.current()
	*t = thread{x: parent.x, id: id, mask: parent.mask}
	t.x[2] = stack
	c.ready(t, 0, false)
	return id
}

// freeSlot returns a thread slot that is mapped and free. If there is none, the
// instance ends: the runtime's clone for riscv64 drops the error, so that it would
// wait for the thread forever.
func (c *core) freeSlot() *thread {
	s := &c.sched
	for i := uintptr(0); i < s.nthreads; i++ {
		if t := threadAt(slot(i)); t.state == threadFree {
			return t
		}
	}
	if s.nthreads == maxThreads {
		c.fatalThreads()
	}
	va := slot(s.nthreads)
	if va%layout.PageSize == 0 {
		if e := c.leaf(va, true); e == 0 || load(e) == 0 && !c.takeAt(va, false) {
			c.fatalOOM(va)
		}
	}
	s.nthreads++
	return threadAt(va)
}

// exitThread ends the current thread.
func (c *core) exitThread() {
	t := c.current()
	if c.fpOwner == c.cur {
		c.fpOwner = 0
	}
	t.state, t.wake, t.key = threadFree, 0, 0
	c.reschedule()
}

// futexWait blocks the current thread while the word at addr is val.
func (c *core) futexWait(addr, val, timeout uintptr) {
	if *(*uint32)(ptr(addr)) != uint32(val) {
		c.current().x[10] = errno(eagain)
		return
	}
	until := uint64(0)
	if timeout != 0 {
		until = c.deadline(timeout)
	}
	c.block(threadFutex, addr, until)
}

// futexWake wakes up to n threads that wait for addr.
func (c *core) futexWake(addr, n uintptr) uintptr {
	woken := uintptr(0)
	for i := uintptr(0); i < c.sched.nthreads && woken < n; i++ {
		if t := threadAt(slot(i)); t.state == threadFutex && t.key == addr {
			if i == monitorThread {
				c.wait(t, threadSleep, 0, readTime()+c.sched.rest)
			} else {
				c.ready(t, 0, false)
			}
			woken++
		}
	}
	return woken
}

// monitorThread is the slot of the runtime's monitor, sysmon, the first thread that a
// runtime makes. It waits at a futex while all Ps are idle, and the first goroutine that
// runs then wakes it: at each doorbell, to look and to nap for 20 us, which costs more than
// all the rest of the doorbell. What it looks for takes 10 ms to show, so it rests first:
// who wakes it meanwhile finds it awake. That it is this thread, TestMonitorRests sees.
const monitorThread = 1
