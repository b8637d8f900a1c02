package spawn

import (
	"fmt"

	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/monitor/spans"
)

// Programs of this core that have threads on others (package spans: this core is the home).

// spanEnd is the core's end of what is said about such threads: see spans.Port.
type spanEnd struct{ l *land }

// openSpans has threads run on other cores, and those of others here.
func (l *land) openSpans() {
	l.away, l.guests = map[uint32]*program{}, map[guestID]*guest{}
	if l.carrier = l.host.Spans(l.core, spanEnd{l}); l.carrier != nil {
		l.core.SetSpans(l.takeHosted)
	}
}

// Died takes the word that a core has died.
func (e spanEnd) Died(core int) {
	for _, g := range e.l.programs {
		if g.spanned {
			g.process.SpanDied(core)
		}
	}
}

// Idle reports whether no program wants the hart.
func (e spanEnd) Idle() bool { return e.l.loop.Idle() }

// programSpan is what a program's threads need to run on other cores: see linux.Span.
type programSpan struct {
	spans.Carrier
	g *program
}

// span lets the program's threads run on the cores of a set, or on all if that is empty: see
// linux.System.SetSpan.
func (g *program) span(cores uint64) {
	is, e := g.l.db.Identify(g.slots[slotRAM])
	if e != capability.OK || g.l.carrier == nil {
		return
	}
	g.spanned = true
	g.process.SetSpan(programSpan{g.l.carrier, g}, g.l.host.Core(), uint32(g.pid), cores, is.Base, is.Size)
}

func (s programSpan) Lend(core int, done func(bool)) {
	s.Prepare(core, func(ready bool) {
		is, e := s.g.l.db.Identify(s.g.slots[slotRAM])
		if !ready || e != capability.OK {
			done(false)
			return
		}
		s.g.l.core.LendSpan(is, core, uint32(s.g.pid), func(e abi.Error) { done(e == abi.OK) })
	})
}

func (s programSpan) Guest() uint32 {
	l := s.g.l
	for l.lastAway++; l.lastAway == 0 || l.away[l.lastAway] != nil; l.lastAway++ {
	}
	l.away[l.lastAway] = s.g
	return l.lastAway
}

func (s programSpan) Forget(guest uint32) { delete(s.g.l.away, guest) }

// Lost says that a process ends because a core has died.
func (s programSpan) Lost(pid uint64, host int) {
	text := fmt.Sprintf("@%d span-lost name=%s pid=%d process=%d core=%d\n", s.g.l.host.Core(), word(s.g.name), s.g.pid, pid, host)
	s.g.l.out.add([]byte(text))
}
