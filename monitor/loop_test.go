package monitor

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"atoll/monitor/agree"
	"atoll/monitor/message"
	"atoll/monitor/ump"
)

// device is a service that counts. Its fields belong to the event loop.
type device struct {
	hart              *simHart
	interrupts, turns int
	asked             bool          // Turn has something to do once
	busy              bool          // always
	deadline          uint64        // of Turn
	late              time.Duration // by which Turn was called after it
}

func (d *device) External()        { d.interrupts++ }
func (d *device) Deadline() uint64 { return d.deadline }

func (d *device) Lines() ([]InterruptLine, uint64) { return nil, 0 }

func (d *device) Turn() bool {
	d.turns++
	if d.deadline != 0 && d.deadline <= d.hart.time() {
		d.late, d.deadline = time.Duration(d.hart.time()-d.deadline), 0
	}
	asked := d.asked
	d.asked = false
	return asked || d.busy
}

// at has f called by the event loop of a core and waits until it has been.
func (m *machine) at(core int, f func()) {
	done := make(chan struct{})
	m.mon(core).do(func() { f(); close(done) })
	<-done
}

// dropped is how many messages a core has dropped.
func (m *machine) dropped(core int) (n uint64) {
	m.at(core, func() { n = m.mon(core).counted().dropped })
	return n
}

// soon waits until the event loop of a core finds a condition true, which it must
// within a bound.
func (m *machine) soon(t *testing.T, what string, bound time.Duration, core int, ok func() bool) {
	t.Helper()
	start := time.Now()
	for is := false; !is; {
		if m.at(core, func() { is = ok() }); time.Since(start) > bound {
			t.Errorf("no %s within %v", what, bound)
			return
		}
	}
}

// A loop that is never idle serves devices, prints what its instance writes, opens
// channels and keeps deadlines all the same.
// Sabotage: leave glance out of Run, or handle, expire or advanceAll out of glance.
func TestBusyLoop(t *testing.T) {
	d := &device{busy: true}
	simulate(t, config{cores: 17, service: map[int]Service{1: d}}, func(t *testing.T, m *machine) {
		const bound = 4 * lookTime
		m.harts[1].post(External)
		m.soon(t, "interrupt", bound, 1, func() bool { return d.interrupts == 1 })
		fmt.Fprint(m.harts[1], "a line\n")
		m.soon(t, "output", bound, 0, func() bool { return slices.Contains(m.console.of(1), "a line\n") })
		if _, err := query(m.mon(1), 3, askForReport, 2*bound, message.None{}); err != nil {
			t.Errorf("a channel that is not open yet: %v", err)
		}
		if _, err := query(m.mon(1), 1, askBell, 4*bellGap+bound, benchQuestion{3, 3}); err != nil {
			t.Error(err)
		}
	})
}

// What an operation brings has the next looks at channels follow one another, a few in a
// turn and not for ever.
// Sabotage: let attend look once, or not count; leave closely alone in converse.
func TestCloseLooks(t *testing.T) {
	simulate(t, config{cores: 2, rogues: []int{1}}, func(t *testing.T, m *machine) {
		m.rogue(1).link(t, 0)
		m.at(0, func() {
			mon := m.mon(0)
			for mon.converse() {
			}
			looks := func() uint64 { return mon.peers[1].ch.Stats().Empty }
			attended := func() uint64 {
				before := looks()
				mon.attend()
				return looks() - before
			}
			mon.closely = closeLooks
			for turn := range closeLooks / turnLooks {
				if n := attended(); n != turnLooks {
					t.Errorf("turn %d has %d looks, not %d", turn, n, turnLooks)
				}
			}
			if n := attended(); n != 1 {
				t.Errorf("a turn later has %d looks, not 1", n)
			}
		})
	})
	simulate(t, config{cores: 1}, func(t *testing.T, m *machine) {
		m.at(0, func() {
			mon := m.mon(0)
			mon.closely = 0
			if err := mon.beginOperation(&Operation{Type: opNothing}, func(agree.EventKind, bool) {}); err != nil {
				t.Error(err)
			}
			if mon.attend(); mon.closely == 0 {
				t.Error("an operation has nobody look closely")
			}
		})
	})
}

// Whatever a deadline makes the loop send has its doorbell, also when the deadline
// passes in the last look before the loop blocks.
// Sabotage: let Run take no notice of what expire reports.
func TestDeadlineBeforeBlocking(t *testing.T) {
	simulate(t, config{cores: 2, rogues: []int{1}}, func(t *testing.T, m *machine) {
		r := m.rogue(1)
		r.link(t, 0)
		late := 0
		var received sync.WaitGroup
		received.Go(func() {
			var msg ump.Message
			for last := uint64(0); last < 400 && r.recv(0, &msg); {
				if msg.Type != pingThere.Number() {
					continue // who the owner is
				}
				last++
				if d := m.harts[1].time() - msg.W[2]; d > uint64(time.Millisecond) {
					late++
				}
				if msg.W[1]%2 == 0 { // or the ping ends
					r.send(0, pingBack.Number(), msg.W[0], msg.W[1])
				}
			}
		})
		var pings sync.WaitGroup
		pings.Go(func() { ping(m, 0, 0, 1, 400) })
		// Wake the loop shortly before each deadline, so that it passes while the
		// loop still looks for work.
		time.Sleep(10 * time.Millisecond)
		for range 190 {
			var deadline uint64
			m.at(0, func() {
				if p := m.mon(0).pings[1]; p != nil {
					deadline = p.deadline
				}
			})
			time.Sleep(time.Duration(deadline-min(deadline, m.harts[0].time())) - pollTime)
			m.at(0, func() {})
			time.Sleep(pollTime + 10*time.Millisecond)
		}
		pings.Wait()
		received.Wait()
		if late > 0 {
			t.Errorf("%d messages came late", late)
		}
	})
}

// A service is asked when it has something to do, in time when it says so, and not
// all the time.
// Sabotage: leave the service out of turn, deadline or handle.
func TestService(t *testing.T) {
	d := &device{late: -1}
	simulate(t, config{cores: 1, service: map[int]Service{0: d}}, func(t *testing.T, m *machine) {
		d.hart = m.harts[0]
		m.harts[0].post(External)
		m.soon(t, "interrupt", 4*lookTime, 0, func() bool { return d.interrupts == 1 })
		m.at(0, func() { d.asked = true })
		m.soon(t, "turn", 4*lookTime, 0, func() bool { return !d.asked })
		settle()
		before := d.turns
		time.Sleep(time.Minute)
		if settle(); d.turns != before {
			t.Errorf("%d turns in a minute without work", d.turns-before)
		}
		m.at(0, func() { d.deadline = m.harts[0].time() + uint64(time.Second) })
		time.Sleep(2 * time.Second)
		if settle(); d.late < 0 || d.late > time.Millisecond {
			t.Errorf("called %v after its deadline", d.late)
		}
	})
}

// idle checks that the event loops sleep.
func (m *machine) idle(t *testing.T) {
	t.Helper()
	for i, d := range m.awake() {
		t.Errorf("core %d was awake for %v of an idle second", i, d)
	}
}

// awake returns how long the event loops were busy in a second that were so for more
// than a quarter of it.
func (m *machine) awake() map[int]time.Duration {
	synctest.Wait()
	before := make([]int64, len(m.harts))
	for i, h := range m.harts {
		before[i] = h.looks.Load()
	}
	time.Sleep(time.Second)
	synctest.Wait()
	busy := map[int]time.Duration{}
	for i, h := range m.harts {
		if d := time.Duration(h.looks.Load()-before[i]) * m.tick; d > time.Second/4 {
			busy[i] = d
		}
	}
	return busy
}

// A loop that has found a ring full, and then has nothing more to send, sleeps when
// the ring has room again.
// Sabotage: let spinSend or soakBurst not leave its message in the outbox.
func TestSleepAfterAFullRing(t *testing.T) {
	for name, fill := range map[string]func(m *Monitor, p *peer){
		"spinSend": func(m *Monitor, p *peer) {
			for m.spinSend(p) {
			}
		},
		"soak": func(m *Monitor, p *peer) {
			for m.soak.deadline = range uint64(100) { // which the length of a burst depends on
				m.soakBurst(p)
			}
			m.soak.deadline = 0
		},
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, config{cores: 2, rogues: []int{1}, tick: time.Millisecond}, func(t *testing.T, m *machine) {
				r := m.rogue(1)
				r.link(t, 0)
				m.at(0, func() { fill(m.mon(0), m.mon(0).peers[1]) })
				m.idle(t)
				var msg ump.Message
				for range 100 {
					r.peers[0].TryRecv(&msg)
					r.ring(0)
					time.Sleep(time.Millisecond)
				}
				m.idle(t)
			})
		})
	}
}
