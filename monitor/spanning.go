package monitor

import (
	"context"
	"time"

	"atoll/arch/layout"
	"atoll/monitor/message"
	"atoll/monitor/route"
	"atoll/monitor/spans"
)

// Threads of a process on several cores: package spans has what is said, the CPU drivers of the cores
// say it, and here it is carried: messages by the channels, shootdowns by the route of multicasts.

var (
	spanTold = message.Declare[spans.Msg](141, "span")
	askSpan  = message.DeclareRequest[message.None, message.None](142, "span-open")
)

func init() {
	handle(spanTold, (*Monitor).spanCame)
	serveLater(askSpan, func(m *Monitor, _ client, _ message.None, done func(message.None, error)) {
		m.inUserland(func(err error) { done(message.None{}, err) }, func(u Userland) error { return refusal(u.Open()) })
	})
	multicastHandlers[multicastShoot] = (*Monitor).shootAsked
}

// spanning is this core's part. It belongs to the event loop.
type spanning struct {
	driver *spanDriver // nil until the first program is started
	shots  int         // shootdowns of this core that are under way
}

// replyPoll is how long the event loop looks for replies to a shootdown before it blocks, if no program wants
// the hart: who has the page, and computes, replies within that, and to be woken takes as long.
const replyPoll = 500 * time.Microsecond

// patience is how long the event loop looks for work before it blocks, in ticks.
func (m *Monitor) patience() uint64 {
	if d := m.spanning.driver; m.spanning.shots > 0 && d.port.Idle() {
		return m.replyPoll
	}
	return m.poll
}

// spanDriver is the part of the CPU driver's loop.
type spanDriver struct {
	m    *Monitor
	do   func(func()) // has the driver's loop call something
	port spans.Port
}

// Spans returns what carries what is said about threads, for this core's CPU driver, and has it take what
// others say. do has the driver's loop call something. Not for the event loop.
func (m *Monitor) Spans(do func(func()), p spans.Port) spans.Carrier {
	d := &spanDriver{m: m, do: do, port: p}
	m.wait(func() { m.spanning.driver = d })
	return d
}

// hand hands work to the CPU driver's loop, which gets the hart as soon as there is nothing else to do here.
func (m *Monitor) hand(d *spanDriver, f func()) {
	d.do(f)
	m.aside = true
}

// spanCame takes a message of a peer. A core that runs no programs has nothing that it could be about.
func (m *Monitor) spanCame(p *peer, msg spans.Msg) {
	d, from := m.spanning.driver, p.core
	if d == nil {
		m.drop(spanTold.Number())
		return
	}
	m.hand(d, func() { d.port.Take(from, &msg) })
}

// dead takes firmware's word that a core is dead, all messages of which have been received.
func (s *spanning) dead(core int) {
	if d := s.driver; d != nil {
		d.do(func() { d.port.Died(core) })
	}
}

// Send is documented with spans.Carrier.
func (d *spanDriver) Send(to int, list ...spans.Msg) {
	d.m.do(func() {
		p, err := d.m.reach(to)
		for i := range list {
			if err == nil {
				err = d.m.transmit(p, spanTold.Number(), spanTold.WordsOf(&list[i]))
			}
		}
		if err != nil { // its death is what those learn who wait
			d.m.drop(spanTold.Number())
		}
	})
}

// Living is documented with spans.Carrier.
func (d *spanDriver) Living() (set uint64) {
	for core := range d.m.plan.NCores {
		if d.m.lives.get(int(core)).State == Up {
			set |= 1 << core
		}
	}
	return set
}

// Prepare is documented with spans.Carrier.
func (d *spanDriver) Prepare(core int, done func(bool)) {
	go func() {
		_, err := ask(context.Background(), d.m, core, askSpan, ramTime, message.None{})
		d.do(func() { done(err == nil) })
	}()
}

// Shoot is documented with spans.Carrier.
func (d *spanDriver) Shoot(to uint64, s *spans.Shoot, done func()) {
	words, number := s.Words(), s.Number
	d.m.traceShoot(layout.TraceShoot, d.m.self, number, to)
	d.m.do(func() {
		d.m.spanning.shots++
		d.m.shootPages(route.Set(to), words, func() {
			d.m.spanning.shots--
			d.m.hand(d, func() {
				d.m.traceShoot(layout.TraceShot, d.m.self, number, 0)
				done()
			})
		})
	})
}

// shootAgain is how soon cores are asked again that have not replied, and have not died either.
const shootAgain = time.Millisecond

// shootPages has cores of a set drop pages, and calls done when each has or is dead. For those that do not
// answer it waits, however long: only firmware's word says that a hart does not use them any more.
func (m *Monitor) shootPages(to route.Set, words []uint64, done func()) {
	for core := range to.All() {
		switch m.lives.get(core).State {
		case Unborn, Dead, Absent, Starting:
			to &^= route.Of(core)
		}
	}
	if to == 0 {
		done()
		return
	}
	later := func(left route.Set) {
		time.AfterFunc(shootAgain, func() { m.do(func() { m.shootPages(left, words, done) }) })
	}
	err := m.multicast(to, multicastShoot, words, func(_, yes route.Set) {
		if left := to &^ yes; left != 0 {
			later(left)
			return
		}
		done()
	})
	if err != nil { // too many are on their way
		later(to)
	}
}

// shootAsked has this core drop pages, and replies when it has.
func (m *Monitor) shootAsked(a route.Ask) {
	root, number := int(a.Root), a.Number
	d := m.spanning.driver
	if d == nil || a.Len != spans.ShootWords {
		m.routing.node.Answer(root, number, true) // there is nothing to drop
		return
	}
	s := spans.ShootOf(a.W[:])
	m.hand(d, func() {
		m.traceShoot(layout.TraceDrop, root, s.Number, 0)
		d.port.Shoot(root, &s)
		m.traceShoot(layout.TraceDropped, root, s.Number, 0)
		m.do(func() { m.routing.node.Answer(root, number, true) })
	})
}
