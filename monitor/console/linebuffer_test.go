package console

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

// writes keeps each Write by itself.
type writes struct {
	mu   sync.Mutex
	list []string
	err  error
}

func (w *writes) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.list = append(w.list, string(p))
	return len(p), w.err
}

func TestLineBuffer(t *testing.T) {
	w := &writes{}
	l := NewLineBuffer(w)
	for _, s := range []string{"", "a", "b\r\nc", "\n\nta\tb\x1b[2J\x00\x7f", "\nlast"} {
		if n, err := l.Write([]byte(s)); n != len(s) || err != nil {
			t.Errorf("Write(%q) = %d, %v", s, n, err)
		}
	}
	l.Flush()
	l.Flush()
	want := []string{"ab\n", "c\n", "\n", "ta\tb?[2J??\n", "last\n"}
	if fmt.Sprintf("%q", w.list) != fmt.Sprintf("%q", want) {
		t.Errorf("got %q, want %q", w.list, want)
	}
}

// A long line comes in marked pieces that fit the bound, cut between runes.
func TestLineBufferSplit(t *testing.T) {
	for _, long := range []string{
		strings.Repeat("x", MaxLine), strings.Repeat("x", MaxLine+1), strings.Repeat("é", 3*MaxLine), "x" + strings.Repeat("日本", MaxLine),
		strings.Repeat("\xbf", 2*MaxLine),
	} {
		w := &writes{}
		l := NewLineBuffer(w)
		l.Write([]byte(long))
		l.Write([]byte("\n"))
		joined := ""
		for i, s := range w.list {
			body := strings.TrimSuffix(s, "\n")
			if len(body) > MaxLine || strings.Contains(body, "\n") {
				t.Errorf("piece of %d bytes", len(body))
			}
			if i < len(w.list)-1 {
				var marked bool
				if body, marked = strings.CutSuffix(body, `\`); !marked {
					t.Errorf("piece %d of %d is not marked", i, len(w.list))
				}
			}
			if utf8.ValidString(long) && !utf8.ValidString(body) {
				t.Errorf("piece %d is cut within a rune", i)
			}
			joined += body
		}
		if joined != long {
			t.Errorf("%d bytes went in, %d came out", len(long), len(joined))
		}
		if len(long) <= MaxLine && len(w.list) != 1 {
			t.Errorf("a line of %d bytes came in %d pieces", len(long), len(w.list))
		}
	}
}

// Lines of several sources stay whole; each source's own stay in order.
func TestLineBufferSources(t *testing.T) {
	const sources, lines = 4, 200
	w := &writes{}
	var done sync.WaitGroup
	for core := range sources {
		l := NewLineBuffer(w)
		done.Go(func() {
			for i := range lines {
				fmt.Fprintf(l, "@%d ", core)
				fmt.Fprintf(l, "line n=%d\n", i)
			}
		})
	}
	done.Wait()
	var next [sources]int
	for _, s := range w.list {
		var core, i int
		if n, err := fmt.Sscanf(s, "@%d line n=%d\n", &core, &i); n != 2 || err != nil || i != next[core] {
			t.Fatalf("line %q, want number %d", s, next[core])
		}
		next[core]++
	}
	if len(w.list) != sources*lines {
		t.Errorf("%d lines, want %d", len(w.list), sources*lines)
	}
}

// Goroutines of one source that write whole lines keep them whole.
func TestLineBufferShared(t *testing.T) {
	w := &writes{}
	l := NewLineBuffer(w)
	var done sync.WaitGroup
	line := strings.Repeat("x", 100) + "\n"
	for range 4 {
		done.Go(func() {
			for range 200 {
				l.Write([]byte(line))
			}
		})
	}
	done.Wait()
	for _, s := range w.list {
		if s != line {
			t.Fatalf("a line came out as %q", s)
		}
	}
	if len(w.list) != 800 {
		t.Errorf("%d lines, want 800", len(w.list))
	}
}

// A writer that fails is reported, and does not fill the buffer.
func TestLineBufferError(t *testing.T) {
	w := &writes{err: errors.New("gone")}
	l := NewLineBuffer(w)
	if n, err := l.Write([]byte("a\nb\nc")); n != 5 || err != w.err {
		t.Errorf("Write = %d, %v", n, err)
	}
	if err := l.Flush(); err != w.err || len(w.list) != 3 || w.list[2] != "c\n" {
		t.Errorf("Flush = %v after %q", err, w.list)
	}
}
