package spawn

import (
	"bytes"
	"sync"
)

// Bounds of what programs have written and nobody has said, in bytes.
const (
	maxWaiting = 64 << 10
	maxLine    = 1000 // a longer line is cut
)

// output brings the lines of programs to the console, from a goroutine of its own, for that
// may block. Lines are added in the loop.
type output struct {
	say  func([]byte)
	room func() // called when there is room again for who was refused

	mu      sync.Mutex
	changed sync.Cond
	lines   []byte
	refused bool
	after   []func() // to call when what was added before has been said
}

func newOutput(say func([]byte), room func()) *output {
	o := &output{say: say, room: room}
	o.changed.L = &o.mu
	return o
}

// full reports whether no more lines are taken; then room is called when that changes.
func (o *output) full() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.refused = o.refused || len(o.lines) >= maxWaiting
	return len(o.lines) >= maxWaiting
}

// add adds lines, also to those that are too many: the callers' bounds are enough for that.
func (o *output) add(lines []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lines = append(o.lines, lines...)
	o.changed.Signal()
}

// last adds lines and has then called when they have been said.
func (o *output) last(lines []byte, then func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lines = append(o.lines, lines...)
	o.after = append(o.after, then)
	o.changed.Signal()
}

// run says the lines. It does not return.
func (o *output) run() {
	for {
		o.mu.Lock()
		for len(o.lines) == 0 {
			o.changed.Wait()
		}
		lines, after, refused := o.lines, o.after, o.refused
		o.lines, o.after, o.refused = nil, nil, false
		o.mu.Unlock()
		o.say(lines)
		for _, f := range after {
			f()
		}
		if refused {
			o.room()
		}
	}
}

// line is the beginning of a line that a program writes.
type line struct{ begun []byte }

// write takes what a program writes.
func (l *line) write(o *output, b []byte) {
	for len(b) > 0 {
		n := bytes.IndexByte(b, '\n') + 1
		if n == 0 {
			n = len(b)
		}
		n = min(n, maxLine-len(l.begun))
		l.begun = append(l.begun, b[:n]...)
		b = b[n:]
		if l.begun[len(l.begun)-1] == '\n' || len(l.begun) == maxLine {
			l.end(o)
		}
	}
}

// end ends a line that has been begun, which a program may have made up to deceive.
func (l *line) end(o *output) {
	if len(l.begun) == 0 {
		return
	}
	if l.begun[len(l.begun)-1] != '\n' {
		l.begun = append(l.begun, '\n')
	}
	tame(l.begun[:len(l.begun)-1])
	if l.begun[0] == factMark {
		o.add([]byte{' '})
	}
	o.add(l.begun)
	l.begun = l.begun[:0]
}

// factMark begins the lines that are the kernel's facts. A program's line that does gets a
// blank in front.
const factMark = '@'

// tame takes out of a line what would move a terminal's cursor, or more.
func tame(line []byte) {
	for i, b := range line {
		if b < ' ' && b != '\t' || b == 0x7f {
			line[i] = '?'
		}
	}
}

// Output takes what the process writes.
func (g *program) Output(fd int, b []byte) int {
	if g.l.out.full() {
		return 0
	}
	g.lines[min(max(fd-1, 0), 1)].write(g.l.out, b)
	return len(b)
}

// writable lets all go on who wait to write. For the loop.
func (l *land) writable() {
	for _, g := range l.programs {
		g.process.Writable()
	}
}
