package linux

import (
	"math/bits"

	"atoll/arch/layout"
	"atoll/arch/shim"
	"atoll/kernel/abi"
	"atoll/kernel/dispatch"
	"atoll/kernel/domain"
	"atoll/monitor/spans"
)

// A system may span cores: this one, its home, has all of its state, and threads of it run on others,
// its hosts, until they trap (package spans). A thread is sent to a host instead of beginning a turn
// here, and what its trap asks for is done here as for any other.

// Span is what lets threads of a system run on other cores. It is for the loop, and calls back in it.
type Span interface {
	spans.Carrier
	// Lend lends a core the RAM of the system's memory, and calls done with whether it has it.
	Lend(core int, done func(ok bool))
	// Guest returns a number for a thread that is sent to a host, of this core's alone; messages about
	// it are for the system's Guest until Forget.
	Guest() uint32
	Forget(guest uint32)
	// Lost is told of a process that ends because a host of its threads has died.
	Lost(pid uint64, host int)
}

// spanning is what a system knows of its hosts. It belongs to the loop.
type spanning struct {
	Span
	sys        *System
	home       int
	program    uint32
	base, size uint64 // of the RAM
	cores      uint64 // those that threads may run on, a bit each; the home is one
	spread     uint64 // those of them on which threads run that have not said where they may
	hosts      [64]host
	guests     map[uint32]*thread
	leaving    []*thread // they are sent off before anybody's next turn
	lastSpace  uint32
	shoots
}

// host is what the home knows of another core.
type host struct {
	state   hostState
	waiting []func() // for it to become ready, or not
}

type hostState uint8

const (
	hostNew     hostState = iota
	hostAsked             // it is being lent the RAM
	hostReady             // threads may be sent there
	hostRefuses           // not in this life of it
)

// SetSpan lets threads of the system run on other cores than this one, the home: on those of a set, among
// which they are placed, or, if the set is empty, on all that live, where threads go only that say so
// (sched_setaffinity). The system's memory is the RAM at base. It is called before Begin.
func (s *System) SetSpan(x Span, home int, program uint32, cores, base, size uint64) {
	spread := cores | 1<<home
	if cores == 0 {
		cores = everywhere
	}
	s.span = &spanning{
		Span: x, sys: s, home: home, program: program, cores: cores | 1<<home, spread: spread, base: base, size: size, guests: map[uint32]*thread{},
	}
}

// everywhere is the set of all cores.
const everywhere = ^uint64(0)

// set is the cores that a thread may run on.
func (x *spanning) set(t *thread) uint64 {
	if t.cores != 0 {
		return t.cores
	}
	return x.living()
}

// living is the cores that the threads of the system may run on, of those that live.
func (x *spanning) living() uint64 { return x.cores&x.Living() | 1<<x.home }

// away is where a thread is that is not, or was not always, at home.
type away struct {
	abroad   bool   // its registers are at the host, or on their way
	recalled bool   // it has been asked to come
	leaves   bool   // it is in leaving
	returns  bool   // from a handler, and has not run since
	short    bool   // it has come with the registers of a call: the host has the rest
	asked    bool   // the host was asked for that: until it has come the thread does not go on
	unserved bool   // its call is served then
	stays    bool   // it needs what only the home has
	host     int    // whose guest it is, if guest is not 0
	last     int    // the core on which it ran last
	guest    uint32 // its number there, 0: none
	in       *memory
	cores    uint64 // where it may run, 0: anywhere
	chose    bool   // it has said so, and has had no turn since
	regs     *spans.Assembly
	ticks    uint64 // that it has had on other cores
	settles  *round // it goes on when that is over
}

// Used returns for how many ticks the thread has had a hart.
func (t *thread) Used() uint64 { return t.Dispatcher.Used() + t.ticks }

// unsettled has the thread wait if a shootdown that it has caused is not over, and reports whether it does.
func (t *thread) unsettled() bool {
	if t.settles != nil && !t.settles.over {
		t.p.sys.loop.Sleep(&t.Dispatcher, dispatch.Forever)
		t.settles.then = append(t.settles.then, t.resume)
		return true
	}
	t.settles = nil
	return false
}

// isHere reports whether the thread takes its turn here. Else it is sent where it is to run.
func (x *spanning) isHere(t *thread) bool {
	l, core := x.sys.loop, x.place(t)
	switch {
	case t.short && (core != t.host || t.in != t.p.memory):
		l.Sleep(&t.Dispatcher, dispatch.Forever)
		x.fetch(t)
		return false
	case core == x.home:
		t.last = core
		return t.isBack()
	case t.chose && t.last == x.home:
		t.chose = false
		l.Until(l.Now() + x.sys.env.Ticks(grace))
		return t.isBack()
	}
	t.chose = false
	l.Sleep(&t.Dispatcher, dispatch.Forever)
	switch {
	case x.hosts[core].state == hostReady:
		// What it reads there is no older than what it was woken for.
		x.after(func() { x.send(t, core) })
	default:
		x.hosts[core].waiting = append(x.hosts[core].waiting, t.resume)
		x.ask(core)
	}
	return false
}

// grace is how long a thread may run on at home, in nanoseconds, that has chosen other cores: who has done that for the program that it executes
// next need not go there and back for it, since that begins where it is to run.
const grace = 500_000

// wasAway reports whether the thread ran on another core last, and may go on there.
func (t *thread) wasAway() bool {
	x := t.p.sys.span
	return x != nil && t.guest != 0 && t.last != x.home
}

// resume has the thread take its turn, if it still wants one.
func (t *thread) resume() {
	if !t.gone && !t.abroad {
		t.runAgain()
	}
}

// leave has a thread that wants to run be sent to where it was without a turn here: others may have the
// hart for long before that comes.
func (x *spanning) leave(t *thread) {
	if t.leaves {
		return
	}
	t.leaves = true
	if x.leaving = append(x.leaving, t); len(x.leaving) == 1 {
		x.sys.loop.Do(x.seeOff)
	}
}

// seeOff sends off those who leave.
func (x *spanning) seeOff() {
	list := x.leaving
	x.leaving = nil
	for _, t := range list {
		t.leaves = false
		x.goesOn(t)
	}
}

// goesOn has a thread run where it is to, if it still wants to. What is to be done before begins a turn here.
func (x *spanning) goesOn(t *thread) {
	switch {
	case t.gone || t.abroad || t.asleep || t.asked || t.p.stopped || t.Waits(), t.unsettled(), t.kept():
	case t.long.part != nil || x.isHere(t):
		x.sys.loop.Wake(&t.Dispatcher)
	}
}

// isBack has a thread take its turn at home that may have come from a handler, and reports whether it does.
func (t *thread) isBack() bool {
	if t.returns {
		t.returns = false
		t.deliverPending()
		if t.p.stopped {
			t.p.sys.loop.Sleep(&t.Dispatcher, dispatch.Forever)
		}
	}
	return !t.gone && !t.p.stopped
}

// place says on which core a thread runs next: where fewest of the others run, at home if they are
// equal, else where it was. It replaces nobody who runs.
func (x *spanning) place(t *thread) int {
	may := x.spread
	if t.cores != 0 {
		may = t.cores
	}
	if t.stays || may == 1<<x.home {
		return x.home
	}
	var load [64]int
	for _, p := range x.sys.processes {
		for _, o := range p.threads {
			switch {
			case o == t || p.stopped || o.asleep || o.Waits():
			case o.abroad:
				load[o.host]++
			default:
				load[x.home]++
			}
		}
	}
	best, least := -1, 0
	consider := func(core int) {
		if may>>core&1 != 0 && x.may(core, may) && (best < 0 || load[core] < least) {
			best, least = core, load[core]
		}
	}
	consider(x.home)
	if t.guest != 0 {
		consider(t.last)
	}
	for rest := may; rest != 0; rest &= rest - 1 {
		consider(bits.TrailingZeros64(rest))
	}
	if best < 0 {
		return x.home // the others are dead, or have no memory for it
	}
	return best
}

// may reports whether a core can be a thread's. One that is not ready yet is waited for only if it is
// all that there is.
func (x *spanning) may(core int, may uint64) bool {
	switch {
	case core == x.home:
		return true
	case x.hosts[core].state == hostReady:
		return true
	case x.hosts[core].state == hostRefuses:
		return false
	}
	x.ask(core)
	return may&(1<<x.home) == 0
}

// ask makes a core a host, if that has not been tried.
func (x *spanning) ask(core int) {
	h := &x.hosts[core]
	if h.state != hostNew {
		return
	}
	h.state = hostAsked
	x.Lend(core, func(ok bool) {
		if h.state != hostAsked {
			return
		}
		h.state = hostRefuses
		if ok {
			h.state = hostReady
		}
		waiting := h.waiting
		h.waiting = nil
		for _, f := range waiting {
			f()
		}
	})
}

// send sends a thread to a host, if it still wants to run.
func (x *spanning) send(t *thread, core int) {
	switch {
	case t.gone || t.abroad || t.asleep || t.asked || t.p.stopped || t.Waits():
		return
	case x.hosts[core].state != hostReady:
		t.resume()
		return
	}
	var list []spans.Msg
	if t.guest == 0 || t.host != core || t.in != t.p.memory {
		x.close(t)
		t.guest, t.host, t.in = x.Guest(), core, t.p.memory
		x.guests[t.guest] = t
		list = append(list, spans.Msg{Kind: spans.Open, Guest: t.guest, W: [spans.Words]uint64{uint64(x.program), uint64(x.space(t.in)), x.base, x.size}})
	}
	x.sys.loop.Sleep(&t.Dispatcher, dispatch.Forever)
	t.abroad, t.last = true, core
	n := spans.All(&t.User)
	if t.short {
		n = spans.OfAnswer
	}
	x.Send(core, append(list, spans.Pack(spans.Enter, t.guest, &t.User, 0, n)...)...)
	if t.returns {
		t.returns = false
		t.deliverPending() // recalls it, if there is anything: the host lets it run first
	}
}

// space returns the number of an address space, of which others have replicas from then on.
func (x *spanning) space(m *memory) uint32 {
	if m.number == 0 {
		x.lastSpace++
		m.number = x.lastSpace
		m.space.Withdrawn = func(va, by uint64) { x.withdrawn(m, va, va+layout.PageSize, by) }
	}
	return m.number
}

// close has the host forget a thread.
func (x *spanning) close(t *thread) {
	if t.guest != 0 {
		x.Send(t.host, spans.Msg{Kind: spans.Close, Guest: t.guest})
		delete(x.guests, t.guest)
		x.Forget(t.guest)
		t.guest, t.abroad, t.recalled, t.short, t.asked = 0, false, false, false, false
	}
}

// fetch has the host send the rest of a thread's registers.
func (x *spanning) fetch(t *thread) {
	if !t.asked {
		t.asked = true
		x.Send(t.host, spans.Msg{Kind: spans.Want, Guest: t.guest})
	}
}

// rest takes the rest of a thread's registers, with which it goes on.
func (x *spanning) rest(t *thread) {
	t.regs.UnpackRest(&t.User)
	t.short, t.asked = false, false
	if t.unserved {
		t.unserved = false
		x.came(t)
		return
	}
	t.deliverPending()
	x.goesOn(t)
}

// recall has a thread come home.
func (t *thread) recall() {
	if !t.recalled {
		t.recalled = true
		t.p.sys.span.Send(t.host, spans.Msg{Kind: spans.Recall, Guest: t.guest})
	}
}

// Guest takes what a host says of a thread. For the loop.
func (s *System) Guest(from int, m *spans.Msg) {
	x := s.span
	t := x.guests[m.Guest]
	switch {
	case t == nil || t.host != from: // it has ended meanwhile
		return
	case m.Kind == spans.Refused:
		x.hosts[from].state = hostRefuses
		switch {
		case t.short: // the host has lost those that it had
			x.lost(t.p, from)
		case t.abroad:
			t.abroad, t.recalled = false, false
			t.resume()
		}
		return
	case m.Kind == spans.Full:
		x.hosts[from].state = hostRefuses
		return
	case m.Kind == spans.Rest && t.asked:
		if t.regs.Take(m) && !t.regs.Short() {
			x.rest(t)
		}
		return
	case !t.abroad:
		return
	}
	switch m.Kind {
	case spans.Pull:
		x.pull(t, m.W[0], layout.Perm(m.W[1]))
	case spans.Came:
		if t.regs == nil {
			t.regs = new(spans.Assembly)
		}
		if t.regs.Take(m) {
			began := s.loop.Now()
			t.abroad, t.recalled, t.short = false, false, t.regs.Short()
			t.ticks = t.regs.Unpack(&t.User)
			x.came(t)
			s.loop.Bill(&t.Dispatcher, began)
		}
	}
}

// came does what a thread asks for that has come home.
func (x *spanning) came(t *thread) {
	switch native := t.Cause == shim.CauseUserCall && t.X[regA7] >= abi.Base; {
	case int64(t.Cause) < 0: // recalled
		t.deliverPending()
	case native, needsPage(t.Cause) && t.Value-abi.OwnBase < layout.GigaPage:
		t.stays = true // and does that again here
	case t.short && t.X[regA7] == callClone: // who is made begins with all of them
		t.unserved = true
		x.fetch(t)
		return
	default:
		if next := t.Trap(x.sys.loop); next != nil && next != &t.Dispatcher {
			x.sys.loop.Wake(next)
		}
		if !t.gone && !t.asleep {
			t.deliverPending()
		}
	}
	if !t.inCall() {
		x.goesOn(t)
	}
}

// callClone is the number of clone.
const callClone = 220

func needsPage(cause uint64) bool { return domain.Needs(cause) != 0 }

// pull answers a host that lacks a page. If there is none the thread comes home, to be told.
func (x *spanning) pull(t *thread, va uint64, perm layout.Perm) {
	again := func() {
		if !t.gone && t.abroad {
			x.pull(t, va, perm)
		}
	}
	answer := func(pa uint64, as layout.Perm) {
		x.Send(t.host, spans.Msg{Kind: spans.Page, Guest: t.guest, W: [spans.Words]uint64{va, pa, uint64(as), x.number}})
	}
	if t.p.memory.holder != nil {
		answer(0, 0) // nobody changes the memory meanwhile, and here it waits
		return
	}
	pa, as, err := t.p.space.Pull(va, perm, t.host)
	switch {
	case x.settling(): // others may have an old one yet
		x.after(again)
	case err != nil || as&layout.R == 0:
		answer(0, 0)
	default:
		answer(pa, as)
	}
}

// SpanDied takes the word that a core has died. Processes with threads there end: nobody knows what those
// have done. For the loop.
func (s *System) SpanDied(core int) {
	x := s.span
	h := &x.hosts[core]
	waiting := h.waiting
	*h = host{}
	lost := map[*Process]bool{}
	for _, t := range x.guests {
		switch {
		case t.host != core:
		case t.abroad || t.short:
			lost[t.p] = true
		default:
			x.close(t)
		}
	}
	for p := range lost {
		x.lost(p, core)
	}
	for _, f := range waiting {
		f()
	}
}

// lost ends a process of which a host had a thread that nobody has any more.
func (x *spanning) lost(p *Process, host int) {
	x.Lost(p.id, host)
	p.exit(killed(sigBUS))
}

// Affinity: the cores are Linux' processors, by their numbers.

// sibling returns the thread of the process with an id, the thread itself for 0, nil if there is none.
func (t *thread) sibling(id uint64) *thread {
	if uint32(id) == 0 {
		return t
	}
	return t.p.threads[uint64(uint32(id))]
}

// schedGetaffinity tells on which cores a thread may run.
func schedGetaffinity(t *thread, a args) {
	set, of := uint64(1), t.sibling(a[0])
	switch s := t.p.sys; {
	case of == nil:
	case s.span != nil:
		set = s.span.set(of)
	case s.realm != nil:
		set = of.mayRun()
	}
	switch {
	case of == nil:
		t.fail(srch)
	case a[1] < 8 || a[1]%8 != 0:
		t.fail(inval)
	case !t.p.store64(a[2], set):
		t.fail(fault)
	default:
		t.answer(8)
	}
}

// schedSetaffinity says on which cores a thread runs, from its next turn on but for grace.
func schedSetaffinity(t *thread, a args) {
	x, of := t.p.sys.span, t.sibling(a[0])
	var b [8]byte
	_, err := t.p.space.Read(a[2], b[:min(a[1], 8)])
	set := le.Uint64(b[:])
	switch {
	case of == nil:
		t.fail(srch)
		return
	case err != nil:
		t.fail(fault)
		return
	case x == nil && t.p.sys.realm != nil:
		if of.cores = set & t.p.sys.realm.link.Alive(); of.cores == 0 {
			t.fail(inval)
			return
		}
		t.answer(0)
		return
	case x == nil && set&1 == 0, x != nil && set&x.living() == 0:
		t.fail(inval)
		return
	case x == nil:
		t.answer(0)
		return
	}
	of.cores = set & x.living()
	t.answer(0)
	switch {
	case of == t:
		t.chose = true
		x.sys.loop.Yield()
	case of.abroad && of.cores>>of.host&1 == 0:
		of.recall()
	}
}

// getcpu tells the core that the thread came from.
func getcpu(t *thread, a args) {
	cpu := t.p.sys.core()
	if x := t.p.sys.span; x != nil {
		if cpu = t.last; t.cores != 0 && t.cores>>cpu&1 == 0 && x.place(t) != x.home {
			t.PC -= callSize // it asks again where it is to be
			x.sys.loop.Yield()
			return
		}
	}
	t.answerStore((a[0] == 0 || t.p.store32(a[0], uint32(cpu))) && (a[1] == 0 || t.p.store32(a[1], 0)))
}
