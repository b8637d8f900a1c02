package monitor

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"atoll/arch/layout"
	"atoll/arch/order"
	"atoll/boot/plan"
	"atoll/kernel/abi"
	"atoll/kernel/domain"
	"atoll/monitor/grant"
	"atoll/monitor/message"
	"atoll/monitor/replica"
	"atoll/monitor/ump"
)

// Channels between programs (package domain has what they see of it). The client's monitor
// asks the server's, which grants it a frame of its user pool; both CPU drivers map it for
// their programs, and from then on the monitors only pass rings on, and the end.
//
// A ring is a number in the frame, in the Ask word of the end's line, that the CPU driver
// of who rings counts up, and a doorbell. The other core's event loop looks at the numbers
// of all ends that somebody waits at. The programs can write there, too: a number that is
// wrong rings for nothing, or not, and harms nobody but those two.
//
// The end of a grant is the end of the channel, and the other way round: who drops his
// end returns the frame, or revokes it.

// maxUserEnds bounds the ends that a core has of channels between programs, those that
// nobody has accepted yet included.
const maxUserEnds = 128

// userChannels is this core's part. It belongs to the event loop, but for watching.
type userChannels struct {
	exports  map[uint32]*userExport
	ends     []*userEnd
	opening  int                    // clients that wait until the user pool is open
	wanted   map[uint64]*userWanted // by a number that the grant repeats
	next     atomic.Uint64
	begun    time.Time
	number   uint32       // of the last export
	watching atomic.Int64 // ends at which somebody waits for a ring
	bells    [plan.MaxCores]userBell
	sources  map[int]*userSource // that programs of this core have, by the device's place in the plan
}

// userEnd is one end; it is a domain.Link.
type userEnd struct {
	m     *Monitor
	core  int // of the other end
	side  int // in the frame: 0 is the client's
	pa    uint64
	frame *ump.Frame
	spare *grant.Memory // takes the frame's place, nil = the frame is this core's
	// The frame is one of these: of this core, held, or shared by both ends on this core.
	memory *grant.Memory
	held   *grant.Held
	other  *userEnd // on this core, nil = the other end is elsewhere, or dropped

	rings uint64        // the loop's: how often this end has rung
	seen  atomic.Uint64 // the loop's: the other end's number when it last looked
	watch atomic.Bool   // the loop wants to be told

	mu    sync.Mutex
	rang  func()
	ended func()
	over  bool
}

// userWanted is a channel that a program of this core has asked for.
type userWanted struct {
	core int
	end  *userEnd // nil until the frame has come
}

// userBindQuestion asks for a channel to a program's service. The grant of its frame repeats
// the token.
type userBindQuestion struct{ Number, Token uint64 }

// userBindAnswer says whether there is one.
type userBindAnswer struct{ Error uint64 }

var askUserBind = message.DeclareRequest[userBindQuestion, userBindAnswer](104, "user-bind")

func init() { serveLater(askUserBind, (*Monitor).serveUserBind) }

func (u *userChannels) init(m *Monitor) {
	u.begun = time.Now()
	u.sources = map[int]*userSource{}
	u.exports, u.wanted = map[uint32]*userExport{}, map[uint64]*userWanted{}
	m.grants.Take(grant.ForProgram, m.takeUserFrame)
}

// Channels returns what makes channels between programs, for this core's CPU driver.
func (m *Monitor) Channels() domain.Channels { return channelMaker{m} }

type channelMaker struct{ m *Monitor }

// Bind binds to the service of a name, from a goroutine of its own.
func (c channelMaker) Bind(name abi.Name, done func(domain.Link, abi.Error)) {
	go func() {
		e, err := c.m.bindUser(name)
		if e == nil {
			done(nil, err)
			return
		}
		done(e, abi.OK)
	}()
}

// bindUser binds to the service of a name. Not for the event loop.
func (m *Monitor) bindUser(name abi.Name) (*userEnd, abi.Error) {
	var e replica.Entry
	there := false
	m.wait(func() { e, there = m.agreement.replica.Services.Lookup(userName(name)) })
	if !there {
		return nil, abi.ErrName
	}
	page, err := m.NewMemory(1, bindTime)
	if err != nil {
		return nil, abi.ErrNoMemory
	}
	if int(e.Core) == m.self {
		return m.bindUserSelf(e.Number, page)
	}
	return m.bindUserAt(int(e.Core), e.Number, page)
}

// bindUserSelf makes a channel between two programs of this core, over a page.
func (m *Monitor) bindUserSelf(number uint32, page *grant.Memory) (client *userEnd, e abi.Error) {
	m.wait(func() {
		x := m.users.exports[number]
		if x == nil || len(m.users.ends)+m.users.opening+2 > maxUserEnds {
			e = abi.ErrNoMemory
			if x == nil {
				e = abi.ErrName
			}
			m.grants.Free(page, nil)
			return
		}
		client = m.addUserEnd(&userEnd{core: m.self, side: 0, pa: page.PA, memory: page}, page.Bytes)
		server := m.addUserEnd(&userEnd{core: m.self, side: 1, pa: page.PA, memory: page, other: client}, page.Bytes)
		client.other = server
		x.arrived(server)
	})
	return client, e
}

// bindUserAt makes a channel to a program of another core. A page is to take the frame's
// place when that goes.
func (m *Monitor) bindUserAt(core int, number uint32, spare *grant.Memory) (*userEnd, abi.Error) {
	w := &userWanted{core: core}
	token := m.users.next.Add(1)
	m.do(func() { m.users.wanted[token] = w })
	a, err := ask(context.Background(), m, core, askUserBind, bindTime, userBindQuestion{uint64(number), token})
	m.wait(func() {
		delete(m.users.wanted, token)
		switch {
		case w.end == nil:
			m.grants.Free(spare, nil)
		case err != nil || a.Error != 0:
			w.end.spare = spare
			m.dropUserEnd(w.end)
		default:
			w.end.spare = spare
		}
	})
	switch {
	case errors.Is(err, errDown):
		return nil, abi.ErrPeerDead
	case err != nil:
		return nil, abi.ErrTime
	case a.Error != 0:
		return nil, abi.Error(a.Error)
	case w.end == nil: // it came before the answer, or not at all
		return nil, abi.ErrPeerDead
	}
	return w.end, abi.OK
}

// serveUserBind answers another core, a program of which wants to bind.
func (m *Monitor) serveUserBind(who client, q userBindQuestion, done func(userBindAnswer, error)) {
	u := &m.users
	answer := func(e abi.Error) { done(userBindAnswer{uint64(e)}, nil) }
	switch {
	case q.Number>>32 != 0 || u.exports[uint32(q.Number)] == nil || who.core == m.self:
		answer(abi.ErrName)
		return
	case len(u.ends)+u.opening >= maxUserEnds:
		answer(abi.ErrNoMemory)
		return
	}
	u.opening++
	m.openPool()
	m.grants.WhenOpen(func() {
		u.opening--
		if !m.grantUserFrame(who.core, q, answer) {
			answer(abi.ErrNoMemory)
		}
	})
}

// grantUserFrame grants the frame of a new channel. answer is called if it returns true.
func (m *Monitor) grantUserFrame(core int, q userBindQuestion, answer func(abi.Error)) bool {
	memory, err := m.grants.New(1)
	if err != nil {
		return false
	}
	var given *grant.Given
	given, err = m.grants.Give(memory, core, layout.R|layout.W, grant.ForProgram, [3]uint64{q.Token}, func(err error) {
		if err != nil {
			m.grants.Free(memory, nil)
			answer(abi.ErrPeerDead) // who asks knows better
			return
		}
		x := m.users.exports[uint32(q.Number)]
		if x == nil {
			m.grants.Free(memory, nil)
			answer(abi.ErrName)
			return
		}
		e := m.addUserEnd(&userEnd{core: core, side: 1, pa: memory.PA, memory: memory}, memory.Bytes)
		given.Gone = func(error) { e.end() }
		x.arrived(e)
		answer(abi.OK)
	})
	if err != nil {
		m.grants.Free(memory, nil)
	}
	return err == nil
}

// takeUserFrame takes the frame of a channel that a program of this core has asked for.
func (m *Monitor) takeUserFrame(h *grant.Held) grant.Why {
	w := m.users.wanted[h.Arg[0]]
	switch {
	case w == nil || w.core != h.Core || w.end != nil:
		return grant.NoSuchBind
	case h.Rights != layout.R|layout.W || h.Pages != 1:
		return grant.BadRights
	case len(m.users.ends) >= maxUserEnds:
		return grant.TooMany
	}
	e := m.addUserEnd(&userEnd{core: h.Core, side: 0, pa: h.PA, held: h}, h.Bytes)
	h.Ended = func(error) { e.end() }
	w.end = e
	return 0
}

func (m *Monitor) addUserEnd(e *userEnd, frame []byte) *userEnd {
	e.m, e.frame = m, ump.FrameIn(frame)
	m.users.ends = append(m.users.ends, e)
	return e
}

// loseUserChannels ends all channels to a core that cannot be talked to. Those to a dead
// one end with their grants.
func (m *Monitor) loseUserChannels(core int) {
	for _, e := range m.users.ends {
		if e.core == core {
			e.end()
		}
	}
}

// lookAtRings tells the CPU driver who has been rung, of those that it watches, and reports
// whether there was anybody.
func (m *Monitor) lookAtRings() (any bool) {
	if m.users.watching.Load() == 0 {
		return false
	}
	for _, e := range m.users.ends {
		if e.watch.Load() && e.frame != nil && e.theirs() != e.seen.Load() && e.unwatch() {
			any = true
			e.rang()
		}
	}
	m.aside = m.aside || any // they wait for the hart
	return any
}

// theirs is the other end's number of rings. It is input.
func (e *userEnd) theirs() uint64 { return order.LoadAcquire64(&e.frame.Line[1-e.side].Ask) }

// end ends the channel for this end: the other one is gone, or wants its frame back.
func (e *userEnd) end() {
	e.mu.Lock()
	first := !e.over
	e.over = true
	ended := e.ended
	e.mu.Unlock()
	if first && ended != nil {
		ended()
	}
}

// What the CPU driver calls: see domain.Link.

func (e *userEnd) Core() int     { return e.core }
func (e *userEnd) Frame() uint64 { return e.pa }

// Ends: a frame is that of one channel on the whole machine.
func (e *userEnd) Ends() (own, other uint64) {
	return e.pa | uint64(e.side), e.pa | uint64(1-e.side)
}

func (e *userEnd) Spare() uint64 {
	if e.spare == nil {
		return 0
	}
	return e.spare.PA
}

func (e *userEnd) Begin(rang, ended func()) {
	e.mu.Lock()
	e.rang, e.ended = rang, ended
	over := e.over
	e.mu.Unlock()
	if over {
		ended()
	}
}

func (e *userEnd) Ring() {
	e.rings++
	order.StoreRelease64(&e.frame.Line[e.side].Ask, e.rings)
	if e.core != e.m.self {
		order.FenceFull()
		e.m.users.bells[e.core].ring(e.m, e.core)
	} else if o := e.other; o != nil && o.unwatch() {
		o.rang()
	}
}

func (e *userEnd) Rung() bool {
	n := e.theirs()
	return e.seen.Swap(n) != n
}

// Watch has its full fence before the loop looks again whether it has been rung, as the
// doorbell comes after the number: so one of the two is seen.
func (e *userEnd) Watch(on bool) {
	if !on {
		e.unwatch()
		return
	}
	if !e.watch.Swap(true) {
		e.m.users.watching.Add(1)
	}
	order.FenceFull()
}

// unwatch reports whether somebody watched.
func (e *userEnd) unwatch() bool {
	was := e.watch.Swap(false)
	if was {
		e.m.users.watching.Add(-1)
	}
	return was
}

// Save copies the frame backwards: the control word of a message before what it stands for,
// so that no message is copied that was not whole.
func (e *userEnd) Save() { ump.CopyFrame(ump.FrameIn(e.spare.Bytes), e.frame) }

func (e *userEnd) Released() {
	e.unwatch()
	e.m.do(func() { e.release() })
}

// release gives another core's frame back.
func (e *userEnd) release() {
	e.frame = nil
	if h := e.held; h != nil {
		e.held = nil
		e.m.grants.Release(h)
	}
}

func (e *userEnd) Drop() {
	e.unwatch()
	e.m.do(func() { e.m.dropUserEnd(e) })
}

// dropUserEnd lets everything go that belongs to an end. A page that both ends have goes
// with the later one.
func (m *Monitor) dropUserEnd(e *userEnd) {
	for i, o := range m.users.ends {
		if o == e {
			m.users.ends = append(m.users.ends[:i:i], m.users.ends[i+1:]...)
			break
		}
	}
	e.mu.Lock()
	e.over, e.ended = true, nil
	e.mu.Unlock()
	e.release()
	if e.spare != nil {
		m.grants.Free(e.spare, nil)
	}
	switch o := e.other; {
	case o != nil:
		o.other = nil
		o.end()
	case e.memory != nil:
		m.grants.Free(e.memory, nil)
	}
}
