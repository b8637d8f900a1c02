package linux

import (
	"maps"
	"syscall"

	"atoll/user/tty"
)

// What a process may do with the terminal of its session while another group is in the foreground
// (POSIX.1-2017, 11.1.4): who reads from it or changes it is stopped, with all of his group.

// asker is who asks a terminal for something, on whatever core: his session in the high half, his group in the low one. Without a group he may do
// what he asks for in the background, too.
type asker uint64

func (a asker) session() uint64 { return uint64(a >> 32) }

// background reports whether another group of his session is in the foreground.
func (a asker) background(term *tty.Terminal) bool {
	group := uint64(uint32(a))
	return a.session() == uint64(term.Session) && group != 0 && group != uint64(term.Group)
}

// asker returns who asks by a call of the thread, for which a signal is what there is to be had in the background: SIGTTIN for who reads, SIGTTOU for
// who writes or changes. A child of vfork that has executed nothing yet asks as its parent: so a shell has a program begin in the foreground.
func (t *thread) asker(sig uint64) asker {
	a := asker(t.p.session << 32)
	if sig == sigTTOU && t.deafTo(sig) {
		return a
	}
	if t.p.vforker != nil {
		return a | asker(t.p.vforker.p.group)
	}
	return a | asker(t.p.group)
}

// deafTo reports whether a signal that stops is held off or ignored.
func (t *thread) deafTo(sig uint64) bool {
	return t.mask&bit(sig) != 0 || t.p.actions[sig].handler == handlerIgnore
}

// errBackground is the answer of a terminal to who is in the background. No process sees it.
const errBackground = syscall.Errno(512)

// mayUse reports whether a call may go on with a terminal of this core. If not it has been answered, or is made again when the process goes on.
func (t *thread) mayUse(term *tty.Terminal, sig uint64) bool {
	if !t.asker(sig).background(term) {
		return true
	}
	t.stopInBackground(sig)
	return false
}

// stopInBackground stops the group of a process that uses a terminal in the background, and has the call made again when that goes on.
func (t *thread) stopInBackground(sig uint64) {
	p := t.p
	act := &p.actions[sig]
	switch {
	case t.deafTo(sig) || p.sys.orphaned(p.group):
		t.reply(syscall.EIO)
		return
	case act.handler > handlerIgnore && act.flags&actRestart == 0:
		t.fail(interrupted)
	default:
		t.PC -= callSize
	}
	p.sys.signalGroup(p.group, sig)
}

// mayMove reports whether a call may read from a file, or write to it.
func (t *thread) mayMove(content any, write bool) bool {
	term, is := content.(*tty.Terminal)
	switch {
	case !is || write && !term.StopsWriters():
		return true
	case write:
		return t.mayUse(term, sigTTOU)
	}
	return t.mayUse(term, sigTTIN)
}

// minded reports whether somebody of the process's session, outside its group, is its parent, and
// would have it go on if it was stopped.
func (p *Process) minded() bool {
	return !p.dead && p.parent != nil && p.parent.group != p.group && p.parent.session == p.session
}

// mindedElsewhere reports whether the process's parent is of its group, and lives on another core, where somebody minds that as far as is known here: that it has ended
// is told (orphan).
func (p *Process) mindedElsewhere() bool {
	return !p.dead && p.parent.foreign() && p.parent.group == p.group && p.parent.session == p.session
}

// orphaned reports whether nobody minds a group.
func (s *System) orphaned(group uint64) bool {
	for _, p := range s.processes {
		if p.group == group && (p.minded() || p.mindedElsewhere()) {
			return false
		}
	}
	return true
}

// minding returns the groups that have a stopped process and that somebody minds: nil, mostly.
func (s *System) minding() (groups map[uint64]bool) {
	for _, p := range s.processes {
		if p.stopped {
			groups = map[uint64]bool{}
		}
	}
	if groups == nil {
		return nil
	}
	stopped := map[uint64]bool{}
	for _, p := range s.processes {
		stopped[p.group] = stopped[p.group] || p.stopped
		groups[p.group] = groups[p.group] || p.minded()
	}
	maps.DeleteFunc(groups, func(g uint64, minded bool) bool { return !minded || !stopped[g] })
	return groups
}

// release hangs up those groups of which nobody minds any more, and has them go on.
func (s *System) release(groups map[uint64]bool) {
	if len(groups) == 0 {
		return
	}
	still := s.minding()
	for g := range groups {
		if !still[g] {
			s.signalGroup(g, sigHUP)
			s.signalGroup(g, sigCONT)
		}
	}
}

// leaveTerminal takes the terminal from the session that the process leads: who is in the foreground
// is hung up.
func (p *Process) leaveTerminal() {
	term := p.sys.terminal
	if term == nil || p.id != p.session || uint64(term.Session) != p.session {
		return
	}
	group := uint64(term.Group)
	term.Session, term.Group = 0, 0
	p.sys.signalGroup(group, sigHUP)
	p.sys.signalGroup(group, sigCONT)
}

// takeTerminal gives the terminal to the session that the process leads. One that another session
// has is taken from it only by force.
func (p *Process) takeTerminal(term *tty.Terminal, force bool) error {
	switch session := uint64(term.Session); {
	case p.id != p.session, session != 0 && session != p.session && !force:
		return syscall.EPERM
	case session != p.session:
		term.Session, term.Group = int(p.session), int(p.group)
	}
	p.fs.Terminal = term
	return nil
}

// hasGroup reports whether a process of a session is in a group.
func (s *System) hasGroup(session, group uint64) bool {
	for _, p := range s.processes {
		if p.group == group && p.session == session {
			return true
		}
	}
	return false
}

// setForeground brings a group of the terminal's session to the foreground: its number, and whether who asks knows that it is one.
func (s *System) setForeground(term *tty.Terminal, in []byte) error {
	if len(in) < 4 {
		return syscall.EINVAL
	}
	group := int(int32(le.Uint32(in)))
	switch {
	case group < 0:
		return syscall.EINVAL
	case len(in) == 4 && !s.hasGroup(uint64(term.Session), uint64(group)):
		return syscall.EPERM
	}
	term.Group = group
	return nil
}
