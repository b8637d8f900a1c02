package monitor

import (
	"bytes"
	"fmt"
	"strings"

	"atoll/monitor/message"
)

// maxLine bounds a line of output; a longer one is cut there and goes on as
// another. It keeps a core without newlines from filling core 0's memory.
const maxLine = 1024

// maxPump bounds how many lines one turn of the event loop fetches.
const maxPump = 32

// maxHeld bounds the lines that wait for an owner to send them to.
const maxHeld = 256

// lineMessage is a piece of a line of its sender's output.
type lineMessage struct {
	Count       uint8 // bytes of text
	First, Last uint8 // not 0: the line begins, or ends
	Unused      [5]uint8
	Text        [48]uint8
}

// text returns the text of a piece, whose count may have come from a peer.
func (p *lineMessage) text() []byte { return p.Text[:min(int(p.Count), len(p.Text))] }

var linePiece = message.Declare[lineMessage](3, "line")

func init() {
	handle(linePiece, func(m *Monitor, p *peer, piece lineMessage) { p.line.take(m, p.core, &piece) })
}

// lineSender takes what this instance writes to its standard output and brings it
// to the console line by line: on the owner directly, elsewhere through the
// channel to it. What is not yet on its way stays in the shim's ring, from where
// it gets into the crash page should the instance die now. It belongs to the event
// loop.
type lineSender struct {
	m    *Monitor
	more bool // pump has left a line for lack of room or time
	buf  [maxLine]byte
	held [][]byte // lines of the monitor's own for which there was no way
}

// pump fetches whole lines as long as there is room for them on their way. A line
// that is not complete waits for its end.
func (l *lineSender) pump() {
	l.more = true
	for range maxPump {
		if !l.room() {
			return
		}
		n := l.m.hart.PeekOutput(l.buf[:])
		end := bytes.IndexByte(l.buf[:n], '\n') + 1
		switch {
		case end > 0:
			n = end
		case n < maxLine:
			l.more = false
			return
		default: // too long: cut here
			n, end = maxLine-1, maxLine
			l.buf[n] = '\n'
		}
		l.line(l.buf[:end])
		l.m.hart.DropOutput(n)
	}
}

// turn goes on with what pump has left and reports whether it could.
func (l *lineSender) turn() bool {
	if len(l.held) > 0 && l.open() {
		l.release()
		return true
	}
	if !l.more || !l.room() {
		return false
	}
	l.pump()
	return true
}

// room reports whether more lines may be sent: none while any message waits for
// the owner, so that at most one line is lost with this instance.
func (l *lineSender) room() bool {
	return l.open() && (l.m.self == l.m.owner || len(l.m.peers[l.m.owner].outbox) == 0)
}

// open reports whether there is a way to the owner, be it one where lines wait. An
// heir that has not said a word yet may never print what it is sent.
func (l *lineSender) open() bool {
	if l.m.self == l.m.owner {
		return true
	}
	p := l.m.peers[l.m.owner]
	return p != nil && p.lost == nil && l.m.heirDeadline == 0
}

// release sends what had to wait.
func (l *lineSender) release() {
	list := l.held
	l.held = nil
	for _, text := range list {
		l.line(text)
	}
}

// printf writes lines of the monitor's own, which stand apart from what the
// instance has written of its current line.
func (l *lineSender) printf(format string, args ...any) {
	for line := range strings.Lines(fmt.Sprintf(format, args...)) {
		l.line([]byte(line))
	}
}

// line brings one line to the console.
func (l *lineSender) line(text []byte) {
	if l.m.self == l.m.owner {
		l.m.console.Line(l.m.self, text)
		return
	}
	if !l.open() {
		l.hold(text)
		return
	}
	l.release()
	p, err := l.m.open(l.m.owner)
	for first := uint8(1); err == nil && len(text) > 0; first = 0 {
		piece := lineMessage{First: first}
		piece.Count = uint8(copy(piece.Text[:], text))
		if text = text[piece.Count:]; len(text) == 0 {
			piece.Last = 1
		}
		err = send(l.m, p, linePiece, piece)
	}
	if err != nil {
		l.m.drop(linePiece.Number())
	}
}

// hold keeps a line until there is an owner to send it to.
func (l *lineSender) hold(text []byte) {
	if len(l.held) == maxHeld {
		l.m.drop(linePiece.Number())
		return
	}
	l.held = append(l.held, bytes.Clone(text))
}

// wholeLines returns the lines of output in an outbox, without the end of one whose
// beginning has been sent.
func wholeLines(outbox []outgoing) (lines [][]byte) {
	var line []byte
	for _, o := range outbox {
		if o.typ != linePiece.Number() {
			continue
		}
		piece := linePiece.Decode(&o.w)
		if len(line) == 0 && piece.First == 0 {
			continue
		}
		line = append(line, piece.text()...)
		if piece.Last != 0 {
			lines, line = append(lines, line), nil
		}
	}
	return lines
}

// lineAssembler puts a peer's lines together.
type lineAssembler struct{ part []byte }

func (a *lineAssembler) take(m *Monitor, core int, piece *lineMessage) {
	if piece.First != 0 {
		a.flush(m, core) // nothing, unless the sender has lost the end of a line
	}
	a.part = append(a.part, piece.text()...)
	if piece.Last == 0 && len(a.part) < maxLine {
		return
	}
	a.flush(m, core)
}

// flush passes on what there is, as a line: its sender has said that it is one, or
// has died. It goes to the console, or to the owner if that is not this core,
// whatever its sender thinks.
func (a *lineAssembler) flush(m *Monitor, core int) {
	line := a.part
	a.part = nil
	switch n := len(line); {
	case n == 0:
		return
	case line[n-1] != '\n':
		line = append(line, '\n')
	}
	switch {
	case m.doubtOwner():
		m.console.Line(core, line)
	case core == m.owner:
		m.drop(linePiece.Number())
	default:
		m.lines.line(line)
	}
}
