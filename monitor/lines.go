package monitor

import (
	"bytes"
	"fmt"

	"atoll/monitor/ump"
)

// maxLine bounds a line of output; a longer one is cut there and goes on as
// another. It keeps a core without newlines from filling core 0's memory.
const maxLine = 1024

// lineSender takes what this instance writes to its standard output and brings it
// to the console line by line: on core 0 directly, elsewhere through the channel
// to core 0. It belongs to the event loop.
type lineSender struct {
	m    *Monitor
	part []byte
	buf  [2048]byte
}

// pump fetches the instance's output as long as there is room for it on its way.
func (l *lineSender) pump() {
	for {
		if p := l.m.peers[0]; l.m.self != 0 && (p == nil || len(p.outbox) > maxOutbox/2) {
			return
		}
		n := l.m.hart.ReadOutput(l.buf[:])
		if n == 0 {
			return
		}
		l.Write(l.buf[:n])
	}
}

// printf writes lines of the monitor's own.
func (l *lineSender) printf(format string, args ...any) { fmt.Fprintf(l, format, args...) }

// Write passes whole lines on and keeps the rest.
func (l *lineSender) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 {
		end := bytes.IndexByte(b, '\n') + 1
		take := b[:end]
		if end == 0 {
			take = b
		}
		if room := maxLine - 1 - len(l.part); len(take) > room && end != len(take) || len(take) > room+1 {
			take = take[:room]
		}
		l.part = append(l.part, take...)
		b = b[len(take):]
		if len(l.part) == maxLine-1 && l.part[maxLine-2] != '\n' {
			l.part = append(l.part, '\n')
		}
		if last := len(l.part) - 1; last >= 0 && l.part[last] == '\n' {
			l.line(l.part)
			l.part = l.part[:0]
		}
	}
	return n, nil
}

// line brings one line to the console.
func (l *lineSender) line(text []byte) {
	if l.m.self == 0 {
		l.m.console.Line(0, text)
		return
	}
	p, err := l.m.open(0)
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
