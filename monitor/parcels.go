package monitor

import (
	"context"
	"fmt"
	"sync"
	"time"

	"atoll/monitor/binding"
	"atoll/monitor/parcel"
	"atoll/monitor/stream"
)

// What the userlands of two cores say to each other (package parcel): each sends over a binding that it has
// made, and receives over the one that the other has.

// parcelService is exported by every core.
const parcelService = 5

// carrier is what carries the parcels of this core's userland: see parcel.Carrier.
type carrier struct {
	m    *Monitor
	do   func(func()) // has the userland's loop call something
	port parcel.Port

	mu     sync.Mutex
	lines  map[int]*parcelLine // by core, the last one
	untold map[int]int         // by core, the lines of which the port has not been told that they are over

	// For the loop.
	lively bool          // something was sent or has come since it looked in vain
	looked []*parcelLine // over which something may come
}

// parcelPoll is how long a core that has nothing to do looks for a parcel, after one: an answer often comes in that time, and to
// sleep and be woken takes as long.
const parcelPoll = 200 * time.Microsecond

// parcelLine is both directions to one life of a core. It is over when nothing of it is left: then the port is told, and only
// then another one begins.
type parcelLine struct {
	*parcel.Queue
	before  <-chan struct{} // closed when the one before is over
	over    chan struct{}   // closed when this is
	users   int             // goroutines
	core    int
	out, in *binding.Binding
	reader  *parcel.Reader // of in, nil: not yet
	ended   bool
	streams *stream.Set // nil: not yet. For the loop.
}

// Parcels carries the parcels of this core's userland, and has it take those of others. do has the userland's loop call something.
// Not for the event loop.
func (m *Monitor) Parcels(do func(func()), p parcel.Port) parcel.Carrier {
	c := &carrier{m: m, do: do, port: p, lines: map[int]*parcelLine{}, untold: map[int]int{}}
	m.wait(func() { m.programs.carrier = c })
	return c
}

// Send is documented with parcel.Sender. What is sent to a life of a core that has ended, as long as the port has not been told,
// is lost with it: a later one has nothing to do with it.
func (c *carrier) Send(to int, p parcel.Parcel) {
	c.lively = true
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.current(to)
	switch {
	case l == nil && c.untold[to] == 0:
		l = c.line(to)
	case l == nil || c.untold[to] > 1:
		return
	}
	if l.Queue == nil {
		l.Queue = parcel.NewQueue()
		l.users++
		go c.connect(to, l)
	}
	l.Add(p)
}

// Stream is documented with parcel.Sender.
func (c *carrier) Stream(to int) *stream.Writer {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.current(to)
	if l == nil {
		return nil
	}
	c.openStreams(l)
	return l.streams.Writer()
}

// openStreams has a line carry streams as soon as both ends have memory for them. The lock is held.
func (c *carrier) openStreams(l *parcelLine) {
	if l.streams != nil || l.out == nil || l.in == nil {
		return
	}
	mine, theirs := l.out.HoldOwn(), l.in.HoldTheirs(parcel.BufferCount)
	if mine != nil && theirs != nil {
		l.streams = stream.New(mine, theirs)
	}
	if l.streams == nil {
		letGo(l.out, mine)
		letGo(l.in, theirs)
	}
}

// letGo lets memory of a binding go that was held.
func letGo(b *binding.Binding, held []byte) {
	if held != nil {
		b.LetGo()
	}
}

// closeStreams ends the streams of a line that is over. For the loop.
func (l *parcelLine) closeStreams() {
	if l.streams != nil {
		l.streams.Close()
		l.out.LetGo()
		l.in.LetGo()
	}
}

// Room is documented with parcel.Sender.
func (c *carrier) Room(to int, f func()) {
	c.mu.Lock()
	var q *parcel.Queue
	if l := c.lines[to]; l != nil {
		q = l.Queue
	}
	c.mu.Unlock()
	if q == nil || q.Room(func() { c.do(f) }) {
		f()
	}
}

// current returns the line to a core, nil if there is none or it has ended. The lock is held.
func (c *carrier) current(core int) *parcelLine {
	l := c.lines[core]
	if l == nil {
		return nil
	}
	if l.out != nil && l.out.Err() != nil || l.in != nil && l.in.Err() != nil {
		l.end()
	}
	if l.ended {
		return nil
	}
	return l
}

// take has the port take a parcel. For the loop.
func (c *carrier) take(l *parcelLine, p *parcel.Parcel) {
	c.lively = true
	if l.streams == nil {
		c.mu.Lock()
		c.openStreams(l)
		c.mu.Unlock()
	}
	if !p.Open(l.streams) {
		l.in.End(fmt.Errorf("core %d names a stream that cannot be", l.core))
		return
	}
	c.port.Take(l.core, p)
	p.In.Close()
}

// Look is documented with parcel.Carrier.
func (c *carrier) Look(due func() bool) (found bool) {
	if !c.lively {
		return false
	}
	c.lively = false
	c.mu.Lock()
	c.looked = c.looked[:0]
	for _, l := range c.lines {
		if l.reader != nil {
			c.looked = append(c.looked, l)
		}
	}
	c.mu.Unlock()
	for _, l := range c.looked {
		l.reader.Hush()
	}
	for begun := time.Now(); !found && !due() && time.Since(begun) < parcelPoll; { // the hart's clock is the event loop's
		for _, l := range c.looked {
			found = c.takeFrom(l, due) || found
		}
	}
	for _, l := range c.looked {
		if !l.reader.Listen() {
			found = c.takeFrom(l, due) || found
		}
	}
	clear(c.looked)
	return found
}

// takeFrom takes what has come over a line, unless something that came before is left with the loop to take.
func (c *carrier) takeFrom(l *parcelLine, due func() bool) bool {
	return l.reader.Take(func() bool { return !due() }, func(p *parcel.Parcel) { c.take(l, p) })
}

// line returns the line to a core: another, behind the one that there was, if that has ended. The lock is held.
func (c *carrier) line(core int) *parcelLine {
	if l := c.current(core); l != nil {
		return l
	}
	c.untold[core]++
	l := &parcelLine{core: core, over: make(chan struct{})}
	if old := c.lines[core]; old != nil {
		l.before = old.over
	} else {
		none := make(chan struct{})
		close(none)
		l.before = none
	}
	c.lines[core] = l
	return l
}

// connect binds to a core, and sends until that ends.
func (c *carrier) connect(core int, l *parcelLine) {
	<-l.before
	b, err := c.m.Bind(context.Background(), core, parcelService, bindTime)
	if err == nil {
		err = c.giveBuffers(b)
		if err == nil && c.set(l, func() { l.out = b }) {
			go l.Queue.Send(b)
			<-b.Ended() // nothing else comes
		}
		b.Close()
	}
	c.leave(core, l)
}

// giveBuffers gives a binding the buffers of parcels, and of streams if there is memory for them.
func (c *carrier) giveBuffers(b *binding.Binding) error {
	b.Keep(parcel.BufferCount)
	if c.m.GiveBuffers(b, parcel.BufferCount+parcel.StreamBuffers, parcel.BufferBytes, bindTime) == nil {
		return nil
	}
	return c.m.GiveBuffers(b, parcel.BufferCount, parcel.BufferBytes, bindTime)
}

// set says over what a line sends, or receives, unless it has ended.
func (c *carrier) set(l *parcelLine, f func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !l.ended {
		f()
	}
	return !l.ended
}

// leave is for a goroutine that has no more to do for a line, which ends by that. The last one tells the port.
func (c *carrier) leave(core int, l *parcelLine) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l.end()
	if l.users--; l.users > 0 {
		return
	}
	if c.lines[core] == l {
		delete(c.lines, core)
	}
	c.do(func() {
		c.port.Lost(core) // who may send something by that, as far as it goes
		l.closeStreams()
		c.tells(core)
	})
	close(l.over)
}

// tells counts a line that is over: the port is told.
func (c *carrier) tells(core int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.untold[core]--; c.untold[core] == 0 {
		delete(c.untold, core)
	}
}

// end ends both directions: what has come is still received. The lock is held.
func (l *parcelLine) end() {
	l.ended = true
	if l.Queue != nil {
		l.Queue.Close()
	}
	for _, b := range []*binding.Binding{l.out, l.in} {
		if b != nil {
			b.End(binding.ErrClosed)
		}
	}
}

// serveParcels takes what a core sends that has bound. The userland is opened for that.
func (m *Monitor) serveParcels(b *binding.Binding) {
	if c := m.openCarrier(); c != nil {
		l := c.join(b)
		<-l.before
		r := parcel.NewReader(b)
		c.set(l, func() { l.reader = r })
		r.Wait(func(p *parcel.Parcel) { c.do(func() { c.take(l, p) }) })
		c.leave(b.Core, l)
	}
	b.Close()
}

// join makes a binding that a core has made the direction in which it sends. If there is one already that was of
// another life of it.
func (c *carrier) join(b *binding.Binding) *parcelLine {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.line(b.Core)
	if l.in != nil {
		l.end()
		l = c.line(b.Core)
	}
	l.in = b
	l.users++
	return l
}

// openCarrier opens the userland, and returns what carries its parcels, nil if it cannot be opened.
func (m *Monitor) openCarrier() (c *carrier) {
	if u := m.programs.userland; u == nil || u.Open() != nil {
		return nil
	}
	m.wait(func() { c = m.programs.carrier })
	return c
}
