package monitor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"atoll/arch/layout"
	"atoll/monitor/console"
	"atoll/monitor/message"
	"atoll/monitor/route"
)

// Programs of user mode. A core that is asked to run one does so in its own userland, which
// is none of the monitor's; here is what crosses cores. Who has a program run in the
// foreground waits for its end: if he gives up, or dies, the program is killed.

// Userland is what runs programs on this core. Its methods may block: they are not for the
// event loop.
type Userland interface {
	// Start starts a program, and returns its number, from 1 on.
	Start(p Program) (pid uint64, err error)
	// Kill ends a program, and reports whether there was one of that number.
	Kill(pid uint64) bool
	// Running lists the programs that run, and says what memory there is for more.
	Running() ([]RunningProgram, ProgramMemory)
	// Mappings returns what kernel says that it maps, and all that user code maps, of one
	// time as far as memory of user code goes.
	Mappings(kernel func() []layout.Mapping) []layout.Mapping
	// Files lists the programs there are.
	Files() ([]ProgramFile, error)
	// Open has the core be ready for what programs of others lend it.
	Open() error
	// Lend gives RAM to who waits for it on another core by the number of his request.
	Lend(to int, number uint32, bytes, align uint64) error
}

// Program is a program to start.
type Program struct {
	Args    []string // the first is its name
	Share   uint64   // name of the run that runs it, of whose share of the hart it is, 0: it is one itself
	Memory  uint64   // bytes, 0 for what is usual
	Trusted bool     // it gets the capability to the core
	Span    uint64   // the cores that its threads are placed on, a bit each; its own always is one
	Trace   bool     // its system calls are told
	Calls   string   // which, all if empty
	// Terminal is what it reads from and writes to, nil: it prints lines.
	Terminal console.Terminal
	// Commander takes the commands that it gives the console, nil: it may give none.
	Commander console.Commander
	// Off is called before Ended if the program ends for it has called for the end of the machine, or
	// for its restart.
	Off func(restart bool)
	// Ended is called with its number and its status when it has ended and all it wrote has
	// been said.
	Ended func(pid uint64, status int)
}

// RunningProgram is a program that runs.
type RunningProgram struct {
	PID, Threads uint64
	Used         uint64 // nanoseconds on the hart
	Pages, Most  uint64 // of memory that are in use, and that it has
	Name         [40]uint8
}

// ProgramMemory is what a core has for programs. All is 0 before the first one.
type ProgramMemory struct {
	Free, All    uint64 // bytes
	Capabilities uint64
}

// ProgramFile is a program of the archive.
type ProgramFile struct {
	Size uint64
	Name [40]uint8
}

// ProgramName makes a name fit a record.
func ProgramName(name string) (b [40]uint8) {
	copy(b[:], name)
	return b
}

// SetUserland says what runs programs on this core. It is called before Run.
func (m *Monitor) SetUserland(u Userland) { m.programs.userland = u }

// maxProgramText bounds the arguments of a program, each with a zero behind it, in bytes.
const maxProgramText = 4096

// programText is a piece of the arguments of a program that its sender is about to ask for.
type programText struct {
	Count, First uint8
	Unused       [6]uint8
	Text         [48]uint8
}

// programQuestion asks for a program to be run, whose arguments have come before.
type programQuestion struct {
	Length     uint64 // bytes of the arguments
	Memory     uint64
	Trace      uint32    // not 0: its system calls are told; 1 less are the bytes of text behind the arguments that say which
	Background uint16    // not 0: the answer comes when it has begun, not at its end
	Trusted    uint16    // not 0: it gets the capability to the core
	Terminal   uint32    // not 0: it gets the terminal that is lent by that number
	Commander  uint32    // not 0: it gets the right to give commands that is lent by that number
	Span       route.Set // the cores that its threads may run on
	Share      uint64    // name of the run that runs it, 0: it is one itself
}

type programReport struct {
	PID, Status uint64
	Off         uint64 // a console.Off
}

type killQuestion struct{ PID uint64 }

var (
	programTold   = message.Declare[programText](130, "program-text")
	askProgram    = message.DeclareRequest[programQuestion, programReport](131, "program")
	askKill       = message.DeclareRequest[killQuestion, message.None](132, "kill")
	askPrograms   = message.DeclareStream[message.None, ProgramMemory, RunningProgram](133, "programs")
	askProgramSet = message.DeclareStream[message.None, message.None, ProgramFile](134, "program-files")
)

func init() {
	handle(programTold, (*Monitor).tellProgram)
	serveLater(askProgram, (*Monitor).runProgram)
	serveLater(askKill, func(m *Monitor, who client, q killQuestion, done func(message.None, error)) {
		m.inUserland(func(err error) { done(message.None{}, err) }, func(u Userland) error {
			if !u.Kill(q.PID) {
				return message.Refusal(fmt.Sprintf("core %d runs no program %d", m.self, q.PID))
			}
			return nil
		})
	})
	serveStreamLater(askPrograms, func(m *Monitor, who client, _ message.None, done func(ProgramMemory, []RunningProgram, error)) {
		var memory ProgramMemory
		var list []RunningProgram
		m.inUserland(func(err error) { done(memory, list, err) }, func(u Userland) error {
			list, memory = u.Running()
			return nil
		})
	})
	serveStreamLater(askProgramSet, func(m *Monitor, who client, _ message.None, done func(message.None, []ProgramFile, error)) {
		var list []ProgramFile
		m.inUserland(func(err error) { done(message.None{}, list, err) }, func(u Userland) (err error) {
			list, err = u.Files()
			return refusal(err)
		})
	})
}

// refusal makes an error one that is told as it stands.
func refusal(err error) error {
	if err == nil {
		return nil
	}
	return message.Refusal(err.Error())
}

// programs is this core's part.
type programs struct {
	userland Userland
	texts    map[int][]byte  // arguments that have come, by core
	own      console.Program // that this core is about to run for itself
	running  []*runningJob
	carrier  *carrier                // of parcels, nil: the userland has not been opened
	lent     map[uint32]lentTerminal // of this core, by their numbers
	lastLent uint32
	// commanders are the rights to give commands that this core has lent, by their numbers.
	commanders map[uint32]*lentCommander
	lastTalk   uint32                  // with one that another has lent
	far        map[farKey]*farTerminal // of other cores
}

// runningJob is a program that somebody waits for.
type runningJob struct {
	who    client
	done   func(programReport, error)
	pid    uint64 // 0: it has not begun yet
	off    console.Off
	killed bool   // nobody waits any more
	far    farKey // of its terminal, if that is of another core
}

// inUserland does something in a goroutine and says in the event loop what has come of it.
func (m *Monitor) inUserland(done func(error), f func(Userland) error) {
	u := m.programs.userland
	if u == nil {
		done(message.Refusal(fmt.Sprintf("core %d runs no programs", m.self)))
		return
	}
	go func() {
		err := f(u)
		m.do(func() { done(err) })
	}()
}

// tellProgram takes a piece of arguments.
func (m *Monitor) tellProgram(p *peer, t programText) {
	texts := m.programs.texts
	if t.First != 0 {
		texts[p.core] = nil
	}
	if int(t.Count) > len(t.Text) || len(texts[p.core])+int(t.Count) > maxProgramText {
		delete(texts, p.core)
		m.drop(programTold.Number())
		return
	}
	texts[p.core] = append(texts[p.core], t.Text[:t.Count]...)
}

// runProgram runs a program for a client.
func (m *Monitor) runProgram(who client, q programQuestion, done func(programReport, error)) {
	text := m.programs.texts[who.core]
	delete(m.programs.texts, who.core)
	var own console.Program
	if who.core == m.self {
		own, m.programs.own = m.programs.own, console.Program{}
	}
	n := len(text) - max(int(q.Trace)-1, 0)
	if n <= 0 || uint64(len(text)) != q.Length || text[n-1] != 0 {
		done(programReport{}, message.Refusal(fmt.Sprintf("core %d has not got the arguments of the program", m.self)))
		return
	}
	args, calls := strings.Split(string(text[:n-1]), "\x00"), string(text[n:])
	j := &runningJob{who: who, done: done, far: farKey{who.core, q.Terminal}}
	if q.Terminal != 0 {
		own.Terminal = m.takeTerminal(who.core, q.Terminal)
	}
	if q.Commander != 0 {
		own.Commander = farCommander{m, who.core, q.Commander}
	}
	m.programs.running = append(m.programs.running, j)
	m.inUserland(func(err error) {
		switch {
		case err != nil || q.Background != 0:
			m.endProgram(j, programReport{PID: j.pid}, err)
		case j.killed: // while it began
			m.killProgram(j.pid)
		}
	}, func(u Userland) error {
		pid, err := u.Start(Program{
			Args: args, Share: q.Share, Memory: q.Memory, Trusted: q.Trusted != 0, Span: uint64(q.Span), Trace: q.Trace != 0, Calls: calls, Terminal: own.Terminal, Commander: own.Commander,
			Off: func(restart bool) { m.do(func() { j.off = console.OffFor(restart) }) },
			Ended: func(pid uint64, status int) {
				m.do(func() { m.whenSaid(func() { m.endProgram(j, programReport{pid, uint64(status), uint64(j.off)}, nil) }) })
			},
		})
		m.do(func() { j.pid = pid })
		return refusal(err)
	})
}

// endProgram answers who waits for a program, once.
func (m *Monitor) endProgram(j *runningJob, r programReport, err error) {
	m.returnKeys(j, func() {
		i := slices.Index(m.programs.running, j)
		if i < 0 {
			return
		}
		m.programs.running = slices.Delete(m.programs.running, i, i+1)
		if !j.killed {
			j.done(r, err)
		}
	})
}

func (m *Monitor) killProgram(pid uint64) {
	if pid != 0 {
		go m.programs.userland.Kill(pid)
	}
}

// cancel kills the programs of clients that match.
func (p *programs) cancel(m *Monitor, match func(client) bool, err error) {
	p.cancelCommands(match, err)
	for _, j := range p.running {
		if match(j.who) && !j.killed {
			j.killed = true
			j.done(programReport{}, err)
			m.killProgram(j.pid)
		}
	}
}

// Bounds of the wait for lines to be on their way.
const (
	saidLooks = 2000
	saidGap   = time.Millisecond
)

// whenSaid calls f when the lines that this instance has written are on their way to the
// console, ahead of what f sends. If nobody takes them it is called after a while.
func (m *Monitor) whenSaid(f func()) {
	var look func(left int)
	look = func(left int) {
		m.lines.pump()
		if !m.lines.more || left == 0 {
			f()
			return
		}
		time.AfterFunc(saidGap, func() { m.do(func() { look(left - 1) }) })
	}
	look(saidLooks)
}

// programTime bounds nothing: a program runs as long as it does.
const programTime = time.Duration(math.MaxInt64)

// ErrArgs says that arguments of a program do not fit.
var ErrArgs = errors.New("the arguments of a program may have 4095 bytes in all, and no zero byte")

// run has a core run a program for the run of a name, 0 for none. Not for the event loop.
func (m *Monitor) run(ctx context.Context, core int, share uint64, p console.Program) (programReport, error) {
	text := []byte(strings.Join(p.Args, "\x00") + "\x00")
	if len(text)+len(p.Calls) > maxProgramText || bytes.Count(text, []byte{0}) != len(p.Args) {
		return programReport{}, ErrArgs
	}
	q := programQuestion{Share: share, Memory: p.Memory, Trusted: bit(p.Trusted), Span: route.Of(p.Span...), Background: bit(p.Background)}
	if p.Trace {
		q.Trace = 1 + uint32(len(p.Calls))
		text = append(text, p.Calls...)
	}
	q.Length = uint64(len(text))
	begin := func() {}
	if p.Terminal != nil && core != m.self {
		var end func()
		q.Terminal, begin, end = m.lend(ctx, core, p.Terminal)
		defer end()
	}
	if p.Commander != nil && core != m.self {
		var end func()
		q.Commander, end = m.lendCommander(core, p.Commander)
		defer end()
	}
	data, err := m.callAfter(ctx, core, askProgram.Number(), askProgram.Ask(&q), askProgram.Most(), programTime, func() error {
		if core == m.self {
			m.programs.own = p
		}
		begin()
		return m.sendText(core, text)
	})
	if err != nil {
		return programReport{}, err
	}
	r, _, err := askProgram.Answer(data)
	return r, err
}

// bit is a truth in a message.
func bit(b bool) uint16 {
	if b {
		return 1
	}
	return 0
}

// sendText sends arguments ahead of a question.
func (m *Monitor) sendText(core int, text []byte) error {
	if core == m.self {
		m.programs.texts[core] = text
		return nil
	}
	p, err := m.reach(core)
	for at := 0; at < len(text) && err == nil; {
		var t programText
		if at == 0 {
			t.First = 1
		}
		t.Count = uint8(copy(t.Text[:], text[at:]))
		at += int(t.Count)
		err = send(m, p, programTold, t)
	}
	return err
}
