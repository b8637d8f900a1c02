package shim

// Event is a set of things that an instance's event loop must look at.
type Event uintptr

// Events.
const (
	EventDoorbell Event = 1 << iota // an inter-processor interrupt came in
	EventExternal                   // an external interrupt; sie.SEIE is off until EnableExternal
	EventOutput                     // the output ring has something
	EventLocal                      // somebody in this instance called Post
	EventTimeout                    // the wait's bound has passed
)

// post records an event and wakes the event loop if that waits.
func (c *core) post(e Event) {
	s := &c.sched
	s.events |= uintptr(e)
	s.woken = readTime()
	if s.waiter != 0 {
		t := threadAt(s.waiter)
		s.waiter = 0
		c.ready(t, s.events, true)
		s.events = 0
	}
}

// waitEvent answers the current thread with the events that have come in; it
// waits for one, at most until a time (ticks; 0 = no bound).
func (c *core) waitEvent(until uint64) {
	s := &c.sched
	c.takeInterrupts()
	if s.events != 0 {
		c.current().x[10] = s.events
		s.events = 0
		return
	}
	s.waiter = c.cur
	c.block(threadEvent, 0, until)
}
