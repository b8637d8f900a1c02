package monitor

import (
	"errors"
	"fmt"
	"time"

	"atoll/arch/layout"
	"atoll/boot/plan"
	"atoll/monitor/broadcast"
	"atoll/monitor/grant"
	"atoll/monitor/route"
)

// A broadcast line is a page of a core's user pool that it has granted to others,
// read-only, and that their event loops poll (package broadcast). A core shares its line
// with all living ones as long as its multicasts go by broadcast, or a raw protocol is
// measured (shoot.go). Who does not read it is asked by messages: it has not taken the
// page yet, or has given it back, or the pool has no page left.

// broadcastLines are those that this core knows. They belong to the event loop.
type broadcastLines struct {
	own   ownLine
	held  [plan.MaxCores]*heldLine // by root
	roots route.Set                // whose lines are held
}

// ownLine is the line that this core writes.
type ownLine struct {
	memory  *grant.Memory // nil = none
	page    *broadcast.Page
	writer  broadcast.Writer
	making  bool // the page is on its way
	failed  bool // there is none to have, until a route is chosen
	raw     bool // a raw protocol is being measured
	given   [plan.MaxCores]*grant.Given
	readers route.Set // who has taken it
	refused route.Set // who has not, or has given it back: not asked again in this life
	waiting func()    // called when one of these has changed; nil = nobody waits
}

// heldLine is a line that this core reads.
type heldLine struct {
	*grant.Held
	page   *broadcast.Page
	reader broadcast.Reader
}

// share offers the line to cores that have not been offered it, and makes one if there
// is none. It does not wait.
func (l *ownLine) share(m *Monitor, with route.Set) {
	if l.memory == nil {
		l.make(m)
		return
	}
	with &^= l.readers | l.refused | route.Of(m.self)
	for core := range with.All() {
		if p := m.peers[core]; p != nil && p.linked && p.lost == nil && l.given[core] == nil {
			l.offer(m, core)
		}
	}
}

// make takes a page of the user pool, when that is open.
func (l *ownLine) make(m *Monitor) {
	if l.making || l.failed {
		return
	}
	l.making = true
	m.openPool()
	m.grants.WhenOpen(func() {
		l.making = false
		memory, err := m.grants.New(1)
		if err != nil {
			l.failed = true
			m.lines.printf("core %d has no broadcast line: %v\n", m.self, err)
			l.changed()
			return
		}
		l.memory, l.page = memory, broadcast.At(memory.Bytes)
		l.writer = broadcast.NewWriter(l.page)
		l.share(m, m.upSet())
		l.changed()
		l.settle(m) // perhaps nobody wants it any more
	})
}

// offer grants the line to one core.
func (l *ownLine) offer(m *Monitor, core int) {
	memory := l.memory
	g, err := m.grants.Give(memory, core, layout.R, grant.ForBroadcast, [3]uint64{l.writer.Next()}, func(err error) {
		switch {
		case l.memory != memory:
		case err != nil:
			l.refused |= route.Of(core)
		default:
			l.readers |= route.Of(core)
		}
		l.changed()
	})
	if err != nil {
		l.refused |= route.Of(core)
		return
	}
	l.given[core] = g
	g.Gone = func(error) {
		if l.given[core] == g {
			l.given[core] = nil
			l.readers &^= route.Of(core)
			l.refused |= route.Of(core)
			l.changed()
		}
		m.routing.node.Again(core) // what it has not read there
	}
}

func (l *ownLine) changed() {
	if l.waiting != nil {
		l.waiting()
	}
}

// settle takes the line back if nobody wants it any more.
func (l *ownLine) settle(m *Monitor) {
	if l.memory == nil || l.raw || m.routing.node.Route().Strategy() == route.Broadcast {
		return
	}
	memory := l.memory
	*l = ownLine{}
	m.grants.Free(memory, nil)
}

// tellByLine writes an ask of this core into its line, and returns who of a set reads that.
func (m *Monitor) tellByLine(to route.Set, a *route.Ask) (told route.Set) {
	l := &m.broadcast.own
	l.share(m, to)
	for core := range (to & l.readers).All() {
		if p := m.peers[core]; p.linked && p.lost == nil && m.lives.get(core).State == Up {
			told |= route.Of(core)
		}
	}
	if told == 0 {
		return 0
	}
	w := broadcast.Message{a.Number, uint64(told), uint64(a.Kind)<<8 | uint64(a.Len)}
	n := len(w) - route.Words + copy(w[len(w)-route.Words:], a.W[:a.Len])
	l.writer.Put(&w, n)
	for core := range told.All() {
		m.peers[core].ch.Nudge()
	}
	return told
}

// Package broadcast has room for an ask, and keeps as many as can be on their way.
var (
	_ [broadcast.Words - route.Words - 3]byte
	_ [broadcast.Keep - route.Window]byte
)

// takeLine takes the line that another core grants; one of each at a time.
func (b *broadcastLines) takeLine(m *Monitor, h *grant.Held) grant.Why {
	if b.held[h.Core] != nil || h.Rights != layout.R || h.Arg[0] == 0 {
		return grant.NotWanted
	}
	page := broadcast.At(h.Bytes)
	b.held[h.Core] = &heldLine{h, page, broadcast.NewReader(page, h.Arg[0])}
	b.roots |= route.Of(h.Core)
	h.Ended = func(error) { b.release(m, h.Core) }
	return 0
}

// release gives a line back.
func (b *broadcastLines) release(m *Monitor, root int) {
	h := b.held[root]
	b.held[root] = nil
	b.roots &^= route.Of(root)
	m.grants.Release(h.Held)
}

// pending says whether turn has something to do: the second look before a core sleeps,
// after it has said so on the channels. Dekker, as in package ump: the writer's words come
// before the fence of PeerWaiting, which tellByLine makes ask.
func (b *broadcastLines) pending() bool {
	for root := range b.roots.All() {
		if b.held[root].reader.Pending() {
			return true
		}
	}
	return false
}

// turn reads all lines, and reports whether there was anything.
func (b *broadcastLines) turn(m *Monitor) (busy bool) {
	for root := range b.roots.All() {
		busy = b.read(m, root) || busy
	}
	return busy
}

// read reads one line: at most a lap of it, so that it cannot keep the others waiting.
func (b *broadcastLines) read(m *Monitor, root int) (busy bool) {
	var w broadcast.Message
	h := b.held[root]
	for range broadcast.Slots {
		if !h.reader.Pending() {
			break
		}
		busy = true
		if h.reader.Take(&w) {
			m.toldByLine(root, &w)
		}
		if h.reader.Fault() {
			m.lines.printf("core %d gives up the broadcast line of core %d, which holds nonsense\n", m.self, root)
			b.release(m, root)
			break
		}
	}
	return busy
}

// toldByLine takes what stands in a line: an ask of its root, if it is for this core.
func (m *Monitor) toldByLine(root int, w *broadcast.Message) {
	a := route.Ask{Number: w[0], To: route.Of(m.self), Root: uint8(root), Kind: uint8(w[2] >> 8), Len: uint8(w[2])}
	p := m.peers[root]
	switch {
	case !route.Set(w[1]).Has(m.self) || p == nil || p.lost != nil:
	case w[2]>>8 >= uint64(numMulticastKinds) || a.Len > route.Words:
		m.drop(askedThere.Number())
	default:
		copy(a.W[:], w[len(w)-route.Words:])
		m.refreshRoute()
		m.routing.node.Asked(root, &a)
	}
}

// lineTime bounds the wait for all cores to take a line.
const lineTime = 2 * time.Second

// shareLine shares this core's line with others for a raw protocol, waits until they have
// taken it, and returns what takes it back. Not for the event loop.
func (m *Monitor) shareLine(cores route.Set) (takeBack func(), err error) {
	l := &m.broadcast.own
	done := make(chan error, 1)
	mine := false
	m.do(func() {
		if l.raw {
			done <- errors.New("the broadcast line is in use already")
			return
		}
		mine, l.raw, l.failed = true, true, false
		l.refused &^= cores
		l.waiting = func() { l.answer(m.self, cores, done) }
		l.share(m, cores)
		l.changed()
	})
	takeBack = func() {
		m.do(func() {
			if mine {
				l.raw, l.waiting = false, nil
				l.settle(m)
			}
		})
	}
	timer := time.NewTimer(lineTime)
	defer timer.Stop()
	select {
	case err = <-done:
	case <-timer.C:
		err = fmt.Errorf("not all cores take the broadcast line within %v", lineTime)
	}
	if err != nil {
		takeBack()
	}
	return takeBack, err
}

// answer ends the wait until some cores have taken the line, if that is over.
func (l *ownLine) answer(self int, cores route.Set, done chan error) {
	switch {
	case l.failed:
		done <- fmt.Errorf("core %d has no page for a broadcast line", self)
	case l.refused&cores != 0:
		done <- fmt.Errorf("core %d does not take the broadcast line", (l.refused & cores).Lowest())
	case l.readers&cores == cores:
		done <- nil
	default:
		return
	}
	l.waiting = nil
}
