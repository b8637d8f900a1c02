package team

import (
	"sync"
	"sync/atomic"
)

// spins are the looks that a member takes before it sleeps: some milliseconds, as long as it takes to
// wake one that sleeps on another core. With fewer one that has slept once would be late at the next
// barrier, so that another sleeps there, and so on.
const spins = 3_000_000

// barrier lets members wait for each other, over and over. It reverses its sense each time
// that all have come (Mellor-Crummey and Scott, Algorithms for scalable synchronization on
// shared-memory multiprocessors, 1991), so that who waits needs to look at one word, which one
// member writes once.
type barrier struct {
	members int32
	spins   int
	left    atomic.Int32 // who has yet to come
	_       [64]byte     // those who come do not take the line of those who look
	sense   atomic.Bool
	lock    sync.Mutex
	turned  *sync.Cond // the sense has changed
}

// newBarrier makes one for so many members, who look so often before they sleep.
func newBarrier(members, spins int) *barrier {
	b := &barrier{members: int32(members), spins: spins}
	b.left.Store(b.members)
	b.turned = sync.NewCond(&b.lock)
	return b
}

// wait returns when all members have called it with this sense, which is false the first
// time and turns each time.
func (b *barrier) wait(sense bool) {
	if b.left.Add(-1) == 0 {
		b.left.Store(b.members) // nobody comes again before the sense has changed
		b.lock.Lock()           // nobody is between his look and his sleep
		b.sense.Store(!sense)
		b.lock.Unlock()
		b.turned.Broadcast()
		return
	}
	for range b.spins {
		if b.sense.Load() != sense {
			return
		}
	}
	b.lock.Lock()
	for b.sense.Load() == sense {
		b.turned.Wait()
	}
	b.lock.Unlock()
}
