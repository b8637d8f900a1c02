package monitor

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"atoll/monitor/console"
)

// simCommander prints lines, or waits until it is given up.
type simCommander struct{ began, ended chan struct{} }

func (s simCommander) Command(ctx context.Context, line string, out io.Writer) int {
	if strings.HasPrefix(line, "wait") {
		close(s.began)
		<-ctx.Done()
		close(s.ended)
		return console.Interrupted
	}
	for i := range 300 {
		fmt.Fprintf(out, "%d %s\n", i, line)
	}
	return 7
}

func (simCommander) Complete(line string) (more, list string) { return "er", line + "\nlist\n" }

// A program of another core has commands carried out: the line gets there, what they print comes back, all of it, and their
// status; so does how a line goes on. Nobody else has that right, nor anybody when the program has ended. Commands end with the
// core of the program, and with whoever has run that.
// Sabotages: in talk, send the first piece only; in commandSays, or in commandTold, leave out whose it is; in end of
// lendCommander, keep the talks.
func TestFarCommander(t *testing.T) {
	c, land := withPrograms(4)
	simulate(t, c, func(t *testing.T, m *machine) {
		long := strings.Repeat("0123456789", 20)
		end, err := NewSystem(m.mon(0), func() {}).Run(1, console.Program{Args: []string{"command", long}, Commander: simCommander{}})
		said := land(1).said
		if err != nil || end.Status != 7 || strings.Count(said, long) != 301 || !strings.HasSuffix(said, "299 "+long+"\ner|"+long+"\nlist\n") {
			t.Errorf("status %d, %v: it is told %.100q", end.Status, err, said)
		}
		for _, core := range []int{2, 3} {
			w := simCommander{make(chan struct{}), make(chan struct{})}
			ctx, giveUp := context.WithCancel(context.Background())
			go NewSystem(m.mon(0), func() {}).With(ctx).Run(core, console.Program{Args: []string{"command", "wait"}, Commander: w})
			<-w.began
			settle()
			alien(t, m, core-1)
			if core == 2 {
				giveUp()
			} else {
				m.harts[core].die(FailPanic)
			}
			<-w.ended
			giveUp()
			settle()
			m.mon(0).wait(func() {
				if n := len(m.mon(0).programs.commanders); n != 0 {
					t.Errorf("%d rights are lent when nobody has a program", n)
				}
			})
		}
		time.Sleep(commandTime)
	})
}

// alien has another core than the program's tell something of the one talk that there is, and ask.
func alien(t *testing.T, m *machine, core int) {
	t.Helper()
	var number, talk uint32
	m.mon(0).wait(func() {
		for n, l := range m.mon(0).programs.commanders {
			number = n
			for talk = range l.talks {
			}
		}
	})
	for _, q := range []commandTold{{Commander: number, Talk: talk, What: cmdEnds}, {Commander: number, Talk: 99, What: cmdPiece}} {
		if _, err := ask(context.Background(), m.mon(core), 0, tellCommand, askTime, q); err == nil {
			t.Errorf("another core may tell %+v", q)
		}
	}
	for _, what := range []uint16{cmdPiece, cmdRuns} { // of the program's core, which nobody has asked for yet
		q := commandTold{Commander: number, Talk: 99, What: what, Count: 1}
		if _, err := ask(context.Background(), m.mon(core+1), 0, tellCommand, askTime, q); err != nil {
			t.Error(err)
		}
	}
	if _, err := ask(context.Background(), m.mon(core), 0, askCommand, askTime, commandQuestion{number, 99}); err == nil {
		t.Error("another core is told what the commands print")
	}
}
