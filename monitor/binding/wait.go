package binding

import (
	"sync"
	"sync/atomic"
	"time"
)

// Poll, then block. Who waits polls first, for about as long as blocking and being
// woken costs, with the lock held for some looks at a time. Who blocks sleeps on one
// condition with all others of this end, and with one timer for all of them: a timer of
// each wait's own would cost about as much as the rest of a wake-up.

// patience is how long a user waits. The time counts from the first look at the clock,
// which comes after the first looks at the channel.
type patience struct {
	bound time.Duration
	until time.Time // the end of the bound, zero before the first look at the clock
}

// over reports whether the bound has passed.
func (p *patience) over(now time.Time) bool {
	if p.until.IsZero() {
		p.until = now.Add(p.bound)
	}
	return !now.Before(p.until)
}

// need is what somebody waits for.
type need uint8

const (
	forMessage need = iota // of any kind
	forRoom                // in the ring
	numNeeds
)

// sleepers are those who block on one end.
type sleepers struct {
	bell    sync.Cond     // of the binding's lock
	waiting atomic.Int32  // who sleeps and has not been woken
	needs   [numNeeds]int // of those
	alarm   *time.Timer   // wakes them all, nil = there was none yet
	alarmAt time.Time     // when, zero = it is not set
}

// bed is the binding's lock for who sleeps: on letting go of it he rings the peer, and
// does what was left to do.
type bed Binding

func (b *bed) Lock()   { b.mu.Lock() }
func (b *bed) Unlock() { (*Binding)(b).leave() }

// looksPerClock is how often a poller looks before it looks at the clock, and lets
// others at the lock: some microseconds.
const looksPerClock = 1000

// await tries something, with the lock held, until it succeeds: it polls for a while,
// then it blocks. Its bounds are that of the caller and the end of the binding. What is
// tried may look so many times for what it needs.
func (b *Binding) await(p *patience, what need, try func(looks uint64) bool) error {
	poll := time.Duration(b.poll.Load())
	var pollEnd time.Time
	block, looks := poll == 0, uint64(looksPerClock)
	for {
		if block {
			looks = 1
		}
		b.mu.Lock()
		if try(looks) {
			b.leave()
			return nil
		}
		if b.ch == nil {
			b.unlock()
			return b.Err()
		}
		if b.advance() {
			b.leave()
			continue // what was in the way may be there no more
		}
		if p.bound <= 0 {
			b.leave()
			return ErrTimeout
		}
		now := time.Now()
		if p.over(now) {
			b.leave()
			return ErrTimeout
		}
		if pollEnd.IsZero() {
			pollEnd = now.Add(poll)
		}
		switch block = block || !now.Before(pollEnd); {
		case !block || b.why.Load() != nil:
			b.leave()
		case len(b.inbox) >= inboxMost: // what comes is for others, who do not fetch it
			b.leave()
			time.Sleep(min(fullGap, p.until.Sub(now)))
		case b.announce():
			b.sleep(now, p.until, what)
		default:
			b.leave()
		}
	}
}

// announce says to the peer that somebody here is about to block, and looks once more.
// It answers false if there is something to do. Nothing is announced then, for those
// who block already neither: they do it again. Whoever is to block counts as waiting
// before the peer can know of it, for the event loop passes an end by where nobody waits,
// and the peer rings once.
func (b *Binding) announce() bool {
	if b.needs[forRoom] > 0 && !b.ch.Starved() {
		b.wakeAll() // the channel would not announce that
	}
	b.waiting.Add(1)
	if b.ch.PrepareToWait() {
		return true
	}
	b.waiting.Add(-1)
	b.wakeAll()
	return false
}

// sleep blocks until somebody wakes all, at the latest at a time, with the lock held on
// entry and not on return, and with the wait announced.
func (b *Binding) sleep(now, until time.Time, what need) {
	b.needs[what]++
	b.setAlarm(now, until)
	b.bell.Wait()
	if b.ch != nil && b.waiting.Load() == 0 { // else the announcement is theirs, too
		b.ch.CancelWait()
	}
	b.unlock()
}

// setAlarm has all who sleep woken at a time, with the lock held. An alarm set too early
// is left alone: who wakes for nothing sets it anew.
func (b *Binding) setAlarm(now, at time.Time) {
	if !b.alarmAt.IsZero() && !at.Before(b.alarmAt) {
		return
	}
	b.alarmAt = at
	if b.alarm == nil {
		b.alarm = time.AfterFunc(at.Sub(now), b.ringAlarm)
	} else {
		b.alarm.Reset(at.Sub(now))
	}
}

// ringAlarm wakes all, who look at the clock.
func (b *Binding) ringAlarm() {
	b.mu.Lock()
	b.alarmAt = time.Time{}
	b.wakeAll()
	b.unlock()
}

// silence takes the alarm back for good, with the lock held.
func (b *Binding) silence() {
	if b.alarm != nil {
		b.alarm.Stop()
	}
}

// wakeAll wakes who blocks, with the lock held. From here on they do not count as
// waiting: the event loop that looks again before they run finds nothing to do.
func (b *Binding) wakeAll() {
	if b.waiting.Load() > 0 {
		b.waiting.Store(0)
		b.needs = [numNeeds]int{}
		b.bell.Broadcast()
	}
}

// wakeTakers wakes who may wait for what has been received, with the lock held.
func (b *Binding) wakeTakers() {
	if !b.lone {
		b.wakeAll()
	}
}

// Waiting reports whether anybody blocks on this end.
func (b *Binding) Waiting() bool { return b.waiting.Load() > 0 }

// Look wakes who blocks, if there is anything to do for them, and reports whether it
// did. It is for the event loop, whenever it turns, and with rung set after each
// doorbell; it does not wait.
func (b *Binding) Look(rung bool) bool {
	if !b.mu.TryLock() {
		b.flag(flagRung)
		b.settle()
		return true
	}
	woken := b.waiting.Load() > 0 && b.ch != nil && (b.ch.Ready() || rung && !b.again())
	if woken {
		b.wakeAll()
	}
	b.unlock()
	return woken
}

// again renews the announcement, for the peer rings once for each: what it rang for may
// have been taken by somebody who did not block. It answers false if those who block
// must do that themselves: there is something to do, or room is needed and the channel
// does not know, since somebody else found some.
func (b *Binding) again() bool {
	return (b.needs[forRoom] == 0 || b.ch.Starved()) && b.ch.PrepareToWait()
}
