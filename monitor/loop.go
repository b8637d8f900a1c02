package monitor

import "runtime"

// Run is the event loop. It does not return.
func (m *Monitor) Run() {
	m.connect()
	m.lines.pump() // what was said before is heard before this core counts as up
	m.birth.check()
	m.startHarts()
	quiet := m.hart.Now()
	m.awakeBy = quiet
	looked := quiet
	for {
		busy := m.turn()
		m.stepAside()
		now := m.hart.Now()
		m.wake(now)
		busy = busy || m.expire(now)
		if busy {
			quiet = now
		}
		switch {
		case now-quiet >= m.patience() || (m.hurry || m.aside) && !busy:
			m.block()
			m.stepAside()
			quiet = m.hart.Now()
			m.wake(quiet)
			looked = quiet
		case now-looked >= m.look:
			m.glance(now)
			looked = now
		}
	}
}

// stepAside lets who was woken at a binding run now, on this very thread. To block would
// hand the processor over to another thread, which costs more than all the rest of the
// wake-up. The loop goes on when he waits again, having polled for both, or after a slice
// of the shim's.
func (m *Monitor) stepAside() {
	if m.bindings.woke {
		m.bindings.woke, m.aside = false, true
		runtime.Gosched()
	}
}

// wake notes that the loop runs, and whether it should have run long before.
func (m *Monitor) wake(now uint64) {
	if now > m.awakeBy && now-m.awakeBy > m.tooLong {
		m.slept(now)
	}
	m.awakeBy = now
}

// glance is for a loop that finds no time to block: it fetches the events that
// only Wait tells of, and looks at the deadlines, at the broadcast lines and at the peers'
// own.
func (m *Monitor) glance(now uint64) {
	m.handle(m.hart.Wait(now))
	m.expire(now)
	m.broadcast.turn(m) // also beside a measurement
	m.advanceAll()
}

func (m *Monitor) advanceAll() {
	for _, p := range m.order {
		p.advance = true
	}
}

// turn does whatever can be done now, once, and reports whether it did anything. Who
// sleeps is rung in the next turn: a ring takes long, and would only put the end of
// polling off.
func (m *Monitor) turn() bool {
	busy := m.runWork()
	busy = m.attend() || busy
	busy = m.lookAtBindings(false) || busy
	busy = m.lookAtRings() || busy
	if m.service != nil {
		busy = m.service.Turn() || busy
	}
	return m.lines.turn() || busy
}

// After a part of an operation of an agreement its next one is most often on its way: then
// so many looks at channels follow one another closely, so many of them in one turn.
const (
	closeLooks = 64
	turnLooks  = 8
)

// attend looks at the channels, closely if an operation goes on, until something has come.
// What else there is to do in a turn is put off by some microseconds at most.
func (m *Monitor) attend() bool {
	for range turnLooks {
		if m.converse() {
			return true
		}
		if m.closely <= 0 {
			return false
		}
		m.closely -= max(len(m.order), 1)
	}
	return false
}

// converse moves the messages that there are. What operations of an agreement bring is
// sent when all that has come is known, so that it shares messages, and before anything
// else, since the others wait for it.
func (m *Monitor) converse() (busy bool) {
	for _, p := range m.order {
		busy = m.serve(p) || busy
	}
	busy = m.broadcast.turn(m) || busy
	agreed := m.turnTrial()
	agreed = m.agreement.turn(m) || agreed
	if agreed {
		m.closely = closeLooks
	}
	return agreed || busy
}

// block announces to every peer that this core is about to sleep, looks once
// more, and waits. An announcement makes the peer ring the doorbell, so that
// nothing sent after the last look is missed. Whatever the reason for waking, all
// channels are looked at: who rang is not recorded anywhere but in the rings.
func (m *Monitor) block() {
	m.aside = false
	announced := 0
	idle := true
	for _, p := range m.order {
		if !p.ch.PrepareToWait() {
			idle = false
			p.advance = true
			break
		}
		announced++
	}
	if idle && !m.poked.Load() && !m.broadcast.pending() {
		if m.hurry {
			m.hurry = false
			m.hart.Hurry()
		}
		until := m.deadline()
		if m.awakeBy = until; until == 0 {
			m.awakeBy = ^uint64(0)
		}
		m.handle(m.hart.Wait(until))
		m.advanceAll()
	}
	for _, p := range m.order[:announced] {
		p.ch.CancelWait()
	}
}

// handle acts on what a wait returned.
func (m *Monitor) handle(e Event) {
	if e&Doorbell != 0 {
		m.lookAtBindings(true)
		m.lookAtRings()
	}
	if e&Output != 0 {
		m.lines.pump()
	}
	if e&External != 0 && m.service != nil {
		m.service.External()
	}
}

// deadline returns when the loop has something to do even if nothing happens.
func (m *Monitor) deadline() uint64 {
	first := m.birth.deadline
	earlier := func(t uint64) {
		if t != 0 && (first == 0 || t < first) {
			first = t
		}
	}
	if len(m.pings) > 0 { // a walk through an empty map takes its time
		for _, p := range m.pings {
			earlier(p.deadline)
		}
	}
	if m.bell != nil {
		earlier(m.bell.deadline)
	}
	earlier(m.trip.at)
	for _, c := range m.dying {
		earlier(c.next)
	}
	earlier(m.suspect.deadline)
	earlier(m.heirDeadline)
	earlier(m.soak.deadline)
	earlier(m.trips.deadline)
	earlier(m.routing.deadline())
	earlier(m.knowledge.tellAt)
	earlier(m.flow.next)
	earlier(m.agreement.deadline())
	earlier(m.devices.deadline())
	if m.service != nil {
		earlier(m.service.Deadline())
	}
	return first
}

// expire acts on deadlines that have passed and reports whether there were any:
// what it has sent needs another turn, which rings the doorbells.
func (m *Monitor) expire(now uint64) bool {
	any := false
	if len(m.pings) > 0 {
		any = m.expirePings(now)
	}
	if m.bell != nil && m.bell.deadline <= now {
		m.bell.expire()
		any = true
	}
	if at := m.trip.at; at != 0 && at <= now {
		m.tripAnswer()
		any = true
	}
	if len(m.dying) > 0 {
		any = m.confirmAll(now) || any
	}
	if d := m.suspect.deadline; d != 0 && d <= now {
		m.suspect.expire(now)
		any = true
	}
	if d := m.heirDeadline; d != 0 && d <= now {
		m.expireHeir()
		any = true
	}
	if d := m.soak.deadline; d != 0 && d <= now {
		m.soak.expire(m, now)
		any = true
	}
	if d := m.trips.deadline; d != 0 && d <= now {
		m.trips.expire(m, now)
		any = true
	}
	if d := m.routing.deadline(); d != 0 && d <= now {
		m.routing.expire(now)
		any = true
	}
	if d := m.flow.next; d != 0 && d <= now {
		m.flow.begin(m)
		any = true
	}
	if d := m.knowledge.tellAt; d != 0 && d <= now {
		m.knowledge.expire(m)
		any = true
	}
	if d := m.agreement.deadline(); d != 0 && d <= now {
		m.agreement.expire(now)
		any = true
	}
	if d := m.devices.deadline(); d != 0 && d <= now {
		m.devices.expire(m, now)
		any = true
	}
	if d := m.birth.deadline; d != 0 && d <= now {
		m.birth.expire()
		any = true
	}
	return any
}

func (m *Monitor) expirePings(now uint64) (any bool) {
	for _, p := range m.pings {
		if p.deadline <= now {
			p.expire(now)
			any = true
		}
	}
	return any
}
