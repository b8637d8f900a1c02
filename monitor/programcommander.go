package monitor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"atoll/monitor/console"
	"atoll/monitor/message"
)

// Commands of programs that another core runs than the one with the console. That lends the right to give them by a
// number, for as long as the program runs. Each line of commands is a talk, which the program's core numbers: it tells the line piece
// by piece, has it carried out, asks for what the commands print until it gets their status, and ends the talk, at any time.

// commandTold is a part of a talk.
type commandTold struct {
	Commander, Talk uint32
	What            uint16 // is told
	Count           uint16
	Text            [36]uint8
}

// What is told: a piece of the line, that it is to be carried out or to be completed, and that nobody wants the answer any more.
const (
	cmdPiece uint16 = iota
	cmdRuns
	cmdCompletes
	cmdEnds
)

type commandQuestion struct{ Commander, Talk uint32 }

// commandPart is a part of what commands print, and behind the last one their status.
type commandPart struct {
	Count, Over, Status uint32
	Text                [960]uint8
}

var (
	tellCommand = message.DeclareRequest[commandTold, message.None](138, "program-command")
	askCommand  = message.DeclareRequest[commandQuestion, commandPart](139, "program-command-said")
)

func init() {
	serve(tellCommand, (*Monitor).commandTold)
	serveLater(askCommand, (*Monitor).commandSays)
}

// errNoCommander says that there is no such right, or no more, or no such talk.
var errNoCommander = errors.New("the console takes no such command of this program")

// Bounds of what a core may tell.
const (
	mostTalks       = 16
	mostCommandLine = 4096
)

// lentCommander is the right to give commands that a core has for a program.
type lentCommander struct {
	console.Commander
	core  int
	talks map[uint32]*commandTalk
}

// commandTalk is a line of commands and what they print.
type commandTalk struct {
	line   []byte
	said   *io.PipeReader // nil: they have not begun
	status int            // of them, when all is said
	end    context.CancelFunc
	who    client // asks
	asked  func(commandPart, error)
}

// close ends it: the commands, and who asks.
func (t *commandTalk) close(err error) {
	if t.said != nil {
		t.end()
		t.said.CloseWithError(io.ErrClosedPipe)
	}
	t.answer(commandPart{}, err)
}

// answer answers who asks, if somebody does.
func (t *commandTalk) answer(p commandPart, err error) {
	if asked := t.asked; asked != nil {
		t.asked = nil
		asked(p, err)
	}
}

// begin has a commander carry the line out, or complete it.
func (t *commandTalk) begin(c console.Commander, what uint16) {
	ctx, end := context.WithCancel(context.Background())
	said, out := io.Pipe()
	t.said, t.end = said, end
	go func() {
		defer end()
		if what == cmdCompletes {
			more, list := c.Complete(string(t.line))
			fmt.Fprintf(out, "%s\n%s", more, list)
		} else {
			t.status = c.Command(ctx, string(t.line), out)
		}
		out.Close()
	}()
}

// lendCommander lends a commander to a core, until end is called.
func (m *Monitor) lendCommander(core int, c console.Commander) (number uint32, end func()) {
	l := &lentCommander{Commander: c, core: core, talks: map[uint32]*commandTalk{}}
	m.wait(func() {
		m.programs.lastLent++
		number = m.programs.lastLent
		m.programs.commanders[number] = l
	})
	return number, func() {
		m.wait(func() {
			delete(m.programs.commanders, number)
			for _, t := range l.talks {
				t.close(errNoCommander)
			}
		})
	}
}

// commandTold takes a part of a talk.
func (m *Monitor) commandTold(who client, q commandTold) (message.None, error) {
	l := m.programs.commanders[q.Commander]
	if l == nil || l.core != who.core || int(q.Count) > len(q.Text) {
		return message.None{}, errNoCommander
	}
	t := l.talks[q.Talk]
	switch {
	case q.What == cmdEnds && t != nil:
		delete(l.talks, q.Talk)
		t.close(errNoCommander)
	case q.What == cmdPiece && t == nil && len(l.talks) < mostTalks:
		l.talks[q.Talk] = &commandTalk{line: append([]byte(nil), q.Text[:q.Count]...)}
	case t == nil || t.said != nil || len(t.line)+int(q.Count) > mostCommandLine || q.What > cmdCompletes:
		return message.None{}, errNoCommander
	case q.What == cmdPiece:
		t.line = append(t.line, q.Text[:q.Count]...)
	default:
		t.begin(l.Commander, q.What)
	}
	return message.None{}, nil
}

// commandSays answers with what the commands of a talk print next.
func (m *Monitor) commandSays(who client, q commandQuestion, done func(commandPart, error)) {
	var t *commandTalk
	if l := m.programs.commanders[q.Commander]; l != nil && l.core == who.core {
		t = l.talks[q.Talk]
	}
	if t == nil || t.said == nil || t.asked != nil {
		done(commandPart{}, errNoCommander)
		return
	}
	t.who, t.asked = who, done
	go func() {
		var p commandPart
		n, err := t.said.Read(p.Text[:])
		p.Count = uint32(n)
		m.do(func() {
			switch err {
			case nil:
			case io.EOF: // the commands are over, and have written their status
				p.Over, p.Status = 1, uint32(t.status)
			default:
				t.answer(commandPart{}, errNoCommander)
				return
			}
			t.answer(p, nil)
		})
	}()
}

// cancelCommands ends the talks of clients that match: when their core has begun another life it is not answered for the last.
func (p *programs) cancelCommands(match func(client) bool, err error) {
	for _, l := range p.commanders {
		for _, t := range l.talks {
			if t.asked != nil && match(t.who) {
				t.close(err)
			}
		}
	}
}

// farCommander is the right to give commands that another core has lent.
type farCommander struct {
	m      *Monitor
	core   int
	number uint32
}

// Command implements console.Commander.
func (f farCommander) Command(ctx context.Context, line string, out io.Writer) int {
	status, err := f.talk(ctx, line, cmdRuns, out)
	switch {
	case ctx.Err() != nil:
		return console.Interrupted
	case err != nil:
		fmt.Fprintf(out, "the console of core %d: %v\n", f.core, err)
		return console.Failed
	}
	return status
}

// Complete implements console.Commander.
func (f farCommander) Complete(line string) (more, list string) {
	var said strings.Builder
	if _, err := f.talk(context.Background(), line, cmdCompletes, &said); err != nil {
		return "", ""
	}
	more, list, _ = strings.Cut(said.String(), "\n")
	return more, list
}

// talk has the console's core do something with a line, writes what it says to out, and returns the status.
func (f farCommander) talk(ctx context.Context, line string, what uint16, out io.Writer) (status int, err error) {
	var id uint32
	f.m.wait(func() {
		f.m.programs.lastTalk++
		id = f.m.programs.lastTalk
	})
	tell := func(ctx context.Context, what uint16, text string) error {
		q := commandTold{Commander: f.number, Talk: id, What: what}
		q.Count = uint16(copy(q.Text[:], text))
		_, err := ask(ctx, f.m, f.core, tellCommand, askTime, q)
		return err
	}
	defer tell(context.Background(), cmdEnds, "")
	for begun := false; !begun || line != ""; begun = true {
		piece := line[:min(len(line), len(commandTold{}.Text))]
		line = line[len(piece):]
		if err := tell(ctx, cmdPiece, piece); err != nil {
			return 0, err
		}
	}
	if err := tell(ctx, what, ""); err != nil {
		return 0, err
	}
	for {
		p, err := ask(ctx, f.m, f.core, askCommand, programTime, commandQuestion{f.number, id})
		if err == nil && int(p.Count) > len(p.Text) {
			err = errNoCommander
		}
		if err == nil {
			_, err = out.Write(p.Text[:p.Count])
		}
		if err != nil || p.Over != 0 {
			return int(p.Status), err
		}
	}
}
