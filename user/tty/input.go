package tty

import "syscall"

// Input takes keys that were pressed.
func (t *Terminal) Input(b []byte) {
	if t.gone {
		return
	}
	for _, c := range b {
		t.key(c)
	}
	if len(t.screen) > 0 {
		t.Kick()
	}
}

// key takes one key.
func (t *Terminal) key(c byte) {
	s := &t.settings
	if t.literal {
		t.literal = false
		t.insert(c)
		return
	}
	switch {
	case c == '\r' && s.Input&iIGNCR != 0:
		return
	case c == '\r' && s.Input&iCRNL != 0:
		c = '\n'
	case c == '\n' && s.Input&iINLCR != 0:
		c = '\r'
	}
	if s.Local&lISIG != 0 && t.signalKey(c) {
		return
	}
	if s.Local&lICANON == 0 {
		t.raw(c)
		return
	}
	t.edit(c)
}

// signalKey sends the signal of a key, if it has one.
func (t *Terminal) signalKey(c byte) bool {
	var sig syscall.Signal
	switch k := &t.settings.Keys; {
	case c == 0:
		return false
	case c == k[kINTR]:
		sig = syscall.SIGINT
	case c == k[kQUIT]:
		sig = syscall.SIGQUIT
	case c == k[kSUSP]:
		sig = syscall.SIGTSTP
	default:
		return false
	}
	t.echoControl(c)
	if t.settings.Local&lNOFLSH == 0 {
		t.drop()
	}
	t.signal(sig)
	return true
}

// raw makes a key ready to be read at once.
func (t *Terminal) raw(c byte) {
	if t.typed >= maxTyped {
		return
	}
	t.typed++
	if n := len(t.ready); n == 0 {
		t.ready = append(t.ready, []byte{c})
	} else {
		t.ready[n-1] = append(t.ready[n-1], c)
	}
	t.echo(c)
	t.queue.Notify()
}

// edit takes a key in canonical mode.
func (t *Terminal) edit(c byte) {
	s := &t.settings
	extended := s.Local&lIEXTEN != 0
	switch {
	case c == '\n':
		if s.Local&(lECHO|lECHONL) != 0 {
			t.show('\n')
		}
		t.end(c)
	case c == 0:
		t.insert(c)
	case c == s.Keys[kEOF]:
		t.ready = append(t.ready, t.line) // an empty one is the end of the file
		t.line = nil
		t.queue.Notify()
	case c == s.Keys[kERASE] || c == '\b':
		t.erase()
	case c == s.Keys[kKILL]:
		for len(t.line) > 0 {
			t.erase()
		}
	case extended && c == s.Keys[kWERASE]:
		t.eraseWord()
	case extended && c == s.Keys[kLNEXT]:
		t.literal = true
	case extended && c == s.Keys[kREPRINT]:
		t.show('\n')
		for _, x := range t.line {
			t.echo(x)
		}
	case c == s.Keys[kEOL] || c == s.Keys[kEOL2]:
		t.echo(c)
		t.end(c)
	default:
		t.insert(c)
	}
}

// insert adds a key to the line, if there is room: one place is left for the line's end.
func (t *Terminal) insert(c byte) {
	if t.typed >= maxTyped-1 {
		return
	}
	t.typed++
	t.line = append(t.line, c)
	t.echo(c)
}

// end ends the line: it can be read.
func (t *Terminal) end(c byte) {
	if t.typed >= maxTyped {
		return
	}
	t.typed++
	t.ready = append(t.ready, append(t.line, c))
	t.line = nil
	t.queue.Notify()
}

// erase takes the last character off the line, all bytes of one in UTF-8.
func (t *Terminal) erase() {
	n := len(t.line)
	if n == 0 {
		return
	}
	c := t.line[n-1]
	for n--; n > 0 && t.line[n]&0xc0 == 0x80; n-- {
	}
	t.typed -= len(t.line) - n
	t.line = t.line[:n]
	if t.settings.Local&(lECHO|lECHOE) != lECHO|lECHOE {
		return
	}
	t.rubOut()
	if isControl(c) && t.settings.Local&lECHOCTL != 0 {
		t.rubOut()
	}
}

func (t *Terminal) eraseWord() {
	blank := func() bool { c := t.line[len(t.line)-1]; return c == ' ' || c == '\t' }
	for len(t.line) > 0 && blank() {
		t.erase()
	}
	for len(t.line) > 0 && !blank() {
		t.erase()
	}
}

func (t *Terminal) rubOut() { t.screen = append(t.screen, "\b \b"...) }

// isControl reports whether a character is shown as two, such as ^C.
func isControl(c byte) bool { return c < ' ' && c != '\t' && c != '\n' || c == 0x7f }

// echo shows a key.
func (t *Terminal) echo(c byte) {
	switch {
	case t.settings.Local&lECHO == 0:
	case isControl(c):
		t.echoControl(c)
	default:
		t.show(c)
	}
}

// echoControl shows a control character as two others, or as it is.
func (t *Terminal) echoControl(c byte) {
	switch {
	case t.settings.Local&lECHO == 0:
	case t.settings.Local&lECHOCTL != 0:
		t.show('^')
		t.show(c ^ 0x40)
	default:
		t.show(c)
	}
}

// show brings an echo to the screen, unless that takes nothing any more.
func (t *Terminal) show(c byte) {
	if len(t.screen) < 2*maxWritten {
		t.put(c)
	}
}
