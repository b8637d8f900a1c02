package monitor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"atoll/arch/layout"
	"atoll/monitor/binding"
	"atoll/monitor/grant"
	"atoll/monitor/message"
	"atoll/monitor/ump"
)

// Bindings to services of other cores, and of this one (selfbinding.go). The client's monitor asks the server's, which
// grants it a frame of its user pool; both ends open a channel there (package binding)
// and use it from their own goroutines. The event loops only wake who waits, when a
// doorbell rings, and end a binding when they learn that the other core is dead, or has
// closed its end: that is the return, or the revocation, of the grant.

// Server serves one binding, in a goroutine of its own.
type Server func(*binding.Binding)

// maxBindings bounds the ends that a core has.
const maxBindings = 256

// bindings is what a core exports and the ends that it has. But for next they belong to
// the event loop.
type bindings struct {
	services    map[uint64]Server
	ends        []*bindEnd
	opening     int                // clients that wait until the user pool is open
	wanted      map[uint64]*wanted // by a number that the grant repeats
	next        atomic.Uint64
	woke        bool // somebody has been woken, and wants the hart
	poll        time.Duration
	ring        func(core int)
	kept        []*keptBinding
	keeping     int                     // that are being made
	measured    context.CancelCauseFunc // ends the measurement that goes on, nil = none
	measuredFor client
}

// bindEnd is one end of a binding and the memory that belongs to it.
type bindEnd struct {
	*binding.Binding
	id     uint32 // of the frame's grant, by the server
	number uint64 // of the service
	serves bool   // this core is the server
	memory *grant.Memory
	held   *grant.Held
	// Buffers of this end and of the other, nil = none.
	own    *grant.Memory
	theirs *grant.Held
	other  *bindEnd // of a binding of this core to itself; nil = the other end is elsewhere
}

// wanted is a binding that this core has asked for.
type wanted struct {
	core   int
	number uint64
	end    *bindEnd // nil until the frame has come
}

// bindQuestion asks for a binding to a service. The grant of its frame repeats the token.
type bindQuestion struct{ Number, Token uint64 }

// endRecord is an end of a binding, for the console.
type endRecord struct {
	Core    uint32 // the other end
	Serves  uint32 // not 0: this end is the service's
	Service uint64
}

var (
	askBind     = message.DeclareRequest[bindQuestion, message.None](70, "bind")
	askBindings = message.DeclareStream[message.None, message.None, endRecord](71, "bindings")
)

func init() {
	serveLater(askBind, (*Monitor).serveBind)
	serveStream(askBindings, func(m *Monitor, _ client, _ message.None) (none message.None, list []endRecord, err error) {
		for _, e := range m.bindings.ends {
			r := endRecord{Core: uint32(e.Core), Service: e.number}
			if e.serves {
				r.Serves = 1
			}
			list = append(list, r)
		}
		return none, list, nil
	})
}

func (b *bindings) init(m *Monitor) {
	b.services, b.wanted = map[uint64]Server{}, map[uint64]*wanted{}
	b.poll, b.ring = pollTime, m.hart.Ring
	b.services[echoService] = m.serveEcho
	b.services[knowledgeService] = m.serveKnowledge
	b.services[consoleService] = m.serveConsole
	b.services[soakService] = m.serveSoak
	b.services[parcelService] = m.serveParcels
	m.grants.Take(grant.ForBinding, m.takeFrame)
	m.grants.Take(grant.ForBuffer, m.takeBuffers)
}

// bindHost is what a binding needs of the monitor.
type bindHost struct{ m *Monitor }

func (h bindHost) Ring(core int) { h.m.bindings.ring(core) }

func (h bindHost) Released(b *binding.Binding) {
	h.m.do(func() { h.m.unbind(b) })
}

// Export offers a service under a number to all other cores. A later one under the same
// number takes its place. It may be called before Run.
func (m *Monitor) Export(number uint64, s Server) {
	m.do(func() { m.bindings.services[number] = s })
}

// Bind binds to the service that a core, which may be this one, exports under a number. It
// waits within the bound. Not for the event loop.
func (m *Monitor) Bind(ctx context.Context, core int, number uint64, bound time.Duration) (*binding.Binding, error) {
	if core == m.self {
		var b *binding.Binding
		var err error
		m.wait(func() { b, err = m.bindSelf(number) })
		return b, err
	}
	w := &wanted{core: core, number: number}
	token := m.bindings.next.Add(1)
	m.do(func() { m.bindings.wanted[token] = w })
	_, err := ask(ctx, m, core, askBind, bound, bindQuestion{number, token})
	m.do(func() {
		delete(m.bindings.wanted, token)
		if w.end != nil && err != nil {
			w.end.End(err)
		}
	})
	switch {
	case err != nil:
		return nil, err
	case w.end == nil: // it came before the answer, or not at all
		return nil, message.ErrShape
	}
	w.end.Link() // and the server its own
	return w.end.Binding, nil
}

// serveBind answers another core that wants to bind.
func (m *Monitor) serveBind(who client, q bindQuestion, done func(message.None, error)) {
	b := &m.bindings
	fail := func(err error) { done(message.None{}, err) }
	switch {
	case b.services[q.Number] == nil:
		fail(fmt.Errorf("core %d exports no service %d", m.self, q.Number))
		return
	case len(b.ends)+b.opening >= maxBindings:
		fail(fmt.Errorf("core %d has %d bindings already", m.self, maxBindings))
		return
	}
	b.opening++
	m.openPool()
	m.grants.WhenOpen(func() {
		b.opening--
		if err := m.grantFrame(who.core, q, fail); err != nil {
			fail(err)
		}
	})
}

// grantFrame grants the frame of a new binding. done is called if it returns nil.
func (m *Monitor) grantFrame(core int, q bindQuestion, done func(error)) error {
	memory, err := m.grants.New(1)
	if err != nil {
		return err
	}
	var given *grant.Given
	given, err = m.grants.Give(memory, core, layout.R|layout.W, grant.ForBinding, [3]uint64{q.Token}, func(err error) {
		if err != nil {
			m.grants.Free(memory, nil)
			done(err)
			return
		}
		e := &bindEnd{id: given.ID, number: q.Number, serves: true, memory: memory}
		m.addEnd(e, core, memory.Bytes)
		e.Link() // the client has made its end
		given.Gone = m.endBecause(e)
		go m.bindings.services[q.Number](e.Binding)
		done(nil)
	})
	if err != nil {
		m.grants.Free(memory, nil)
	}
	return err
}

// addEnd opens this core's end of a binding in its frame.
func (m *Monitor) addEnd(e *bindEnd, core int, frame []byte) {
	e.Binding = binding.New(bindHost{m}, ump.FrameIn(frame), m.self, core, m.incarnation, m.bindings.poll)
	m.bindings.ends = append(m.bindings.ends, e)
}

// endBecause returns what ends a binding when a grant of it has ended, or is to end.
func (m *Monitor) endBecause(e *bindEnd) func(why error) {
	return func(why error) {
		if errors.Is(why, grant.ErrDead) {
			e.End(peerDead(e.Core))
		} else {
			e.End(fmt.Errorf("core %d: %w", e.Core, binding.ErrClosed))
		}
	}
}

// takeFrame takes the frame of a binding that this core has asked for.
func (m *Monitor) takeFrame(h *grant.Held) grant.Why {
	w := m.bindings.wanted[h.Arg[0]]
	switch {
	case w == nil || w.core != h.Core || w.end != nil:
		return grant.NoSuchBind
	case h.Rights != layout.R|layout.W || h.Pages != 1:
		return grant.BadRights
	case len(m.bindings.ends) >= maxBindings:
		return grant.TooMany
	}
	e := &bindEnd{id: h.ID, number: w.number, held: h}
	m.addEnd(e, h.Core, h.Bytes)
	h.Ended = m.endBecause(e)
	w.end = e
	return 0
}

// GiveBuffers gives this end of a binding so many buffers of a size in bytes, together
// whole pages of the user pool, which the other end can read. It waits within the bound.
// Not for the event loop.
func (m *Monitor) GiveBuffers(b *binding.Binding, count, size uint64, bound time.Duration) error {
	pages := count * size / layout.PageSize
	if !binding.Regular(count, size, pages) || pages > grant.MaxPages {
		return fmt.Errorf("%d buffers of %d bytes are not 1 to %d buffers that fill whole pages", count, size, binding.MaxBuffers)
	}
	if b.Core == m.self {
		return m.giveSelf(b, count, size)
	}
	memory, err := m.NewMemory(pages, bound)
	if err != nil {
		return err
	}
	accepted := make(chan error, 1)
	m.do(func() {
		e := m.endOf(b)
		if e == nil || e.own != nil {
			accepted <- fmt.Errorf("the binding to core %d has ended, or has buffers", b.Core)
			return
		}
		arg := [3]uint64{uint64(e.id), count}
		if e.serves {
			arg[2] = 1
		}
		g, err := m.grants.Give(memory, b.Core, layout.R, grant.ForBuffer, arg, func(err error) { accepted <- err })
		if err != nil {
			accepted <- err
			return
		}
		e.own = memory // from here on it goes with the binding
		g.Gone = m.endBecause(e)
	})
	timer := time.NewTimer(bound)
	defer timer.Stop()
	select {
	case err = <-accepted:
	case <-timer.C:
		err = binding.ErrTimeout
	}
	if err == nil {
		err = b.SetOwn(memory.Bytes, count)
	}
	if err != nil {
		m.do(func() {
			if e := m.endOf(b); e == nil || e.own != memory {
				m.grants.Free(memory, nil)
			} else {
				e.End(err)
			}
		})
	}
	return err
}

// takeBuffers takes the buffers of a binding's other end.
func (m *Monitor) takeBuffers(h *grant.Held) grant.Why {
	count, bytes := h.Arg[1], h.Pages*layout.PageSize
	for _, e := range m.bindings.ends {
		if e.Core != h.Core || uint64(e.id) != h.Arg[0] || e.serves == (h.Arg[2] == 1) {
			continue
		}
		if h.Rights != layout.R || count == 0 || count > binding.MaxBuffers || !binding.Regular(count, bytes/count, h.Pages) {
			return grant.BadRights
		}
		if e.theirs != nil || !e.SetTheirs(h.Bytes, count) {
			return grant.NotWanted
		}
		e.theirs = h
		h.Ended = m.endBecause(e)
		return 0
	}
	return grant.NoSuchBind
}

// endOf returns the end that a binding is, nil if it has ended and been forgotten.
func (m *Monitor) endOf(b *binding.Binding) *bindEnd {
	for _, e := range m.bindings.ends {
		if e.Binding == b {
			return e
		}
	}
	return nil
}

// unbind lets the memory go of a binding that nobody here uses any more.
func (m *Monitor) unbind(b *binding.Binding) {
	e := m.endOf(b)
	if e == nil {
		return
	}
	m.bindings.ends = slices.DeleteFunc(m.bindings.ends, func(o *bindEnd) bool { return o == e })
	if e.other != nil {
		e.other.End(fmt.Errorf("core %d: %w", m.self, binding.ErrClosed))
	}
	for _, memory := range []*grant.Memory{e.memory, e.own} {
		if memory != nil {
			m.grants.Free(memory, nil)
		}
	}
	for _, h := range []*grant.Held{e.held, e.theirs} {
		if h != nil {
			m.grants.Release(h)
		}
	}
}

// loseBindings ends all bindings to a core that cannot be talked to. Those to a dead one
// end with their grants.
func (m *Monitor) loseBindings(core int, why error) {
	for _, e := range m.bindings.ends {
		if e.Core == core {
			e.End(why)
		}
	}
}

// lookAtBindings wakes who waits at a binding for what is there by now, and reports
// whether there was anybody. rung says that a doorbell has come in.
func (m *Monitor) lookAtBindings(rung bool) bool {
	any := false
	if len(m.bindings.ends) == 0 { // a walk through an empty map takes its time
		return false
	}
	for _, e := range m.bindings.ends {
		if e.Waiting() && e.Look(rung) {
			any = true
		}
	}
	m.bindings.woke = m.bindings.woke || any
	return any
}
