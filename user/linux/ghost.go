package linux

import (
	"math/bits"
	"strings"
	"syscall"

	"atoll/monitor/parcel"
)

// Ghosts: processes of this core's that have moved to another, as the others here see them. A ghost has no threads, memory
// or files; it has the number, the parent, the group, and what there is to tell of the process.

// ghost reports whether the process lives on another core. foreign is that of a parent that this core knows only
// by its number, so that nil is none.
func (p *Process) ghost() bool { return p.seat != p.sys.core() && !p.dead }
func (p *Process) foreign() bool {
	return p != nil && p.seat != p.sys.core() && p.sys.processes[p.id] != p
}

// haunt makes the process a ghost: it lives on another core from now on.
func (p *Process) haunt(l *leaving) {
	s := p.sys
	signals := p.pending.list
	for _, t := range p.threads {
		signals = append(signals, t.pending.list...)
	}
	p.leaveAll()
	p.memory = nil
	p.seat, p.name = l.core, l.name
	p.exitSignal = sigCHLD
	for _, i := range signals {
		s.realm.forward(p, i)
	}
	p.passNews()
}

// signalWords are a signal in two words of a parcel.
func signalWords(i siginfo) (a, b uint64) { return i.sig | uint64(uint32(i.code))<<32, i.from }

// forward sends a signal to where a ghost's process lives.
func (r *realm) forward(p *Process, i siginfo) {
	a, b := signalWords(i)
	r.send(p.seat, parcelSignal, p.id, a, b, i.data())
}

// dooms keeps SIGKILL that is passed on to a ghost's process: if that comes back on its way, the core that it comes from may die before it has
// sent the signal after it. One that is not of a round, or of one to all, is sure to be meant.
func (p *Process) dooms(i siginfo) {
	if i.sig == sigKILL && (p.doom == nil || p.doom.tour != nil) {
		p.doom = &i
	}
}

// everybody is as a group all processes but the first and who sends the signal.
const everybody = 0

// forwardGroup sends a signal to a group on all other cores, or to everybody there: on those that are known here and have not been told by who has
// sent it. What an orphan is left on may be known to none but who was there last. Who has died since this one lives may have been told in that life, by who
// does not know yet; so that is passed on from older lives to younger ones alone, and comes to an end.
func (r *realm) forwardGroup(group uint64, i siginfo) {
	a, b := signalWords(i)
	rest := r.others &^ (i.told &^ r.died())
	i.told |= r.others | 1<<r.here
	for ; rest != 0; rest &= rest - 1 {
		r.send(bits.TrailingZeros64(rest), parcelGroup, group, a, b, i.data())
	}
}

// signalled takes a signal that another core sends.
func (r *realm) signalled(p *parcel.Parcel) {
	i := siginfo{sig: uint64(uint32(p.W[2])), code: int32(p.W[2] >> 32), from: p.W[3]}
	if i.sig == 0 || i.sig > maxSignal {
		return
	}
	i.readData(p.Data)
	if p.Kind == parcelGroup {
		r.sys.signalAll(func(o *Process) bool {
			return o.group == p.W[1] || p.W[1] == everybody && o.id != initID && o.id != i.from
		}, i, true)
		if i.tour != nil && r.goesOn(*i.tour) {
			r.forwardGroup(p.W[1], i)
		}
		return
	}
	if o := r.sys.processes[p.W[1]]; o != nil {
		o.signal(i)
	} else if a := r.arrivals[p.W[1]]; a != nil {
		a.signals = append(a.signals[:min(len(a.signals), maxSignal)], i)
	}
}

// origin returns the last core of the route, which has a ghost that passes on what there is to tell; nowhere if the process began here.
func (p *Process) origin() int {
	if p.route == "" {
		return nowhere
	}
	return int(p.route[len(p.route)-1])
}

// aside returns the cores with ghosts of a process to which nobody else passes on that it has ended, as a set: those of its route have it passed on if
// its parent does not live here. Those of them that have died have none; but the word of a death may be of a life before the process was there.
func (p *Process) aside() uint64 {
	if p.behind == 0 {
		return 0
	}
	set := p.behind & p.sys.realm.link.Alive()
	for i := 0; i < len(p.route) && p.parent.foreign(); i++ {
		set &^= 1 << p.route[i]
	}
	return set
}

// tellAside tells those of its end.
func (p *Process) tellAside() {
	for rest := p.aside(); rest != 0; rest &= rest - 1 {
		p.sys.realm.tell(bits.TrailingZeros64(rest), p, newsEnd)
	}
}

// report tells, for a parent elsewhere, what has become of a process: where that went from here, or where the process came from. Of a dead one
// nothing stays here.
func (p *Process) report(n news) {
	core := p.origin()
	if !p.parent.foreign() {
		core = p.parent.seat
	}
	if core != nowhere {
		p.sys.realm.tell(core, p, n)
	}
	if n == newsEnd {
		p.vanish()
	}
}

// tell tells a core news of a process, behind what has been written to its files.
func (r *realm) tell(core int, p *Process, n news) {
	for key, f := range r.imports {
		if key.core == core {
			f.flush()
		}
	}
	if n == newsEnd && p.lived {
		n |= newsLast
	}
	r.sys.whenStored(func() {
		r.send(core, parcelNews, p.id, uint64(n)<<32|uint64(p.status), p.ticks()+p.childTicks, nil)
	})
}

// heard takes news of a ghost's process: that it has ended only when all that it wrote has arrived. One that is killed may have to be
// waited for now, whether or not anybody reads what it wrote to pipes.
func (r *realm) heard(from int, news *parcel.Parcel) {
	p := r.sys.processes[news.W[1]]
	newsOf := news.W[2] >> 32
	if p != nil && p.leaving != nil && newsOf&uint64(newsEnd|newsLast) == uint64(newsEnd|newsLast) {
		p.leaving.ended, p.leaving.endedOn = news, from
		return
	}
	if p == nil || !p.ghost() || p.seat != from && newsOf&uint64(newsLast) == 0 {
		return
	}
	status := waitStatus(uint32(news.W[2]))
	switch {
	case newsOf&uint64(newsEnd) != 0:
		h := &heldNews{status: status, ticks: news.W[3], until: r.writing(from, p.id, status.exited())}
		r.held[farKey{from, p.id}] = h
		r.hear(from)
	case newsOf == uint64(newsStop):
		p.stopped, p.status = true, status
		p.news &^= newsContinue
		p.tell(newsStop)
	case newsOf == uint64(newsContinue):
		p.stopped = false
		p.news &^= newsStop
		p.tell(newsContinue)
	}
}

// orphan takes the word of a core that a process has come from that its parent has ended.
func (r *realm) orphan(from int, id uint64) {
	switch p := r.sys.processes[id]; {
	case p == nil || p.dead || strings.IndexByte(p.route, byte(from)) < 0 || !p.parent.foreign():
	case p.ghost():
		p.parent = r.sys.heir()
		r.send(p.seat, parcelOrphan, id, 0, 0, nil)
	default:
		p.parent = r.sys.heir()
	}
}

// heldNews are news of an end that are held back until files have been written so far.
type heldNews struct {
	status waitStatus
	ticks  uint64
	until  map[*export]uint64
}

// hear takes those news of a core that need not be held back any more.
func (r *realm) hear(from int) {
	for key, h := range r.held {
		if key.core != from || h.waits() {
			continue
		}
		delete(r.held, key)
		if p := r.sys.processes[key.id]; p != nil && p.ghost() {
			p.usedTicks += h.ticks
			p.exit(h.status)
		}
	}
}

func (h *heldNews) waits() bool {
	for e, n := range h.until {
		if e.written() < n {
			return true
		}
	}
	return false
}

// askKill has the core that has given out a number send a signal, within a call, and reports whether there is such a process, as far as is known there.
func (r *realm) askKill(core int, id uint64, i siginfo) (there bool) {
	var number uint64
	err := r.sys.coroutines.Wait(func(wake func()) {
		r.lastQuestion++
		number = r.lastQuestion
		r.questions[number] = question{core: core, answered: func(e errno, _ []byte) {
			there = e == 0
			wake()
		}}
		a, b := signalWords(i)
		c := &coder{b: i.data()}
		c.word(&b)
		r.send(core, parcelKill, id, a, number, c.b)
	})
	delete(r.questions, number)
	return err == nil && there
}

// killed sends a signal for who asks on another core whether there is a process.
func (r *realm) killed(from int, p *parcel.Parcel) {
	i := siginfo{sig: uint64(uint32(p.W[2])), code: int32(p.W[2] >> 32)}
	in := &coder{b: p.Data, reads: true}
	if in.word(&i.value); in.bad || i.sig > maxSignal {
		r.reply(from, p.W[3], syscall.EINVAL, nil)
		return
	}
	in.word(&i.from)
	o, err := r.sys.processes[p.W[1]], error(nil)
	switch {
	case o == nil:
		err = syscall.ESRCH
	case i.sig != 0:
		o.signal(i)
	}
	r.reply(from, p.W[3], err, nil)
}

// kill sends a signal to processes that are not known here, as kill means them by a number, and reports whether there may
// be any. Those that are known have it already. It may wait.
func (r *realm) kill(by *Process, id int32, i siginfo) bool {
	switch {
	case id > 0:
		core := int(id/idsPerCore) ^ r.home
		if core == r.here || r.others>>core&1 == 0 {
			return false
		}
		return r.askKill(core, uint64(id), i)
	case id == -1:
		if i.sig != 0 {
			r.forwardGroup(everybody, i)
		}
		return r.others != 0
	}
	group := by.group
	if id < 0 {
		group = uint64(-int64(id))
	}
	if i.sig != 0 {
		r.forwardGroup(group, i)
	}
	return false
}
