package monitor

import (
	"maps"
	"time"
)

// What an heir of the console has to know before its owner goes on is told to all, for any
// of them may be the heir. The owner waits until it is in their channels: what waits for
// room in an outbox is lost with the owner.

// heirsTime bounds how long that waits for a core that takes nothing. The next time it
// does not wait for this core at all, until that has taken what there was for it.
const heirsTime = time.Second

// tellOthers has the event loop take note of something, and tell all others if that says
// so. It returns when the messages are in the channels. Not for the event loop.
func (m *Monitor) tellOthers(note func() bool, tell func(*peer)) {
	told := make(map[*peer]uint64) // how far its outbox has to be sent
	m.wait(func() {
		if !note() {
			return
		}
		for _, p := range m.order {
			if !p.linked {
				continue
			}
			if p.flushed >= p.owed || len(p.outbox) == 0 { // or it has died
				p.owed = 0
			}
			if tell(p); len(p.outbox) > 0 && p.owed == 0 {
				told[p] = p.flushed + uint64(len(p.outbox))
			}
		}
	})
	for end := time.Now().Add(heirsTime); len(told) > 0 && time.Now().Before(end); time.Sleep(time.Millisecond) {
		m.wait(func() {
			maps.DeleteFunc(told, func(p *peer, n uint64) bool {
				return p.flushed >= n || len(p.outbox) == 0 || m.lives.get(p.core).State == Zombie
			})
		})
	}
	if len(told) > 0 {
		m.wait(func() {
			for p, n := range told {
				p.owed = n
			}
		})
	}
}
