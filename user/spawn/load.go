package spawn

import (
	"atoll/monitor/parcel"
	"atoll/user/linux"
)

// What this core tells others that look for one with less to do (package linux, loads.go): all that wants the hart, of whatever run,
// and for how many it keeps a place.

// place is kept for a process of a run, of a core that has asked.
type place struct {
	core int
	run  uint64
}

// Bounds of places: how many there are, and for how long one is kept, in nanoseconds, if nothing is heard of who has asked.
const (
	mostPlaces = 256
	placeTime  = 10_000_000_000
)

// ask takes what a core says that asks how much there is to do here, and reports whether that is all that it says.
func (p post) ask(from int, x *parcel.Parcel) bool {
	l, its := p.l, place{from, x.W[0]}
	_, moves := linux.Moves(x)
	asks := linux.AsksLoad(x)
	if !asks && !moves && !linux.SparesLoad(x) {
		return false
	}
	delete(l.places, its)
	if asks {
		l.parcels.Send(from, linux.TellLoad(x, l.load(its.run)))
		if len(l.places) < mostPlaces {
			l.places[its] = l.loop.Now() + l.host.Ticks(placeTime)
		}
	}
	return !moves
}

// load returns how many want the hart, and will, for a process of a run.
func (l *land) load(run uint64) uint64 {
	if l.realms[run] == nil {
		if _, err := l.size(0); err != nil || len(l.programs) >= maxPrograms {
			return linux.FullLoad
		}
	}
	n := l.loop.Ready()
	for _, g := range l.realms {
		n += g.process.Arriving()
	}
	now := l.loop.Now()
	for its, until := range l.places {
		if now >= until {
			delete(l.places, its)
		}
	}
	return uint64(n + len(l.places))
}

// lose gives up the places of a core that is dead.
func (l *land) lose(core int) {
	for its := range l.places {
		if its.core == core {
			delete(l.places, its)
		}
	}
}
