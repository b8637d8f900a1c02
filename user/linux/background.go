package linux

import (
	"maps"
	"syscall"

	"atoll/user/tty"
)

// What a process may do with the terminal of its session while another group is in the foreground
// (POSIX.1-2017, 11.1.4): who reads from it or changes it is stopped, with all of his group.

// mayUse reports whether a call may go on with a terminal that it reads from (SIGTTIN), or writes to
// or changes (SIGTTOU). If not it has been answered, or is made again when the process goes on.
func (t *thread) mayUse(term *tty.Terminal, sig uint64) bool {
	p := t.p
	act := &p.actions[sig]
	deaf := t.mask&bit(sig) != 0 || act.handler == handlerIgnore
	switch {
	case p.session != uint64(term.Session) || p.group == uint64(term.Group), deaf && sig == sigTTOU:
		return true
	case deaf || p.sys.orphaned(p.group):
		t.reply(syscall.EIO)
		return false
	case act.handler > handlerIgnore && act.flags&actRestart == 0:
		t.fail(interrupted)
	default:
		t.PC -= callSize
	}
	p.sys.signalGroup(p.group, sig)
	return false
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

// orphaned reports whether nobody minds a group.
func (s *System) orphaned(group uint64) bool {
	for _, p := range s.processes {
		if p.group == group && p.minded() {
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

// setForeground brings a group of the caller's session to the foreground.
func (t *thread) setForeground(term *tty.Terminal, group int) error {
	there := false
	for _, p := range t.p.sys.processes {
		there = there || p.group == uint64(group) && p.session == t.p.session
	}
	switch {
	case group < 0:
		return syscall.EINVAL
	case !there:
		return syscall.EPERM
	}
	term.Group = group
	if t.p.sys.realm != nil {
		t.p.sys.realm.lookAtTerminals()
	}
	return nil
}
