package linux

import (
	"syscall"

	"atoll/user/tty"
	"atoll/user/vfs"
)

// Requests of ioctl (uapi/asm-generic/ioctls.h).
const (
	tcGets, tcSets, tcSetsW, tcSetsF = 0x5401, 0x5402, 0x5403, 0x5404
	tcFlush                          = 0x540b
	tiocSetCtty                      = 0x540e
	tiocGetGroup, tiocSetGroup       = 0x540f, 0x5410
	tiocGetSize, tiocSetSize         = 0x5413, 0x5414
	fioNRead, fioNBIO                = 0x541b, 0x5421
	tiocNoTTY                        = 0x5422
	tiocGetSession                   = 0x5429
)

func ioctl(t *thread, a args) {
	f, err := t.file(a[0])
	if err != nil {
		t.reply(err)
		return
	}
	request, at := uint32(a[1]), a[2]
	term, isTerm := f.Content.(*tty.Terminal)
	far, isFar := f.Content.(farTerminal)
	switch {
	case request == fioNBIO:
		t.setNonblocking(f, at)
	case isTerm && request == tiocSetCtty:
		t.reply(t.p.takeTerminal(term, at == 1))
	case isTerm && request == tiocNoTTY:
		t.p.leaveTerminal()
		t.p.fs.Terminal = nil
		t.answer(0)
	case isTerm:
		t.control(request, at, func(by asker, in []byte) ([]byte, error) {
			return t.p.sys.controlTerminal(term, request, by, in)
		})
	case isFar:
		t.control(request, at, func(by asker, in []byte) ([]byte, error) {
			return far.control(request, append(le.AppendUint64(nil, uint64(by)), in...))
		})
	default:
		t.reply(syscall.ENOTTY)
	}
}

// setNonblocking sets or clears a flag of a file by a word of memory.
func (t *thread) setNonblocking(f *vfs.File, at uint64) {
	on, ok := t.p.load32(at)
	if !ok {
		t.fail(fault)
		return
	}
	flags := f.Flags &^ syscall.O_NONBLOCK
	if on != 0 {
		flags |= syscall.O_NONBLOCK
	}
	f.SetFlags(flags)
	t.answer(0)
}

// control has a request to a terminal served, with what the process has in memory for it, and puts there what comes back.
func (t *thread) control(request uint32, at uint64, serve func(by asker, in []byte) ([]byte, error)) {
	in, ok := t.controlInput(request, at)
	if !ok {
		t.fail(fault)
		return
	}
	switch out, err := serve(t.asker(sigTTOU), in); {
	case err == errBackground:
		t.stopInBackground(sigTTOU)
	case err != nil:
		t.reply(err)
	default:
		t.put(at, out)
	}
}

// controlInput returns what goes with a request.
func (t *thread) controlInput(request uint32, at uint64) (in []byte, ok bool) {
	switch request {
	case tcSets, tcSetsW, tcSetsF:
		in = make([]byte, tty.SettingsSize)
	case tiocSetSize:
		in = make([]byte, 8)
	case tiocSetGroup:
		in = make([]byte, 4)
	case tcFlush:
		return le.AppendUint64(nil, at), true
	default:
		return nil, true
	}
	if _, err := t.p.read(at, in); err != nil {
		return nil, false
	}
	if request == tiocSetGroup && t.p.sys.hasGroup(t.p.session, uint64(le.Uint32(in))) {
		in = append(in, 1) // which the core that has the terminal may not know
	}
	return in, true
}

// controlTerminal serves a request to a terminal of this core.
func (s *System) controlTerminal(term *tty.Terminal, request uint32, by asker, in []byte) (out []byte, err error) {
	own := by.session() == uint64(term.Session)
	word := func(v int) []byte { return le.AppendUint32(nil, uint32(v)) }
	switch request {
	case tcSets, tcSetsW, tcSetsF, tcFlush, tiocSetGroup:
		if by.background(term) {
			return nil, errBackground
		}
	}
	switch request {
	case tiocSetGroup, tiocGetGroup, tiocGetSession:
		if !own {
			return nil, syscall.ENOTTY
		}
	}
	switch request {
	case tcGets:
		settings := term.Settings()
		return settings.Bytes(), nil
	case tcSets, tcSetsW, tcSetsF:
		if len(in) != tty.SettingsSize {
			return nil, syscall.EINVAL
		}
		term.Set(tty.SettingsOf(in), request == tcSetsF)
	case tcFlush:
		const output = 1
		if len(in) == 8 && le.Uint64(in) != output {
			term.Set(term.Settings(), true)
		}
	case tiocGetSize:
		rows, columns := term.Size()
		return append(le.AppendUint16(le.AppendUint16(nil, rows), columns), 0, 0, 0, 0), nil
	case tiocSetSize:
		if len(in) != 8 {
			return nil, syscall.EINVAL
		}
		term.Resize(le.Uint16(in), le.Uint16(in[2:]))
	case tiocGetGroup:
		return word(term.Group), nil
	case tiocSetGroup:
		return nil, s.setForeground(term, in)
	case tiocGetSession:
		return word(term.Session), nil
	case fioNRead:
		return word(term.Pending()), nil
	default:
		return nil, syscall.ENOTTY
	}
	return nil, nil
}
