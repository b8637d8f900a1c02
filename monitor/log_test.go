package monitor

import (
	"strings"
	"testing"
)

// slowLog takes some pieces of text and then none.
type slowLog struct {
	room int
	text strings.Builder
}

func (l *slowLog) Write(text []byte) bool {
	if l.room == 0 || len(text) > 1024 {
		return false
	}
	l.room--
	l.text.Write(text)
	return true
}

// lineCounter is a console.
type lineCounter struct{ lines int }

func (c *lineCounter) Line(int, []byte) { c.lines++ }
func (c *lineCounter) Printed(func())   {}

// Every line comes to the console whatever the log does; the log has those for which there was
// room, whole or in pieces, and says how many it lacks.
// Sabotage: return from Line when the log has no room; forget lost.
func TestLog(t *testing.T) {
	log, c := &slowLog{room: 4}, &lineCounter{}
	l := &logged{Console: c, port: log}
	long := strings.Repeat("x", 2500) + "\n"
	for _, line := range []string{"one\n", long, "two\n", "three\n"} {
		l.Line(1, []byte(line))
	}
	log.room = 9
	l.Line(1, []byte("four\n"))
	l.Line(1, []byte("five\n"))
	want := "one\n" + long + "2 pieces of lines were lost: they came faster than the log takes them\nfour\nfive\n"
	if log.text.String() != want || c.lines != 6 {
		t.Errorf("%d lines, and the log has %q", c.lines, log.text.String())
	}
}
