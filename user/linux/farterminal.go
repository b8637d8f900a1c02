package linux

import (
	"syscall"

	"atoll/user/tty"
)

// The terminal of another core, as the processes here use it, and that of this core as those of others do. Who asks goes along
// (asker), and the core that has the terminal says whether he may. A process that has gone on to a third core uses it through
// the one that it came from, which passes on what it asks: a relay.

// farTerminal is a file that may be a terminal of another core.
type farTerminal interface {
	control(request uint32, in []byte) (out []byte, err error)
}

// relay is a file of another core that a third may use through this one.
type relay interface {
	pass(request uint32, in []byte, answered func(errno, []byte))
	readBy(asker)
	is(*farFile) bool
}

var _ relay = (*farFile)(nil)

// pass passes a request of the third core on. The answer may come at once.
func (f *farFile) pass(request uint32, in []byte, answered func(errno, []byte)) {
	if f.lost != nil {
		answered(errnoOf(f.lost), nil)
		return
	}
	f.flush()
	f.question(request, in, answered)
}

// readBy has reads be those of a process of the third core, until it is 0.
func (f *farFile) readBy(a asker) { f.reader = a }

// isDevice reports whether the file may be a terminal.
func (f *farFile) isDevice() bool { return f.mode&syscall.S_IFMT == syscall.S_IFCHR }

// by returns who reads the file just now: of what is no terminal anybody may.
func (f *farFile) by() asker {
	switch t := f.r.sys.caller; {
	case !f.isDevice():
		return 0
	case f.reader != 0:
		return f.reader
	case t != nil:
		return t.asker(sigTTIN)
	}
	return 0
}

// interrupt has those of a group that read from a terminal ask again, behind the signal that they have been sent: what is typed
// next is not theirs if that ends them.
func (r *realm) interrupt(group uint64) {
	for _, e := range r.exports {
		if _, is := e.file.Content.(*tty.Terminal); is && e.wanted > 0 && uint64(uint32(e.by)) == group {
			e.deny(syscall.EAGAIN)
		}
	}
}

// interruptRelayed is interrupt for those of a third core that read through this one.
func (f *farFile) interruptRelayed(by asker) {
	for _, e := range f.r.exports {
		if c, is := e.file.Content.(relay); is && c.is(f) && e.wanted > 0 && e.by == by {
			e.deny(syscall.EAGAIN)
		}
	}
}

func (f *farFile) is(g *farFile) bool { return f == g }

// control serves a request to an open file by a process that is elsewhere, and answers the question.
func (e *export) control(request uint32, number uint64, in []byte) {
	switch f := e.file.Content.(type) {
	case relay:
		f.pass(request, in, func(is errno, data []byte) { e.r.reply(e.core, number, is.error(), data) })
		return
	case *tty.Terminal:
		if request < farSeek && len(in) >= 8 {
			out, err := e.r.sys.controlTerminal(f, request, asker(le.Uint64(in)), in[8:])
			e.r.reply(e.core, number, err, out)
			return
		}
	}
	out, err := e.farRequest(request, in)
	e.r.reply(e.core, number, err, out)
}
