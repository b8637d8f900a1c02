package printer

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
)

// paper is a console that prints when it is let.
type paper struct {
	gate   chan struct{} // closed = print
	mu     sync.Mutex
	lines  []string
	opened int
}

func (p *paper) open() io.Writer {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.opened++
	return p
}

func (p *paper) Write(b []byte) (int, error) {
	<-p.gate
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lines = append(p.lines, string(b))
	if string(b) == "end\n" {
		runtime.Goexit() // Run does not return
	}
	return len(b), nil
}

// printing runs a printer in a bubble until a line "end" has been printed.
func printing(t *testing.T, f func(p *Printer, out *paper)) {
	synctest.Test(t, func(t *testing.T) {
		p, out := New(), &paper{gate: make(chan struct{})}
		p.Line(0, []byte("early\n"))
		drained := false
		var early sync.WaitGroup
		early.Go(func() { p.Drain(); drained = true })
		if synctest.Wait(); drained {
			t.Error("drained before anybody prints")
		}
		go p.Run(out.open)
		f(p, out)
		early.Wait()
		p.Line(0, []byte("end\n"))
	})
}

// All lines are printed, in order, by one writer a core; the caller may use its
// memory again at once.
// Sabotage: let Line keep the caller's slice; let Run open a writer for each line.
func TestPrinter(t *testing.T) {
	printing(t, func(p *Printer, out *paper) {
		buf := make([]byte, 0, 20)
		var want []string
		for i := range 100 {
			buf = fmt.Appendf(buf[:0], "line %d\n", i)
			want = append(want, string(buf))
			p.Line(i%3, buf)
		}
		close(out.gate)
		p.Drain()
		if got := strings.Join(out.lines, ""); got != "early\n"+strings.Join(want, "") {
			t.Errorf("printed %q", got)
		}
		if out.opened != 4 {
			t.Errorf("%d writers", out.opened)
		}
	})
}

// Beyond its bound, lines are counted and dropped, short and empty ones too; it
// says how many after those that it has printed, and goes on.
// Sabotage: leave the bound out of Line, or lineCost out of the bound.
func TestPrinterBound(t *testing.T) {
	for name, text := range map[string]string{"long": strings.Repeat("x", 999) + "\n", "empty": "", "short": "\n"} {
		t.Run(name, func(t *testing.T) {
			printing(t, func(p *Printer, out *paper) {
				p.Line(1, []byte("first\n"))
				synctest.Wait() // it is being printed
				room := maxPrinter / (len(text) + lineCost)
				for range room + 5 {
					p.Line(1, []byte(text))
				}
				close(out.gate)
				p.Drain()
				n := len(out.lines)
				if n != room+3 || out.lines[n-1] != "5 lines were lost: they came faster than the console prints\n" {
					t.Errorf("%d lines, then %q", n, out.lines[n-1])
				}
				p.Line(1, []byte("next\n"))
				if p.Drain(); out.lines[len(out.lines)-1] != "next\n" {
					t.Errorf("then %q", out.lines[len(out.lines)-1])
				}
			})
		})
	}
}

// Drain waits for what is queued or
// being printed.
// Sabotage: leave writing or the queue out of Drain; leave Broadcast out of
// Run.
func TestDrain(t *testing.T) {
	printing(t, func(p *Printer, out *paper) {
		p.Line(1, []byte("a\n"))
		synctest.Wait() // it is being printed
		var drains sync.WaitGroup
		for range 2 {
			drained := false
			drains.Go(func() { p.Drain(); drained = true })
			if synctest.Wait(); drained {
				t.Error("drained before all was printed")
			}
			p.Line(1, []byte("b\n"))
		}
		for p.Line(1, make([]byte, 1000)); p.lost == 0; {
			p.Line(1, make([]byte, 1000))
		}
		close(out.gate)
		p.Drain()
		drains.Wait()
		if got := out.lines[len(out.lines)-1]; !strings.HasPrefix(got, "1 lines were lost") {
			t.Errorf("drained at %q", got)
		}
	})
}

// Who drains waits for what was said before, and not for a core that says ever more.
// Sabotage: let Drain wait until there is nothing to print.
func TestDrainEnds(t *testing.T) {
	printing(t, func(p *Printer, out *paper) {
		drained := make(chan struct{})
		close(out.gate)
		synctest.Wait()
		out.gate = make(chan struct{})
		p.Line(1, []byte("before\n"))
		go func() { p.Drain(); close(drained) }()
		synctest.Wait() // "before" is being printed
		for range 3 {
			p.Line(1, []byte("more\n"))
			out.gate <- struct{}{} // one line at a time, and never the last
			synctest.Wait()
		}
		select {
		case <-drained:
		default:
			t.Error("not drained, though what was said before has been printed")
		}
		close(out.gate)
	})
}
