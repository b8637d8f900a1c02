package monitor

import (
	"bytes"
	"fmt"
	"strings"

	"atoll/monitor/ump"
)

// maxLine bounds a line of output; a longer one is cut there and goes on as
// another. It keeps a core without newlines from filling core 0's memory.
const maxLine = 1024

// maxPump bounds how much output one turn of the event loop fetches, in buffers.
const maxPump = 8

// lineSender takes what this instance writes to its standard output and brings it
// to the console line by line: on core 0 directly, elsewhere through the channel
// to core 0. It belongs to the event loop.
type lineSender struct {
	m    *Monitor
	part []byte // of a line
	more bool   // pump has left something for lack of room or time
	buf  [2048]byte
}

// pump fetches the instance's output as long as there is room for it on its way.
func (l *lineSender) pump() {
	l.more = true
	for range maxPump {
		if !l.room() {
			return
		}
		n := l.m.hart.ReadOutput(l.buf[:])
		if n == 0 {
			l.more = false
			return
		}
		l.write(l.buf[:n])
	}
}

// turn goes on with what pump has left and reports whether it could.
func (l *lineSender) turn() bool {
	if !l.more || !l.room() {
		return false
	}
	l.pump()
	return true
}

// room reports whether more lines may be sent: what waits for core 0 fills no
// more than half the outbox, so that answers find room beside it.
func (l *lineSender) room() bool {
	if l.m.self == l.m.owner {
		return true
	}
	p := l.m.peers[l.m.owner]
	return p != nil && len(p.outbox) <= maxOutbox/2
}

// printf writes lines of the monitor's own, which stand apart from what the
// instance has written of its current line.
func (l *lineSender) printf(format string, args ...any) {
	for line := range strings.Lines(fmt.Sprintf(format, args...)) {
		l.line([]byte(line))
	}
}

// write passes whole lines on and keeps the rest.
func (l *lineSender) write(b []byte) {
	for len(b) > 0 {
		end := bytes.IndexByte(b, '\n')
		n := end
		if end < 0 {
			n = len(b)
		}
		whole := end >= 0
		if room := maxLine - 1 - len(l.part); n > room {
			n, whole, end = room, true, -1 // cut here
		}
		l.part = append(l.part, b[:n]...)
		if b = b[n:]; end >= 0 {
			b = b[1:]
		}
		if whole {
			l.part = append(l.part, '\n')
			l.line(l.part)
			l.part = l.part[:0]
		}
	}
}

// line brings one line to the console.
func (l *lineSender) line(text []byte) {
	if l.m.self == l.m.owner {
		l.m.console.Line(l.m.self, text)
		return
	}
	p, err := l.m.open(l.m.owner)
	for err == nil && len(text) > 0 {
		var w [7]uint64
		n := packText(&w, text)
		text = text[n:]
		w[0] = uint64(n)
		if len(text) == 0 {
			w[0] |= flagLast
		}
		err = l.m.send(p, typeLine, &w)
	}
	if err != nil {
		l.m.dropped++
	}
}

// lineAssembler puts a peer's lines together.
type lineAssembler struct{ part []byte }

func (a *lineAssembler) take(m *Monitor, core int, msg *ump.Message) {
	a.part = append(a.part, unpackText(msg, msg.W[0]&^flagLast)...)
	if msg.W[0]&flagLast == 0 && len(a.part) < maxLine {
		return
	}
	if m.console != nil {
		m.console.Line(core, a.part)
	}
	a.part = nil
}

// flush passes on what there is of a line whose sender has died.
func (a *lineAssembler) flush(m *Monitor, core int) {
	if len(a.part) > 0 && m.console != nil {
		m.console.Line(core, append(a.part, '\n'))
	}
	a.part = nil
}
