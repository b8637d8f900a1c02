package binding

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"atoll/monitor/ump"
)

// Message is what goes over a binding: seven words and a type from 1 to MaxType.
type Message = ump.Message

// Types of messages. Those above MaxType are the binding's own.
const (
	MaxType  uint16 = 0xffef
	typeHand        = MaxType + 1 // buffer, bytes: handed over
	typeBack        = MaxType + 2 // buffer: given back
)

// Errors of which callers may want to know.
var (
	ErrTimeout = errors.New("it took too long")
	ErrClosed  = errors.New("the binding is closed")
)

// Host is what a binding needs of its core.
type Host interface {
	// Ring is the doorbell of another core. Any goroutine calls it.
	Ring(core int)
	// Released is called once, by any goroutine, when a binding has ended and nobody
	// here uses its memory any more.
	Released(b *Binding)
}

// Binding is one end.
type Binding struct {
	Core int // of the other end

	host Host
	poll atomic.Int64 // how long a wait polls before it blocks

	mu      sync.Mutex
	ch      *ump.Channel // nil when it is over
	inbox   []Message    // received for others, or left when it ended; at most inboxMost
	scratch Message
	parts   []Part  // handed over by the peer, not yet taken
	own     *region // buffers of this end, nil = none
	kept    uint64  // of those to come, from which on, 0 = none
	inHand  int     // buffers that users have, of both ends
	sleepers
	closed bool // by this end
	over   bool // Released has been called
	lone   bool // one taker takes all that comes

	ended chan struct{} // closed when why is set

	theirs atomic.Pointer[region] // buffers of the peer
	flags  atomic.Uint32
	why    atomic.Pointer[error] // it has ended

	calls struct {
		sync.Mutex
		id uint64
	}
}

// Flags are marks for who holds the lock.
const (
	flagRung   = 1 << iota // somebody may have to wake
	flagEnding             // why is set
)

const (
	// inboxMost bounds what is received for others: as many as a ring holds.
	inboxMost = 31
	// fullGap is how often a waiter looks while others do not fetch what is theirs.
	fullGap = time.Millisecond
)

// New makes one end of a binding over a frame that both cores map and that was cleared
// before: core self in its life of that number, to core peer. poll is how long a wait
// polls before it blocks.
func New(host Host, frame *ump.Frame, self, peer int, life uint32, poll time.Duration) *Binding {
	b := &Binding{Core: peer, host: host, ch: ump.Open(frame, self, peer, life), ended: make(chan struct{})}
	b.bell.L = (*bed)(b)
	b.SetPoll(poll)
	return b
}

// SetPoll says how long the waits that begin from now on poll before they block. A
// goroutine that polls leaves its processor to no other.
func (b *Binding) SetPoll(poll time.Duration) { b.poll.Store(int64(poll)) }

// Link takes the next step of the channel's link, if the peer has done its own. When
// both ends are made and each has done so once, in the order in which they were made,
// Send needs nobody at the other end.
func (b *Binding) Link() {
	b.mu.Lock()
	if b.ch != nil {
		b.advance()
	}
	b.leave()
}

// Send sends a message. It waits within the bound for room.
func (b *Binding) Send(typ uint16, w *[7]uint64, bound time.Duration) error {
	if typ == 0 || typ > MaxType {
		return badType(typ)
	}
	return b.send(typ, w, &patience{bound: bound})
}

func badType(typ uint16) error { return fmt.Errorf("%d is no type of a message", typ) }

func (b *Binding) send(typ uint16, w *[7]uint64, p *patience) error {
	b.mu.Lock()
	if b.ch != nil && b.ch.TrySend(typ, w) { // nearly always
		b.leave()
		return nil
	}
	b.unlock()
	err := b.await(p, forRoom, func(looks uint64) bool { return b.put(typ, w, looks) })
	if err == ErrTimeout {
		b.forget()
	}
	return err
}

// forget says that room is wanted no more by somebody who has found none.
func (b *Binding) forget() {
	b.mu.Lock()
	if b.ch != nil {
		b.ch.Forget()
	}
	b.unlock()
}

// put sends a message, with the lock held. Where there is no room it makes some for the
// peer, which may wait for that.
func (b *Binding) put(typ uint16, w *[7]uint64, looks uint64) bool {
	if b.ch == nil {
		return false
	}
	if b.ch.TrySend(typ, w) {
		return true
	}
	b.pump(1)
	for ; looks > 1 && b.ch != nil && !b.ch.Ready(); looks-- {
	}
	return looks > 1 && b.ch != nil && b.ch.TrySend(typ, w)
}

// Recv waits within the bound for a message. What the peer had sent before the binding
// ended is received before the error.
func (b *Binding) Recv(m *Message, bound time.Duration) error {
	return b.recv(m, &patience{bound: bound})
}

func (b *Binding) recv(m *Message, p *patience) error {
	return b.await(p, forMessage, func(looks uint64) bool { return b.next(m, looks) })
}

// Call sends a message whose first word it sets to a number, and waits within the bound
// for one that carries the same number. Messages with other numbers are dropped: they
// answer calls that were given up. Calls of several goroutines go one after the other;
// an end that calls must not Recv meanwhile.
func (b *Binding) Call(typ uint16, w *[7]uint64, answer *Message, bound time.Duration) error {
	if typ == 0 || typ > MaxType {
		return badType(typ)
	}
	b.calls.Lock()
	defer b.calls.Unlock()
	b.calls.id++
	w[0] = b.calls.id
	p := patience{bound: bound}
	if err := b.send(typ, w, &p); err != nil {
		return err
	}
	for {
		if err := b.recv(answer, &p); err != nil || answer.W[0] == b.calls.id {
			return err
		}
		if p.over(time.Now()) { // whatever the peer sends
			return ErrTimeout
		}
	}
}

// Close ends the binding from this side. The peer receives what was sent before.
func (b *Binding) Close() {
	b.mu.Lock()
	b.closed = true
	b.unlock()
	b.End(ErrClosed)
}

// Err says why the binding has ended, nil if it has not.
func (b *Binding) Err() error {
	if why := b.why.Load(); why != nil {
		return *why
	}
	return nil
}

// next takes the next message for a user, with the lock held.
func (b *Binding) next(m *Message, looks uint64) bool {
	if len(b.inbox) > 0 && !b.closed {
		*m = b.inbox[0]
		b.inbox = b.inbox[:copy(b.inbox, b.inbox[1:])]
		return true
	}
	for b.ch != nil && b.ch.Await(m, looks) {
		if m.Type <= MaxType {
			return true
		}
		b.internal(m)
	}
	return false
}

// pump receives on behalf of others, as long as there is room for what is theirs.
func (b *Binding) pump(looks uint64) {
	m := &b.scratch
	for ; b.ch != nil && len(b.inbox) < inboxMost && b.ch.Await(m, looks); looks = 1 {
		if m.Type > MaxType {
			b.internal(m)
			continue
		}
		b.inbox = append(b.inbox, *m)
		b.wakeTakers()
	}
}

// leave unlocks, and rings the peer's doorbell if it waits for what has been done.
func (b *Binding) leave() {
	ring := b.ch != nil && b.ch.PeerWaiting()
	b.unlock()
	if ring {
		b.host.Ring(b.Core)
	}
}

// advance looks at the peer's line, and reports whether the channel has come further.
func (b *Binding) advance() bool {
	before := b.ch.State()
	now := b.ch.Advance()
	switch now {
	case ump.Broken:
		b.mark(fmt.Errorf("the binding to core %d is lost: %w", b.Core, b.ch.Err()))
	case ump.Draining:
		b.mark(fmt.Errorf("the binding to core %d is lost: it shows another life", b.Core))
	}
	return now != before
}
