package tty

import (
	"bytes"
	"syscall"

	"atoll/user/vfs"
)

// Bounds of what is kept, in bytes.
const (
	maxTyped   = 4096 // that no program has read
	maxWritten = 8192 // that the screen has not taken
)

// Terminal is a terminal. It is a vfs.Stream.
type Terminal struct {
	// Kick is called when there is something for the screen.
	Kick func()
	// Signal sends a signal to a process group.
	Signal func(group int, sig int)

	// Group is the process group in the foreground, Session the session that has the
	// terminal; 0: none.
	Group, Session int

	settings      Settings
	rows, columns uint16
	line          []byte   // that is being edited
	ready         [][]byte // what can be read: in canonical mode lines, an empty one is an end
	typed         int      // bytes in line and ready
	literal       bool     // the next key is taken as it is
	screen        []byte   // what has been written
	queue         vfs.Queue
	gone          bool
}

// New returns a terminal of some size.
func New(rows, columns uint16) *Terminal {
	return &Terminal{settings: usual, rows: rows, columns: columns, Kick: func() {}, Signal: func(int, int) {}}
}

// Settings returns how the terminal behaves.
func (t *Terminal) Settings() Settings { return t.settings }

// Set changes that. With flush what was typed and not read is dropped.
func (t *Terminal) Set(s Settings, flush bool) {
	was := t.settings.Local
	t.settings = s
	if flush {
		t.drop()
	}
	if was&lICANON != 0 && s.Local&lICANON == 0 && len(t.line) > 0 {
		t.ready = append(t.ready, t.line) // what was being edited can be read as it is
		t.line = nil
		t.queue.Notify()
	}
}

// Size returns how large the screen is.
func (t *Terminal) Size() (rows, columns uint16) { return t.rows, t.columns }

// Resize says how large it is now, and tells the foreground.
func (t *Terminal) Resize(rows, columns uint16) {
	if t.rows == rows && t.columns == columns {
		return
	}
	t.rows, t.columns = rows, columns
	t.signal(syscall.SIGWINCH)
}

func (t *Terminal) signal(sig syscall.Signal) {
	if t.Group != 0 {
		t.Signal(t.Group, int(sig))
	}
}

// drop forgets what was typed.
func (t *Terminal) drop() {
	t.line, t.ready, t.typed = nil, nil, 0
}

// Unread takes back what was typed and no program has read.
func (t *Terminal) Unread() []byte {
	b := append(bytes.Join(t.ready, nil), t.line...)
	t.drop()
	return b
}

// Hangup ends the terminal: whoever reads gets the end, what is written is gone.
func (t *Terminal) Hangup() {
	t.gone = true
	t.drop()
	t.screen = nil
	t.signal(syscall.SIGHUP)
	t.signal(syscall.SIGCONT)
	t.queue.Notify()
}

// Read takes what was typed: in canonical mode at most one line.
func (t *Terminal) Read(b []byte) (int, error) {
	switch {
	case t.gone || len(b) == 0:
		return 0, nil
	case len(t.ready) == 0 && t.settings.Local&lICANON == 0 && t.settings.Keys[kMIN] == 0:
		return 0, nil
	case len(t.ready) == 0:
		return 0, syscall.EAGAIN
	}
	n := copy(b, t.ready[0])
	t.typed -= n
	if t.ready[0] = t.ready[0][n:]; len(t.ready[0]) == 0 {
		t.ready = t.ready[1:]
	}
	return n, nil
}

// Pending returns how many bytes a read would return.
func (t *Terminal) Pending() int {
	if len(t.ready) == 0 {
		return 0
	}
	return len(t.ready[0])
}

// Write brings bytes to the screen, as many as there is room for.
func (t *Terminal) Write(b []byte) (int, error) {
	if t.gone {
		return 0, syscall.EIO
	}
	n := 0
	for n < len(b) && len(t.screen) < maxWritten {
		t.put(b[n])
		n++
	}
	if n > 0 {
		t.Kick()
	}
	if n == 0 && len(b) > 0 {
		return 0, syscall.EAGAIN
	}
	return n, nil
}

// Spare is how many of these bytes who is not a thread of this core may write: a thread that was told of room comes later than that, and finds half of it.
func (t *Terminal) Spare(b []byte) (n int) {
	for room := maxWritten/2 - len(t.screen); n < len(b); n++ {
		if room--; t.isTwo(b[n]) {
			room--
		}
		if room < 0 {
			break
		}
	}
	return n
}

// put brings a byte to the screen.
func (t *Terminal) put(c byte) {
	if t.isTwo(c) {
		t.screen = append(t.screen, '\r')
	}
	t.screen = append(t.screen, c)
}

// isTwo reports whether a byte is two on the screen.
func (t *Terminal) isTwo(c byte) bool {
	return c == '\n' && t.settings.Output&(oPOST|oNLCR) == oPOST|oNLCR
}

// Screen returns what is for the screen.
func (t *Terminal) Screen() []byte { return t.screen }

// Take returns what is for the screen, and makes room for more.
func (t *Terminal) Take() []byte {
	b := t.screen
	if len(b) > 0 {
		t.screen = nil
		t.queue.Notify()
	}
	return b
}

// Ready says whether something can be read, and written.
func (t *Terminal) Ready() (e vfs.Events) {
	if t.gone {
		return vfs.In | vfs.Out | vfs.Hup | vfs.Err
	}
	if len(t.ready) > 0 {
		e = vfs.In
	}
	if len(t.screen) < maxWritten {
		e |= vfs.Out
	}
	return e
}

// Queue is who waits for that.
func (t *Terminal) Queue() *vfs.Queue { return &t.queue }

// Attr is that of a character device.
func (t *Terminal) Attr() vfs.Attr {
	const console = 5<<8 | 1
	return vfs.Attr{Ino: 1, Mode: syscall.S_IFCHR | 0o620, Links: 1, Device: console}
}
