package shim

// The CPU driver's loop waits here, and not in Go's scheduler: to wake a goroutine has the
// runtime start another thread that looks for work, and to let it wait for a time takes a
// timer of the runtime's, which together cost more than all the rest of a wake-up.

// waitKick has the current thread wait for a kick, at most until a time (ticks; 0 = no
// bound).
func (c *core) waitKick(until uint64) {
	s := &c.sched
	if s.kicked != 0 {
		s.kicked = 0
		c.current().x[10] = 0
		return
	}
	s.driver = c.cur
	c.block(threadKick, 0, until)
}

// kick ends the wait under way, or else the next one. Who waits is urgent, as it is after
// its time: what programs do beside other threads is as prompt as what these do.
func (c *core) kick() {
	s := &c.sched
	if s.driver == 0 {
		s.kicked = 1
		return
	}
	t := threadAt(s.driver)
	s.driver = 0
	c.ready(t, 0, true)
}
