package console

import (
	"io"
	"sync"
	"unicode/utf8"
)

// MaxLine bounds a line in bytes, without its newline.
const MaxLine = 1024

// splitMark ends each piece but the last of a line that was too long.
const splitMark = '\\'

// LineBuffer passes on whole lines only, each in one Write, so that lines of
// several sources do not interleave within a line. Each source has its own; any
// goroutine may use it. A line longer than MaxLine is passed on in pieces, all
// but the last marked by a backslash at its end.
//
// Carriage returns are dropped, since the terminal adds its own. Other control
// characters but the tab become question marks: a source cannot move the cursor
// under the line that someone edits.
type LineBuffer struct {
	mu   sync.Mutex
	w    io.Writer
	line []byte // what has come of the current line, at most MaxLine bytes
}

// NewLineBuffer makes a buffer before w.
func NewLineBuffer(w io.Writer) *LineBuffer { return &LineBuffer{w: w} }

// Write takes any part of any number of lines. It takes all of it, even when a
// line cannot be passed on; the error is of the last line that failed.
func (l *LineBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var err error
	for _, c := range p {
		switch {
		case c == '\n':
			err = keep(err, l.pass())
			continue
		case c == '\r':
			continue
		case c != '\t' && (c < ' ' || c == 0x7f):
			c = '?'
		}
		if len(l.line) == MaxLine {
			err = keep(err, l.split())
		}
		l.line = append(l.line, c)
	}
	return len(p), err
}

// Flush passes on an unfinished line as if it were finished. It is for a source
// that is done, or has died.
func (l *LineBuffer) Flush() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.line) == 0 {
		return nil
	}
	return l.pass()
}

// pass hands over the line and begins a new one. l.mu is held.
func (l *LineBuffer) pass() error {
	_, err := l.w.Write(append(l.line, '\n'))
	l.line = l.line[:0]
	return err
}

// split hands over all of a full line but its last byte, or its last rune if
// that is not complete, so that the mark fits and no rune is cut. l.mu is held.
func (l *LineBuffer) split() error {
	cut := len(l.line) - 1
	for back := 0; back < utf8.UTFMax && cut > 0 && !utf8.RuneStart(l.line[cut]); back++ {
		cut--
	}
	rest := string(l.line[cut:])
	l.line = append(l.line[:cut], splitMark)
	err := l.pass()
	l.line = append(l.line, rest...)
	return err
}

// keep returns the later of two errors.
func keep(old, latest error) error {
	if latest != nil {
		return latest
	}
	return old
}
