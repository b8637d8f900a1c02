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
	request := uint32(a[1])
	term, ok := f.Content.(*tty.Terminal)
	far, isFar := f.Content.(farTerminal)
	switch {
	case request == fioNBIO:
		t.setNonblocking(f, a[2])
	case isFar:
		t.controlFar(far, request, a[2])
	case !ok:
		t.reply(syscall.ENOTTY)
	default:
		t.control(term, request, a[2])
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

// control serves a request to a terminal.
func (t *thread) control(term *tty.Terminal, request uint32, at uint64) {
	word := func(v uint32) {
		if !t.p.store32(at, v) {
			t.fail(fault)
			return
		}
		t.answer(0)
	}
	own := t.p.session == uint64(term.Session)
	switch request {
	case tcSets, tcSetsW, tcSetsF, tcFlush, tiocSetGroup:
		if !t.mayUse(term, sigTTOU) {
			return
		}
	case tiocGetGroup, tiocGetSession:
		if !own {
			t.reply(syscall.ENOTTY)
			return
		}
	}
	switch request {
	case tcGets:
		s := term.Settings()
		t.put(at, s.Bytes())
	case tcSets, tcSetsW, tcSetsF:
		var b [tty.SettingsSize]byte
		if _, err := t.p.read(at, b[:]); err != nil {
			t.fail(fault)
			return
		}
		term.Set(tty.SettingsOf(b[:]), request == tcSetsF)
		t.answer(0)
	case tcFlush:
		const output = 1
		if at != output {
			term.Set(term.Settings(), true)
		}
		t.answer(0)
	case tiocGetSize:
		rows, columns := term.Size()
		b := le.AppendUint16(le.AppendUint16(nil, rows), columns)
		t.put(at, append(b, 0, 0, 0, 0))
	case tiocSetSize:
		v, ok := t.p.load32(at)
		if !ok {
			t.fail(fault)
			return
		}
		term.Resize(uint16(v), uint16(v>>16))
		t.answer(0)
	case tiocGetGroup:
		word(uint32(term.Group))
	case tiocSetGroup:
		v, ok := t.p.load32(at)
		if !ok {
			t.fail(fault)
			return
		}
		if !own {
			t.reply(syscall.ENOTTY)
			return
		}
		t.reply(t.setForeground(term, int(int32(v))))
	case tiocGetSession:
		word(uint32(term.Session))
	case tiocSetCtty:
		t.reply(t.p.takeTerminal(term, at == 1))
	case tiocNoTTY:
		t.p.leaveTerminal()
		t.p.fs.Terminal = nil
		t.answer(0)
	case fioNRead:
		word(uint32(term.Pending()))
	default:
		t.reply(syscall.ENOTTY)
	}
}
