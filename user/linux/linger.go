package linux

import (
	"time"

	"atoll/user/vfs"
)

// A call that finds nothing to read in a pipe of which another core writes into memory that is read here, or no room in one that it reads, looks for a moment before it
// waits: what it waits for often comes in less time than it takes to be told of that and to be woken.

// mostLinger is how long it looks at most, looksLinger how often.
const (
	mostLinger  = 50 * time.Microsecond
	looksLinger = 1000
)

// linger looks for a moment whether a call that moves up to n bytes has something to do, if nobody else wants the hart meanwhile.
func (m *mover) linger(write bool, n uint64) {
	f, is := m.f.Content.(vfs.Elsewise)
	l := m.t.p.sys.loop
	if !is || !write && m.n > 0 || m.f.Nonblocking() || !f.Waits(write, int(min(n, mostMoved))) || l.Ready() > 1 {
		return
	}
	until := l.Now() + m.t.p.sys.env.Ticks(uint64(mostLinger))
	for looks := 0; looks < looksLinger && f.Waits(write, int(min(n, mostMoved))) && l.Now() < until && !l.Due(); looks++ {
	}
}
