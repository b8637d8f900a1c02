package linux

import (
	"math/bits"

	"atoll/kernel/dispatch"
	"atoll/monitor/parcel"
)

// How a realm learns what other cores have to do: it asks them, when a program is about to run and somebody else wants the hart, and never
// at other times. Whose core is idle is not woken for nothing, and nothing is written that others read.
//
// Who answers keeps a place for the process that may come (package spawn), until it has come, or is spared by a parcel: many who ask
// at once do not all come to the same core.

// patience is for how long those are waited for that have been asked, in nanoseconds: as long as it takes before anybody takes a core for one that hangs.
// Mostly they answer within a millisecond. One that does not is not asked again before it has, so that it holds up one program.
const patience = 5_000_000_000

// mostLoad bounds what is believed.
const mostLoad = 1 << 32

// FullLoad is what a core has to do that can take no process.
const FullLoad = ^uint64(0)

// AsksLoad reports whether a parcel asks what the core has to do, SparesLoad whether it says that nobody comes who has asked. Both are for
// whoever knows all that runs there, not for a System.
func AsksLoad(p *parcel.Parcel) bool   { return p.Kind == parcelLoad }
func SparesLoad(p *parcel.Parcel) bool { return p.Kind == parcelSpare }

// TellLoad returns the answer to a question: how many threads want the hart there, or FullLoad.
func TellLoad(p *parcel.Parcel, load uint64) parcel.Parcel {
	return parcel.Parcel{Kind: parcelLoaded, W: [parcel.Words]uint64{p.W[0], 0, load}}
}

// Arriving returns how many processes are on their way here. For the loop.
func (s *System) Arriving() int {
	if s.realm == nil {
		return 0
	}
	return len(s.realm.arrivals)
}

// survey is a question to several cores. There is one at a time.
type survey struct {
	left, heard uint64            // cores that have not answered, and have, a bit each
	load        [mostCores]uint64 // with those who were to go there when it was asked: they come behind the question
	over        func()
}

// surveys is what a realm knows of them.
type surveys struct {
	now    *survey           // the one under way, nil: none is
	queue  []func()          // who wait for their own
	owing  uint64            // cores that have been asked and have not answered, a bit each
	chosen [mostCores]uint64 // processes that are to go to a core and have not been sent
	last   int               // the core to which one went last
	bound  deadline
}

// ask asks cores, within a call, and returns what they say that answer in time. It fails if the call is to end.
func (r *realm) ask(cores uint64) (*survey, error) {
	x := &r.surveys
	for x.now != nil {
		if err := r.sys.coroutines.Wait(func(wake func()) { x.queue = append(x.queue, wake) }); err != nil {
			return nil, err
		}
	}
	s := &survey{left: cores &^ x.owing, load: x.chosen}
	x.now = s
	err := r.sys.coroutines.Wait(func(wake func()) {
		s.over = wake
		for rest := s.left; rest != 0; rest &= rest - 1 {
			x.owing |= rest & -rest
			r.tellCore(bits.TrailingZeros64(rest), parcelLoad)
		}
		x.bound.set(r.sys, patience, wake)
		s.goOn()
	})
	x.now, s.over = nil, nil
	x.bound.end(r.sys)
	queue := x.queue
	x.queue = nil
	for _, wake := range queue {
		wake()
	}
	if err != nil {
		r.spare(s.heard)
	}
	return s, err
}

// tellCore sends a parcel to whoever knows all that runs on a core: no part of the realm need be there.
func (r *realm) tellCore(core int, kind uint16) {
	r.link.Send(core, parcel.Parcel{Kind: kind, W: [parcel.Words]uint64{r.run}})
}

// spare tells cores that nobody comes.
func (r *realm) spare(cores uint64) {
	for rest := cores; rest != 0; rest &= rest - 1 {
		r.tellCore(bits.TrailingZeros64(rest), parcelSpare)
	}
}

// loaded takes an answer. One that comes too late, or that nobody has asked for, is none.
func (r *realm) loaded(from int, load uint64) {
	x, bit := &r.surveys, uint64(1)<<from
	if x.owing&bit == 0 {
		return
	}
	x.owing &^= bit
	s := x.now
	if s == nil || s.left&bit == 0 {
		r.spare(bit)
		return
	}
	s.left &^= bit
	s.heard |= bit
	s.load[from] += min(load, mostLoad)
	s.goOn()
}

// silent takes the word that a core is dead.
func (x *surveys) silent(core int) {
	x.owing &^= 1 << core
	if s := x.now; s != nil {
		s.left &^= 1 << core
		s.heard &^= 1 << core
		s.goOn()
	}
}

// goOn has the call go on if all have answered.
func (s *survey) goOn() {
	if s.left == 0 && s.over != nil {
		s.over()
		s.over = nil
	}
}

// deadline is a time at which something is done. To the loop it is a dispatcher that sleeps until then, and never runs.
type deadline struct {
	dispatch.Dispatcher
	do func()
}

// set has something done in so many nanoseconds, unless end is called before.
func (d *deadline) set(s *System, ns uint64, do func()) {
	d.Handler, d.do = d, do
	s.loop.Sleep(&d.Dispatcher, s.loop.Now()+max(s.env.Ticks(ns), 1))
}

func (d *deadline) end(s *System) {
	d.do = nil
	s.loop.Sleep(&d.Dispatcher, dispatch.Forever)
}

// Trap is never called.
func (d *deadline) Trap(*dispatch.Loop) *dispatch.Dispatcher { return nil }

// Alarm is called at the time.
func (d *deadline) Alarm(l *dispatch.Loop) {
	l.Sleep(&d.Dispatcher, dispatch.Forever)
	if do := d.do; do != nil {
		d.do = nil
		do()
	}
}
