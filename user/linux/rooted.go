package linux

import (
	"syscall"

	"atoll/user/pipe"
	"atoll/user/synth"
	"atoll/user/tty"
	"atoll/user/vfs"
)

// rooted reports whether a process stays on its core when its only thread executes a program, unless its affinity excludes that: it has
// what would not be the same elsewhere, or would be missed here.
func (p *Process) rooted() bool {
	s := p.sys
	switch {
	case p.parent == nil: // with the first the run ends
	case p.parent.foreign(): // it has come from another core, and would depend on both
	case p.session == p.id: // it speaks for its terminal
	case int(p.group) == s.foreground(): // it would have read what was typed behind the key of which it dies
	case len(p.threads) > 1: // the others run until it has gone
	case s.span != nil && s.span.spread&^(1<<s.span.home) != 0: // its threads are placed, among the cores that the run was given
	case s.trace != nil: // its calls are told here
	case p.timer != nil && p.timer.at != 0: // SIGALRM comes here
	case !p.portable():
	default:
		return false
	}
	return true
}

// portable reports whether its files are the same from afar, and it is in a directory that other cores find.
func (p *Process) portable() bool {
	_, err := p.fs.Path(p.fs.Cwd)
	same := err == nil
	p.files.Each(func(fd uint64, f *vfs.File) {
		if closes, _ := p.files.CloseOnExec(fd); !closes && same {
			same = sameAfar(f) || (fd == 1 || fd == 2) && writtenOnly(f) && !p.files.HasLocks(f)
		}
	})
	return same
}

// sameAfar reports whether a file is one of which all that can be asked is asked from another core as from here. A file with content can be
// mapped and locked, a directory listed, a set of files waited for; and one of another core is to be asked from nowhere else.
func sameAfar(f *vfs.File) bool {
	switch f.Content.(type) {
	case *tty.Terminal, *output, ended, synth.Null:
		return true
	}
	return pipe.IsEnd(f.Content)
}

// writtenOnly reports whether a file cannot be mapped, and nobody has to wait to write to it: as standard output or error nothing else is done to it.
func writtenOnly(f *vfs.File) bool {
	return f.InMemory() && f.Flags&syscall.O_ACCMODE == syscall.O_WRONLY
}
