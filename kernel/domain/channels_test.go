package domain

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"atoll/arch/layout"
	"atoll/arch/shim"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/kernel/dispatch"
)

// sleeper is a hart that waits until it is kicked.
type sleeper struct {
	hart
	kick chan struct{}
}

// Run runs nothing: the tests look at the registers of who is awake.
func (h *sleeper) Run(u *shim.User, _ uint64, serve func() *shim.User) {
	u.Cause = shim.CauseInterrupt
	runtime.Gosched()
	serve()
}

func (h *sleeper) Wait(uint64) { <-h.kick }
func (h *sleeper) Kick() {
	select {
	case h.kick <- struct{}{}:
	default:
	}
}

// maker is a monitor that does what the test says. It belongs to the loop, but for what
// the test lets it call.
type maker struct {
	t      testing.TB
	pages  uint64 // that have been given out
	links  []*link
	open   int // channels whose ends have not been dropped, and names
	export func(abi.Name, func(Link), func(Export, abi.Error))
	bind   func(abi.Name, func(Link, abi.Error))
}

func (m *maker) Export(n abi.Name, arrived func(Link), done func(Export, abi.Error)) {
	m.export(n, arrived, done)
}
func (m *maker) Bind(n abi.Name, done func(Link, abi.Error)) { m.bind(n, done) }

// Withdraw makes a maker an Export, too.
func (m *maker) Withdraw() { m.open-- }

// link is an end whose other end is the test.
type link struct {
	m                        *maker
	frame, spare             uint64
	rang, ended              func()
	rings                    int // of this end
	rung, watched, over      bool
	saved, released, dropped bool
	near                     bool // the other end is on this core, and this one, too
}

// foreignBase is where the memory of another core begins in these tests.
const foreignBase = 0x40_0000_0000

// link makes an end whose frame is another core's, or this one's.
func (m *maker) link(foreign bool) *link {
	m.pages += layout.PageSize
	l := &link{m: m, frame: foreignBase + m.pages}
	if foreign {
		l.spare = foreignBase + 1<<30 + m.pages
	}
	m.links = append(m.links, l)
	m.open++
	return l
}

func (l *link) use() {
	if l.dropped || l.released {
		l.m.t.Error("an end is used that is over")
	}
}
func (l *link) Core() int {
	if l.near {
		return 1
	}
	return 3
}
func (l *link) Ends() (own, other uint64) {
	if l.near {
		return l.frame, l.frame
	}
	return l.frame, l.frame + 1
}
func (l *link) Frame() uint64 { return l.frame }
func (l *link) Spare() uint64 { return l.spare }
func (l *link) Begin(rang, ended func()) {
	l.rang, l.ended = rang, ended
	if l.over {
		ended()
	}
}
func (l *link) Ring() { l.use(); l.rings++ }
func (l *link) Rung() bool {
	l.use()
	r := l.rung
	l.rung = false
	return r
}
func (l *link) Watch(on bool) { l.use(); l.watched = on }
func (l *link) Save()         { l.use(); l.saved = true }
func (l *link) Released() {
	l.use()
	if !l.saved {
		l.m.t.Error("the frame was given back before it was copied")
	}
	l.released = true
}
func (l *link) Drop() {
	if l.dropped {
		l.m.t.Error("an end is dropped twice")
	}
	l.dropped = true
	l.m.open--
}

// end ends the channel from the other side, ring rings.
func (l *link) end() {
	if l.over = true; l.ended != nil {
		l.ended()
	}
}

func (l *link) ring() {
	l.rung = true
	if l.watched {
		l.watched = false
		l.rang()
	}
}

// bindingWorld is a world with a loop that runs and channels.
type bindingWorld struct {
	*world
	m     *maker
	purse *purse
}

// purse is a bank that only charges: each for himself.
type purse struct {
	Bank
	t     testing.TB
	limit uint64
	held  map[uint32]uint64
}

func (b *purse) Charge(who uint32, bytes uint64) abi.Error {
	if b.held[who]+bytes > b.limit {
		return abi.ErrNoMemory
	}
	b.held[who] += bytes
	return abi.OK
}

func (b *purse) Return(who uint32, bytes uint64) {
	if b.held[who] < bytes {
		b.t.Errorf("%d is given back more than was charged", who)
		return
	}
	b.held[who] -= bytes
}

// payer is who is charged for what the caller asks for.
const payer = 7

func newBindingWorld(t testing.TB) *bindingWorld {
	w := &bindingWorld{world: newWorld(t), m: &maker{t: t}, purse: &purse{t: t, limit: 1 << 30, held: map[uint32]uint64{}}}
	h := &sleeper{hart{now: 1}, make(chan struct{}, 1)}
	w.Core.loop = dispatch.New(h, dispatch.NewScheduler(1000))
	w.SetChannels(w.m)
	w.m.export = func(_ abi.Name, _ func(Link), done func(Export, abi.Error)) {
		w.m.open++
		done(w.m, abi.OK)
	}
	w.m.bind = func(_ abi.Name, done func(Link, abi.Error)) { done(w.m.link(true), abi.OK) }
	must := func(e capability.Error) {
		if e != capability.OK {
			t.Fatal(e)
		}
	}
	must(w.db.Carve(slot(abi.SlotRAM), kernelSlot(3), capability.Made{Offset: (ramPages - 1) * layout.PageSize, Type: capability.Endpoint, Size: layout.PageSize}))
	must(w.Serve(kernelSlot(3), w.purse))
	must(w.db.Mint(slot(abi.SlotMemory), kernelSlot(3), capability.Write, payer))
	go w.loop.Run()
	t.Cleanup(w.loop.Stop)
	w.in(func() {
		w.want(abi.OK, abi.CallRetype, uint64(abi.SlotRAM), 0, uint64(capability.Endpoint), layout.PageSize, 1, uint64(abi.SlotRoot), at(0)>>16)
	})
	return w
}

// in has the loop do something, and then all that follows from it.
func (w *bindingWorld) in(f func()) {
	w.t.Helper()
	w.once(f)
	for range 20 {
		w.once(func() {})
	}
}

func (w *bindingWorld) once(f func()) {
	done := make(chan struct{})
	w.loop.Do(func() { defer close(done); f() })
	<-done
}

// begin makes a call that waits until a time, in the loop, and ended looks what it came to.
func (w *bindingWorld) begin(p *Caller, until, number uint64, args ...uint64) {
	p.X[regA7] = number
	copy(p.X[regA0:regA7], args)
	p.X[regUntil] = until
	w.Call(p)
}

func (w *bindingWorld) ended(p *Caller, want abi.Error) {
	w.t.Helper()
	w.once(func() {
		if e := abi.Error(p.X[regA0]); p.Waits() || e != want {
			w.t.Errorf("waits: %v, the answer is %v, want %v", p.Waits(), e, want)
		}
	})
}

func (w *bindingWorld) waits(p *Caller) {
	w.t.Helper()
	w.once(func() {
		if !p.Waits() {
			w.t.Errorf("the call has ended: %v", abi.Error(p.X[regA0]))
		}
	})
}

var aName, _ = abi.NameOf("a")

func named(args ...uint64) []uint64 { return append(aName[:], args...) }

// A bind gives both capabilities, a ring wakes who waits, once, and one that came before is
// not lost; the end of the channel leaves the frame's copy, which goes with the binding.
// Sabotages: in await, look for a ring only before Watch; in end, do not Replace; in drop,
// do not RevokeShared; in install, plant only the frame.
func TestBinding(t *testing.T) {
	w := newBindingWorld(t)
	before := w.db.Count()
	w.in(func() { w.begin(w.p, abi.Forever, abi.CallBind, named(at(1), at(2))...) })
	w.ended(w.p, abi.OK)
	l := w.m.links[0]
	page := func() uint64 {
		is, _ := w.db.Identify(slot(capability.Address(at(2))))
		return is.Base
	}
	w.in(func() {
		if w.p.X[regA0+1] != 3 || page() != l.frame {
			t.Errorf("core %d, frame %#x", w.p.X[regA0+1], page())
		}
		w.want(abi.OK, abi.CallRing, at(1))
		w.begin(w.p, 0, abi.CallAwait, at(1))
	})
	w.ended(w.p, abi.ErrTime)
	w.in(func() { l.ring(); w.begin(w.p, 0, abi.CallAwait, at(1)) })
	w.ended(w.p, abi.OK)
	for range 2 {
		w.in(func() { w.begin(w.p, abi.Forever, abi.CallAwait, at(1)) })
		w.waits(w.p)
		w.in(l.ring)
		w.ended(w.p, abi.OK)
	}
	w.in(func() { w.begin(w.p, abi.Forever, abi.CallAwait, at(1)) })
	w.in(func() {
		l.end()
		if l.rings != 1 || !l.saved && l.released {
			t.Errorf("%+v", l)
		}
	})
	w.ended(w.p, abi.ErrPeerDead)
	w.in(func() {
		if page() != l.spare || !l.released {
			t.Errorf("at the end the frame is %#x, %+v", page(), l)
		}
		w.want(abi.ErrPeerDead, abi.CallRing, at(1))
		w.want(abi.OK, abi.CallDelete, at(1))
	})
	w.in(func() {
		if !l.dropped || w.m.open != 0 || w.db.Count() != before {
			t.Errorf("%+v, %d capabilities, want %d", l, w.db.Count(), before)
		}
	})
}

// copies has somebody make as many copies of what begins at a page, or has a number, as there is
// room for; one may be at an address of the table.
func (w *bindingWorld) copies(src, base uint64) {
	const first, last = 10, 200
	for i := uint64(first); i <= last; i++ {
		r := slot(capability.Address(at(i)))
		is, e := w.db.Identify(r)
		if e == capability.OK && is.Base == base {
			src = at(i)
		} else {
			w.db.Delete(r)
		}
	}
	for i := uint64(first); i <= last; i++ {
		w.db.Copy(slot(capability.Address(at(i))), slot(capability.Address(src)))
	}
}

// beside has somebody make copies between the parts of what f begins, and reports whether that is
// over while he still does.
func (w *bindingWorld) beside(src, base uint64, f func(), over func() bool) (is bool) {
	rounds, done := 50, make(chan struct{})
	w.loop.Do(func() {
		w.loop.Chore(func() bool {
			w.copies(src, base)
			if rounds--; rounds == 0 {
				is = over()
				close(done)
			}
			return rounds > 0
		})
		w.copies(src, base)
		f()
	})
	<-done
	return is
}

// Who has copies of a channel's frame cannot keep the channel from its end by making more of them:
// nor the other core, which wants its frame back, nor the domain at the other end.
// Sabotages: in end, do not Freeze; in drop, do not Freeze.
func TestEndBesideCopies(t *testing.T) {
	w := newBindingWorld(t)
	w.in(func() { w.begin(w.p, abi.Forever, abi.CallBind, named(at(1), at(2))...) })
	w.ended(w.p, abi.OK)
	l := w.m.links[0]
	if !w.beside(at(2), l.frame, l.end, func() bool { return l.released }) {
		t.Error("the other core does not get its frame back")
	}
	if !w.beside(at(2), l.spare, func() { w.want(abi.OK, abi.CallDelete, at(1)) }, func() bool { return l.dropped }) {
		t.Error("the channel does not end")
	}
}

// Nor can who has copies of a capability keep a revoke of it from its end, if who wants that waits
// for it: of memory, and of any other. Who has waited has it, and nobody else.
// Sabotages: in revokeAll, do not Freeze, do not Thaw, or do not look whether he keeps it; in
// isFrozen, look at inMemory of all.
func TestRevokeBesideCopies(t *testing.T) {
	w, _ := passing(t)
	for _, from := range []uint64{at(3), at(0), at(1)} { // a frame, an endpoint, a binding
		mine := slot(capability.Address(from))
		is, _ := w.db.Identify(mine)
		if !w.beside(from, is.Base, func() { w.begin(w.p, abi.Forever, abi.CallRevoke, from, abi.RevokeAll) }, func() bool { return !w.p.Waits() }) {
			t.Errorf("the revoke of a %v does not end", is.Type)
		}
		w.ended(w.p, abi.OK)
		w.once(func() {
			if now, _ := w.db.Identify(mine); now != is {
				t.Errorf("of %v there is %+v", is.Type, now)
			}
			if e := w.call(abi.CallCopy, from, at(5)); e != abi.OK {
				t.Errorf("a %v is not as it was: %v", is.Type, e)
			}
			w.db.Delete(slot(capability.Address(at(5))))
		})
	}
	frame, other := slot(capability.Address(at(3))), slot(capability.Address(at(0)))
	w.in(func() {
		w.begin(w.p, abi.Forever, abi.CallRevoke, at(3), abi.RevokeAll)
		w.db.Delete(frame)
		w.db.Copy(frame, other)
	})
	w.ended(w.p, refused(capability.ErrNoSuchCap))
	w.once(func() {
		if w.db.Empty(other) {
			t.Error("who has lost what he wanted to revoke has revoked what is there now")
		}
	})
}

// What is being taken away goes nowhere: through no channel, in no message, and no dispatcher gets it.
// Sabotages: leave the look at Frozen out of pass, outgoing or part.
func TestFrozenGoesNowhere(t *testing.T) {
	w, _ := passing(t)
	w.m.links[0].near = true
	w.in(func() {
		w.used = 32 * layout.PageSize
		w.slot = 20
		party := w.party(nil)
		is, _ := w.db.Identify(slot(capability.Address(at(3))))
		send := func() abi.Error {
			w.p.X[regGives], w.p.X[regSlot] = at(3), 0
			w.begin(w.p, abi.Forever, abi.CallSend, at(0))
			return abi.Error(w.p.X[regA0])
		}
		pass := func() abi.Error {
			w.begin(w.p, abi.Forever, abi.CallPass, at(1), at(3), uint64(capability.Read))
			return abi.Error(w.p.X[regA0])
		}
		w.db.Freeze(is)
		before := w.db.Count()
		equip := w.call(abi.CallConfigure, party.self, 0, 0, at(3), frameVA)
		if a, b := send(), pass(); a != refused(capability.ErrRevoked) || b != abi.ErrAgain || equip != refused(capability.ErrRevoked) || w.db.Count() != before {
			t.Errorf("sent: %v, passed: %v, given to a dispatcher: %v; %d capabilities, %d before", a, b, equip, w.db.Count(), before)
		}
		w.db.Thaw(is)
		equip = w.call(abi.CallConfigure, party.self, 0, 0, at(3), frameVA)
		if a, b := send(), pass(); a != abi.OK || b != abi.OK || equip != abi.OK {
			t.Errorf("afterwards: %v, %v, %v", a, b, equip)
		}
	})
}

// What is offered is accepted once, by who waits or comes later; a caller that gives up, or
// whose slots are full, loses no bind. What is offered goes with the endpoint.
// Sabotages: in giveEnd, delete what has arrived before install; in endExport, do not end.
func TestAccept(t *testing.T) {
	w := newBindingWorld(t)
	var arrived func(Link)
	w.m.export = func(_ abi.Name, a func(Link), done func(Export, abi.Error)) {
		arrived = a
		w.m.open++
		done(w.m, abi.OK)
	}
	w.in(func() { w.begin(w.p, abi.Forever, abi.CallExport, named(at(0))...) })
	w.ended(w.p, abi.OK)
	w.in(func() { w.want(abi.ErrBusy, abi.CallExport, named(at(0))...) })
	w.in(func() { w.begin(w.p, abi.Forever, abi.CallAccept, at(0), at(1), at(2)) })
	w.waits(w.p)
	w.in(func() { arrived(w.m.link(false)) })
	w.ended(w.p, abi.OK)
	w.in(func() {
		arrived(w.m.link(false))
		w.want(abi.OK, abi.CallNull)
	})
	w.in(func() {
		w.want(refused(capability.ErrNotEmpty), abi.CallAccept, at(0), at(1), at(3))
		w.want(refused(capability.ErrNotEmpty), abi.CallAccept, at(0), at(3), at(3))
		w.want(abi.OK, abi.CallAccept, at(0), at(3), at(4))
		w.begin(w.p, abi.Forever, abi.CallAccept, at(0), at(5), at(6))
		w.Expire(w.p)
		for range maxArrived + 3 {
			arrived(w.m.link(false))
		}
	})
	w.in(func() {
		for i := range uint64(maxArrived) {
			w.want(abi.OK, abi.CallAccept, at(0), at(5+2*i), at(6+2*i))
		}
		w.begin(w.p, abi.Forever, abi.CallAccept, at(0), at(50), at(51))
	})
	w.waits(w.p)
	w.in(func() { w.want(abi.OK, abi.CallNull); w.db.Delete(slot(capability.Address(at(0)))) })
	w.in(func() {
		arrived(w.m.link(false)) // too late
		w.db.Revoke(slot(abi.SlotRAM), 1000)
		for i := range uint64(60) {
			w.db.Delete(slot(capability.Address(at(i))))
		}
	})
	w.in(func() {
		if w.m.open != 0 {
			t.Errorf("%d ends or names are left", w.m.open)
		}
	})
}

// Each end is charged to who is named by the caller's capability to the memory server, until
// it ends: who has as much as he may gets none, nor who names nobody, and whatever else goes
// wrong nothing stays charged. When he ends his ends go, whoever has them, and no others.
// Sabotages: in bound, do not Return; in arrived, do not Charge; in EndChannels, do not look at
// who; in close, do not set ended.
func TestChannelCharges(t *testing.T) {
	w := newBindingWorld(t)
	held := func(pages uint64) {
		t.Helper()
		w.once(func() {
			if got := w.purse.held[payer]; got != pages*layout.PageSize {
				t.Errorf("%d bytes are charged, want %d pages", got, pages)
			}
		})
	}
	bind := func(want abi.Error, first uint64) {
		t.Helper()
		w.in(func() { w.begin(w.p, abi.Forever, abi.CallBind, named(at(first), at(first+1))...) })
		w.ended(w.p, want)
	}
	w.purse.limit = 3 * layout.PageSize
	bind(abi.OK, 1)
	bind(abi.OK, 3)
	held(2)
	works := w.m.bind
	w.m.bind = func(_ abi.Name, done func(Link, abi.Error)) { done(nil, abi.ErrName) }
	bind(abi.ErrName, 5)
	var late func()
	w.m.bind = func(_ abi.Name, done func(Link, abi.Error)) { late = func() { works(aName, done) } }
	w.in(func() { w.begin(w.p, abi.Forever, abi.CallBind, named(at(5), at(6))...) })
	w.in(func() { w.Expire(w.p); late() })
	w.ended(w.p, abi.ErrTime)
	w.m.bind = works
	held(2)

	var arrived func(Link)
	w.m.export = func(_ abi.Name, a func(Link), done func(Export, abi.Error)) {
		arrived = a
		w.m.open++
		done(w.m, abi.OK)
	}
	w.in(func() { w.begin(w.p, abi.Forever, abi.CallExport, named(at(0))...) })
	w.in(func() {
		arrived(w.m.link(false))
		arrived(w.m.link(false)) // for which there is nothing left
	})
	held(3)
	w.once(func() {
		if l := w.m.links; l[len(l)-2].dropped || !l[len(l)-1].dropped {
			t.Errorf("%+v, %+v", l[len(l)-2], l[len(l)-1])
		}
	})
	bind(abi.ErrNoMemory, 5)
	w.in(func() { w.want(abi.OK, abi.CallDelete, at(1)) })
	held(2)
	w.in(func() {
		w.want(abi.OK, abi.CallDelete, uint64(abi.SlotMemory))
		w.db.Mint(slot(abi.SlotMemory), kernelSlot(3), capability.Write, payer+1)
	})
	bind(abi.OK, 5)
	w.in(func() { w.want(abi.OK, abi.CallDelete, uint64(abi.SlotMemory)) })
	bind(abi.ErrNoMemory, 7)

	w.in(func() { w.begin(w.p, abi.Forever, abi.CallAwait, at(3)) })
	w.in(func() { w.EndChannels(payer) })
	w.ended(w.p, abi.ErrPeerDead)
	w.in(func() {
		w.want(abi.ErrPeerDead, abi.CallRing, at(3))
		w.want(abi.OK, abi.CallRing, at(5))
		w.want(refused(capability.ErrNoSuchCap), abi.CallIdentify, at(4))
		w.want(abi.OK, abi.CallDelete, at(3))
		w.want(abi.OK, abi.CallDelete, at(0)) // what has arrived goes with the export
	})
	held(0)
	w.in(func() { w.want(abi.OK, abi.CallDelete, at(5)) })
	w.once(func() {
		if w.purse.held[payer+1] != 0 || w.m.open != 0 || w.channels.bindings != [maxBindings]*binding{} {
			t.Errorf("%d bytes, %d ends or names are left", w.purse.held[payer+1], w.m.open)
		}
	})
}

// An end whose frame has many capabilities goes in steps, and its binding meanwhile.
// Sabotage: in drop, go on while the frame is moving.
func TestEndInSteps(t *testing.T) {
	w := newBindingWorld(t)
	before := w.db.Count()
	w.in(func() { w.begin(w.p, abi.Forever, abi.CallBind, named(at(1), at(2))...) })
	l := w.m.links[0]
	w.in(func() {
		for i := range uint64(2*sharedBudget + 10) {
			w.want(abi.OK, abi.CallCopy, at(2), at(3+i))
		}
		w.begin(w.p, abi.Forever, abi.CallAwait, at(1))
	})
	w.in(func() {
		l.end()
		w.loop.Do(func() {
			w.db.Delete(slot(capability.Address(at(1))))
			l.watched = true
			l.ring()
		})
	})
	w.ended(w.p, abi.ErrPeerDead)
	w.in(func() {
		if !l.dropped || w.db.Count() != before {
			t.Errorf("%+v, %d capabilities, want %d", l, w.db.Count(), before)
		}
	})
}

// Random calls of two callers, ends and rings of the other side, deaths of callers, and
// answers of the monitor in any order: nothing panics, no end is used that is over, every
// one is dropped, and no capability is left.
// Nobody is charged for anything then.
// Sabotages: in leaveChannel, keep the caller; in bound, do not drop; in drop, go on with one
// that is closed.
func TestRandomBindings(t *testing.T) {
	for seed := range uint64(60) {
		w := newBindingWorld(t)
		rnd := rand.New(rand.NewPCG(seed, 2))
		before := w.db.Count()
		var later []func()
		var arrived []func(Link)
		foreign := func() bool { return rnd.IntN(2) == 0 }
		w.m.export = func(_ abi.Name, a func(Link), done func(Export, abi.Error)) {
			later = append(later, func() {
				if rnd.IntN(4) == 0 {
					done(nil, abi.ErrTaken)
					return
				}
				w.m.open++
				arrived = append(arrived, a)
				done(w.m, abi.OK)
			})
		}
		w.m.bind = func(_ abi.Name, done func(Link, abi.Error)) {
			later = append(later, func() {
				if rnd.IntN(4) == 0 {
					done(nil, abi.ErrName)
				} else {
					done(w.m.link(foreign()), abi.OK)
				}
			})
		}
		callers := []*Caller{w.p, {}}
		w.in(func() { w.Admit(callers[1], kernelSlot(1), kernelSlot(2)) })
		place := func() uint64 { return at(uint64(rnd.IntN(8))) }
		until := func() uint64 { return []uint64{0, 100, abi.Forever}[rnd.IntN(3)] }
		quiet := map[*Caller]uint64{}
		for range 300 {
			w.once(func() {
				for _, p := range callers {
					if was, ok := quiet[p]; ok && was != p.X[regA0] {
						t.Errorf("seed %d: a caller that does not wait was answered", seed)
					}
				}
				i := rnd.IntN(2)
				p := callers[i]
				if p.Waits() {
					switch rnd.IntN(3) {
					case 0:
						w.Expire(p)
					case 1:
						w.Dismiss(p)
						callers[i] = &Caller{}
						w.Admit(callers[i], kernelSlot(1), kernelSlot(2))
					}
					p = callers[i]
				}
				if !p.Waits() {
					switch rnd.IntN(8) {
					case 0:
						w.begin(p, until(), abi.CallExport, named(place())...)
					case 1, 2:
						w.begin(p, until(), abi.CallBind, named(place(), place())...)
					case 3:
						w.begin(p, until(), abi.CallAccept, place(), place(), place())
					case 4:
						w.begin(p, until(), abi.CallAwait, place())
					case 5:
						w.begin(p, 0, abi.CallRing, place())
					case 6:
						w.begin(p, 0, abi.CallDelete, place())
					case 7:
						if rnd.IntN(2) == 0 {
							w.begin(p, 0, abi.CallRetype, uint64(abi.SlotRAM), uint64(rnd.IntN(4))*layout.PageSize, uint64(capability.Endpoint), layout.PageSize, 1, uint64(abi.SlotRoot), place()>>16)
						} else {
							w.begin(p, 0, abi.CallCopy, place(), place())
						}
					}
				}
				for _, p := range callers {
					if quiet[p] = p.X[regA0]; p.Waits() {
						delete(quiet, p)
					}
				}
				if n := len(w.m.links); n > 0 {
					switch l := w.m.links[rnd.IntN(n)]; {
					case l.dropped:
					case rnd.IntN(4) == 0:
						l.end()
					case !l.over:
						l.ring()
					}
				}
				if len(later) > 0 && rnd.IntN(2) == 0 {
					n := rnd.IntN(len(later))
					f := later[n]
					later = slices.Delete(later, n, n+1)
					f()
				}
				if rnd.IntN(60) == 0 {
					w.EndChannels(payer)
				}
				if len(arrived) > 0 && rnd.IntN(3) == 0 {
					arrived[rnd.IntN(len(arrived))](w.m.link(foreign()))
				}
			})
		}
		w.in(func() {
			for _, p := range callers {
				w.Dismiss(p)
			}
			for _, f := range later {
				f()
			}
		})
		w.in(func() {
			w.db.Revoke(slot(abi.SlotRAM), 100000)
			for i := range uint64(8) {
				w.db.Delete(slot(capability.Address(at(i))))
			}
		})
		w.in(func() {
			// With the RAM its endpoints go, and their capabilities.
			if w.m.open != 0 || w.db.Count() != before-3 || len(w.channels.jobs)+len(w.channels.exports) != 0 || w.purse.held[payer] != 0 {
				t.Errorf("seed %d: %d ends or names are left, %d capabilities, want %d, %d jobs, %d exports, %d bytes are charged",
					seed, w.m.open, w.db.Count(), before-3, len(w.channels.jobs), len(w.channels.exports), w.purse.held[payer])
			}
		})
		w.loop.Stop()
		if t.Failed() {
			return
		}
	}
}
