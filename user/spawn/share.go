package spawn

import (
	"maps"

	"atoll/kernel/dispatch"
)

// share is what a run has of the hart of this core, together with all programs that it runs here.
type share struct {
	dispatch.Group
	programs int // of it, which have not ended
}

// mostShares bounds the shares that are kept. There is one for each program at the most, and as
// many again may be of runs whose programs here have ended.
const mostShares = 2 * maxPrograms

// runOf names the run to which a program belongs: that of whoever runs it, or a new one, by its core
// and its number there. What another core says is only compared: a wrong name puts programs into
// one share, or into several.
func (l *land) runOf(g *program, p Program) uint64 {
	if p.Share != 0 {
		return p.Share
	}
	return uint64(l.host.Core())<<coreShift | g.pid
}

// enter counts a program among those of a run. For the loop.
func (l *land) enter(run uint64) *share {
	s := l.shares[run]
	if s == nil {
		l.forget()
		s = &share{Group: dispatch.Group{Name: run}}
		l.shares[run] = s
	}
	s.programs++
	return s
}

// forget drops the shares that nobody has any more. One that owes is kept for what its run runs
// next, if there is room: names are made by who types commands, not by programs.
func (l *land) forget() {
	maps.DeleteFunc(l.shares, func(_ uint64, s *share) bool {
		return s.programs == 0 && (!l.loop.Owes(&s.Group) || len(l.shares) >= mostShares)
	})
}
