package monitor

import (
	"sync"
	"time"
)

// Programs ring as often as they like, and each doorbell interrupts another core. So all of a
// core's programs together ring another core at most once in a while; what comes sooner
// is put off, and rings once for all of it.

// userBellGap is that while. A woken round trip takes longer.
const userBellGap = 20 * time.Microsecond

// userBell is the doorbell of another core for this core's programs. Any goroutine uses it.
type userBell struct {
	mu   sync.Mutex
	next time.Duration // when it may be rung again, since userChannels.begun
	late bool          // it will be rung then
}

// ring has a core's doorbell rung, now or soon.
func (b *userBell) ring(m *Monitor, core int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Since(m.users.begun) // a call of the shim less than time.Now
	switch {
	case b.late:
	case now < b.next:
		b.late = true
		time.AfterFunc(b.next-now, func() {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.late, b.next = false, time.Since(m.users.begun)+userBellGap
			m.bindings.ring(core)
		})
	default:
		b.next = now + userBellGap
		m.bindings.ring(core)
	}
}
