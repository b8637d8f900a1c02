package dispatch

import (
	"sync"
	"sync/atomic"

	"atoll/arch/shim"
)

// Machine is the hart under the loop.
type Machine interface {
	// Run runs code in U-mode until a trap, then that of whom serve returns, until this is
	// nil; from a time (ticks) on, or while the word of Stop is not 0, no code runs
	// (shim.RunUser).
	Run(u *shim.User, until uint64, serve func() *shim.User)
	// Stop returns the word that keeps code from running (shim.UserStop).
	Stop() *uint32
	// Leave takes the address space with the root table at a physical address out of use,
	// if it is.
	Leave(root uint64)
	// Now returns the time in ticks.
	Now() uint64
	// GiveWay lets who answers other cores run first, if he wants to and cannot.
	GiveWay()
	// Wait blocks the goroutine until Kick, or a time. It may return before.
	Wait(until uint64)
	// Kick ends the Wait under way, or else the next one. Any goroutine may call it.
	Kick()
}

// Loop is the CPU driver's loop on one core: pick, run, handle. It is a goroutine of the
// instance: interrupts, messages and everything else that the kernel does preempt it as
// Go code preempts Go code.
//
// All methods but WakeLater, Do and Stop belong to the loop: they are for handlers.
type Loop struct {
	m      Machine
	s      *Scheduler
	alarms heap[Dispatcher] // dispatchers that sleep until a time
	serve  func() *shim.User
	runs   *Dispatcher // who runs, nil outside run
	stays  *Dispatcher // who may run on when it has been served, nil: nobody, the turn is over
	payer  *Dispatcher // to whom the time is charged, nil outside run
	since  uint64      // when it began to run
	last   *Dispatcher // who was interrupted in a turn, nil: nobody
	over   uint64      // when the turn is over
	chores []func() bool
	idly   func() bool // what is done before the loop waits, nil: nothing

	stop  *uint32 // not 0: somebody has something for the loop; ends a run before it begins
	mu    sync.Mutex
	late  *Dispatcher // woken by other goroutines, linked through late
	work  []func()    // left by other goroutines
	room  []func()    // the loop's, for the next work: empty
	ended bool
	waits atomic.Bool // for something to do
}

// New returns a loop over a hart and a policy.
func New(m Machine, s *Scheduler) *Loop {
	l := &Loop{m: m, s: s, stop: m.Stop()}
	l.serve = func() *shim.User { // a method's value would be a call more
		d := l.runs
		if int64(d.Cause) < 0 { // CauseInterrupt
			l.last = d
			return nil
		}
		next := d.Handler.Trap(l)
		switch {
		case next == nil:
			return nil
		case next == l.stays:
		case l.stays == nil:
			return nil
		default:
			l.runs, l.stays = next, next
		}
		return &next.User
	}
	return l
}

// Forever as a time is no bound.
const Forever = ^uint64(0)

// Run runs dispatchers until Stop.
func (l *Loop) Run() {
	for l.take() {
		l.m.GiveWay()
		l.ring()
		l.doChores()
		d, most := l.s.Pick()
		if d == nil {
			if len(l.chores) > 0 {
				continue
			}
			l.waits.Store(true)
			if l.idly == nil || !l.idly() {
				l.m.Wait(l.nextAlarm())
			}
			l.waits.Store(false)
			continue
		}
		l.run(d, most)
	}
}

// run begins a turn of a dispatcher, unless it has only been interrupted in one, and lets it, and
// those that it switches to, run. All of it is charged to the first: who calls pays for who
// answers, else a server would get the hart whenever one of its clients is due.
func (l *Loop) run(d *Dispatcher, most uint64) {
	now := l.m.Now()
	begins := d != l.last || now >= l.over
	if begins {
		l.over = now + most
	}
	l.payer, l.since, l.last = d, now, nil
	l.runs, l.stays = d, d
	if !begins || !d.Picks || d.Handler.(Picker).Picked(l) {
		l.m.Run(&d.User, min(l.over, l.nextAlarm()), l.serve)
	}
	if l.payer != nil {
		l.charge()
	}
	l.payer, l.runs, l.stays = nil, nil, nil
}

// charge charges the run up to now.
func (l *Loop) charge() {
	ticks := l.m.Now() - l.since
	l.payer.used += ticks
	l.s.Charge(l.payer, ticks)
}

// Bill charges a dispatcher for what the loop has done for it since a time, outside its turns.
func (l *Loop) Bill(d *Dispatcher, since uint64) {
	if d.ended || l.payer == d {
		return
	}
	ticks := l.m.Now() - since
	d.used += ticks
	l.s.Charge(d, ticks)
}

// Join makes a dispatcher one of a group, of which it is until it ends or joins another. It
// does not run, nor is ready to.
func (l *Loop) Join(d *Dispatcher, g *Group) {
	if !d.ended {
		l.s.Join(d, g)
	}
}

// Owes reports whether another in place of a group would have more of the hart.
func (l *Loop) Owes(g *Group) bool { return l.s.Owes(g) }

// Follow has a dispatcher that has just joined the group of another, its maker, begin where that is.
func (l *Loop) Follow(d, maker *Dispatcher) {
	ticks := uint64(0)
	if l.payer == maker {
		ticks = l.m.Now() - l.since
	}
	l.s.Follow(d, maker, ticks)
}

// Group returns the group that a dispatcher has joined, nil if none.
func (d *Dispatcher) Group() *Group { return d.group }

// Wake makes a dispatcher run when its turn comes. It ends a sleep before its time.
func (l *Loop) Wake(d *Dispatcher) {
	if d.ended {
		return
	}
	l.disarm(d)
	l.s.Wake(d)
	if l.payer != nil && l.s.Ahead(d, l.payer, l.m.Now()-l.since) {
		l.Yield()
	}
}

// Chore has the loop do a long work in parts: it calls part between two runs, again and
// again, until that returns false. Other work goes on meanwhile.
func (l *Loop) Chore(part func() (more bool)) { l.chores = append(l.chores, part) }

// SetIdle has the loop call f when nobody wants the hart, before it waits: f may look for something to do for a while, until Due, and
// reports whether there was any. It is called before Run.
func (l *Loop) SetIdle(f func() bool) { l.idly = f }

// doChores does a part of each.
func (l *Loop) doChores() {
	if len(l.chores) == 0 {
		return
	}
	list := l.chores
	l.chores = nil
	for _, part := range list {
		if part() {
			l.chores = append(l.chores, part)
		}
	}
}

// Due reports whether somebody is to be woken, with which a chore may wait.
func (l *Loop) Due() bool { return atomic.LoadUint32(l.stop) != 0 || l.nextAlarm() <= l.Now() }

// Yield ends the turn that is under way when who runs has been served. Whoever would have
// run on, or next, is ready.
func (l *Loop) Yield() { l.stays = nil }

// Now returns the time in ticks.
func (l *Loop) Now() uint64 { return l.m.Now() }

// Sleep lets a dispatcher run no more until Wake, or until a time.
func (l *Loop) Sleep(d *Dispatcher, until uint64) {
	l.s.Sleep(d)
	l.disarm(d)
	if until != Forever && !d.ended {
		d.timed = true
		d.alarm.key = until
		l.alarms.push(&d.alarm, d)
	}
}

// Switch puts who runs to sleep, without an end, and wakes another, which runs next if the
// handler returns what Switch does: a direct switch. Nobody who is ready comes before it,
// since who was put to sleep pays.
func (l *Loop) Switch(d, to *Dispatcher) *Dispatcher {
	if to.timed || !l.s.swap(d, to) {
		l.disarm(to)
		l.s.Sleep(d)
		l.s.Wake(to)
	}
	return to
}

// End lets a dispatcher never run again. Its memory is the caller's from then on, unless
// WakeLater was ever called for it, and its address space may be taken apart when the handler
// has returned.
func (l *Loop) End(d *Dispatcher) {
	if l.payer == d {
		l.charge()
		l.payer = nil // nobody pays for the rest of the turn
	}
	l.Sleep(d, Forever)
	l.s.Remove(d)
	d.ended = true
	l.Anew(d)
	l.Forget(d.Root)
}

// Ended reports whether it will never run again.
func (d *Dispatcher) Ended() bool { return d.ended }

// Anew has the next run of a dispatcher begin a turn: there is something to tell it.
func (l *Loop) Anew(d *Dispatcher) {
	if l.last == d {
		l.last = nil
	}
	if l.runs == d {
		l.Yield()
	}
}

// Until has the turn that is about to begin end at a time, if that is before its end. It is for Picked.
func (l *Loop) Until(at uint64) { l.over = min(l.over, at) }

// Forget takes the address space with a root table out of use: the table may end. Who was
// interrupted there begins another turn.
func (l *Loop) Forget(root uint64) {
	if l.last != nil && l.last.Root == root {
		l.last = nil
	}
	l.m.Leave(root)
}

// disarm forgets the time until which a dispatcher sleeps.
func (l *Loop) disarm(d *Dispatcher) {
	if d.timed {
		d.timed = false
		l.alarms.remove(&d.alarm)
	}
}

// ring wakes those whose time has come.
func (l *Loop) ring() {
	for {
		d, at := l.alarms.min()
		if d == nil || at > l.m.Now() {
			return
		}
		l.Wake(d)
		d.Handler.Alarm(l)
	}
}

// nextAlarm returns when the first of them has to be woken.
func (l *Loop) nextAlarm() uint64 {
	if d, at := l.alarms.min(); d != nil {
		return at
	}
	return Forever
}

// Ready returns how many dispatchers want the hart, who runs among them.
func (l *Loop) Ready() int { return l.s.Ready() }

// Ready reports whether a dispatcher wants the hart.
func (d *Dispatcher) Ready() bool { return d.turn.ready }

// Idle reports whether nobody wants the hart, and the loop waits. Any goroutine may call it.
func (l *Loop) Idle() bool { return l.waits.Load() }

// WakeLater is Wake for any goroutine: the loop wakes the dispatcher as soon as it can.
func (l *Loop) WakeLater(d *Dispatcher) {
	l.mu.Lock()
	if !d.isLate {
		d.isLate, d.late = true, l.late
		l.late = d
	}
	atomic.StoreUint32(l.stop, 1)
	l.mu.Unlock()
	l.m.Kick()
}

// Do has the loop call f between two runs, in the order of the calls of Do; f must not
// block. Any goroutine may call it. After Stop f may never be called.
func (l *Loop) Do(f func()) {
	l.mu.Lock()
	l.work = append(l.work, f)
	atomic.StoreUint32(l.stop, 1)
	l.mu.Unlock()
	l.m.Kick()
}

// Stop makes Run return. Any goroutine may call it.
func (l *Loop) Stop() {
	l.mu.Lock()
	l.ended = true
	atomic.StoreUint32(l.stop, 1)
	l.mu.Unlock()
	l.m.Kick()
}

// take wakes those whom other goroutines want woken, does what they have left, and
// reports whether to go on.
func (l *Loop) take() bool {
	if atomic.LoadUint32(l.stop) == 0 {
		return true
	}
	l.mu.Lock()
	for d := l.late; d != nil; {
		next := d.late
		// A dispatcher may lie where the collector does not look: no link is left there
		// to one of the heap that may be gone when it is written over.
		d.isLate, d.late = false, nil
		l.Wake(d)
		d = next
	}
	work, ended := l.work, l.ended
	l.late, l.work = nil, l.room
	atomic.StoreUint32(l.stop, 0)
	l.mu.Unlock()
	if ended {
		return false
	}
	for _, f := range work {
		f()
	}
	clear(work)
	l.room = work[:0]
	return true
}
